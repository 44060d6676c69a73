/*
 * The sink of a history that a run that stays feeds: what has come is put there and committed in a
 * thread of its own, FEED_GAP after it came at most when the history can be written to, all that
 * came meanwhile together. So neither the sources nor the other outputs wait for it, and between
 * two of them other programs can write.
 *
 * When it cannot be written to, what comes is held and tried again. Of what is more than that the
 * number is counted: those messages are in the other outputs only.
 */
#ifndef SINK_FEED_H
#define SINK_FEED_H

#include "base/env.h"
#include "sink/sink.h"
#include "sink/store_privacy.h"
#include "store/store.h"

/* Milliseconds between two commits; and after one that failed. */
#define FEED_GAP   1000
#define FEED_PAUSE 5000

/* Held at most, twice: what is on its way, and what comes meanwhile. */
#define FEED_ROWS  STORE_BATCH_ROWS
#define FEED_BYTES STORE_BATCH_BYTES

/* All of it outlives the sink. */
struct sink_feed_settings {
	struct store *store; /* until sink_feed_stop() the sink's, once a record has come */
	uint64_t reading;    /* as of struct store_cover */
	const struct store_privacy *privacy; /* NULL: all is kept as it is */
	const struct env *env;               /* for how long a pause takes */
};

/* NULL: ERR_SYSTEM. A record fails without memory only, and when the run was ended. */
struct sink *sink_feed_new(const struct sink_feed_settings *settings, struct err *err);

/* No record follows. What it does is done, also when the run has failed. */
void sink_feed_stop(struct sink *sink);

/*
 * After sink_feed_stop(), with no signal pending: puts what is left, and, when nothing was lost,
 * which time of each mailbox is known now (store_reach.h); NULL: nothing is. -1, as of the store:
 * messages are missing there, as the error says.
 */
int sink_feed_finish(struct sink *sink, const struct account *account, struct err *err);

#endif
