/*
 * The text of one cell of a table on a terminal: harmless, and of a width that
 * is known before it is written.
 *
 * Widths are columns of the terminal, as libunistring has them for clusters of
 * characters (UAX #29, UAX #11): two for CJK and emoji, none for combining
 * marks. Terminals do not agree with each other on sequences that are drawn as
 * one picture, so a cell has no such sequence.
 */
#ifndef REPORT_TABLE_CELL_H
#define REPORT_TABLE_CELL_H

#include "base/buf.h"

/*
 * Appends a value as escape_display() makes it harmless, never quoted or guarded. Beyond that:
 * emoji modifiers (skin tones) and U+FE0E, U+FE0F behind an emoji, and U+200D between characters
 * beyond ASCII are left out, so that what they join stands side by side, as Unicode has it where a
 * sequence cannot be drawn (UTS #51, 2.3). Elsewhere they are shown as <U+XXXX>, like all
 * characters of disputed width.
 */
void table_cell_add(struct buf *out, struct span value, bool ascii_only);

/* The first cluster of a non-empty text made by table_cell_add(): its bytes, its width. */
size_t table_cell_next(struct span text, unsigned *width_r);

unsigned table_cell_width(struct span text);

/* At most so many columns of a text, ending between clusters. */
struct span table_cell_head(struct span text, unsigned width);

/* The end of a text, at most so many columns. When a / is in it, the result begins at the first
 * one, so that a path is cut between its parts. */
struct span table_cell_tail(struct span text, unsigned width);

#endif
