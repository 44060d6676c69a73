/*
 * Parts of a summary. For summary*.c.
 */
#ifndef REPORT_SUMMARY_PART_H
#define REPORT_SUMMARY_PART_H

#include "letter/summary.h"

/* A text on one line, harmless. */
void summary_add_line(struct buf *out, struct span text);

/* "1 message", "2 messages" */
void summary_add_messages(struct buf *out, uint64_t count);

/* False when a host is missing, or a message could not be read. */
bool summary_is_complete(const struct account *account);

/* The first SUMMARY_TOP identities and the others, as an aligned table. */
int summary_add_table(struct buf *out, struct grouping *identities, struct err *err);

#endif
