/*
 * What the history knows of the days of a mailbox.
 */
#ifndef HISTORY_DAYS_H
#define HISTORY_DAYS_H

#include "calendar/period.h"
#include "source/quarantine/folder_known.h"
#include "store/store.h"

/* Zeroed: none. */
struct history_days {
	struct store_cover *cover; /* by day, without their places */
	unsigned count;
	unsigned room;
};

/* In place of what was there: the days of a mailbox that this time touches. Errors of the store. */
int history_days_load(struct history_days *days, struct store *store,
    const struct store_query *query, struct err *err);

void history_days_fini(struct history_days *days);

/* The end of the days that history_days_learn() is to be given: a period up to now is read ahead.
 */
int64_t history_days_until(const struct period *period, time_t now);

/* Whether a row is of a mailbox of before, whose time is known of the one that took its place. */
bool history_days_replace(const struct history_days *days, const struct store_row *row);

/* What is wanted, and how its rows must have been read (store_cover.reading). */
struct history_wish {
	struct store *store;
	uint64_t reading;
	const struct period *period;
	time_t now; /* when the run began */
};

/*
 * What is to be read of the mailbox, of which the store has these days, and what need not: epoch is
 * 0 when that is nothing. A period up to now is read ahead of it, so that the next run can go on
 * there. The caller frees known_r->uids, also after an error.
 */
int history_days_learn(const struct history_days *days, const struct store_place *place,
    const struct history_wish *wish, struct folder_known *known_r, struct err *err);

#endif
