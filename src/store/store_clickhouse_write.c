/* What a run puts into the history. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistr.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/wait.h"
#include "store/store_clickhouse.h"
#include "store/store_places.h"

/* What stands in the place of the texts that the server has refused. */
#define CLICKHOUSE_NOTE SPAN("the history has not taken the texts of this message")

/* Half of a batch. */
struct clickhouse_half {
	struct clickhouse_batch batch;
	unsigned from, to; /* rows of the whole */
	unsigned at;       /* the line that comes next, 0: the statement */
};

int clickhouse_check_text(struct span text, struct err *err)
{
	if (text.n > STORE_MAX_TEXT || span_find(text, '\0') != SPAN_NPOS ||
	    u8_check((const uint8_t *)text.p, text.n) != NULL)
		return err_set(err, ERR_INTERNAL, "a text that a history cannot keep");
	return 0;
}

static int clickhouse_check_place(const struct store_place *place, struct err *err)
{
	if (clickhouse_check_text(place->source, err) != 0 ||
	    clickhouse_check_text(place->host, err) != 0 ||
	    clickhouse_check_text(place->name, err) != 0)
		return -1;
	return 0;
}

static int clickhouse_check_row(
    const struct clickhouse *clickhouse, const struct store_row *row, struct err *err)
{
	if (clickhouse_check_place(&row->key.place, err) != 0 ||
	    clickhouse_check_text(row->key.queue_id, err) != 0)
		return -1;
	for (unsigned i = 0; i < STORE_TEXT_COUNT; i++)
		if (clickhouse_check_text(row->text[i], err) != 0)
			return -1;
	if (clickhouse->is_distributed && span_eq(row->key.place.source, SPAN(STORE_SAVED)))
		return err_set(err, ERR_CONFIG,
		    "the history '%s': its tables are those of a cluster, from which saved reports "
		    "could not be taken out again",
		    clickhouse->settings->name);
	if (row->time < 0 || row->time > STORE_MAX_TIME)
		return err_set(err, ERR_INTERNAL, "a time that a history cannot keep");
	return 0;
}

/* Whether the same once more may help. */
static bool clickhouse_may_try_again(
    const struct clickhouse *clickhouse, unsigned pause, const struct err *err)
{
	const int64_t deadline = clickhouse->settings->http.deadline;

	if (err->code != ERR_TEMPORARY && err->code != ERR_NOHOST)
		return false;
	return deadline == 0 || clock_now() + (int64_t)pause * 1000 < deadline;
}

int clickhouse_send_often(
    struct clickhouse *clickhouse, const struct http_call *call, struct err *err)
{
	const unsigned given = clickhouse->settings->pause_second;
	const int64_t second = given != 0 ? given : 1000;
	const unsigned tries = clickhouse->settings->is_ending ? 1 : CLICKHOUSE_TRIES;
	unsigned pause = CLICKHOUSE_FIRST_PAUSE;

	for (unsigned i = 1;; i++, pause *= 2) {
		if (clickhouse_insert(clickhouse, call, err) == 0)
			return 0;
		if (i == tries || !clickhouse_may_try_again(clickhouse, pause, err))
			return -1;
		log_info("%s: %s; trying again in %u seconds", clickhouse->settings->name,
		    err->text, pause);
		if (wait_pause(pause * second, err) != 0)
			return -1;
		*err = (struct err)ERR_INIT;
	}
}

static int clickhouse_take_half(void *context, struct span line, struct err *err)
{
	struct clickhouse_half *half = context;
	const unsigned at = half->at++;

	if (at == 0)
		return clickhouse_batch_begin(&half->batch, line, err);
	return at > half->from && at <= half->to ? clickhouse_batch_add(&half->batch, line, err)
						 : 0;
}

static int clickhouse_send_rows(struct clickhouse *clickhouse, struct clickhouse_batch *whole,
    unsigned from, unsigned to, struct err *err)
{
	struct clickhouse_half half = {.from = from, .to = to};
	int result;

	clickhouse_batch_init(&half.batch);
	result = clickhouse_batch_read(buf_span(&whole->gzip), clickhouse_take_half, &half, err);
	if (result == 0)
		result = clickhouse_send_again(clickhouse, &half.batch, err);
	clickhouse_batch_fini(&half.batch);
	return result;
}

/* The only row, without its texts: members from the first of them on, but the note. */
static int clickhouse_take_bare(void *context, struct span line, struct err *err)
{
	struct clickhouse_half *half = context;
	const struct clickhouse_column *column = &clickhouse_message_columns[CLICKHOUSE_FIRST_TEXT];
	struct buf bare;
	size_t end;
	int result;

	if (half->at++ == 0)
		return clickhouse_batch_begin(&half->batch, line, err);
	buf_init(&bare, 0);
	/* A text has its quotes escaped: this is the member's name. */
	end = span_find_text(line, SPAN(",\"identity\":\""));
	buf_add(&bare, span_head(line, end));
	for (unsigned i = 0; i < STORE_TEXT_COUNT; i++)
		clickhouse_add_member(
		    &bare, column[i].name, i == STORE_NOTES ? CLICKHOUSE_NOTE : SPAN_EMPTY);
	buf_add_text(&bare, "}\n");
	result = bare.failed != 0 ? err_nomem(err)
				  : clickhouse_batch_add(&half->batch, buf_span(&bare), err);
	buf_fini(&bare);
	return result;
}

static int clickhouse_send_bare(
    struct clickhouse *clickhouse, const struct clickhouse_batch *one, struct err *err)
{
	struct clickhouse_half half = {.from = 0};
	struct http_call call = {.target = buf_string(&clickhouse->writing), .encoding = "gzip"};
	int result;

	clickhouse_batch_init(&half.batch);
	result = clickhouse_batch_read(buf_span(&one->gzip), clickhouse_take_bare, &half, err);
	if (result == 0)
		result = clickhouse_batch_finish(&half.batch, err);
	call.body = buf_span(&half.batch.gzip);
	if (result == 0)
		result = clickhouse_send_often(clickhouse, &call, err);
	clickhouse_batch_fini(&half.batch);
	return result;
}

/* One row of them is refused, or all are too many: which, or how many, is found by halves. */
static int clickhouse_send_halves(
    struct clickhouse *clickhouse, struct clickhouse_batch *batch, struct err *err)
{
	const unsigned middle = batch->rows / 2;
	const struct err why = *err;

	*err = (struct err)ERR_INIT;
	if (batch->rows > 1) {
		if (clickhouse_send_rows(clickhouse, batch, 0, middle, err) != 0)
			return -1;
		return clickhouse_send_rows(clickhouse, batch, middle, batch->rows, err);
	}
	if (clickhouse->bare++ == CLICKHOUSE_MAX_BARE) {
		*err = why;
		return -1;
	}
	if (clickhouse_send_bare(clickhouse, batch, err) != 0)
		return -1;
	log_warn("the history '%s' has refused the texts of a message, which is kept without "
		 "them: %s",
	    clickhouse->settings->name, why.text);
	return 0;
}

/* Whether the server may take it another time; what is not taken as the run ends is not there then.
 */
static bool clickhouse_may_send_later(const struct clickhouse *clickhouse, const struct err *err)
{
	const struct store_clickhouse_settings *settings = clickhouse->settings;

	if (settings->comes_again)
		return false;
	return err->code == ERR_TEMPORARY || err->code == ERR_NOHOST ||
	       (err->code == ERR_SIGNAL && settings->is_ending);
}

static int clickhouse_keep_batch(
    struct clickhouse *clickhouse, struct clickhouse_batch *batch, struct err *err)
{
	const char *name;

	if (clickhouse_batch_finish(batch, err) != 0 ||
	    clickhouse_spool_keep(clickhouse, buf_span(&batch->gzip), &name, err) != 0)
		return -1;
	log_warn("the history '%s' has not taken %u messages: they are in '%s' for the next run",
	    clickhouse->settings->name, batch->rows, name);
	return 0;
}

/* The server may come back, and the rows may be gone from theirs then. */
static void clickhouse_send_later(
    struct clickhouse *clickhouse, struct clickhouse_batch *batch, const struct err *why)
{
	struct err failure = ERR_INIT;

	if (batch->rows == 0 || !clickhouse_may_send_later(clickhouse, why))
		return;
	if (clickhouse_keep_batch(clickhouse, batch, &failure) != 0)
		log_error("%s", failure.text);
	if (clickhouse->settings->is_ending)
		clickhouse->why_later = *why;
}

int clickhouse_send_again(
    struct clickhouse *clickhouse, struct clickhouse_batch *batch, struct err *err)
{
	struct http_call call = {.target = buf_string(&clickhouse->writing), .encoding = "gzip"};

	if (clickhouse_batch_finish(batch, err) != 0)
		return -1;
	call.body = buf_span(&batch->gzip);
	if (clickhouse_send_often(clickhouse, &call, err) == 0)
		return 0;
	return err->code == ERR_DATA ? clickhouse_send_halves(clickhouse, batch, err) : -1;
}

/* Before the rows: what is there and in no place that is listed, nobody would ever read. */
int clickhouse_send_places(struct clickhouse *clickhouse, struct err *err)
{
	struct http_call call = {.target = buf_string(&clickhouse->writing)};

	if (clickhouse->places.failed != 0 || clickhouse->writing.failed != 0)
		return err_nomem(err);
	if (clickhouse->places.n == 0)
		return 0;
	call.body = buf_span(&clickhouse->places);
	if (clickhouse_send_often(clickhouse, &call, err) != 0)
		return -1;
	buf_clear(&clickhouse->places);
	return 0;
}

/* Who ends the run waits for one time-out, not for one of each batch. */
static int clickhouse_send(struct clickhouse *clickhouse, struct err *err)
{
	struct clickhouse_batch *batch = &clickhouse->batch;

	clickhouse->bare = 0;
	if (clickhouse->why_later.code != ERR_NONE)
		*err = clickhouse->why_later;
	else if (clickhouse_send_places(clickhouse, err) == 0 &&
		 (batch->rows == 0 || clickhouse_send_again(clickhouse, batch, err) == 0))
		return 0;
	clickhouse_send_later(clickhouse, batch, err);
	return -1;
}

/* As a batch of a file is undone: what was put and not acknowledged comes again. Returns -1. */
static int clickhouse_drop(struct clickhouse *clickhouse)
{
	clickhouse->batch.rows = 0;
	clickhouse->month_count = 0;
	clickhouse->cover_count = 0;
	arena_reset(&clickhouse->arena);
	buf_clear(&clickhouse->places);
	memset(clickhouse->known, 0, sizeof(clickhouse->known));
	return -1;
}

static int clickhouse_flush(struct clickhouse *clickhouse, struct err *err)
{
	if (clickhouse_send(clickhouse, err) != 0) {
		clickhouse_drop(clickhouse);
		return clickhouse_blame(clickhouse, err);
	}
	clickhouse->has_sent = clickhouse->has_sent || clickhouse->batch.rows > 0;
	clickhouse->batch.rows = 0;
	clickhouse->month_count = 0;
	return 0;
}

/* The earliest of all is the one that stays: the others have a lower version. */
static void clickhouse_add_new_place(struct clickhouse *clickhouse, struct span place)
{
	const uint64_t first = clickhouse->version + clickhouse->place_count++;

	if (clickhouse->places.n == 0)
		clickhouse_add_insert(&clickhouse->places, "qr_place", clickhouse_place_columns);
	buf_add(&clickhouse->places, place);
	clickhouse_add_number(&clickhouse->places, "first", first);
	clickhouse_add_number(&clickhouse->places, "version", UINT64_MAX - first);
	buf_add_text(&clickhouse->places, "}\n");
}

/* The one in `text`, as clickhouse_add_place() writes it. One that is said again is there all the
 * same. */
static void clickhouse_list_place(struct clickhouse *clickhouse)
{
	const struct span place = buf_span(&clickhouse->text);
	uint64_t hash;
	uint64_t *known;

	if (clickhouse->text.failed != 0) {
		clickhouse->places.failed = clickhouse->text.failed;
		return;
	}
	crypto_shorthash(
	    (unsigned char *)&hash, (const unsigned char *)place.p, place.n, clickhouse->key);
	known = &clickhouse->known[hash % CLICKHOUSE_KNOWN];
	if (*known == hash)
		return;
	*known = hash;
	clickhouse_add_new_place(clickhouse, place);
}

static void clickhouse_say_place(struct clickhouse *clickhouse, const struct store_place *place)
{
	buf_clear(&clickhouse->text);
	clickhouse_add_place(&clickhouse->text, place);
	clickhouse_list_place(clickhouse);
}

/* A text has its quotes escaped: these are the members' names. */
void clickhouse_say_place_of(struct clickhouse *clickhouse, struct span line)
{
	const struct span rest = span_from(line, span_find_text(line, SPAN("\"source\":")));

	if (rest.n == 0)
		return;
	buf_clear(&clickhouse->text);
	buf_add_char(&clickhouse->text, '{');
	buf_add(&clickhouse->text, span_head(rest, span_find_text(rest, SPAN(",\"epoch\":"))));
	clickhouse_list_place(clickhouse);
}

static int clickhouse_month(int64_t time)
{
	const time_t when = (time_t)time;
	struct tm tm = {0};

	gmtime_r(&when, &tm);
	return tm.tm_year * 12 + tm.tm_mon;
}

/* Notes its month; false when the batch has as many as it may have, without this one. */
static bool clickhouse_has_month(struct clickhouse *clickhouse, int month)
{
	for (unsigned i = clickhouse->month_count; i > 0; i--)
		if (clickhouse->month[i - 1] == month)
			return true;
	if (clickhouse->month_count == CLICKHOUSE_MAX_MONTHS)
		return false;
	clickhouse->month[clickhouse->month_count++] = month;
	return true;
}

static int clickhouse_begin(struct clickhouse *clickhouse, struct err *err)
{
	buf_clear(&clickhouse->text);
	clickhouse_add_insert(&clickhouse->text, "qr_message", clickhouse_message_columns);
	if (clickhouse->text.failed != 0 || clickhouse->writing.failed != 0)
		return err_nomem(err);
	return clickhouse_batch_begin(&clickhouse->batch, buf_span(&clickhouse->text), err);
}

static int clickhouse_add(
    struct clickhouse *clickhouse, const struct store_row *row, struct err *err)
{
	clickhouse_say_place(clickhouse, &row->key.place);
	if (clickhouse->batch.rows == 0 && clickhouse_begin(clickhouse, err) != 0)
		return -1;
	buf_clear(&clickhouse->line);
	clickhouse_add_row(&clickhouse->line, row,
	    clickhouse->version == STORE_OLDEST ? clickhouse->oldest-- : clickhouse->version);
	if (clickhouse->line.failed == EMSGSIZE)
		return err_set(err, ERR_INTERNAL, "a row that a history cannot keep");
	if (clickhouse->line.failed != 0)
		return err_nomem(err);
	return clickhouse_batch_add(&clickhouse->batch, buf_span(&clickhouse->line), err);
}

/* What was put becomes batches. As the run ends, those behind one that is not taken become files,
 * too: clickhouse_commit() says why. */
static int clickhouse_flush_more(struct clickhouse *clickhouse, struct err *err)
{
	if (clickhouse_flush(clickhouse, err) == 0)
		return 0;
	if (clickhouse->why_later.code == ERR_NONE)
		return -1;
	*err = (struct err)ERR_INIT;
	return 0;
}

int clickhouse_put(struct store *store, const struct store_row *row, struct err *err)
{
	struct clickhouse *clickhouse = (struct clickhouse *)store;
	const int month = clickhouse_month(row->time);

	if (clickhouse_check_row(clickhouse, row, err) != 0)
		return clickhouse_drop(clickhouse);
	if (!clickhouse_has_month(clickhouse, month)) {
		if (clickhouse_flush_more(clickhouse, err) != 0)
			return -1;
		clickhouse_has_month(clickhouse, month);
	}
	if (clickhouse_add(clickhouse, row, err) != 0)
		return clickhouse_drop(clickhouse);
	if (clickhouse->batch.rows >= STORE_BATCH_ROWS ||
	    clickhouse->batch.bytes >= STORE_BATCH_BYTES)
		return clickhouse_flush_more(clickhouse, err);
	return 0;
}

int clickhouse_commit(struct store *store, struct err *err)
{
	struct clickhouse *clickhouse = (struct clickhouse *)store;

	if (clickhouse_flush(clickhouse, err) != 0)
		return -1;
	/* What is known of its days takes out all of them. */
	if (clickhouse->has_sent && clickhouse_drop_twins(clickhouse, err) != 0)
		return -1;
	clickhouse->has_sent = false;
	return clickhouse_write_covers(clickhouse, err);
}

int clickhouse_add_known(
    struct clickhouse *clickhouse, const struct store_cover *cover, struct err *err)
{
	struct clickhouse_cover *added;

	if (clickhouse->cover_count == clickhouse->cover_room) {
		const unsigned room = clickhouse->cover_room > 0 ? clickhouse->cover_room * 2 : 64;

		added = reallocarray(clickhouse->cover, room, sizeof(*added));
		if (added == NULL)
			return err_nomem(err);
		clickhouse->cover = added;
		clickhouse->cover_room = room;
	}
	added = &clickhouse->cover[clickhouse->cover_count];
	*added = (struct clickhouse_cover){
	    .cover = *cover, .version = clickhouse->version, .at = clickhouse->cover_count};
	added->cover.place = store_place_copy(&clickhouse->arena, &cover->place);
	if (cover->ahead < cover->until)
		added->cover.ahead = cover->until;
	clickhouse->cover_count++;
	return clickhouse->arena.failed ? arena_err(&clickhouse->arena, err) : 0;
}

int clickhouse_cover(struct store *store, const struct store_cover *cover, struct err *err)
{
	struct clickhouse *clickhouse = (struct clickhouse *)store;

	if (clickhouse_check_place(&cover->place, err) != 0)
		return -1;
	clickhouse_say_place(clickhouse, &cover->place);
	return clickhouse_add_known(clickhouse, cover, err);
}
