#include "calendar/period_zone.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "calendar/period.h"

/* No zone was ever further from UTC, even where the date line moved. */
#define PERIOD_MAX_OFFSET (PERIOD_DAY + 2 * 3600)

/* Offsets from UTC are multiples of this (since the 1970s). */
#define PERIOD_OFFSET_STEP ((time_t)15 * 60)

#define PERIOD_ZONE_FOLDER   "/usr/share/zoneinfo"
#define PERIOD_ZONE_SHORTEST 3      /* letters of a name in a rule */
#define PERIOD_ZONE_MAGIC    "TZif" /* RFC 8536, 3.1 */

/* Offsets are compared at each of these times, to see whether a zone was read: four a year to 2038.
 */
#define PERIOD_PROBE_STEP ((time_t)90 * PERIOD_DAY)
#define PERIOD_PROBE_END  ((time_t)INT32_MAX)

static bool period_zone_name_ok(struct span zone)
{
	for (size_t i = 0; i < zone.n; i++)
		if (!span_is_alnum(zone.p[i]) && strchr("_+-/", zone.p[i]) == NULL)
			return false;
	return zone.n > 0 && zone.p[0] != '/';
}

/* Whether the file has a zone in it. When it is there and cannot be opened now, *sys_r is errno. */
static bool period_zone_is_file(const char *path, int *sys_r)
{
	char magic[sizeof(PERIOD_ZONE_MAGIC) - 1];
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	ssize_t n;

	if (fd < 0) {
		if (errno != ENOENT && errno != ENOTDIR && errno != ENAMETOOLONG && errno != ELOOP)
			*sys_r = errno;
		return false;
	}
	n = read(fd, magic, sizeof(magic));
	close(fd);
	return n == (ssize_t)sizeof(magic) && memcmp(magic, PERIOD_ZONE_MAGIC, sizeof(magic)) == 0;
}

static const char *period_zone_folder(void)
{
	const char *folder = getenv("TZDIR");

	return folder != NULL && *folder != '\0' ? folder : PERIOD_ZONE_FOLDER;
}

int period_check_zone(const char *zone, struct err *err)
{
	struct buf path;
	bool exists = false;
	int sys = 0;

	buf_init(&path, 0);
	if (period_zone_name_ok(span_of(zone))) {
		buf_printf(&path, "%s/%s", period_zone_folder(), zone);
		exists = period_zone_is_file(buf_string(&path), &sys);
	}
	if (path.failed != 0)
		sys = path.failed;
	buf_fini(&path);
	if (exists)
		return 0;
	if (sys == ENOMEM)
		return err_nomem(err);
	if (sys != 0)
		return err_set_sys(
		    err, ERR_SYSTEM, sys, "cannot read about the time zone '%s'", zone);
	return err_set(err, ERR_USAGE,
	    "the system knows no time zone '%s' (expected a name like Europe/Berlin)", zone);
}

/* Makes tzset(3) read the zone, and returns a checksum of its offsets over many years. */
static uint64_t period_zone_read(void)
{
	uint64_t sum = 0;

	tzset();
	for (time_t when = 0; when < PERIOD_PROBE_END; when += PERIOD_PROBE_STEP)
		sum = sum * 31 + (uint64_t)period_zone_local(when).tm_gmtoff;
	return sum;
}

static int period_zone_put(const char *zone, struct err *err)
{
	if ((zone != NULL ? setenv("TZ", zone, 1) : unsetenv("TZ")) != 0)
		return err_nomem(err);
	return 0;
}

/*
 * When tzset(3) cannot read a zone, for example without memory, it uses UTC and says nothing. So
 * the zone is read twice, with another one between, and both readings must be equal.
 */
static int period_zone_load(const char *zone, struct err *err)
{
	uint64_t first = period_zone_read();

	if (period_zone_put("UTC0", err) != 0)
		return -1;
	tzset();
	if (period_zone_put(zone, err) != 0)
		return -1;
	return period_zone_read() == first ? 0 : err_nomem(err);
}

/* A rule of POSIX begins with a name and an offset: "CET-1CEST,M3.5.0,M10.5.0/3", "<+03>-3". */
static bool period_zone_is_rule(struct span zone)
{
	size_t n = 0;

	if (zone.n > 0 && zone.p[0] == '<') {
		size_t end = span_find(zone, '>');

		n = end != SPAN_NPOS ? end + 1 : 0;
	} else {
		while (n < zone.n && span_is_alnum(zone.p[n]) && !span_is_digit(zone.p[n]))
			n++;
	}
	if (n >= PERIOD_ZONE_SHORTEST && n < zone.n && (zone.p[n] == '+' || zone.p[n] == '-'))
		n++;
	return n >= PERIOD_ZONE_SHORTEST && n < zone.n && span_is_digit(zone.p[n]);
}

/* What tzset(3) takes for UTC because that is what is meant, also without a time zone database. */
static bool period_zone_is_utc(struct span zone)
{
	static const char *const names[] = {"", "UTC", "GMT", "UCT", "Zulu", "Universal", NULL};

	if (span_starts_nocase(zone, SPAN("Etc/")))
		zone = span_from(zone, 4);
	for (const char *const *name = names; *name != NULL; name++)
		if (span_eq(zone, span_of(*name)))
			return true;
	return false;
}

/* Whether tzset(3) finds a zone in the value of TZ; without memory it is taken to do. */
static bool period_zone_is_found(const char *value)
{
	const char *zone = value + (*value == ':' ? 1 : 0);
	struct buf path;
	bool found;
	int unused;

	if (period_zone_is_utc(span_of(zone)) || period_zone_is_rule(span_of(zone)))
		return true;
	buf_init(&path, 0);
	if (*zone != '/')
		buf_printf(&path, "%s/", period_zone_folder());
	buf_add_text(&path, zone);
	found = path.failed != 0 || period_zone_is_file(buf_string(&path), &unused);
	buf_fini(&path);
	return found;
}

/* The C library says nothing. From then on the zone is called what it is, so that a second call
 * has nothing more to say. */
static int period_zone_warn(const char *value, struct err *err)
{
	struct buf shown;

	buf_init(&shown, 0);
	log_escape(&shown, span_of(value));
	log_warn("TZ=%s: the system knows no such time zone, so days and times are those of UTC; "
		 "--timezone=ZONE, or a right TZ, makes them local",
	    buf_string(&shown));
	buf_fini(&shown);
	return period_zone_put("UTC0", err);
}

int period_set_zone(const char *zone, struct err *err)
{
	const char *systems = getenv("TZ");
	char *kept = NULL;
	int result;

	if (zone == NULL && systems != NULL && !period_zone_is_found(systems)) {
		if (period_zone_warn(systems, err) != 0)
			return -1;
		systems = getenv("TZ");
	}

	if (zone != NULL) {
		if (period_check_zone(zone, err) != 0 || period_zone_put(zone, err) != 0)
			return -1;
	} else if (systems != NULL && (kept = strdup(systems)) == NULL) {
		return err_nomem(err);
	}
	result = period_zone_load(zone != NULL ? zone : kept, err);
	free(kept);
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
 * mktime(3) does not say which of two equal times it returns, nor what it returns for a time that
 * clocks skip. A search in steps of 15 minutes finds the first of two equal times, since offsets
 * are multiples of 15 minutes.
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
