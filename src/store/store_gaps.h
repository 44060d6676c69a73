/*
 * Which days, of UTC, of a stretch of time the history does not have whole: whose time within the
 * stretch no cover has from its beginning to its end.
 */
#ifndef STORE_GAPS_H
#define STORE_GAPS_H

#include "store/store.h"

/* The days from the first to the last are missing. */
typedef void store_take_gap(void *context, int64_t first, int64_t last);

struct store_gaps {
	int64_t since, until; /* the stretch, which is not empty */
	int64_t next;         /* the first day that has not come */
	store_take_gap *take;
	void *context;
};

/* Begins with the members but `next` filled in; covers of one place come in the order of their
 * days; the end tells of those behind them. */
void store_gaps_begin(struct store_gaps *gaps);
void store_gaps_add(struct store_gaps *gaps, const struct store_cover *cover);
void store_gaps_end(struct store_gaps *gaps);

#endif
