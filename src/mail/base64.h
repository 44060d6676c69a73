/*
 * Base64 (RFC 4648, 4 and 5) as senders write it: glued together, padded in
 * the middle, broken.
 */
#ifndef MAIL_BASE64_H
#define MAIL_BASE64_H

#include "base/buf.h"

/* 0 to 63; -1: no digit. Those of base64url count too. */
int base64_digit(char c);

/*
 * Appends what can be decoded. Each "=" ends a group of four, so that encodings glued together come
 * out whole. Returns the number of characters that carry nothing.
 */
size_t base64_decode(struct span text, struct buf *out);

#endif
