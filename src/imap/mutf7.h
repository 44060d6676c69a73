/*
 * Mailbox names on the wire: modified UTF-7 (RFC 3501, 5.1.3).
 */
#ifndef IMAP_MUTF7_H
#define IMAP_MUTF7_H

#include "base/buf.h"
#include "base/err.h"

/* Appends a UTF-8 name as modified UTF-7. ERR_USAGE when it is not UTF-8 or holds control
 * characters. */
int mutf7_encode(struct span name, struct buf *out, struct err *err);

/* Appends a name of the server as UTF-8, escaped for a log. One that is no modified UTF-7 is shown
 * as it is. */
void mutf7_decode(struct span name, struct buf *out);

#endif
