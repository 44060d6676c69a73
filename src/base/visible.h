/*
 * Text that a reader can see: what a terminal would obey, hide or not draw is
 * named instead.
 */
#ifndef BASE_VISIBLE_H
#define BASE_VISIBLE_H

#include "base/buf.h"

struct visible {
	bool ascii_only;  /* names every character beyond ASCII, too */
	const char *open; /* stand around a name */
	const char *close;
};

/* <U+200E>, <FF>; the latter without what only ASCII can show. */
extern const struct visible visible_plain;
extern const struct visible visible_ascii;

/*
 * Adds the first character of a non-empty s and returns its length. A control or invisible
 * character (utf8.h) is named U+XXXX, a byte that is no UTF-8 XX.
 */
size_t visible_add_next(struct buf *out, struct span s, const struct visible *how);

/* The name of a character that is text, and that cannot be shown. */
void visible_add_name(struct buf *out, uint32_t code_point, const struct visible *how);

#endif
