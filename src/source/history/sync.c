#include "source/history/sync.h"

#include <stdlib.h>

#include "source/history/history_replay.h"

struct sync {
	struct source source; /* first, so that a source is a sync */
	struct sync_settings settings;
	struct source *servers;
	struct store *store;
	struct sink *sink;
	struct folder_knowledge knowledge;
	struct folder_known known[HOSTS_MAX_FOLDERS];
	uint64_t fetched[HOSTS_MAX_FOLDERS]; /* messages that were read, of each folder */
};

static int sync_open(struct source *source, struct err *err)
{
	struct sync *sync = (struct sync *)source;

	return sync->servers->ops->open(sync->servers, err);
}

/* One is enough. */
static int sync_take_row(void *context, const struct store_row *row, struct err *err)
{
	bool *has = context;

	(void)row;
	*has = true;
	return err_set(err, ERR_INTERNAL, "a row that is there");
}

/* Whether there is a row of the period. */
static int sync_find_row(
    const struct sync *sync, const struct store_place *place, bool *has_r, struct err *err)
{
	const struct period *period = sync->settings.period;
	const struct store_query query = {place, (int64_t)period->since, (int64_t)period->until};
	struct err found = ERR_INIT;

	*has_r = false;
	if (sync->store->ops->read(sync->store, &query, sync_take_row, has_r, &found) == 0 ||
	    *has_r)
		return 0;
	*err = found;
	return -1;
}

/* What the history has of a folder. Of days that were read in another way, or not to their end, it
 * may have messages that nobody can read any more: they belong to the report as well. */
static int sync_learn_folder(
    struct sync *sync, unsigned at, struct history_days *days, struct err *err)
{
	const struct sync_settings *settings = &sync->settings;
	const struct period *period = settings->period;
	const struct history_wish wish = {sync->store, settings->reading, period, settings->now};
	struct store_place place;
	const struct store_query query = {
	    &place, (int64_t)period->since, history_days_until(period, settings->now)};

	if (!store_record_place(&settings->account->place[at], &place))
		return err_set(err, ERR_INTERNAL, "a mailbox without a key");
	if (history_days_load(days, sync->store, &query, err) != 0 ||
	    history_days_learn(days, &place, &wish, &sync->known[at], err) != 0)
		return -1;
	if (days->count > 0 || sync->knowledge.is_used) {
		sync->knowledge.is_used = true;
		return 0;
	}
	return sync_find_row(sync, &place, &sync->knowledge.is_used, err);
}

static int sync_learn(struct sync *sync, struct err *err)
{
	struct history_days days = {0};
	int result = 0;

	for (unsigned i = 0; i < sync->settings.account->place_count && result == 0; i++)
		result = sync_learn_folder(sync, i, &days, err);
	history_days_fini(&days);
	return result;
}

/* What is read goes into the history alone; what does not come is counted. */
static int sync_fetch(struct sync *sync, struct err *err)
{
	struct account *account = sync->settings.account;
	struct report gathered;
	int result;

	report_init(&gathered, &(const struct report_parts){.account = account});
	gathered.all = sync->sink;
	result = sync->servers->ops->read(sync->servers, &gathered, err);
	if (result == 0)
		result = sink_end(sync->sink, account, err);
	if (result == 0)
		result = sync->store->ops->commit(sync->store, err);
	report_fini(&gathered);
	for (unsigned i = 0; i < account->place_count; i++) {
		struct account_counts *counts = &account->place[i].counts;

		sync->fetched[i] = counts->reported;
		*counts = (struct account_counts){
		    .found = counts->vanished + counts->unreadable,
		    .vanished = counts->vanished,
		    .unreadable = counts->unreadable,
		};
	}
	return result;
}

static bool sync_was_read(const struct account_place *place)
{
	return place->reach.since < place->reach.until;
}

static void sync_summarize(const struct sync *sync, unsigned at)
{
	const struct sync_settings *settings = &sync->settings;
	const struct account_place *place = &settings->account->place[at];
	const uint64_t had = place->counts.reported + place->counts.filtered;
	const struct hosts_summary summary = {
	    .period = settings->period,
	    .brief = settings->brief,
	    .kept = had > sync->fetched[at] ? had - sync->fetched[at] : 0,
	};

	if (settings->talk && sync_was_read(place))
		hosts_summarize(&summary, place);
}

/* When all of the folder has been read, only its own messages count; else what is known of it. */
static int sync_replay_folder(struct sync *sync, unsigned at, struct history_days *days,
    struct history_replay *replay, struct err *err)
{
	const struct period *period = sync->settings.period;
	const struct store_query query = {
	    &replay->key, (int64_t)period->since, (int64_t)period->until};

	replay->place = &sync->settings.account->place[at];
	replay->epoch = sync_was_read(replay->place) ? replay->place->epoch : 0;
	if (!store_record_place(replay->place, &replay->key))
		return err_set(err, ERR_INTERNAL, "a mailbox without a key");
	if (history_days_load(days, sync->store, &query, err) != 0 ||
	    history_replay(replay, period, err) != 0)
		return -1;
	sync_summarize(sync, at);
	return 0;
}

static int sync_replay(struct sync *sync, struct report *report, struct err *err)
{
	struct history_days days = {0};
	struct history_replay replay = {.store = sync->store, .report = report, .days = &days};
	const struct account *account = sync->settings.account;
	int result = 0;

	store_record_init(&replay.memory);
	for (unsigned i = 0; i < account->place_count && result == 0; i++)
		if (sync->settings.partial || sync_was_read(&account->place[i]))
			result = sync_replay_folder(sync, i, &days, &replay, err);
	history_replay_warn(&replay);
	store_record_fini(&replay.memory);
	history_days_fini(&days);
	return result;
}

static int sync_read(struct source *source, struct report *report, struct err *err)
{
	struct sync *sync = (struct sync *)source;

	if (sync_learn(sync, err) != 0)
		return -1;
	if (sync->knowledge.is_used)
		return sync_fetch(sync, err) == 0 ? sync_replay(sync, report, err) : -1;
	report->all = sync->sink;
	return sync->servers->ops->read(sync->servers, report, err);
}

static void sync_free(struct source *source)
{
	struct sync *sync = (struct sync *)source;

	for (unsigned i = 0; i < HOSTS_MAX_FOLDERS; i++)
		uidset_fini(&sync->known[i].uids);
	if (sync->servers != NULL)
		sync->servers->ops->free(sync->servers);
	free(sync);
}

static const struct source_ops sync_ops = {
    .name = "history beside the quarantine",
    .open = sync_open,
    .read = sync_read,
    .free = sync_free,
};

struct sync *sync_new(const struct sync_settings *settings, struct err *err)
{
	struct sync *sync = calloc(1, sizeof(*sync));

	if (sync == NULL) {
		err_nomem(err);
		return NULL;
	}
	sync->source.ops = &sync_ops;
	sync->settings = *settings;
	sync->knowledge.folder = sync->known;
	return sync;
}

const struct folder_knowledge *sync_knowledge(const struct sync *sync)
{
	return &sync->knowledge;
}

void sync_set_servers(struct sync *sync, struct source *servers)
{
	sync->servers = servers;
}

void sync_set_store(struct sync *sync, struct store *store, struct sink *sink)
{
	sync->store = store;
	sync->sink = sink;
}

struct source *sync_source(struct sync *sync)
{
	return &sync->source;
}
