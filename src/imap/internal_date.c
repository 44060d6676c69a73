#include "imap/internal_date.h"

#include <stdlib.h>

static bool internal_date_in(int value, int low, int high)
{
	return value >= low && value <= high;
}

/* libetpan checks none of the numbers; an impossible day is GUARD_NO_DATE. The zone is ±hhmm. */
bool internal_date_read(const struct mailimap_date_time *date, time_t *when_r)
{
	struct tm tm = {.tm_year = date->dt_year - 1900,
	    .tm_mon = date->dt_month - 1,
	    .tm_mday = date->dt_day,
	    .tm_hour = date->dt_hour,
	    .tm_min = date->dt_min,
	    .tm_sec = date->dt_sec};
	int zone = abs(date->dt_zone);

	if (!internal_date_in(date->dt_year, 1970, 9999) ||
	    !internal_date_in(date->dt_month, 1, 12) || !internal_date_in(date->dt_day, 1, 31) ||
	    !internal_date_in(date->dt_hour, 0, 23) || !internal_date_in(date->dt_min, 0, 59) ||
	    !internal_date_in(date->dt_sec, 0, 60) || !internal_date_in(zone, 0, 2400) ||
	    zone % 100 >= 60)
		return false;
	zone = (zone / 100 * 60 + zone % 100) * 60;
	*when_r = timegm(&tm) - (date->dt_zone < 0 ? -zone : zone);
	return true;
}
