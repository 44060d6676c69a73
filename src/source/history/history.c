#include "source/history/history.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/log.h"
#include "calendar/period.h"
#include "record/account.h"
#include "report/report.h"
#include "source/history/history_replay.h"
#include "store/store_gaps.h"
#include "store/store_places.h"

#define HISTORY_FIRST_PLACES 8

struct history {
	struct source source; /* first, so that a source is a history */
	struct history_settings settings;
	struct arena arena; /* texts of the account, and the places themselves */
	struct account_place *place;
	struct store_place *key; /* of each place */
	unsigned count;
	unsigned room;
	bool has_others; /* days that were read in another way */
};

/* Which days of a mailbox are missing. */
struct history_missing {
	unsigned days;
	struct buf text; /* that names them */
};

static int history_grow(struct history *history, struct err *err)
{
	const unsigned room = history->room != 0 ? history->room * 2 : HISTORY_FIRST_PLACES;
	struct account_place *place = reallocarray(history->place, room, sizeof(*place));
	struct store_place *key;

	if (place == NULL)
		return err_nomem(err);
	history->place = place;
	key = reallocarray(history->key, room, sizeof(*key));
	if (key == NULL)
		return err_nomem(err);
	history->key = key;
	history->room = room;
	return 0;
}

/* What is no mailbox's is named by its kind: "log", "file". */
static int history_add_place(void *context, const struct store_place *place, struct err *err)
{
	struct history *history = context;
	struct account_place *added;
	struct store_place *key;

	if (history->count == history->room && history_grow(history, err) != 0)
		return -1;
	added = &history->place[history->count];
	key = &history->key[history->count];
	*key = store_place_copy(&history->arena, place);
	*added = (struct account_place){
	    .host = arena_string(&history->arena, place->host),
	    .name = arena_string(&history->arena, place->name.n > 0 ? place->name : place->source),
	    .server = history->count,
	};
	history->count++;
	return history->arena.failed ? arena_err(&history->arena, err) : 0;
}

static int history_add_mailboxes(struct history *history, struct err *err)
{
	const struct history_settings *settings = &history->settings;

	for (unsigned i = 0; i < settings->mailbox_count; i++) {
		struct store_place place;

		if (!store_record_place(&settings->mailboxes[i], &place))
			return err_set(err, ERR_INTERNAL, "a mailbox without a key");
		if (history_add_place(history, &place, err) != 0)
			return -1;
		history->place[i].server = settings->mailboxes[i].server;
		history->place[i].key = settings->mailboxes[i].key;
	}
	return 0;
}

static int history_open(struct source *source, struct err *err)
{
	struct history *history = (struct history *)source;
	const struct history_settings *settings = &history->settings;
	int result = settings->mailbox_count > 0 ? history_add_mailboxes(history, err)
						 : settings->store->ops->places(settings->store,
						       history_add_place, history, err);

	if (result != 0)
		return -1;
	if (history->count == 0)
		return err_set(err, ERR_DATA,
		    "the history has nothing yet: runs with --history and without --offline put "
		    "there what they read");
	settings->account->place = history->place;
	settings->account->place_count = history->count;
	return 0;
}

static void history_miss(void *context, int64_t first, int64_t last)
{
	struct history_missing *missing = context;

	for (int64_t day = first; day <= last; day++) {
		if (missing->days++ >= HISTORY_MAX_NAMED)
			continue;
		buf_add_text(&missing->text, missing->days > 1 ? ", " : "");
		period_add_utc_day(&missing->text, day);
	}
}

static int history_say_missing(struct history *history, struct account_place *place,
    struct history_missing *missing, struct err *err)
{
	struct err *failure = &history->settings.account->failure;

	if (missing->days > HISTORY_MAX_NAMED)
		buf_printf(&missing->text, " and %u more", missing->days - HISTORY_MAX_NAMED);
	if (missing->text.failed != 0)
		return err_nomem(err);
	place->missing =
	    arena_printf(&history->arena, "the history of '%s' does not have all of %s (UTC)%c",
		place->name, buf_string(&missing->text), '\0')
		.p;
	if (history->arena.failed)
		return arena_err(&history->arena, err);
	if (failure->code != ERR_NONE)
		log_error("%s: %s", place->host, place->missing);
	else
		err_set(failure, ERR_DATA, "%s: %s", place->host, place->missing);
	return 0;
}

/* The days that are wanted, up to now. */
static struct store_query history_query(const struct history *history, unsigned at)
{
	const struct period *period = history->settings.period;
	const int64_t now = (int64_t)history->settings.now;
	const int64_t until = (int64_t)period->until;

	return (struct store_query){
	    &history->key[at], (int64_t)period->since, until < now ? until : now};
}

static int history_check_days(
    struct history *history, unsigned at, const struct history_days *known, struct err *err)
{
	const struct store_query query = history_query(history, at);
	struct history_missing missing = {.days = 0};
	struct store_gaps gaps = {
	    .since = query.since, .until = query.until, .take = history_miss, .context = &missing};
	int result = 0;

	buf_init(&missing.text, 0);
	store_gaps_begin(&gaps);
	for (unsigned i = 0; i < known->count; i++) {
		store_gaps_add(&gaps, &known->cover[i]);
		if (known->cover[i].reading != history->settings.reading)
			history->has_others = true;
	}
	store_gaps_end(&gaps);
	if (missing.days > 0)
		result = history_say_missing(history, &history->place[at], &missing, err);
	buf_fini(&missing.text);
	return result;
}

/* A mailbox; of logs and files nobody knows which days they have. */
static int history_read_days(
    struct history *history, unsigned at, struct history_days *days, struct err *err)
{
	const struct store_query query = history_query(history, at);

	days->count = 0;
	if (history->key[at].name.n == 0 || query.since >= query.until)
		return 0;
	if (history_days_load(days, history->settings.store, &query, err) != 0)
		return -1;
	return history_check_days(history, at, days, err);
}

static int history_read(struct source *source, struct report *report, struct err *err)
{
	struct history *history = (struct history *)source;
	struct history_days days = {0};
	struct history_replay replay = {
	    .store = history->settings.store, .report = report, .days = &days};
	int result = 0;

	store_record_init(&replay.memory);
	for (unsigned i = 0; i < history->count && result == 0; i++) {
		replay.place = &history->place[i];
		replay.key = history->key[i];
		result = history_read_days(history, i, &days, err);
		if (result == 0)
			result = history_replay(&replay, history->settings.period, err);
	}
	history_replay_warn(&replay);
	if (history->settings.reading != 0 && history->has_others)
		log_warn("--identity-header: the history has days as a run with others, or another "
			 "version of the program, has read them");
	store_record_fini(&replay.memory);
	history_days_fini(&days);
	return result;
}

static void history_free(struct source *source)
{
	struct history *history = (struct history *)source;

	arena_fini(&history->arena);
	free(history->place);
	free(history->key);
	free(history);
}

static const struct source_ops history_ops = {
    .name = "history",
    .open = history_open,
    .read = history_read,
    .free = history_free,
};

struct source *history_new(const struct history_settings *settings, struct err *err)
{
	struct history *history = calloc(1, sizeof(*history));

	if (history == NULL) {
		err_nomem(err);
		return NULL;
	}
	history->source.ops = &history_ops;
	history->settings = *settings;
	arena_init(&history->arena);
	return &history->source;
}
