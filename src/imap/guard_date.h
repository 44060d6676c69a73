/* INTERNALDATE (RFC 3501, date-time of section 9). */
#ifndef IMAP_GUARD_DATE_H
#define IMAP_GUARD_DATE_H

#include "base/buf.h"

/* A date that cannot be understood: libetpan takes it, and no calendar has it. */
#define GUARD_NO_DATE "\"00-Jan-1970 00:00:00 +0000\""

/* Adds the date in quotes as RFC 3501 has it, or GUARD_NO_DATE. The value is one as it came. */
void guard_date_add(struct buf *out, struct span value);

#endif
