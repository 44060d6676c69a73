#include "calendar/period.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "calendar/period_clock.h"

#define PERIOD_MINUTE     ((time_t)60)
#define PERIOD_HOUR       (60 * PERIOD_MINUTE)
#define PERIOD_WEEK       (7 * PERIOD_DAY)
#define PERIOD_FIRST_YEAR 1970
#define PERIOD_LAST_YEAR  9998 /* an IMAP date has four digits, also for the days after */

/* The year 9998: counted back from here, every span that a user may give is in range. */
#define PERIOD_FAR ((time_t)253339228800)

/* The year 9999 in UTC. A little before it, every zone still has years of four digits. */
#define PERIOD_END ((time_t)253370764800)

static period_clock period_day_of(period_clock clock)
{
	return clock - (clock % PERIOD_DAY + PERIOD_DAY) % PERIOD_DAY;
}

/* The calendar day that an instant belongs to. */
static struct period period_day_at(time_t when)
{
	period_clock day = period_day_of(period_zone_clock(when));

	return (struct period){period_zone_instant(day), period_zone_instant(day + PERIOD_DAY)};
}

/* Today or yesterday, by these words. */
static bool period_read_word(const char *text, time_t now, struct period *day_r)
{
	bool yesterday = strcmp(text, "yesterday") == 0;

	if (!yesterday && strcmp(text, "today") != 0)
		return false;
	*day_r = period_day_at(now);
	/* Yesterday ends when today begins. Where the date line moved, its date may differ by two.
	 */
	if (yesterday)
		*day_r = period_day_at(day_r->since - 1);
	return true;
}

/* False also for a date that does not exist. */
static bool period_read_clock(const char *text, period_clock *clock_r)
{
	static const char *const forms[] = {"0000-00-00", "0000-00-00T00", "0000-00-00 00",
	    "0000-00-00T00:00", "0000-00-00 00:00", "0000-00-00T00:00:00", "0000-00-00 00:00:00"};
	int n[6] = {0};
	size_t form = 0;

	while (form < sizeof(forms) / sizeof(forms[0]) && !period_clock_scan(text, forms[form], n))
		form++;
	if (form == sizeof(forms) / sizeof(forms[0]))
		return false;
	return n[0] >= PERIOD_FIRST_YEAR && n[0] <= PERIOD_LAST_YEAR &&
	       period_clock_make(n, clock_r);
}

static int period_clock_to_instant(
    const char *text, period_clock clock, time_t *when_r, struct err *err)
{
	time_t when = period_zone_instant(clock);

	/* Where the date line moved, a whole day is missing. */
	if (period_day_of(period_zone_clock(when)) != period_day_of(clock))
		return err_set(err, ERR_USAGE, "the time zone never had the day %.10s", text);
	*when_r = when;
	return 0;
}

static time_t period_unit(char letter)
{
	switch (letter) {
	case 'm':
		return PERIOD_MINUTE;
	case 'h':
		return PERIOD_HOUR;
	case 'd':
		return PERIOD_DAY;
	case 'w':
		return PERIOD_WEEK;
	default:
		return 0;
	}
}

/* A span back from now, at most to 1970: 90m, or 2h30m, the longer unit in front. */
static bool period_read_span(const char *text, time_t now, time_t *when_r)
{
	struct span s = span_of(text);
	time_t left = now;
	time_t longest = 2 * PERIOD_WEEK;

	while (s.n > 0) {
		uint64_t count = 0;
		size_t digits = span_number(s, &count);
		time_t unit = digits > 0 && digits < s.n ? period_unit(s.p[digits]) : 0;

		if (unit == 0 || unit >= longest || count > (uint64_t)(left / unit))
			return false;
		left -= (time_t)count * unit;
		longest = unit;
		s = span_from(s, digits + 1);
	}
	*when_r = left;
	return *text != '\0';
}

static int period_refuse_when(const char *option, const char *text, struct err *err)
{
	return err_set(err, ERR_USAGE,
	    "%s=%s is no time: expected YYYY-MM-DD, YYYY-MM-DDTHH:MM, today, yesterday or a span "
	    "like 90m, 2h, 3d, 1w",
	    option, text);
}

static int period_read_when(
    const char *option, const char *text, time_t now, time_t *when_r, struct err *err)
{
	period_clock clock = 0;
	struct period day;

	if (period_read_span(text, now, when_r))
		return 0;
	if (period_read_word(text, now, &day)) {
		*when_r = day.since;
		return 0;
	}
	if (period_read_clock(text, &clock))
		return period_clock_to_instant(text, clock, when_r, err);
	return period_refuse_when(option, text, err);
}

int period_check_when(const char *option, const char *text, struct err *err)
{
	struct period day;
	period_clock clock;
	time_t when;

	if (period_read_span(text, PERIOD_FAR, &when) || period_read_clock(text, &clock) ||
	    period_read_word(text, PERIOD_FAR, &day))
		return 0;
	return period_refuse_when(option, text, err);
}

int period_check_date(const char *text, struct err *err)
{
	struct period day;
	period_clock clock;

	if ((strlen(text) == strlen("0000-00-00") && period_read_clock(text, &clock)) ||
	    period_read_word(text, PERIOD_FAR, &day))
		return 0;
	return err_set(
	    err, ERR_USAGE, "--date=%s is no day: expected YYYY-MM-DD, today or yesterday", text);
}

static int period_read_date(const char *text, time_t now, struct period *period_r, struct err *err)
{
	period_clock clock = 0;
	time_t since = 0;

	if (period_check_date(text, err) != 0)
		return -1;
	if (period_read_word(text, now, period_r))
		return 0;
	period_read_clock(text, &clock);
	if (period_clock_to_instant(text, clock, &since, err) != 0)
		return -1;
	if (since > now)
		return err_set(err, ERR_USAGE, "--date=%s has not begun yet", text);
	*period_r = (struct period){since, period_zone_instant(clock + PERIOD_DAY)};
	return 0;
}

static int period_read_range(
    const struct period_request *request, time_t now, struct period *period_r, struct err *err)
{
	struct period period = {.until = now};

	if (request->since == NULL)
		return err_set(err, ERR_USAGE,
		    "--until=%s is where the period ends: where it begins is missing "
		    "(--since=WHEN)",
		    request->until);
	if (period_read_when("--since", request->since, now, &period.since, err) != 0)
		return -1;
	if (period.since > now)
		return err_set(err, ERR_USAGE, "--since=%s has not come yet", request->since);
	if (request->until != NULL &&
	    period_read_when("--until", request->until, now, &period.until, err) != 0)
		return -1;
	if (period.since >= period.until)
		return err_set(err, ERR_USAGE, "the period is empty: --since=%s is not before %s%s",
		    request->since, request->until != NULL ? "--until=" : "now",
		    request->until != NULL ? request->until : "");
	*period_r = period;
	return 0;
}

int period_resolve(
    const struct period_request *request, time_t now, struct period *period_r, struct err *err)
{
	bool range = request->since != NULL || request->until != NULL;

	if (request->today && request->date != NULL)
		return err_set(err, ERR_USAGE, "--today and --date cannot be combined");
	if (range && (request->today || request->date != NULL))
		return err_set(err, ERR_USAGE, "%s cannot be combined with --since or --until",
		    request->today ? "--today" : "--date");
	if (range)
		return period_read_range(request, now, period_r, err);
	if (request->date != NULL)
		return period_read_date(request->date, now, period_r, err);
	period_read_word(request->today ? "today" : "yesterday", now, period_r);
	return 0;
}

void period_add_utc_day(struct buf *out, int64_t day)
{
	const time_t midnight = (time_t)(day * PERIOD_DAY);
	struct tm tm = {0};

	gmtime_r(&midnight, &tm);
	buf_add_number(out, (uint64_t)(tm.tm_year + 1900), 4);
	buf_add_char(out, '-');
	buf_add_number(out, (uint64_t)(tm.tm_mon + 1), 2);
	buf_add_char(out, '-');
	buf_add_number(out, (uint64_t)tm.tm_mday, 2);
}

void period_add_iso(struct buf *out, time_t when)
{
	struct tm tm = period_zone_local(when);
	long minutes = labs(tm.tm_gmtoff) / PERIOD_MINUTE;
	const struct {
		char before;
		long number;
	} parts[] = {
	    {'-', tm.tm_mon + 1},
	    {'-', tm.tm_mday},
	    {'T', tm.tm_hour},
	    {':', tm.tm_min},
	    {':', tm.tm_sec},
	    {tm.tm_gmtoff < 0 ? '-' : '+', minutes / 60},
	    {':', minutes % 60},
	};

	/* No printf(3): every message has a date. */
	if (tm.tm_year < -1900)
		buf_add_char(out, '-');
	buf_add_number(out, (uint64_t)labs(tm.tm_year + 1900L), 4);
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		buf_add_char(out, parts[i].before);
		buf_add_number(out, (uint64_t)parts[i].number, 2);
	}
}

void period_add_short(struct buf *out, time_t when)
{
	struct tm tm = period_zone_local(when);

	buf_printf(out, "%02d-%02d %02d:%02d", tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min);
}

static void period_add_offset(struct buf *out, const struct tm *tm)
{
	long minutes = labs(tm->tm_gmtoff) / PERIOD_MINUTE;
	bool has_name = span_within(span_of(tm->tm_zone), 'A', 'z') > 0; /* others are numbers */

	if (tm->tm_gmtoff == 0 && strcmp(tm->tm_zone, "UTC") == 0) {
		buf_add_text(out, "UTC");
		return;
	}
	buf_printf(out, "%s%sUTC%c%02ld:%02ld%s", has_name ? tm->tm_zone : "", has_name ? " (" : "",
	    tm->tm_gmtoff < 0 ? '-' : '+', minutes / 60, minutes % 60, has_name ? ")" : "");
}

void period_add_zone(struct buf *out, time_t first, time_t last)
{
	struct tm begin = period_zone_local(first);
	struct tm end = period_zone_local(last);

	period_add_offset(out, &begin);
	if (begin.tm_gmtoff == end.tm_gmtoff)
		return;
	buf_add_text(out, ", ");
	period_add_offset(out, &end);
}

bool period_read_iso(struct span text, time_t *when_r)
{
	char copy[sizeof("0000-00-00T00:00:00+00:00")] = "";
	int n[8] = {0}; /* the last two are the zone's */
	period_clock clock = 0;
	time_t zone;

	if (text.n == 0 || text.n >= sizeof(copy))
		return false;
	memcpy(copy, text.p, text.n);
	if (!period_clock_scan(copy, "0000-00-00T00:00:00Z", n) &&
	    !period_clock_scan(copy, "0000-00-00T00:00:00+00:00", n) &&
	    !period_clock_scan(copy, "0000-00-00T00:00:00-00:00", n))
		return false;
	if (strlen(copy) != text.n || !period_clock_make(n, &clock) || n[6] > 23 || n[7] > 59)
		return false;
	zone = n[6] * PERIOD_HOUR + n[7] * PERIOD_MINUTE;
	clock = copy[sizeof("0000-00-00T00:00:00") - 1] == '-' ? clock + zone : clock - zone;
	if (clock < 0 || clock >= PERIOD_END)
		return false;
	*when_r = clock;
	return true;
}

void period_add_day(struct buf *out, time_t when)
{
	struct tm tm = period_zone_local(when);

	buf_printf(out, "%04ld-%02d-%02d", tm.tm_year + 1900L, tm.tm_mon + 1, tm.tm_mday);
}

static bool period_begins_day(time_t when)
{
	return !period_is_one_day(when - 1, when);
}

void period_add_moment(struct buf *out, time_t when)
{
	struct tm tm = period_zone_local(when);

	period_add_day(out, when);
	buf_printf(out, "T%02d%02d%02d", tm.tm_hour, tm.tm_min, tm.tm_sec);
}

void period_add_name(struct buf *out, const struct period *period)
{
	bool whole = period_begins_day(period->until);

	if (period_begins_day(period->since))
		period_add_day(out, period->since);
	else
		period_add_moment(out, period->since);
	if (period_begins_day(period->since) && whole &&
	    period_is_one_day(period->since, period->until - 1))
		return;
	buf_add_char(out, '_');
	if (whole)
		period_add_day(out, period->until - 1);
	else
		period_add_moment(out, period->until);
}

static void period_add_minute(struct buf *out, time_t when)
{
	struct tm tm = period_zone_local(when);

	period_add_day(out, when);
	buf_printf(out, " %02d:%02d", tm.tm_hour, tm.tm_min);
}

void period_add_text(struct buf *out, const struct period *period)
{
	time_t last = period->until - 1;
	bool days = period_day_at(period->since).since == period->since &&
		    period_day_at(period->until).since == period->until;

	if (days && period_is_one_day(period->since, last)) {
		period_add_day(out, period->since);
	} else if (days) {
		period_add_day(out, period->since);
		buf_add_text(out, " to ");
		period_add_day(out, last);
	} else {
		period_add_minute(out, period->since);
		buf_add_text(out, " to ");
		period_add_minute(out, period->until);
	}
	buf_add_text(out, ", ");
	period_add_zone(out, period->since, last);
}

bool period_is_one_day(time_t a, time_t b)
{
	return period_day_of(period_zone_clock(a)) == period_day_of(period_zone_clock(b));
}

static void period_imap_date(time_t day, char date_r[PERIOD_IMAP_DATE_SIZE])
{
	static const char months[][4] = {
	    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	struct tm tm = {.tm_mday = 1};

	gmtime_r(&day, &tm);
	/* The modulo changes no value; it lets the compiler see that the text fits. */
	snprintf(date_r, PERIOD_IMAP_DATE_SIZE, "%02u-%s-%04u", (unsigned)tm.tm_mday % 100,
	    months[tm.tm_mon], (unsigned)(tm.tm_year + 1900) % 10000);
}

void period_imap_dates(const struct period *period, char since_r[PERIOD_IMAP_DATE_SIZE],
    char before_r[PERIOD_IMAP_DATE_SIZE])
{
	period_imap_date(period->since - PERIOD_DAY, since_r);
	period_imap_date(period->until - 1 + 2 * PERIOD_DAY, before_r);
}
