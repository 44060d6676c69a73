/*
 * Parts of a letter. For letter_*.c.
 */
#ifndef LETTER_PART_H
#define LETTER_PART_H

#include "letter/letter_body.h"

/* A text on one line, harmless. */
void letter_add_line(struct buf *out, struct span text);

/* "1 message", "2 messages" */
void letter_add_messages(struct buf *out, uint64_t count);

/* False when a host is missing, or a message could not be read. */
bool letter_is_complete(const struct account *account);

/* Blocks of lines, each with its LF. Nothing when there is nothing to say. */
void letter_add_missing(struct buf *out, const struct account *account);
void letter_add_again(struct buf *out, const struct account *account, time_t since);
int letter_add_scope(struct buf *out, const struct letter_report *report, struct err *err);
void letter_add_folders(struct buf *out, const struct account *account);

/* The identities that are shown. ERR_SYSTEM without memory. */
int letter_view(struct group_view *view_r, const struct letter_report *report, struct err *err);

/* The same but for the last ones: `shown` of them, and a row of all others. */
int letter_view_head(
    struct group_view *view_r, const struct letter_report *report, uint32_t shown, struct err *err);

/*
 * Who sent most of all may have stopped long ago. 1: *row_r is the identity with most messages in
 * the last hour, and another one sent most of all; 0: there is none; -1: ERR_SYSTEM.
 */
int letter_busiest(const struct letter_report *report, struct group_row *row_r, struct err *err);

/* That one and its number, as text; the identity stands alone on its line. */
int letter_add_busiest(struct buf *out, const struct letter_report *report, struct err *err);

/* With a history: who is new, a line each with one before them, or what is missing to know it. */
int letter_add_new(struct buf *out, const struct letter_report *report, struct err *err);

/* How those that are shown can be locked: a line each, with one before them; nothing without
 * report->lock. */
int letter_add_locks(struct buf *out, const struct letter_report *report, struct err *err);

/* The identities and the others, as text. */
int letter_add_table(struct buf *out, const struct letter_report *report, struct err *err);

/* What is said of an identity besides its numbers, without a line break; nothing when it is not
 * known. */
enum letter_fact {
	LETTER_WEAK,    /* "weak: server, no account" */
	LETTER_SEEN,    /* "account, last seen 11-25 23:58" */
	LETTER_SENDING, /* "61 last hour, 42.0 an hour before": it still sends */
	LETTER_LOGINS,  /* "logged in from 40 addresses"; of one address nothing */
	LETTER_SHARE,   /* "called from 12 addresses, 37.0 % by": its most frequent PHP script */
	LETTER_SCRIPT,  /* that one */
};
void letter_add_fact(struct buf *out, const struct letter_report *report,
    const struct group_row *row, enum letter_fact fact);

/* Messages of the last hour that are a stream; fewer are nobody's alarm. */
#define LETTER_STREAM 10

/* True when it sends a stream, and no less than before: it will not end by itself. */
bool letter_goes_on(const struct letter_report *report, const struct group_row *row);

/* "still sending", or "still sending at 00:00", the end of a period that was over more than
 * ACCOUNT_NOW ago; in capitals when it is `loud`. */
void letter_add_still(struct buf *out, const struct letter_report *report, bool loud);

/* "23:58" */
void letter_add_clock(struct buf *out, time_t when);

/* "12.5" */
void letter_add_percent(struct buf *out, const struct group_row *row);

#endif
