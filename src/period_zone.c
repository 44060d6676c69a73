#include "period_zone.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* No zone was ever further from UTC, even where the date line moved. */
#define PERIOD_MAX_OFFSET (PERIOD_DAY + 2 * 3600)

/* Offsets from UTC are multiples of this (since the 1970s). */
#define PERIOD_OFFSET_STEP ((time_t)15 * 60)

#define PERIOD_ZONE_FOLDER "/usr/share/zoneinfo"
#define PERIOD_ZONE_MAGIC  "TZif" /* RFC 8536, 3.1 */

static bool period_zone_name_ok(struct span zone)
{
	for (size_t i = 0; i < zone.n; i++)
		if (!span_is_alnum(zone.p[i]) && strchr("_+-/", zone.p[i]) == NULL)
			return false;
	return zone.n > 0 && zone.p[0] != '/';
}

static bool period_zone_exists(const char *zone)
{
	const char *folder = getenv("TZDIR");
	char magic[sizeof(PERIOD_ZONE_MAGIC) - 1];
	struct buf path;
	bool exists = false;
	int fd;

	if (!period_zone_name_ok(span_of(zone)))
		return false;
	buf_init(&path, 0);
	buf_printf(
	    &path, "%s/%s", folder != NULL && *folder != '\0' ? folder : PERIOD_ZONE_FOLDER, zone);
	fd = open(buf_string(&path), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd >= 0) {
		exists = read(fd, magic, sizeof(magic)) == (ssize_t)sizeof(magic) &&
			 memcmp(magic, PERIOD_ZONE_MAGIC, sizeof(magic)) == 0;
		close(fd);
	}
	buf_fini(&path);
	return exists;
}

int period_check_zone(const char *zone, struct err *err)
{
	if (period_zone_exists(zone))
		return 0;
	return err_set(err, ERR_USAGE,
	    "the system knows no time zone '%s' (expected a name like Europe/Berlin)", zone);
}

int period_set_zone(const char *zone, struct err *err)
{
	/* tzset(3) would take an unknown zone for UTC without a word. */
	if (zone != NULL && period_check_zone(zone, err) != 0)
		return -1;
	if (zone != NULL && setenv("TZ", zone, 1) != 0)
		return err_nomem(err);
	tzset();
	return 0;
}

struct tm period_zone_local(time_t when)
{
	struct tm tm = {0};

	localtime_r(&when, &tm);
	return tm;
}

period_clock period_zone_clock(time_t when)
{
	return when + period_zone_local(when).tm_gmtoff;
}

/*
 * mktime(3) would leave open which of two equal times it takes and where it goes when there is
 * none. In steps of 15 minutes no time that comes twice is missed: one of the steps is that time.
 */
time_t period_zone_instant(period_clock clock)
{
	time_t low;
	time_t high = clock - PERIOD_MAX_OFFSET;

	while (period_zone_clock(high) < clock)
		high += PERIOD_OFFSET_STEP;
	low = high - PERIOD_OFFSET_STEP;
	while (high - low > 1) {
		time_t middle = low + (high - low) / 2;

		if (period_zone_clock(middle) < clock)
			low = middle;
		else
			high = middle;
	}
	return high;
}
