/* INTERNALDATE (RFC 3501, date-time of section 9). */
#ifndef IMAP_GUARD_DATE_H
#define IMAP_GUARD_DATE_H

#include "base/buf.h"

/* Stands for a date that cannot be read: libetpan accepts it, and no calendar has it. */
#define GUARD_NO_DATE "\"00-Jan-1970 00:00:00 +0000\""

/* Adds the date in quotes as RFC 3501 writes it, or GUARD_NO_DATE. `value` is the server's text. */
void guard_date_add(struct buf *out, struct span value);

#endif
