/*
 * Texts of a letter, made harmless and put in the form that mail needs. For
 * deliver_mail*.c.
 */
#ifndef DELIVER_MAIL_TEXT_H
#define DELIVER_MAIL_TEXT_H

#include "base/buf.h"

/*
 * One line of UTF-8: blanks and controls as one blank, none at the ends; invisible characters as
 * <U+XXXX>, bytes that are no UTF-8 as <XX>. At most `max` characters, the last a "…" when there
 * are more.
 */
void deliver_mail_add_line(struct buf *out, struct span text, unsigned max);

/*
 * A line as the value of an unstructured header field: as it stands when it is ASCII that no reader
 * would decode, in words that fit on a line, else as encoded-words (RFC 2047) with a blank between
 * them.
 */
void deliver_mail_add_words(struct buf *out, struct span line);

/* Bytes of a file name; it fits on one line of a header when each is written as %XX. */
#define DELIVER_MAIL_MAX_NAME 255

/* A file name that means no folder and needs no escapes within quotes. */
void deliver_mail_add_name(struct buf *out, struct span name);

/* An extended value of a MIME parameter (RFC 2231, 4). */
void deliver_mail_add_extended(struct buf *out, struct span value);

/* Lines ending in LF, without blanks at their ends; LF is the only control character. */
void deliver_mail_add_lines(struct buf *out, struct span text);

/* ASCII without controls. */
bool deliver_mail_is_ascii(struct span s);

/* Labels of letters, digits and hyphens (RFC 1123, 2.1). */
bool deliver_mail_is_domain(struct span s);

#endif
