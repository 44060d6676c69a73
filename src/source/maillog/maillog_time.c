#include "source/maillog/maillog_time.h"

#include <string.h>

#include "calendar/period_zone.h"

#define MINUTE        ((time_t)60)
#define HOUR          ((time_t)3600)
#define DAY           ((time_t)24 * HOUR)
#define HALF_YEAR     (183 * DAY)
#define ISO_MINUTE    (sizeof("2026-11-26 11:49") - 1)
#define SYSLOG_MINUTE (sizeof("Nov  6 11:49") - 1)

#define YEARS_BACK 8 /* 29 February comes at least that often */

void maillog_clock_init(struct maillog_clock *clock, time_t anchor)
{
	*clock = (struct maillog_clock){
	    .anchor = anchor, .limit = period_zone_clock(anchor + MAILLOG_SLACK), .minute = -1};
}

static bool digits_read(const char *p, unsigned count, unsigned *value_r)
{
	unsigned value = 0;

	for (unsigned i = 0; i < count; i++) {
		if (!span_is_digit(p[i]))
			return false;
		value = value * 10 + (unsigned)(p[i] - '0');
	}
	*value_r = value;
	return true;
}

static bool is_leap(unsigned year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

/* Days since 1970-01-01 of the Gregorian calendar; years count from March, so that leap days come
 * last. */
static time_t days_of(unsigned year, unsigned month, unsigned day)
{
	unsigned y = month <= 2 ? year - 1 : year;
	unsigned of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;

	return (time_t)y * 365 + y / 4 - y / 100 + y / 400 + of_year - 719468;
}

static bool is_date(unsigned year, unsigned month, unsigned day)
{
	static const unsigned char length[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

	return year >= 1970 && month >= 1 && month <= 12 && day >= 1 && day <= length[month - 1] &&
	       (month != 2 || day != 29 || is_leap(year));
}

/* "11:49:36": seconds of the day. */
static bool clock_read(const char *p, time_t *seconds_r)
{
	unsigned hour, minute, second;

	if (p[2] != ':' || p[5] != ':' || !digits_read(p, 2, &hour) ||
	    !digits_read(p + 3, 2, &minute) || !digits_read(p + 6, 2, &second) || hour > 23 ||
	    minute > 59 || second > 60)
		return false;
	*seconds_r = hour * HOUR + minute * MINUTE + second;
	return true;
}

static size_t fraction_length(struct span s)
{
	size_t n;

	if (s.n < 2 || (s.p[0] != '.' && s.p[0] != ','))
		return 0;
	n = span_within(span_from(s, 1), '0', '9');
	return n > 0 ? n + 1 : 0;
}

/* "Z", "+0100" or "+01:00". Its length, 0 for none. */
static size_t zone_read(struct span s, time_t *offset_r)
{
	unsigned hour, minute;
	size_t n;

	if (s.n >= 1 && s.p[0] == 'Z') {
		*offset_r = 0;
		return 1;
	}
	if (s.n < 5 || (s.p[0] != '+' && s.p[0] != '-'))
		return 0;
	n = s.p[3] == ':' ? 4 : 3;
	if (s.n < n + 2 || !digits_read(s.p + 1, 2, &hour) || !digits_read(s.p + n, 2, &minute) ||
	    hour > 15 || minute > 59)
		return 0;
	*offset_r = hour * HOUR + minute * MINUTE;
	if (s.p[0] == '-')
		*offset_r = -*offset_r;
	return n + 2;
}

/* What the clocks of the zone show, as an instant; the zone is asked once a minute. */
static time_t instant_of(struct maillog_clock *clock, time_t shown)
{
	time_t second = shown % MINUTE;

	if (shown - second != clock->minute) {
		clock->minute = shown - second;
		clock->instant = period_zone_instant(clock->minute);
	}
	return clock->instant + second;
}

static time_t clock_of(unsigned year, const struct maillog_day *day, time_t seconds)
{
	return days_of(year, day->month, day->day) * DAY + seconds;
}

/* The latest year that does not put it behind the anchor. */
static unsigned year_before(time_t limit, const struct maillog_day *day, time_t seconds)
{
	struct tm at = period_zone_local(limit);
	unsigned year = (unsigned)at.tm_year + 1900;
	time_t shown = period_zone_clock(limit);

	for (unsigned i = 0; i < YEARS_BACK; i++)
		if (is_date(year - i, day->month, day->day) &&
		    clock_of(year - i, day, seconds) <= shown)
			return year - i;
	return year;
}

/* The last one that has the day. */
static unsigned year_with(unsigned year, const struct maillog_day *day)
{
	for (unsigned i = 0; i < YEARS_BACK; i++)
		if (is_date(year - i, day->month, day->day))
			return year - i;
	return year;
}

/* The year nearest to another time; of 29 February the last one, if there is none near. */
static unsigned year_near(
    unsigned year, time_t other, const struct maillog_day *day, time_t seconds)
{
	unsigned best = 0;
	time_t least = 0;

	for (unsigned y = year - 1; y <= year + 1; y++) {
		time_t apart = clock_of(y, day, seconds) - other;

		if (apart < 0)
			apart = -apart;
		if (is_date(y, day->month, day->day) && (best == 0 || apart < least)) {
			best = y;
			least = apart;
		}
	}
	return best != 0 ? best : year_with(year, day);
}

static time_t yearless_clock(
    struct maillog_clock *clock, const struct maillog_day *day, time_t seconds)
{
	time_t limit = clock->anchor + MAILLOG_SLACK;
	time_t shown, apart;

	if (clock->year == 0) {
		clock->year = (int)year_before(limit, day, seconds);
		clock->last = clock_of((unsigned)clock->year, day, seconds);
		return clock->last;
	}
	shown = clock_of((unsigned)clock->year, day, seconds);
	apart = shown - clock->last;
	if (apart < -HALF_YEAR || apart > HALF_YEAR ||
	    !is_date((unsigned)clock->year, day->month, day->day)) {
		int before = clock->year;

		clock->year = (int)year_near((unsigned)before, clock->last, day, seconds);
		/* A leap year's day: what came before it was given a later one. */
		clock->is_ahead = clock->is_ahead || clock->year < before - 1;
		shown = clock_of((unsigned)clock->year, day, seconds);
	}
	if (shown > clock->limit)
		clock->is_ahead = true;
	clock->last = shown;
	return shown;
}

bool maillog_day_read(struct span s, struct maillog_day *day_r)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	unsigned day = 0;
	const char *p = s.p;

	if (s.n < 7 || p[0] < 'A' || p[0] > 'S' || p[3] != ' ' || p[6] != ' ')
		return false;
	for (unsigned month = 0; month < 12; month++) {
		if (memcmp(p, months + (size_t)month * 3, 3) != 0)
			continue;
		if (p[4] == ' ' ? !digits_read(p + 5, 1, &day) : !digits_read(p + 4, 2, &day))
			return false;
		*day_r = (struct maillog_day){month + 1, day};
		return is_date(2000, month + 1, day);
	}
	return false;
}

/* A stamp of the minute of the last one: what is behind ":" are its seconds. */
static bool seconds_read(const struct maillog_clock *clock, struct span s, size_t n, time_t *when_r)
{
	unsigned second;

	if (clock->seen_n != n || s.n < n + 3 || memcmp(s.p, clock->seen, n) != 0 ||
	    s.p[n] != ':' || !digits_read(s.p + n + 1, 2, &second) || second > 59)
		return false;
	*when_r = clock->seen_instant + (time_t)second;
	return true;
}

static void seconds_keep(struct maillog_clock *clock, struct span s, size_t n)
{
	memcpy(clock->seen, s.p, n);
	clock->seen_n = s.p[n + 1] != '6' ? n : 0; /* a leap second is of the next minute */
	clock->seen_instant = clock->instant;
}

/* "Nov  6 11:49:36" */
static size_t syslog_read(struct maillog_clock *clock, struct span s, time_t *when_r)
{
	struct maillog_day day;
	time_t seconds;

	if (s.n < 15)
		return 0;
	if (seconds_read(clock, s, SYSLOG_MINUTE, when_r))
		return 15 + fraction_length(span_from(s, 15));
	if (!maillog_day_read(s, &day) || !clock_read(s.p + 7, &seconds))
		return 0;
	*when_r = instant_of(clock, yearless_clock(clock, &day, seconds));
	seconds_keep(clock, s, SYSLOG_MINUTE);
	return 15 + fraction_length(span_from(s, 15));
}

/* "2026-11-26 11:49:36" with any of the characters between, as the clocks showed it. */
static size_t date_read(struct span s, time_t *shown_r)
{
	unsigned year, month, day;
	time_t seconds;
	size_t n = 19;

	if (s.n < n || (s.p[4] != '-' && s.p[4] != ':') || s.p[7] != s.p[4] ||
	    !digits_read(s.p, 4, &year) || !digits_read(s.p + 5, 2, &month) ||
	    !digits_read(s.p + 8, 2, &day) || !clock_read(s.p + 11, &seconds) ||
	    !is_date(year, month, day))
		return 0;
	if (s.p[4] == ':' ? s.p[10] != '-' : s.p[10] != ' ' && s.p[10] != 'T')
		return 0;
	*shown_r = days_of(year, month, day) * DAY + seconds;
	return n + fraction_length(span_from(s, n));
}

/* What begins with a year. */
static size_t iso_read(struct maillog_clock *clock, struct span s, bool *bare_r, time_t *when_r)
{
	time_t shown, offset = 0;
	size_t n = 19, zone;

	if (s.n > 20 && s.p[10] == ' ' && s.p[19] == ' ' && s.p[20] != '+' && s.p[20] != '-' &&
	    seconds_read(clock, s, ISO_MINUTE, when_r)) {
		*bare_r = true;
		return n;
	}
	n = date_read(s, &shown);
	if (n == 0)
		return 0;
	*bare_r = s.p[10] == ' ';
	if (*bare_r && n + 1 < s.n && s.p[n] == ' ') {
		zone = zone_read(span_from(s, n + 1), &offset);
		zone += zone > 0;
	} else {
		zone = zone_read(span_from(s, n), &offset);
	}
	*when_r = zone > 0 ? shown - offset : instant_of(clock, shown);
	if (zone == 0)
		seconds_keep(clock, s, ISO_MINUTE);
	return n + zone;
}

/* "Thu 2026-11-26 11:49:36 UTC"; of other zones than UTC only the process's is known. */
static size_t full_read(struct maillog_clock *clock, struct span s, time_t *when_r)
{
	static const char weekdays[] = "MonTueWedThuFriSatSun";
	bool is_weekday = false;
	struct span zone;
	time_t shown;
	size_t n;

	for (size_t i = 0; s.n > 4 && s.p[3] == ' ' && i < 7; i++)
		is_weekday = is_weekday || memcmp(s.p, weekdays + i * 3, 3) == 0;
	n = is_weekday ? date_read(span_from(s, 4), &shown) : 0;
	if (n == 0 || 4 + n >= s.n || s.p[4 + n] != ' ')
		return 0;
	zone = span_from(s, 4 + n + 1);
	zone = span_head(zone, span_find(zone, ' '));
	*when_r = span_eq(zone, SPAN("UTC")) ? shown : instant_of(clock, shown);
	return 4 + n + 1 + zone.n;
}

size_t maillog_stamp_read(
    struct maillog_clock *clock, struct span text, bool *bare_r, time_t *when_r)
{
	size_t n;

	*bare_r = false;
	if (text.n < 15)
		return 0;
	if (span_is_digit(text.p[0]))
		return iso_read(clock, text, bare_r, when_r);
	n = syslog_read(clock, text, when_r);
	return n > 0 ? n : full_read(clock, text, when_r);
}

void maillog_clock_set_year(struct maillog_clock *clock, const struct maillog_day *days, size_t n)
{
	unsigned year;
	time_t next;

	if (n == 0)
		return;
	year = year_before(clock->anchor + MAILLOG_SLACK, &days[n - 1], 0);
	next = clock_of(year, &days[n - 1], 0);
	for (size_t i = n - 1; i-- > 0;) {
		year = year_near(year, next, &days[i], 0);
		next = clock_of(year, &days[i], 0);
	}
	clock->year = (int)year;
	clock->last = next;
}
