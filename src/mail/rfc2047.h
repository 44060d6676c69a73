/*
 * Encoded-words (RFC 2047), tolerant: also inside quotes, too long, with
 * blanks inside, adjacent ones splitting a character between them.
 */
#ifndef MAIL_RFC2047_H
#define MAIL_RFC2047_H

#include "mail/charset.h"

/*
 * Appends text with its encoded-words decoded, as valid UTF-8. Other raw bytes
 * are read as charset_raw_to_utf8() does. Returns the number of defects: bytes
 * that no character set explains or that were not UTF-8, and digits of
 * malformed base64.
 *
 * White space between two adjacent encoded-words goes (RFC 2047, 6.2).
 * Adjacent words of one character set, in either encoding, are joined as bytes
 * before they are converted, so that a character split over two words
 * survives; when that fails and converting them one by one does better, that
 * counts. For stateful sets it is tried the other way round, since each of
 * their words begins in ASCII.
 *
 * What only looks like an encoded-word stays as it is written. Control
 * characters that were encoded come out as they are: value_text() deals with
 * them.
 */
size_t rfc2047_decode(struct span text, struct charset_cache *cache, struct buf *out);

#endif
