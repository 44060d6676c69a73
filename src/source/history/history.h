/*
 * The source of the history (store.h): what earlier runs kept is reported again, without a server.
 */
#ifndef HISTORY_H
#define HISTORY_H

#include "calendar/period.h"
#include "source/source.h"
#include "store/store.h"

struct account;
struct account_place;

/* Days that are named of those nobody has read; of more their number is said. */
#define HISTORY_MAX_NAMED 10

/* All that it points to outlives the source. */
struct history_settings {
	struct store *store;
	const struct period *period; /* known when the source is read */
	time_t now;                  /* when the run began */
	struct account *account;
	/* How its records are wanted (store_cover.reading): days that were read in another way are
	 * said to be. 0: it does not matter. */
	uint64_t reading;
	/* Only these mailboxes, in this order, as the quarantine lists them; none: all places. */
	const struct account_place *mailboxes;
	unsigned mailbox_count;
};

/*
 * NULL without memory. Open: ERR_DATA when the history is empty. Read: the rows of the period, a
 * place after the other, in the order of the store. A mailbox of whose days in the period one was
 * not read to its end is incomplete, as the account says: ERR_DATA. Of logs and files nobody knows
 * what days they have.
 */
struct source *history_new(const struct history_settings *settings, struct err *err);

#endif
