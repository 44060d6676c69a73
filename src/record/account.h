/*
 * What a report says about itself besides its rows: which time, which places, and what became of
 * every message that was found there. The source and the desk fill it in as they go; every output
 * reads it at its end (sink_ops.end), and so do letter and log.
 */
#ifndef RECORD_ACCOUNT_H
#define RECORD_ACCOUNT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "base/err.h"

/* Every message of the period is in exactly one of those behind `found`. */
struct account_counts {
	uint64_t found;
	uint64_t reported;
	uint64_t filtered; /* left out by a filter: today bounces (--no-bounce) */
	uint64_t vanished; /* gone from the mailbox while we read it */
	uint64_t unreadable;
};

/* Names of a count. All outputs show all rows of account_count_rows, in this order. */
struct account_count_row {
	size_t at;           /* in struct account_counts */
	const char *key;     /* in the system's log: found=7 */
	const char *summary; /* behind the number, on standard error */
	const char *letter;  /* the same in a letter */
	const char *title;   /* above the numbers, on the page */
	bool is_loss;        /* a message that the report should have */
};

#define ACCOUNT_COUNT_ROWS 5
extern const struct account_count_row account_count_rows[ACCOUNT_COUNT_ROWS];

static inline uint64_t account_count(
    const struct account_counts *counts, const struct account_count_row *row)
{
	return *(const uint64_t *)(const void *)((const char *)counts + row->at);
}

/*
 * What has been read of a mailbox to its end: every message of this time with a number up to `uid`.
 * Later ones have higher numbers.
 */
struct account_reach {
	time_t since;
	time_t until;   /* not before `since`; the same: nothing */
	time_t at;      /* when reading began: what came after it is not all there */
	uint32_t after; /* --new-only: numbers up to it were not looked at, whatever their time */
	uint32_t uid;   /* 0: not known */
};

/* Where messages come from: a mailbox of a server, or a file. */
struct account_place {
	const char *host; /* of a file its path */
	const char *name; /* UTF-8; NULL: a file */
	struct account_counts counts;
	const char *missing; /* why its messages are not all here; NULL: they are */
	bool recreated;      /* --new-only: UIDVALIDITY has changed since the last run */
	bool is_away;        /* of a run that stays: it cannot be read at present */
	unsigned server;     /* from 0: those of one server have the same, and stand together */
	const char *key;     /* of its state (state.h); NULL: its source cannot go on in it */
	uint64_t epoch;      /* UIDVALIDITY of a mailbox, once it is known */
	struct account_reach reach;
};

/* Seconds at the end of a period, or before the run when that was earlier. */
#define ACCOUNT_RECENT ((time_t)60 * 60)

/* Seconds from the end of the period to the run: up to this, what was so at the end is so now. */
#define ACCOUNT_NOW ((time_t)60 * 60)

/* Strings are the source's, which outlives the account. */
struct account {
	time_t made;     /* when the run began */
	bool has_period; /* false for saved reports: their rows have it */
	time_t since;    /* the first second of the period */
	time_t until;    /* the first behind it */
	time_t recent;   /* who has sent since then still does: ACCOUNT_RECENT before the end */
	bool no_bounce;  /* bounces were filtered */
	bool new_only;  /* only what came since the last run: the period is that of the first one */
	bool delivered; /* the files have got their names, whatever failed after that */
	unsigned saved; /* how many files were read instead of mailboxes */
	bool of_messages; /* some of them are no saved reports */
	unsigned place_count;
	struct account_place
	    *place; /* servers in the order they were given, outgoing before incoming */
	/* With a history: which days before the period it does not have, so that of those who were
	 * not seen nobody knows whether they are new; NULL: none. */
	const char *past_missing;
	unsigned new_after; /* days without being seen that make an identity new; 0: nobody knows */
	struct err failure; /* why something is missing, as the run's error; ERR_NONE: nothing is */
	uint64_t bytes;     /* received from servers */
	const char *tls; /* version, or "off", of the server that answered last; NULL: none did */
};

/* Whether "still" is true of what was so at `end`; if not, the time must be named. */
static inline bool account_is_now(const struct account *account, time_t end)
{
	return account->made - end <= ACCOUNT_NOW;
}

/* True when messages were found, or some are missing. */
bool account_has_news(const struct account *account);

/* What the files are, for a person: "saved report", "files". */
const char *account_files_word(const struct account *account);

/* The counts of all places together. */
struct account_counts account_total(const struct account *account);

/* Goes over the servers, or saved reports, whose messages are not all in the report, each once.
 * *next is 0 at first. NULL: no more. */
const struct account_place *account_next_missing(const struct account *account, unsigned *next);

#endif
