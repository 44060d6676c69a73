/* INTERNALDATE (RFC 3501, date-time of section 9). */
#ifndef IMAP_GUARD_DATE_H
#define IMAP_GUARD_DATE_H

#include <time.h>

#include "base/span.h"

/* `value` is the server's text, quotes included. False, with *when_r untouched, when it is no
 * instant of the years 1970 to 9999 (in its own zone). */
bool guard_date_read(struct span value, time_t *when_r);

#endif
