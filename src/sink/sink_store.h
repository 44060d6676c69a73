/*
 * The sink of a history: a delivery that is no stream. Records are put into the store as they come,
 * in batches, and are acknowledged before files get their names and before --new-only notes what
 * has been reported. What was put and not acknowledged may be there or not; it comes again, and is
 * the same.
 */
#ifndef SINK_STORE_H
#define SINK_STORE_H

#include "deliver/delivery.h"
#include "sink/sink.h"
#include "store/store.h"

/* The store is the caller's, and outlives both. Errors of the store; ERR_SYSTEM. */
int sink_store_new(
    struct store *store, struct sink **sink_r, struct delivery **delivery_r, struct err *err);

#endif
