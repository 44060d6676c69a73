/*
 * What is sent to the filter, or shown to whoever decides about it: an identity is text that a
 * spammer may have chosen.
 */
#ifndef CONTROL_VALUE_H
#define CONTROL_VALUE_H

#include "base/buf.h"
#include "base/err.h"

/* The longest identity, sender or user name, in bytes. */
#define VALUE_MAX_BYTES ((size_t)320)

/*
 * ERR_USAGE, with `what` in front ("the identity"), when the filter must not be given this value:
 * it is empty (which the filter takes for "not given"), longer than VALUE_MAX_BYTES, has a control
 * character or nothing visible in it, or is "*" (which means all).
 */
int control_value_check(const char *what, struct span value, struct err *err);

/*
 * Whether the whole text is as a pattern of a shell says: * is anything, ? one character,
 * [abc], [a-z] and [!a-z] one of these or none of them, \ takes the next for itself. ASCII letters
 * count without case; a byte that is no UTF-8 is a character. Takes at most the time of their
 * lengths multiplied.
 */
bool control_value_matches(struct span text, struct span pattern);

/* The value as one word of a POSIX shell, whatever is in it but NUL. */
void control_value_add_shell(struct buf *out, struct span value);

#endif
