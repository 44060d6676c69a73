/*
 * Character sets to UTF-8, through iconv(3). Names are those of RFC 2047
 * encoded-words, written by anyone: unknown, aliased, lying.
 */
#ifndef MAIL_CHARSET_H
#define MAIL_CHARSET_H

#include "base/buf.h"
#include "mail/charset_name.h"

/*
 * The iconv descriptors, kept open, since opening one costs more than a conversion: each of the
 * CHARSET_SETS is opened once, when it is first needed.
 */
struct charset_cache;

/* NULL when there is no memory. */
struct charset_cache *charset_cache_new(void);
void charset_cache_free(struct charset_cache *cache);

/*
 * Appends text, which is in the named character set, as valid UTF-8. Returns
 * how many U+FFFD it had to write for bytes that make no character.
 *
 * A set that is unknown, UTF-8 or ASCII: what is valid UTF-8 stays, each other
 * byte becomes U+FFFD. Any other set: when it cannot explain the text, and the
 * text as a whole is UTF-8 with bytes above 127, the name was a lie and the
 * text stays as it is. The state of stateful sets starts over at each call.
 *
 * A set that is known and yet cannot be opened, for want of memory or descriptors, is no unknown
 * one: out->failed is the errno then (charset_open.h), and what was appended is no text. One that
 * the C library was installed without is unknown; a warning says so, once for each cache.
 */
size_t charset_to_utf8(
    struct charset_cache *cache, struct span name, struct span text, struct buf *out);

/*
 * Appends raw header bytes: what is valid UTF-8 stays, the other bytes are
 * read as Windows-1252; the five that it does not define become U+FFFD.
 * Returns the number of bytes that were not UTF-8.
 */
size_t charset_raw_to_utf8(struct span text, struct buf *out);

#endif
