/*
 * Rows of the history, as records for the desk.
 */
#ifndef HISTORY_REPLAY_H
#define HISTORY_REPLAY_H

#include "report/report.h"
#include "sink/store_record.h"
#include "source/history/history_days.h"

struct history_replay {
	struct store *store;
	struct report *report;
	struct store_record memory;
	/* Of the place that is read: */
	struct account_place *place; /* its counts: what is found is added */
	struct store_place key;
	const struct history_days *days; /* NULL: what they know does not matter */
	uint64_t epoch;                  /* only rows of this one; 0: of all */
	/* Of all places so far: rows, and which of their columns were not kept, or as a hash. */
	uint64_t rows;
	uint64_t without_rows;
	uint64_t hashed_rows;
	struct column_set without;
	struct column_set hashed;
};

/*
 * The rows of the period, in the order of the store. A mailbox that was made anew has the same
 * messages with other numbers: rows of the one before are left out where the days know its
 * successor. Errors of store and desk; ERR_SIGNAL.
 */
int history_replay(struct history_replay *replay, const struct period *period, struct err *err);

/* After the last one: a warning of what was not kept. */
void history_replay_warn(const struct history_replay *replay);

#endif
