/*
 * The report in a few lines of text, for people who read it in their mail
 * before anything else: what is missing, window, totals, who sent most.
 *
 * Texts are UTF-8. What senders and the configuration chose is made harmless as in a table on a
 * terminal (table_cell.h) and stays on its line.
 */
#ifndef LETTER_BODY_H
#define LETTER_BODY_H

#include "record/account.h"
#include "group/group.h"

#define LETTER_TOP   10 /* identities in the table */
#define LETTER_WIDTH 78 /* columns of the table (RFC 5322, 2.1.1) */

/* Columns of the identity and of the reason for a failure in a subject; a longer text ends in "…".
 */
#define LETTER_SUBJECT_IDENTITY 64
#define LETTER_SUBJECT_REASON   120

/*
 * Appends the text of the letter: what is missing, window, the account of each folder, the table of
 * identities. The grouping is by Identity. ERR_SYSTEM without memory.
 */
int letter_add_text(
    struct buf *out, const struct account *account, struct grouping *identities, struct err *err);

/* Appends the default subject: which window, how many messages, who sent most and how many. */
int letter_add_subject(
    struct buf *out, const struct account *account, struct grouping *identities, struct err *err);

/* Append the notice of a run that failed: why, and what it was to report; `failure` has a code. */
void letter_add_failure(struct buf *out, const struct account *account, const struct err *failure);
void letter_add_failure_subject(
    struct buf *out, const struct account *account, const struct err *failure);

#endif
