/*
 * The report in a few lines of text, for people who read it in their mail
 * before anything else: window, totals, who sent most.
 */
#ifndef REPORT_SUMMARY_H
#define REPORT_SUMMARY_H

#include "report/facts.h"
#include "report/group.h"

#define SUMMARY_TOP   10 /* identities in the table */
#define SUMMARY_WIDTH 78 /* characters of a line (RFC 5322, 2.1.1) */

/* Window, hosts and folders, totals, the table of identities; what is missing comes first. The
 * grouping is by Identity. ERR_SYSTEM without memory. */
int summary_add_text(struct buf *out, const struct report_facts *facts, struct grouping *identities,
    struct err *err);

/* The default subject: how many messages, which window, who sent most and how many. One line. */
int summary_add_subject(struct buf *out, const struct report_facts *facts,
    struct grouping *identities, struct err *err);

/* The notice of a run that failed: what it was to report, and why it could not. */
void summary_add_failure(
    struct buf *out, const struct report_facts *facts, const struct err *failure);
void summary_add_failure_subject(
    struct buf *out, const struct report_facts *facts, const struct err *failure);

#endif
