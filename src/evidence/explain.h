/*
 * Why a record says what it says: for each filled column the rule and the
 * header field that won, and those that would have filled it otherwise; then
 * the fields that may be evidence and that no rule knows, for people to report.
 */
#ifndef REPORT_EXPLAIN_H
#define REPORT_EXPLAIN_H

#include "evidence/evidence.h"

/* Bytes of a value, as found and as it stands in the header, that are shown; "…" marks a cut. */
#define EXPLAIN_MAX_TEXT ((size_t)320)

/* Occurrences of a field that were passed over, and unknown fields; of more only the number. */
#define EXPLAIN_MAX_UNUSED  4
#define EXPLAIN_MAX_UNKNOWN 10

/*
 * Appends the explanation of a record, which must be the one that `evidence` has filled last, with
 * its header section and its arena still there. Each line ends in LF, and
 * stands below one that says which message it is about (sink_explain.c):
 *
 *       COLUMN: VALUE; RULE; FIELD (2 of 3): its value
 *         also: VALUE; RULE; FIELD: its value
 *         not used: FIELD (1 of 3): its value
 *       Notes: NOTES
 *       unknown: FIELD: its value
 *
 * From and Subject come first. A rule that reads a column has "column TITLE" for the field. Texts
 * are harmless on a terminal, and quoted when they hold a semicolon or a quote, as in the display.
 * Without memory out->failed says so.
 */
void explain_add(
    struct buf *out, struct evidence *evidence, const struct record *record, bool ascii_only);

#endif
