/*
 * The sink of a history: a delivery that is no stream. Records are put into the store in batches,
 * and are acknowledged before files get their names and before --new-only notes what has been
 * reported. What was put and not acknowledged may be there or not; it comes again, and is the same.
 *
 * Rows are held until there are some, so that no other program has to wait for the store while this
 * one waits for a server.
 *
 * In the end it notes which time of each mailbox is known now (store_reach.h).
 */
#ifndef SINK_STORE_H
#define SINK_STORE_H

#include "deliver/delivery.h"
#include "sink/sink.h"
#include "sink/store_privacy.h"
#include "store/store.h"

/* What is held at most. */
#define SINK_STORE_ROWS  1000
#define SINK_STORE_BYTES ((size_t)1024 * 1024)

/* All of it outlives both. */
struct sink_store_settings {
	struct store *store;
	uint64_t reading;                    /* as of struct store_cover */
	const struct store_privacy *privacy; /* NULL: all is kept as it is */
};

/* Errors of the store; ERR_SYSTEM. */
int sink_store_new(const struct sink_store_settings *settings, struct sink **sink_r,
    struct delivery **delivery_r, struct err *err);

#endif
