/* INTERNALDATE (RFC 3501, 2.3.3) as an instant. */
#ifndef IMAP_INTERNAL_DATE_H
#define IMAP_INTERNAL_DATE_H

#include <stdbool.h>
#include <time.h>

#include <libetpan/mailimap_types.h>

/* False, with *when_r untouched, when it is no date of the years 1970 to 9999. */
bool internal_date_read(const struct mailimap_date_time *date, time_t *when_r);

#endif
