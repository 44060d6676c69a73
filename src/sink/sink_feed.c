#include "sink/sink_feed.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "base/team.h"
#include "sink/store_doubt.h"
#include "sink/store_reach.h"
#include "sink/store_record.h"
#include "sink/store_rows.h"

struct sink_feed {
	struct sink sink; /* first, so that a sink is a sink_feed */
	struct store_reach reach;
	const struct env *env;
	struct store_record memory; /* of who brings records, one at a time */
	struct team_side *side;     /* the writer; NULL: none as yet, or it was stopped */
	struct store_rows rows[2];
	struct store_rows *going; /* the writer's */
	struct store_doubt doubt; /* the same */
	pthread_mutex_t lock;     /* of all that follows */
	pthread_cond_t changed;
	struct store_rows *coming;
	int64_t due; /* when the writer may commit, as of clock_now() */
	bool is_over;
	bool is_failing;    /* the last time it could not be written to */
	struct err failure; /* why; the last one of all */
	uint64_t lost;      /* that were not even held */
};

/* Under the lock, until something has changed; until this time at most. */
static void feed_wait_until(struct sink_feed *feed, int64_t until)
{
	const int64_t left = until - clock_now();
	struct timespec at;

	if (left <= 0)
		return;
	clock_gettime(CLOCK_MONOTONIC, &at);
	at.tv_sec += (time_t)(left / 1000);
	at.tv_nsec += (long)(left % 1000) * 1000000;
	if (at.tv_nsec >= 1000000000) {
		at.tv_sec++;
		at.tv_nsec -= 1000000000;
	}
	pthread_cond_timedwait(&feed->changed, &feed->lock, &at);
}

static int feed_put(struct sink_feed *feed, struct store_rows *rows, struct err *err)
{
	struct store *store = feed->reach.store;

	if (store_doubt_rows(&feed->doubt, store, rows, err) != 0 ||
	    store_rows_put(rows, store, err) != 0 || store->ops->commit(store, err) != 0)
		return -1;
	store_rows_clear(rows);
	return 0;
}

static void feed_note_success(struct sink_feed *feed)
{
	if (!feed->is_failing)
		return;
	feed->is_failing = false;
	if (feed->lost == 0)
		log_warn("the history can be written again: nothing is lost");
	else
		log_warn("the history can be written again: %" PRIu64 " %s not in it", feed->lost,
		    feed->lost == 1 ? "message is" : "messages are");
}

/* That the run is to end says nothing about the history. */
static void feed_note_failure(struct sink_feed *feed, const struct err *err)
{
	if (err->code == ERR_SIGNAL)
		return;
	if (!feed->is_failing)
		log_warn("%s: what comes is held, and it is tried again until it can be kept",
		    err->text);
	feed->is_failing = true;
	feed->failure = *err;
}

/* Under the lock, which others have meanwhile. */
static void feed_write(struct sink_feed *feed)
{
	struct err err = ERR_INIT;
	int result;

	if (feed->going->count == 0) {
		struct store_rows *empty = feed->going;

		feed->going = feed->coming;
		feed->coming = empty;
		pthread_cond_broadcast(&feed->changed);
	}
	pthread_mutex_unlock(&feed->lock);
	result = feed_put(feed, feed->going, &err);
	pthread_mutex_lock(&feed->lock);
	if (result == 0)
		feed_note_success(feed);
	else
		feed_note_failure(feed, &err);
	feed->due = clock_now() + env_pause(feed->env, result == 0 ? FEED_GAP : FEED_PAUSE);
	pthread_cond_broadcast(&feed->changed);
}

/* Whoever brings records waits for room. */
static bool feed_is_urgent(const struct sink_feed *feed)
{
	return feed->going->count == 0 && store_rows_are_full(feed->coming);
}

/* The writer. */
static void feed_work(void *context)
{
	struct sink_feed *feed = context;

	pthread_mutex_lock(&feed->lock);
	while (!feed->is_over) {
		if (feed->coming->count == 0 && feed->going->count == 0)
			pthread_cond_wait(&feed->changed, &feed->lock);
		else if (!clock_is_over(feed->due) && !feed_is_urgent(feed))
			feed_wait_until(feed, feed->due);
		else
			feed_write(feed);
	}
	pthread_mutex_unlock(&feed->lock);
}

/* Under the lock. 1; 0: there is no room as long as the history cannot be written to. */
static int feed_find_room(struct sink_feed *feed, struct err *err)
{
	while (store_rows_are_full(feed->coming) && !feed->is_failing) {
		if (interrupt_check(err) != 0)
			return -1;
		pthread_cond_wait(&feed->changed, &feed->lock);
	}
	return !store_rows_are_full(feed->coming);
}

static int feed_hold(struct sink_feed *feed, const struct store_row *row, struct err *err)
{
	int result;

	pthread_mutex_lock(&feed->lock);
	result = feed_find_room(feed, err);
	if (result == 1) {
		result = store_rows_add(feed->coming, row, err);
		pthread_cond_broadcast(&feed->changed);
	} else if (result == 0 && feed->lost++ == 0) {
		log_warn("no more can be held for the history: what comes now is not kept");
	}
	pthread_mutex_unlock(&feed->lock);
	return result;
}

static int feed_record(struct sink *sink, const struct record *record, struct err *err)
{
	struct sink_feed *feed = (struct sink_feed *)sink;
	struct store_row row;

	if (feed->side == NULL)
		feed->side = team_side_start(feed_work, feed, err);
	if (feed->side == NULL || store_record_write(&feed->memory, record, &row, err) != 0)
		return -1;
	return feed_hold(feed, &row, err);
}

void sink_feed_stop(struct sink *sink)
{
	struct sink_feed *feed = (struct sink_feed *)sink;

	if (feed->side == NULL)
		return;
	pthread_mutex_lock(&feed->lock);
	feed->is_over = true;
	pthread_cond_broadcast(&feed->changed);
	pthread_mutex_unlock(&feed->lock);
	team_side_join(feed->side);
	feed->side = NULL;
}

int sink_feed_finish(struct sink *sink, const struct account *account, struct err *err)
{
	struct sink_feed *feed = (struct sink_feed *)sink;
	struct store *store = feed->reach.store;
	uint64_t missing;
	const int went = feed_put(feed, feed->going, &feed->failure);
	struct err other = ERR_INIT;

	/* Also after a failure: what a server has not taken may become a file. */
	if (feed_put(feed, feed->coming, &other) != 0 && went == 0)
		feed->failure = other;
	missing = feed->lost + feed->going->count + feed->coming->count;
	if (missing > 0) {
		*err = feed->failure;
		return err_prefix(err, "%" PRIu64 " %s not in the history", missing,
		    missing == 1 ? "message is" : "messages are");
	}
	feed_note_success(feed);
	if (account == NULL)
		return 0;
	if (store_reach_note(&feed->reach, account, err) != 0)
		return -1;
	return store->ops->commit(store, err);
}

static void feed_free(struct sink *sink)
{
	struct sink_feed *feed = (struct sink_feed *)sink;

	sink_feed_stop(sink);
	store_record_fini(&feed->memory);
	store_rows_fini(&feed->rows[0]);
	store_rows_fini(&feed->rows[1]);
	store_doubt_fini(&feed->doubt);
	pthread_cond_destroy(&feed->changed);
	pthread_mutex_destroy(&feed->lock);
	free(feed);
}

static const struct sink_ops feed_ops = {
    .name = "history that is fed",
    .record = feed_record,
    .free = feed_free,
};

static void feed_init_locks(struct sink_feed *feed)
{
	pthread_condattr_t steady;

	pthread_mutex_init(&feed->lock, NULL);
	pthread_condattr_init(&steady);
	pthread_condattr_setclock(&steady, CLOCK_MONOTONIC);
	pthread_cond_init(&feed->changed, &steady);
	pthread_condattr_destroy(&steady);
}

struct sink *sink_feed_new(const struct sink_feed_settings *settings, struct err *err)
{
	struct sink_feed *feed = calloc(1, sizeof(*feed));

	if (feed == NULL) {
		err_nomem(err);
		return NULL;
	}
	feed->sink.ops = &feed_ops;
	feed->reach = (struct store_reach){settings->store, settings->reading};
	feed->env = settings->env;
	feed->due = clock_now();
	feed->going = &feed->rows[0];
	feed->coming = &feed->rows[1];
	feed->failure = (struct err)ERR_INIT;
	feed_init_locks(feed);
	store_doubt_init(&feed->doubt, settings->reading);
	store_record_init(&feed->memory);
	feed->memory.privacy = settings->privacy;
	if (store_rows_init(feed->going, FEED_ROWS, FEED_BYTES, err) == 0 &&
	    store_rows_init(feed->coming, FEED_ROWS, FEED_BYTES, err) == 0)
		return &feed->sink;
	feed_free(&feed->sink);
	return NULL;
}
