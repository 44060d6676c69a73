/* history status: what the history has, which days of it are known, and what it is itself. */
#include <inttypes.h>
#include <stdlib.h>

#include "base/interrupt.h"
#include "base/log.h"
#include "mode/history_status.h"
#include "sink/store_record.h"
#include "store/store_places.h"

#define HISTORY_STATUS_CELLS 9

/* Stretches of time that are named of a place; of more the latest are. */
#define HISTORY_MAX_STRETCHES 5

static const struct listing_column history_place_columns[HISTORY_STATUS_CELLS] = {
    {"Host", "host", .kind = LISTING_TEXT},
    {"Folder", "folder", .kind = LISTING_TEXT},
    {"Source", "source", .kind = LISTING_TEXT, .rank = 4},
    {"Messages", "messages", .kind = LISTING_NUMBER},
    {"First seen", "first_seen", .kind = LISTING_TIME, .rank = 5},
    {"Last seen", "last_seen", .kind = LISTING_TIME, .rank = 2},
    {"Epochs", "epochs", .kind = LISTING_NUMBER, .rank = 3},
    {"Days", "days", .kind = LISTING_NUMBER, .rank = 1},
    {"Known (UTC)", "known", .kind = LISTING_TIME, .folds = true},
};

static int history_take_place(void *context, const struct store_place_sum *sum, struct err *err)
{
	struct history_status *status = context;
	struct history_place *place;

	if (status->count == status->size) {
		const size_t size = status->size > 0 ? status->size * 2 : 16;

		place = reallocarray(status->place, size, sizeof(*place));
		if (place == NULL)
			return err_nomem(err);
		status->place = place;
		status->size = size;
	}
	place = &status->place[status->count++];
	*place = (struct history_place){.sum = *sum};
	place->sum.place = store_place_copy(&status->arena, &sum->place);
	if (span_eq(sum->place.source, SPAN(STORE_SAVED)))
		place->sum.epochs = 0; /* they are times there */
	if (sum->first != 0 && (status->first == 0 || sum->first < status->first))
		status->first = sum->first;
	if (sum->last > status->last)
		status->last = sum->last;
	return status->arena.failed ? arena_err(&status->arena, err) : 0;
}

static int history_add_time_known(
    struct history_place *place, const struct store_cover *cover, struct err *err)
{
	struct history_stretch *last =
	    place->stretches > 0 ? &place->stretch[place->stretches - 1] : NULL;

	if (last != NULL && last->until == cover->since) {
		last->until = cover->until;
		return 0;
	}
	if (place->stretches == place->size) {
		const size_t size = place->size > 0 ? place->size * 2 : 8;

		last = reallocarray(place->stretch, size, sizeof(*last));
		if (last == NULL)
			return err_nomem(err);
		place->stretch = last;
		place->size = size;
	}
	place->stretch[place->stretches++] = (struct history_stretch){cover->since, cover->until};
	return 0;
}

/* Days of a place come together, in their order. */
static int history_take_cover(void *context, const struct store_cover *cover, struct err *err)
{
	struct history_status *status = context;
	size_t at = status->at;

	if (cover->since >= cover->until) /* it has not begun */
		return 0;
	if (at >= status->count || !store_place_eq(&status->place[at].sum.place, &cover->place))
		for (at = 0; at < status->count; at++)
			if (store_place_eq(&status->place[at].sum.place, &cover->place))
				break;
	if (at == status->count) /* it is newer than the list of places */
		return 0;
	status->at = at;
	status->place[at].days += cover->until - cover->since == STORE_DAY;
	return history_add_time_known(&status->place[at], cover, err);
}

/* "2026-02-09", or "2026-02-09T10:30:00Z" within a day. */
static void history_add_end(struct buf *out, int64_t time, bool whole)
{
	const int64_t second = time % STORE_DAY;

	period_add_utc_day(out, store_day(time));
	if (!whole)
		buf_printf(out, "T%02d:%02d:%02dZ", (int)(second / 3600), (int)(second / 60 % 60),
		    (int)(second % 60));
}

/* "2026-02-09", "2026-02-09..2026-02-11", or with the times of both. */
static void history_add_stretch(struct buf *out, const struct history_stretch *stretch)
{
	const bool whole = stretch->since % STORE_DAY == 0 && stretch->until % STORE_DAY == 0;

	history_add_end(out, stretch->since, whole);
	if (whole && stretch->until - stretch->since == STORE_DAY)
		return;
	buf_add_text(out, "..");
	history_add_end(out, whole ? stretch->until - 1 : stretch->until, whole);
}

static void history_add_known(struct buf *out, const struct history_place *place)
{
	const size_t from =
	    place->stretches > HISTORY_MAX_STRETCHES ? place->stretches - HISTORY_MAX_STRETCHES : 0;

	if (from > 0)
		buf_printf(out, "%zu earlier one%s, ", from, from > 1 ? "s" : "");
	for (size_t i = from; i < place->stretches; i++) {
		if (i > from)
			buf_add_text(out, ", ");
		history_add_stretch(out, &place->stretch[i]);
	}
}

static int history_add_place(struct listing *listing, struct listing_row *row,
    const struct history_place *place, struct err *err)
{
	const struct store_place_sum *sum = &place->sum;

	listing_row_add_text(row, sum->place.host);
	listing_row_add_text(row, sum->place.name);
	listing_row_add_text(row, sum->place.source);
	listing_row_add_number(row, sum->rows);
	history_add_time(&row->text, sum->first);
	listing_row_end_cell(row);
	history_add_time(&row->text, sum->last);
	listing_row_end_cell(row);
	listing_row_add_number(row, sum->epochs);
	listing_row_add_number(row, place->days);
	history_add_known(&row->text, place);
	listing_row_end_cell(row);
	return listing_add_row(listing, row, err);
}

static int history_list_places(
    const struct history_run *run, const struct history_status *status, struct err *err)
{
	struct listing listing;
	struct listing_row row;
	int result = 0;

	listing_row_init(&row);
	listing_open(&listing, run->options, run->env, history_place_columns, HISTORY_STATUS_CELLS);
	for (size_t i = 0; i < status->count && result == 0; i++)
		result = history_add_place(&listing, &row, &status->place[i], err);
	if (result == 0)
		result = listing_close(&listing, err);
	else
		listing_abort(&listing);
	listing_row_fini(&row);
	return result;
}

static void history_add_size_line(struct buf *text, const struct store_about *about)
{
	buf_add_text(text, "\nSize:     ");
	history_add_size(text, about->bytes);
	if (about->unused > 0) {
		buf_add_text(text, ", of them free ");
		history_add_size(text, about->unused);
	}
}

static void history_add_count(struct buf *text, const struct history_status *status)
{
	buf_printf(text, "\nMessages: %" PRIu64, status->about.rows);
	if (status->first == 0)
		return;
	buf_add_text(text, ", from ");
	period_add_utc_day(text, store_day(status->first));
	buf_add_text(text, " to ");
	period_add_utc_day(text, store_day(status->last));
	buf_add_text(text, " (UTC)");
}

/* What a server has not taken; of a file there is no such thing. */
static void history_add_waiting(struct buf *text, const struct store_about *about)
{
	if (about->waiting == 0)
		return;
	buf_printf(text, "\nWaiting:  %" PRIu64 " batch%s of messages (", about->waiting,
	    about->waiting > 1 ? "es" : "");
	history_add_size(text, about->waiting_bytes);
	buf_add_text(text, "), which the next run sends first: '");
	log_escape(text, span_of(about->spool));
	buf_add_text(text, ".*'");
}

static void history_add_columns(
    struct buf *text, const char *what, const struct column_list *columns)
{
	for (unsigned i = 0; i < columns->count; i++)
		buf_printf(
		    text, "%s%s", i > 0 ? ", " : what, record_columns[columns->column[i]].title);
}

/* What runs with these options do not keep, and whether there is something of that kind. */
static void history_add_privacy(
    struct buf *text, const struct options *options, const struct history_status *status)
{
	const size_t before = text->n;

	history_add_columns(text, "without ", &options->history_without);
	if (options->history_hash.count > 0)
		history_add_columns(
		    text, text->n > before ? "; as hashes " : "as hashes ", &options->history_hash);
	if (status->is_hidden)
		buf_add_text(text, text->n > before ? "; some messages are there like that"
						    : "some messages lack values, or have hashes");
}

/* Above the table, for a person. */
static int history_say_about(
    const struct history_run *run, const struct history_status *status, struct err *err)
{
	const struct store_about *about = &status->about;
	struct buf text, privacy;
	int result;

	buf_init(&text, 0);
	buf_init(&privacy, 0);
	buf_add_text(&text, "History:  ");
	log_escape(&text, span_of(about->place));
	buf_printf(&text, "\nEngine:   %s, form %" PRId64 ", " PACKAGE_STRING, about->engine,
	    about->schema);
	history_add_size_line(&text, about);
	history_add_count(&text, status);
	history_add_waiting(&text, about);
	history_add_privacy(&privacy, run->options, status);
	if (privacy.n > 0) {
		buf_add_text(&text, "\nPrivacy:  ");
		buf_add_buf(&text, &privacy);
	}
	buf_add_text(&text, "\n\n");
	buf_fail(&text, privacy.failed);
	result = history_say(run, &text, err);
	buf_fini(&privacy);
	buf_fini(&text);
	return result;
}

/* "2026-11-26T06:15:01+00:00  42 messages, status 0: imaphost = imap.example.com; history = yes".
 * The program is the one that is shown above, unless it is named. */
static int history_take_run(void *context, const struct store_run *run, struct err *err)
{
	struct buf *text = context;

	(void)err;
	buf_add_text(text, text->n == 0 ? "\nRuns, the last one first:\n" : "");
	history_add_time(text, run->began);
	buf_add_text(text, "  ");
	if (run->ended != 0) {
		history_add_messages(text, run->rows);
		buf_printf(text, ", status %d", run->status);
	} else {
		buf_add_text(text, "has not ended");
	}
	if (!span_eq(run->program, SPAN(PACKAGE_STRING))) {
		buf_add_text(text, ", by ");
		log_escape(text, run->program);
	}
	if (run->options.n > 0) {
		buf_add_text(text, ": ");
		log_escape(text, run->options);
	}
	buf_add_char(text, '\n');
	return 0;
}

/* Below the table. */
static int history_say_runs(struct history_run *run, struct err *err)
{
	struct buf text;
	int result;

	buf_init(&text, 0);
	result =
	    run->store->ops->runs(run->store, HISTORY_STATUS_RUNS, history_take_run, &text, err);
	if (result == 0 && (text.n > 0 || text.failed != 0))
		result = history_say(run, &text, err);
	buf_fini(&text);
	return result;
}

/* One is enough. */
static int history_take_list(void *context, struct span extra, struct err *err)
{
	struct history_status *status = context;

	if (span_find_text(extra, SPAN(STORE_RECORD_LACKING)) == SPAN_NPOS &&
	    span_find_text(extra, SPAN(STORE_RECORD_HASHING)) == SPAN_NPOS)
		return interrupt_check(err);
	status->is_hidden = true;
	return err_set(err, ERR_INTERNAL, "a column that is hidden");
}

static int history_find_hidden(
    const struct history_run *run, struct history_status *status, struct err *err)
{
	static const struct store_find lists = {STORE_EXTRA, SPAN(STORE_RECORD_LIST)};
	struct err found = ERR_INIT;

	if (run->store->ops->find(run->store, &lists, history_take_list, status, &found) == 0 ||
	    status->is_hidden)
		return 0;
	*err = found;
	return -1;
}

static int history_read_status(
    const struct history_run *run, struct history_status *status, struct err *err)
{
	const struct store_query all = {.until = STORE_MAX_TIME + 1};
	const struct store_ops *ops = run->store->ops;

	arena_init(&status->arena);
	if (ops->about(run->store, &status->about, err) != 0 ||
	    ops->place_sums(run->store, history_take_place, status, err) != 0 ||
	    ops->covered(run->store, &all, history_take_cover, status, err) != 0)
		return -1;
	return history_find_hidden(run, status, err);
}

static void history_status_fini(struct history_status *status)
{
	for (size_t i = 0; i < status->count; i++)
		free(status->place[i].stretch);
	free(status->place);
	arena_fini(&status->arena);
}

static int history_say_empty(const struct history_run *run, struct err *err)
{
	struct buf text;
	int result;

	buf_init(&text, 0);
	buf_add_text(&text, "Nothing has been kept yet: a report with --history does that.\n");
	result = history_say(run, &text, err);
	buf_fini(&text);
	return result;
}

static int history_show_status(
    struct history_run *run, const struct history_status *status, struct err *err)
{
	const struct format_request *output = run->options->output;
	const bool is_table = !output[FORMAT_CSV].wanted && !output[FORMAT_TSV].wanted;

	if (output[FORMAT_JSON].wanted)
		return history_status_write_json(run, status, err);
	if (!is_table)
		return history_list_places(run, status, err);
	if (history_say_about(run, status, err) != 0 ||
	    (status->count > 0 ? history_list_places(run, status, err)
			       : history_say_empty(run, err)) != 0)
		return -1;
	return history_say_runs(run, err);
}

int history_status(struct history_run *run, struct err *err)
{
	struct history_status status = {.count = 0};
	int result = history_read_status(run, &status, err);

	if (result == 0)
		result = history_show_status(run, &status, err);
	history_status_fini(&status);
	return result;
}
