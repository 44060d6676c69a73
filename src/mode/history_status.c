/* history status: what the history has, which days of it are known, and what it is itself. */
#include <inttypes.h>
#include <stdlib.h>

#include "base/log.h"
#include "mode/history_part.h"
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

/* A time of which all is known. */
struct history_stretch {
	int64_t since;
	int64_t until;
};

struct history_place {
	struct store_place_sum sum; /* its texts are copies */
	uint64_t days;              /* that are known as a whole */
	uint64_t stretches;
	struct history_stretch latest[HISTORY_MAX_STRETCHES]; /* the newest is the last */
};

struct history_status {
	struct arena arena;
	struct history_place *place;
	size_t count, size;
	size_t at; /* that of the last cover */
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
	return status->arena.failed ? arena_err(&status->arena, err) : 0;
}

/* Days of a place come together, in their order. */
static int history_take_cover(void *context, const struct store_cover *cover, struct err *err)
{
	struct history_status *status = context;
	struct history_stretch *last;
	struct history_place *place;
	size_t at = status->at;

	(void)err;
	if (at >= status->count || !store_place_eq(&status->place[at].sum.place, &cover->place))
		for (at = 0; at < status->count; at++)
			if (store_place_eq(&status->place[at].sum.place, &cover->place))
				break;
	if (at == status->count) /* it is newer than the list of places */
		return 0;
	status->at = at;
	place = &status->place[at];
	place->days += cover->until - cover->since == STORE_DAY;
	last = &place->latest[HISTORY_MAX_STRETCHES - 1];
	if (place->stretches > 0 && last->until == cover->since) {
		last->until = cover->until;
		return 0;
	}
	for (unsigned i = 0; i + 1 < HISTORY_MAX_STRETCHES; i++)
		place->latest[i] = place->latest[i + 1];
	*last = (struct history_stretch){cover->since, cover->until};
	place->stretches++;
	return 0;
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
	const uint64_t named =
	    place->stretches < HISTORY_MAX_STRETCHES ? place->stretches : HISTORY_MAX_STRETCHES;

	if (place->stretches > named)
		buf_printf(out, "%" PRIu64 " earlier ones, ", place->stretches - named);
	for (uint64_t i = HISTORY_MAX_STRETCHES - named; i < HISTORY_MAX_STRETCHES; i++) {
		if (i > HISTORY_MAX_STRETCHES - named)
			buf_add_text(out, ", ");
		history_add_stretch(out, &place->latest[i]);
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

/* Above the table, for a person. */
static int history_say_about(struct history_run *run, struct err *err)
{
	struct store_about about;
	struct buf text;
	int result;

	if (run->store->ops->about(run->store, &about, err) != 0)
		return -1;
	buf_init(&text, 0);
	buf_add_text(&text, "History:  ");
	log_escape(&text, span_of(about.place));
	buf_printf(&text,
	    "\nEngine:   %s, form %" PRId64 ", " PACKAGE_STRING "\nSize:     ", about.engine,
	    about.schema);
	history_add_size(&text, about.bytes);
	if (about.unused > 0) {
		buf_add_text(&text, ", of them free ");
		history_add_size(&text, about.unused);
	}
	buf_printf(&text, "\nMessages: %" PRIu64 "\n\n", about.rows);
	result = history_say(run, &text, err);
	buf_fini(&text);
	return result;
}

#define HISTORY_STATUS_RUNS 5

/* "2026-11-26T06:15:01+00:00  42 messages, status 0: imaphost = imap.example.com; history = yes" */
static int history_take_run(void *context, const struct store_run *run, struct err *err)
{
	struct buf *text = context;

	(void)err;
	buf_add_text(text, text->n == 0 ? "\nRuns, the last one first:\n" : "");
	history_add_time(text, run->began);
	if (run->ended != 0)
		buf_printf(text, "  %" PRIu64 " messages, status %d", run->rows, run->status);
	else
		buf_add_text(text, "  has not ended");
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
	if (result == 0 && text.n > 0)
		result = history_say(run, &text, err);
	buf_fini(&text);
	return result;
}

static bool history_wants_table(const struct options *options)
{
	return !options->output[FORMAT_JSON].wanted && !options->output[FORMAT_CSV].wanted &&
	       !options->output[FORMAT_TSV].wanted;
}

int history_status(struct history_run *run, struct err *err)
{
	const struct store_query all = {.until = STORE_MAX_TIME + 1};
	const struct store_ops *ops = run->store->ops;
	struct history_status status = {0};
	int result;

	arena_init(&status.arena);
	result = ops->place_sums(run->store, history_take_place, &status, err);
	if (result == 0)
		result = ops->covered(run->store, &all, history_take_cover, &status, err);
	if (result == 0 && history_wants_table(run->options))
		result = history_say_about(run, err);
	if (result == 0)
		result = history_list_places(run, &status, err);
	if (result == 0 && history_wants_table(run->options))
		result = history_say_runs(run, err);
	free(status.place);
	arena_fini(&status.arena);
	return result;
}
