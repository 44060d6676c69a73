/*
 * The report in a few lines, for people who read it in their mail before anything else: what is
 * missing, who sent most and whether he still does, totals. A letter has it twice, as text and as
 * HTML, and its subject has it in short.
 *
 * Texts are UTF-8. What senders and the configuration chose is made harmless as in a table on a
 * terminal (table_cell.h) and stays on its line. An identity is never cut, since it is copied from
 * here to be locked; one that is too long for its line gets one of its own.
 */
#ifndef LETTER_BODY_H
#define LETTER_BODY_H

#include "record/account.h"
#include "group/group.h"
#include "sink/sink_lock.h"

#define LETTER_TOP     10  /* identities that are shown, unless the limits say otherwise */
#define LETTER_MAX_TOP 100 /* and never more; a line says so */
#define LETTER_NEW     5   /* identities that are named as new; of more their number is said */
#define LETTER_WIDTH   78  /* columns of a line of text (RFC 5322, 2.1.1), but for identities */

/*
 * Bytes of the HTML. Gmail shows no more than 102 KB of a message, and some count it as it was sent
 * (base64 makes it a third longer). Lines and identities that have no room are left out, and a
 * line says so; the text has them.
 */
#define LETTER_HTML_MAX ((size_t)60 * 1000)

/* Columns of the identity and of the reason for a failure in a subject; a longer text ends in "…".
 */
#define LETTER_SUBJECT_IDENTITY 64
#define LETTER_SUBJECT_REASON   120

/* What a letter is about. */
struct letter_report {
	const struct account *account;
	struct grouping *identities; /* by Identity */
	struct group_limits limits;  /* of the identities shown; top 0: LETTER_TOP */
	time_t failed_since; /* the runs before this one failed, and the readers know; 0: no */
	struct sink_lock lock;
};

/* Appends the text: what is missing, the time, the identities, the account of each folder.
 * ERR_SYSTEM without memory. */
int letter_add_text(struct buf *out, const struct letter_report *report, struct err *err);

/*
 * Appends the same as HTML that every mail program shows, and a text browser: tables, and styles of
 * single elements; no style sheet, script, picture or link. Colours are few, and none is behind
 * text, so that a dark mode has nothing to get wrong. ERR_SYSTEM without memory.
 */
int letter_add_html(struct buf *out, const struct letter_report *report, struct err *err);

/* Appends the default subject: which time, how many messages, who sent most and how many. */
int letter_add_subject(struct buf *out, const struct letter_report *report, struct err *err);

/*
 * Append the notice of a run that failed: why, and what it was to report; `failure` has a code.
 * `since` is when the first of several runs failed that did so one after the other; 0: this is the
 * first.
 */
void letter_add_failure(
    struct buf *out, const struct account *account, const struct err *failure, time_t since);
void letter_add_failure_subject(
    struct buf *out, const struct account *account, const struct err *failure, time_t since);

/* Append the notice that runs work again, for a report about which there is no letter. */
void letter_add_recovery(struct buf *out, const struct account *account, time_t since);
void letter_add_recovery_subject(struct buf *out, const struct account *account);

#endif
