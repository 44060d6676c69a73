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

/* The first LETTER_TOP identities and the others, as an aligned table. */
int letter_add_table(struct buf *out, struct grouping *identities, struct err *err);

#endif
