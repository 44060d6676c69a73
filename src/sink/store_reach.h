/*
 * Which time of each mailbox the history knows after a run, as the account has it (reach): nothing
 * of one whose messages are not all there, or not all readable; with --new-only something where the
 * history knew all up to where that went on; and nothing of files, of which nobody knows what they
 * lack.
 */
#ifndef STORE_REACH_H
#define STORE_REACH_H

#include "record/account.h"
#include "store/store.h"

/* Days back to which --new-only is put together with what is known. */
#define STORE_REACH_JOINED_DAYS 8

struct store_reach {
	struct store *store;
	uint64_t reading; /* of the rows (store_cover.reading) */
};

/* To be committed after it, with the rows or behind them. Errors of the store. */
int store_reach_note(
    const struct store_reach *reach, const struct account *account, struct err *err);

#endif
