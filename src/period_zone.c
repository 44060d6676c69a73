#include "period_zone.h"

#include <errno.h>
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

/* What a zone is tried with: from 1970 to 2045, also where the rule for later years counts. */
#define PERIOD_ZONE_SEASON (91 * PERIOD_DAY)
#define PERIOD_ZONE_LAST   (75 * 365 * PERIOD_DAY)

static bool period_zone_name_ok(struct span zone)
{
	for (size_t i = 0; i < zone.n; i++)
		if (!span_is_alnum(zone.p[i]) && strchr("_+-/", zone.p[i]) == NULL)
			return false;
	return zone.n > 0 && zone.p[0] != '/';
}

/* 0 when it is a file of the database, else an errno. */
static int period_zone_look(const char *path)
{
	char magic[sizeof(PERIOD_ZONE_MAGIC) - 1];
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	ssize_t n;
	int sys;

	if (fd < 0)
		return errno;
	n = read(fd, magic, sizeof(magic));
	sys = n < 0 ? errno : ENOENT;
	if (n == (ssize_t)sizeof(magic) && memcmp(magic, PERIOD_ZONE_MAGIC, sizeof(magic)) == 0)
		sys = 0;
	close(fd);
	return sys;
}

/* No errno of a name that means nothing, but of a system that is short of something. */
static bool period_zone_is_short(int sys)
{
	return sys == ENOMEM || sys == EMFILE || sys == ENFILE || sys == EIO;
}

int period_check_zone(const char *zone, struct err *err)
{
	const char *folder = getenv("TZDIR");
	struct buf path;
	int sys = ENOENT;

	if (period_zone_name_ok(span_of(zone))) {
		buf_init(&path, 0);
		buf_printf(&path, "%s/%s",
		    folder != NULL && *folder != '\0' ? folder : PERIOD_ZONE_FOLDER, zone);
		sys = path.failed != 0 ? path.failed : period_zone_look(path.p);
		buf_fini(&path);
	}
	if (sys == 0)
		return 0;
	if (period_zone_is_short(sys))
		return err_set_sys(err, ERR_SYSTEM, sys, "cannot read the time zone '%s'", zone);
	return err_set(err, ERR_USAGE,
	    "the system knows no time zone '%s' (expected a name like Europe/Berlin)", zone);
}

/* A number for what the process's zone makes of the seasons of these years. */
static uint64_t period_zone_sum(void)
{
	uint64_t sum = 0;

	for (time_t when = 0; when < PERIOD_ZONE_LAST; when += PERIOD_ZONE_SEASON)
		sum = sum * 31 + (uint64_t)period_zone_local(when).tm_gmtoff;
	return sum;
}

/* Sets TZ, or takes it away when it is NULL. */
static int period_zone_use(const char *zone, struct err *err)
{
	if ((zone != NULL ? setenv("TZ", zone, 1) : unsetenv("TZ")) != 0)
		return err_nomem(err);
	tzset();
	return 0;
}

/*
 * tzset(3) takes a zone that it has no memory for as UTC, and says nothing. So the zone is read
 * twice: what fails once shows as a difference, what goes on failing shows elsewhere.
 */
static int period_zone_load(const char *zone, struct err *err)
{
	uint64_t sum;

	if (period_zone_use(zone, err) != 0)
		return -1;
	sum = period_zone_sum();
	if (period_zone_use("UTC0", err) != 0 || period_zone_use(zone, err) != 0)
		return -1;
	return sum == period_zone_sum() ? 0 : err_nomem(err);
}

int period_set_zone(const char *zone, struct err *err)
{
	const char *old = getenv("TZ");
	char *copy = NULL;
	int result = -1;

	/* tzset(3) would take an unknown zone for UTC without a word. */
	if (zone != NULL && period_check_zone(zone, err) != 0)
		return -1;
	if (zone == NULL && old != NULL && (copy = strdup(old)) == NULL)
		return err_nomem(err);
	result = period_zone_load(zone != NULL ? zone : copy, err);
	free(copy);
	return result;
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
