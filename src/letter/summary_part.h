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

/* The first and the last time of all messages: 1; 0 when none is known; -1: ERR_SYSTEM. */
int summary_times(struct grouping *identities, time_t *first_r, time_t *last_r, struct err *err);

/* The first SUMMARY_TOP identities and the others, as an aligned table. */
int summary_add_table(struct buf *out, struct grouping *identities, struct err *err);

#endif
