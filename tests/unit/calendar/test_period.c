#include "tests/unit/table.h"

#include <locale.h>
#include <stdlib.h>
#include <time.h>

#include "calendar/period.h"

static time_t instant(const char *utc)
{
	struct tm tm = {0};
	const char *end = strptime(utc, "%Y-%m-%dT%H:%M:%SZ", &tm);

	if (end == NULL || *end != '\0')
		fail_msg("the test's own time is wrong: %s", utc);
	return timegm(&tm);
}

static void set_zone(const char *zone)
{
	struct err err = ERR_INIT;

	if (period_set_zone(zone, &err) != 0)
		fail_msg("%s", err.text);
}

static void assert_iso(time_t got, const char *want, const char *why)
{
	struct buf text;

	buf_init(&text, 0);
	period_add_iso(&text, got);
	assert_span_text(buf_span(&text), want, why);
	buf_fini(&text);
}

struct row {
	const char *zone;
	const char *now;
	struct period_request request;
	const char *since;
	const char *until;
	const char *why;
};

static void check_rows(const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct err err = ERR_INIT;
		struct period period = {0};

		set_zone(rows[i].zone);
		if (period_resolve(&rows[i].request, instant(rows[i].now), &period, &err) != 0)
			fail_msg("%s: %s", rows[i].why, err.text);
		assert_iso(period.since, rows[i].since, rows[i].why);
		assert_iso(period.until, rows[i].until, rows[i].why);
	}
}

#define NOON "2026-11-20T12:00:00Z"

static void test_days(void **state)
{
	static const struct row rows[] = {
	    {"UTC", NOON, {0}, "2026-11-19T00:00:00+00:00", "2026-11-20T00:00:00+00:00",
		"yesterday is the default"},
	    {"UTC", NOON, {.today = true}, "2026-11-20T00:00:00+00:00", "2026-11-21T00:00:00+00:00",
		"today"},
	    {"UTC", "2026-11-20T00:00:00Z", {.today = true}, "2026-11-20T00:00:00+00:00",
		"2026-11-21T00:00:00+00:00", "today, in its first second"},
	    {"UTC", "2026-11-20T23:59:59Z", {0}, "2026-11-19T00:00:00+00:00",
		"2026-11-20T00:00:00+00:00", "yesterday, in today's last second"},
	    {"Pacific/Kiritimati", NOON, {.today = true}, "2026-11-21T00:00:00+14:00",
		"2026-11-22T00:00:00+14:00", "furthest east it is tomorrow"},
	    {"Pacific/Niue", "2026-11-20T10:59:59Z", {.today = true}, "2026-11-19T00:00:00-11:00",
		"2026-11-20T00:00:00-11:00", "furthest west it is still the day before"},
	    {"Asia/Kathmandu", NOON, {.date = "2026-11-20"}, "2026-11-20T00:00:00+05:45",
		"2026-11-21T00:00:00+05:45", "a zone of quarter hours"},
	    {"UTC", NOON, {.date = "2024-02-29"}, "2024-02-29T00:00:00+00:00",
		"2024-03-01T00:00:00+00:00", "leap day"},
	    {"UTC", "2027-01-01T00:00:00Z", {0}, "2026-12-31T00:00:00+00:00",
		"2027-01-01T00:00:00+00:00", "over the turn of the year"},
	    {"UTC", NOON, {.date = "1970-01-01"}, "1970-01-01T00:00:00+00:00",
		"1970-01-02T00:00:00+00:00", "the first day there is"},
	};

	(void)state;
	check_rows(rows, TABLE_COUNT(rows));
}

static void test_clock_changes(void **state)
{
	static const struct row rows[] = {
	    {"Europe/Berlin", NOON, {.date = "2026-03-29"}, "2026-03-29T00:00:00+01:00",
		"2026-03-30T00:00:00+02:00", "Berlin, 23 hours"},
	    {"Europe/Berlin", NOON, {.date = "2026-10-25"}, "2026-10-25T00:00:00+02:00",
		"2026-10-26T00:00:00+01:00", "Berlin, 25 hours"},
	    {"Europe/Berlin", "2026-10-26T11:00:00Z", {0}, "2026-10-25T00:00:00+02:00",
		"2026-10-26T00:00:00+01:00", "Berlin, 25 hours, as yesterday"},
	    {"Europe/Berlin", "2026-03-29T21:30:00Z", {.today = true}, "2026-03-29T00:00:00+01:00",
		"2026-03-30T00:00:00+02:00", "Berlin, 23 hours, as today"},
	    {"America/New_York", NOON, {.date = "2026-03-08"}, "2026-03-08T00:00:00-05:00",
		"2026-03-09T00:00:00-04:00", "New York, 23 hours"},
	    {"America/New_York", NOON, {.date = "2026-11-01"}, "2026-11-01T00:00:00-04:00",
		"2026-11-02T00:00:00-05:00", "New York, 25 hours"},
	    {"Australia/Lord_Howe", NOON, {.date = "2026-04-05"}, "2026-04-05T00:00:00+11:00",
		"2026-04-06T00:00:00+10:30", "Lord Howe, 24 and a half hours"},
	    {"Australia/Lord_Howe", NOON, {.date = "2026-10-04"}, "2026-10-04T00:00:00+10:30",
		"2026-10-05T00:00:00+11:00", "Lord Howe, 23 and a half hours"},
	    {"America/Sao_Paulo", NOON, {.date = "2018-11-04"}, "2018-11-04T01:00:00-02:00",
		"2018-11-05T00:00:00-02:00", "a day without midnight"},
	    {"America/Sao_Paulo", NOON, {.date = "2018-11-03"}, "2018-11-03T00:00:00-03:00",
		"2018-11-04T01:00:00-02:00", "the day before that one"},
	    {"America/Sao_Paulo", "2018-11-04T12:00:00Z", {0}, "2018-11-03T00:00:00-03:00",
		"2018-11-04T01:00:00-02:00", "the day before, as yesterday"},
	    {"America/Sao_Paulo", NOON, {.date = "2018-02-17"}, "2018-02-17T00:00:00-02:00",
		"2018-02-18T00:00:00-03:00", "clocks set back at midnight"},
	    {"Africa/Cairo", NOON, {.date = "2023-04-28"}, "2023-04-28T01:00:00+03:00",
		"2023-04-29T00:00:00+03:00", "a Friday without midnight"},
	    {"America/Havana", NOON, {.date = "2025-11-02"}, "2025-11-02T00:00:00-04:00",
		"2025-11-03T00:00:00-05:00", "midnight comes twice"},
	    {"Pacific/Apia", NOON, {.date = "2011-12-29"}, "2011-12-29T00:00:00-10:00",
		"2011-12-31T00:00:00+14:00", "before the missing day"},
	    {"Pacific/Apia", "2011-12-31T05:00:00Z", {0}, "2011-12-29T00:00:00-10:00",
		"2011-12-31T00:00:00+14:00", "yesterday was the day before yesterday"},
	};

	(void)state;
	check_rows(rows, TABLE_COUNT(rows));
}

static void test_ranges(void **state)
{
	static const struct row rows[] = {
	    {"UTC", NOON, {.since = "90m"}, "2026-11-20T10:30:00+00:00",
		"2026-11-20T12:00:00+00:00", "minutes"},
	    {"UTC", NOON, {.since = "2h"}, "2026-11-20T10:00:00+00:00", "2026-11-20T12:00:00+00:00",
		"hours"},
	    {"UTC", NOON, {.since = "3d", .until = "1d"}, "2026-11-17T12:00:00+00:00",
		"2026-11-19T12:00:00+00:00", "days"},
	    {"UTC", NOON, {.since = "1w", .until = "0m"}, "2026-11-13T12:00:00+00:00",
		"2026-11-20T12:00:00+00:00", "a week, up to now"},
	    {"Europe/Berlin", "2026-03-29T12:00:00Z", {.since = "1d"}, "2026-03-28T13:00:00+01:00",
		"2026-03-29T14:00:00+02:00", "a day of a span is 24 hours"},
	    {"UTC", NOON, {.since = "2026-11-01", .until = "2026-11-03"},
		"2026-11-01T00:00:00+00:00", "2026-11-03T00:00:00+00:00",
		"--until ends with the first moment of its day"},
	    {"Europe/Berlin", NOON, {.since = "2026-11-01T08:15", .until = "2026-11-01T08:15:30"},
		"2026-11-01T08:15:00+01:00", "2026-11-01T08:15:30+01:00", "times"},
	    {"Europe/Berlin", NOON, {.since = "2026-10-25T02:30", .until = "2026-10-25T03:00"},
		"2026-10-25T02:30:00+02:00", "2026-10-25T03:00:00+01:00",
		"a time that comes twice is the first"},
	    {"Europe/Berlin", NOON, {.since = "2026-03-29T02:30", .until = "2026-03-29T03:30"},
		"2026-03-29T03:00:00+02:00", "2026-03-29T03:30:00+02:00",
		"a time that is skipped is where the clocks skip it"},
	    {"Australia/Lord_Howe", NOON,
		{.since = "2026-04-05T01:47:59", .until = "2026-04-05T02:00"},
		"2026-04-05T01:47:59+11:00", "2026-04-05T02:00:00+10:30",
		"a half hour that comes twice"},
	    {"America/St_Johns", NOON, {.since = "2026-11-01T01:30", .until = "2026-11-01T02:00"},
		"2026-11-01T01:30:00-02:30", "2026-11-01T02:00:00-03:30",
		"an hour that comes twice in a zone of half hours"},
	    {"UTC", NOON, {.since = "2026-11-20", .until = "2026-12-31T23:59:59"},
		"2026-11-20T00:00:00+00:00", "2026-12-31T23:59:59+00:00", "into the future"},
	    {"UTC", NOON, {.since = "2026-11-20 10:00", .until = "2026-11-20T11"},
		"2026-11-20T10:00:00+00:00", "2026-11-20T11:00:00+00:00", "a blank; an hour"},
	    {"UTC", NOON, {.since = "2h30m"}, "2026-11-20T09:30:00+00:00",
		"2026-11-20T12:00:00+00:00", "hours and minutes"},
	    {"UTC", NOON, {.since = "1w1d1h1m"}, "2026-11-12T10:59:00+00:00",
		"2026-11-20T12:00:00+00:00", "all units"},
	    {"Europe/Berlin", NOON, {.since = "yesterday", .until = "today"},
		"2026-11-19T00:00:00+01:00", "2026-11-20T00:00:00+01:00", "words"},
	    {"Europe/Berlin", NOON, {.since = "today"}, "2026-11-20T00:00:00+01:00",
		"2026-11-20T13:00:00+01:00", "since midnight"},
	    {"Europe/Berlin", NOON, {.date = "yesterday"}, "2026-11-19T00:00:00+01:00",
		"2026-11-20T00:00:00+01:00", "yesterday as a day"},
	    {"Europe/Berlin", NOON, {.date = "today"}, "2026-11-20T00:00:00+01:00",
		"2026-11-21T00:00:00+01:00", "today as a day"},
	};

	(void)state;
	check_rows(rows, TABLE_COUNT(rows));
}

static const struct {
	const char *zone;
	struct period_request request;
	const char *want; /* part of the text */
} error_rows[] = {
    {"UTC", {.today = true, .date = "2026-11-20"}, "--today and --date"},
    {"UTC", {.today = true, .since = "2h"}, "--today cannot be combined with --since"},
    {"UTC", {.date = "2026-11-20", .until = "2h"}, "--date cannot be combined"},
    {"UTC", {.until = "2h"},
	"--until=2h is where the period ends: where it begins is missing (--since=WHEN)"},
    {"UTC", {.date = "2026-11-21"}, "--date=2026-11-21 has not begun yet"},
    {"Pacific/Niue", {.date = "2026-11-21"}, "has not begun yet"},
    {"UTC", {.date = "Today"}, "is no day: expected YYYY-MM-DD, today or yesterday"},
    {"UTC", {.date = "2026-11-20T00"}, "is no day"},
    {"UTC", {.since = "tomorrow"}, "is no time"},
    {"UTC", {.since = "today "}, "is no time"},
    {"UTC", {.since = "2026-11-20  12:00"}, "is no time"},
    {"UTC", {.since = "30m2h"}, "is no time"},
    {"UTC", {.since = "2h2h"}, "is no time"},
    {"UTC", {.since = "2h30"}, "is no time"},
    {"UTC", {.since = "2970w5d"}, "is no time"},
    {"UTC", {.since = "2h", .until = "2h"}, "the period is empty"},
    {"UTC", {.since = "2h", .until = "3h"}, "--since=2h is not before --until=3h"},
    {"UTC", {.since = "0m"}, "--since=0m is not before now"},
    {"UTC", {.since = "2026-11-20T12:00"}, "is not before now"},
    {"UTC", {.since = "2027-01-01"}, "--since=2027-01-01 has not come yet"},
    {"UTC", {.since = "2027-01-01", .until = "2027-01-02"}, "has not come yet"},
    {"Pacific/Apia", {.date = "2011-12-30"}, "never had the day 2011-12-30"},
    {"Pacific/Apia", {.since = "2011-12-30T12:00"}, "never had the day 2011-12-30"},
    {"UTC", {.date = ""}, "--date= is no day"},
    {"UTC", {.date = "2026-02-29"}, "is no day"},
    {"UTC", {.date = "2026-04-31"}, "is no day"},
    {"UTC", {.date = "2026-00-10"}, "is no day"},
    {"UTC", {.date = "2026-13-10"}, "is no day"},
    {"UTC", {.date = "2026-10-00"}, "is no day"},
    {"UTC", {.date = "1969-12-31"}, "is no day"},
    {"UTC", {.date = "9999-01-01"}, "is no day"},
    {"UTC", {.date = "26-11-20"}, "is no day"},
    {"UTC", {.date = "2026-11-2"}, "is no day"},
    {"UTC", {.date = "2026/11/20"}, "is no day"},
    {"UTC", {.date = "20.11.2026"}, "is no day"},
    {"UTC", {.date = "2026-11-20 "}, "is no day"},
    {"UTC", {.date = "+026-11-20"}, "is no day"},
    {"UTC", {.date = "2026-11-20T00:00"}, "is no day"},
    {"UTC", {.date = "1d"}, "is no day"},
    {"UTC", {.since = ""}, "--since= is no time"},
    {"UTC", {.since = "2026-11-20T24:00"}, "is no time"},
    {"UTC", {.since = "2026-11-20T12:60"}, "is no time"},
    {"UTC", {.since = "2026-11-20T12:00:60"}, "is no time"},
    {"UTC", {.since = "2026-11-20T12:00Z"}, "is no time"},
    {"UTC", {.since = "2h", .until = "soon"}, "--until=soon is no time"},
    {"UTC", {.since = "h"}, "is no time"},
    {"UTC", {.since = "2"}, "is no time"},
    {"UTC", {.since = "-2h"}, "is no time"},
    {"UTC", {.since = "+2h"}, "is no time"},
    {"UTC", {.since = "2H"}, "is no time"},
    {"UTC", {.since = "2y"}, "is no time"},
    {"UTC", {.since = "1.5h"}, "is no time"},
    {"UTC", {.since = "9999w"}, "is no time"},
    {"UTC", {.since = "99999999999999999999h"}, "is no time"},
    {"UTC", {.since = "18446744073709551615w"}, "is no time"},
};

static void test_errors(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(error_rows); i++) {
		struct err err = ERR_INIT;
		struct period period = {1, 2};

		set_zone(error_rows[i].zone);
		if (period_resolve(&error_rows[i].request, instant(NOON), &period, &err) != -1)
			fail_msg("row %zu: no error, want \"%s\"", i, error_rows[i].want);
		assert_int_equal(err.code, ERR_USAGE);
		if (strstr(err.text, error_rows[i].want) == NULL)
			fail_msg(
			    "row %zu: \"%s\" does not say \"%s\"", i, err.text, error_rows[i].want);
		assert_true(period.since == 1 && period.until == 2);
	}
}

static void test_zone_names(void **state)
{
	static const char *const bad[] = {"", "Europe/Nowhere", "Europe", "Europe/", "CET-1CEST",
	    "../zoneinfo/UTC", "/usr/share/zoneinfo/UTC", "UTC\n", ":UTC", "zone.tab"};
	struct err err = ERR_INIT;

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(bad); i++) {
		if (period_set_zone(bad[i], &err) != -1)
			fail_msg("\"%s\" was taken", bad[i]);
		assert_int_equal(err.code, ERR_USAGE);
	}
	assert_int_equal(setenv("TZ", "Asia/Kathmandu", 1), 0);
	assert_int_equal(period_set_zone(NULL, &err), 0);
	assert_iso(0, "1970-01-01T05:30:00+05:30", "the system's zone");
}

/* What TZ says, whether a zone is found there, and what hour the Epoch was. */
static void test_zone_of_the_environment(void **state)
{
	static const struct {
		const char *tz;
		bool warned;
		const char *want;
	} rows[] = {
	    {"Europe/Amsterdam", false, "1970-01-01T01:00:00+01:00"},
	    {":Europe/Amsterdam", false, "1970-01-01T01:00:00+01:00"},
	    {"/usr/share/zoneinfo/Asia/Kathmandu", false, "1970-01-01T05:30:00+05:30"},
	    {"CET-1CEST,M3.5.0,M10.5.0/3", false, "1970-01-01T01:00:00+01:00"},
	    {"<+03>-3", false, "1970-01-01T03:00:00+03:00"},
	    {"UTC0", false, "1970-01-01T00:00:00+00:00"},
	    {"UTC", false, "1970-01-01T00:00:00+00:00"},
	    {"GMT", false, "1970-01-01T00:00:00+00:00"},
	    {"Etc/UTC", false, "1970-01-01T00:00:00+00:00"},
	    {"", false, "1970-01-01T00:00:00+00:00"},
	    {":", false, "1970-01-01T00:00:00+00:00"},
	    {"Europe/Amsterdm", true, "1970-01-01T00:00:00+00:00"},
	    {":Europe/Amsterdm", true, "1970-01-01T00:00:00+00:00"},
	    {"Europe", true, "1970-01-01T00:00:00+00:00"},
	    {"CEST", true, "1970-01-01T00:00:00+00:00"},
	    {"europe/amsterdam", true, "1970-01-01T00:00:00+00:00"},
	    {"+3", true, "1970-01-01T00:00:00+00:00"},
	    {"UTC+\x1B[2J", true, "1970-01-01T00:00:00+00:00"},
	    {"<+03-3", true, "1970-01-01T00:00:00+00:00"},
	    {"/etc/passwd", true, "1970-01-01T00:00:00+00:00"},
	};
	struct err err = ERR_INIT;

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		assert_int_equal(setenv("TZ", rows[i].tz, 1), 0);
		assert_int_equal(period_set_zone(NULL, &err), 0);
		assert_iso(0, rows[i].want, rows[i].tz);
		assert_row((strcmp(getenv("TZ"), rows[i].tz) != 0) == rows[i].warned, rows[i].tz);
	}
}

/* Days follow each other without a gap and without an overlap. */
static void test_tiling(void **state)
{
	static const char *const zones[] = {"Europe/Berlin", "America/Sao_Paulo", "Africa/Cairo",
	    "Australia/Lord_Howe", "Pacific/Apia", "America/Havana", "Asia/Kathmandu"};
	const time_t end = 1768435200; /* 2026-01-15 */

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(zones); i++) {
		struct err err = ERR_INIT;
		struct period_request request = {.today = true};
		struct period day = {.until = 1293840000}; /* 2011-01-01 */
		struct period next;

		set_zone(zones[i]);
		assert_int_equal(period_resolve(&request, day.until, &day, &err), 0);
		while (day.until < end) {
			assert_int_equal(period_resolve(&request, day.until, &next, &err), 0);
			if (next.since != day.until || next.until - next.since < 82800 ||
			    next.until - next.since > 90000)
				fail_msg("%s: %lld to %lld after %lld", zones[i],
				    (long long)next.since, (long long)next.until,
				    (long long)day.until);
			day = next;
		}
	}
}

static const struct {
	const char *zone;
	const char *since;
	const char *until;
	const char *want_since;
	const char *want_before;
	const char *why;
} imap_rows[] = {
    {"UTC", "2026-11-20T00:00:00Z", "2026-11-21T00:00:00Z", "19-Nov-2026", "22-Nov-2026",
	"a UTC day"},
    {"Pacific/Kiritimati", "2026-11-19T10:00:00Z", "2026-11-20T10:00:00Z", "18-Nov-2026",
	"22-Nov-2026", "a day in the east"},
    {"Pacific/Niue", "2026-11-20T11:00:00Z", "2026-11-21T11:00:00Z", "19-Nov-2026", "23-Nov-2026",
	"a day in the west"},
    {"UTC", "2026-12-31T23:59:59Z", "2027-01-01T00:00:01Z", "30-Dec-2026", "03-Jan-2027",
	"over the turn of the year"},
    {"UTC", "2024-03-01T00:00:00Z", "2024-03-01T00:00:01Z", "29-Feb-2024", "03-Mar-2024",
	"leap year"},
    {"UTC", "1970-01-01T00:00:00Z", "1970-01-01T00:00:01Z", "31-Dec-1969", "03-Jan-1970",
	"before the epoch"},
};

static void test_imap_dates(void **state)
{
	(void)state;
	setlocale(LC_ALL, "");
	for (size_t i = 0; i < TABLE_COUNT(imap_rows); i++) {
		const struct period period = {
		    instant(imap_rows[i].since), instant(imap_rows[i].until)};
		char since[PERIOD_IMAP_DATE_SIZE];
		char before[PERIOD_IMAP_DATE_SIZE];

		set_zone(imap_rows[i].zone);
		period_imap_dates(&period, since, before);
		assert_span_text(span_of(since), imap_rows[i].want_since, imap_rows[i].why);
		assert_span_text(span_of(before), imap_rows[i].want_before, imap_rows[i].why);
	}
}

static void test_text(void **state)
{
	static const struct {
		const char *zone;
		const char *since;
		const char *until;
		const char *want;
	} rows[] = {
	    {"UTC", "2026-11-20T00:00:00Z", "2026-11-21T00:00:00Z", "2026-11-20, UTC"},
	    {"Europe/Berlin", "2026-10-23T22:00:00Z", "2026-10-26T23:00:00Z",
		"2026-10-24 to 2026-10-26, CEST (UTC+02:00), CET (UTC+01:00)"},
	    {"UTC", "2026-11-20T10:00:00Z", "2026-11-20T12:30:00Z",
		"2026-11-20 10:00 to 2026-11-20 12:30, UTC"},
	    {"UTC", "2026-11-20T00:00:00Z", "2026-11-20T12:30:00Z",
		"2026-11-20 00:00 to 2026-11-20 12:30, UTC"},
	};
	struct buf text;

	(void)state;
	buf_init(&text, 0);
	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		const struct period period = {instant(rows[i].since), instant(rows[i].until)};

		buf_clear(&text);
		set_zone(rows[i].zone);
		period_add_text(&text, &period);
		assert_span_text(buf_span(&text), rows[i].want, rows[i].want);
	}
	buf_fini(&text);
}

static void test_zone_text(void **state)
{
	static const struct {
		const char *zone;
		const char *first;
		const char *last;
		const char *want;
	} rows[] = {
	    {"UTC", NOON, NOON, "UTC"}, {"Europe/Berlin", NOON, NOON, "CET (UTC+01:00)"},
	    {"Europe/Berlin", "2026-10-24T00:00:00Z", "2026-10-26T00:00:00Z",
		"CEST (UTC+02:00), CET (UTC+01:00)"},
	    {"Europe/London", NOON, NOON, "GMT (UTC+00:00)"},
	    {"America/St_Johns", NOON, NOON, "NST (UTC-03:30)"},
	    {"America/Sao_Paulo", NOON, NOON, "UTC-03:00"}, /* "-03" is no name */
	};
	struct buf text;

	(void)state;
	buf_init(&text, 0);
	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		buf_clear(&text);
		set_zone(rows[i].zone);
		period_add_zone(&text, instant(rows[i].first), instant(rows[i].last));
		assert_span_text(buf_span(&text), rows[i].want, rows[i].zone);
	}
	buf_fini(&text);
}

static void test_day_text(void **state)
{
	struct buf text;

	(void)state;
	set_zone("Pacific/Kiritimati");
	buf_init(&text, 0);
	period_add_day(&text, instant(NOON));
	assert_span_text(buf_span(&text), "2026-11-21", "in the zone");
	buf_fini(&text);
	set_zone("America/St_Johns");
	assert_iso(instant(NOON), "2026-11-20T08:30:00-03:30", "a half hour in the west");
}

static void test_name(void **state)
{
	static const struct {
		const char *zone;
		const char *since;
		const char *until;
		const char *want;
	} rows[] = {
	    {"UTC", "2026-11-20T00:00:00Z", "2026-11-21T00:00:00Z", "2026-11-20"},
	    {"UTC", "2026-11-20T00:00:00Z", "2026-11-23T00:00:00Z", "2026-11-20_2026-11-22"},
	    {"UTC", "2026-11-20T00:00:00Z", "2026-11-20T14:30:05Z", "2026-11-20_2026-11-20T143005"},
	    {"UTC", "2026-11-22T23:50:00Z", "2026-11-23T00:00:00Z", "2026-11-22T235000_2026-11-22"},
	    {"UTC", "2026-11-22T12:00:00Z", "2026-11-22T14:00:00Z",
		"2026-11-22T120000_2026-11-22T140000"},
	    {"Europe/Berlin", "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z", "2026-10-25"},
	    {"Europe/Berlin", "2026-10-24T22:00:00Z", "2026-10-25T22:00:00Z",
		"2026-10-25_2026-10-25T230000"},
	    {"Pacific/Apia", "2011-12-29T10:00:00Z", "2011-12-30T10:00:00Z", "2011-12-29"},
	};

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		const struct period period = {instant(rows[i].since), instant(rows[i].until)};
		struct buf text;

		set_zone(rows[i].zone);
		buf_init(&text, 0);
		period_add_name(&text, &period);
		assert_span_text(buf_span(&text), rows[i].want, rows[i].zone);
		buf_fini(&text);
	}
}

static void test_read_iso(void **state)
{
	static const struct {
		const char *text;
		const char *want; /* in UTC; NULL: it is no time */
	} rows[] = {
	    {"2026-11-20T13:45:09+01:00", "2026-11-20T12:45:09Z"},
	    {"2026-11-20T13:45:09-03:30", "2026-11-20T17:15:09Z"},
	    {"2026-11-20T13:45:09Z", "2026-11-20T13:45:09Z"},
	    {"2026-11-20T00:00:00+14:00", "2026-11-19T10:00:00Z"},
	    {"2024-02-29T23:59:59-00:00", "2024-02-29T23:59:59Z"},
	    {"1969-12-31T19:00:00-05:00", "1970-01-01T00:00:00Z"},
	    {"9999-01-01T13:59:59+14:00", "9998-12-31T23:59:59Z"},
	    {"1969-12-31T23:59:59+00:00", NULL},
	    {"1970-01-01T00:00:00+00:01", NULL},
	    {"0000-01-01T00:00:00+23:59", NULL}, /* no year of four digits */
	    {"9998-12-31T23:59:59-00:01", NULL},
	    {"9999-12-31T23:59:59-23:59", NULL},
	    {"", NULL},
	    {"2026-11-20", NULL},
	    {"2026-11-20T13:45:09", NULL},
	    {"2026-11-20T13:45Z", NULL},
	    {"2026-11-20 13:45:09Z", NULL},
	    {"2026-11-20T13:45:09z", NULL},
	    {"2026-11-20T13:45:09.5Z", NULL},
	    {"2026-11-20T13:45:09+0100", NULL},
	    {"2026-11-20T13:45:09+01:00 ", NULL},
	    {" 2026-11-20T13:45:09+01:00", NULL},
	    {"2026-11-20T13:45:09*01:00", NULL},
	    {"2026-11-20T13:45:09+24:00", NULL},
	    {"2026-11-20T13:45:09+01:60", NULL},
	    {"2026-13-20T13:45:09Z", NULL},
	    {"2026-00-20T13:45:09Z", NULL},
	    {"2026-02-29T13:45:09Z", NULL},
	    {"2026-11-00T13:45:09Z", NULL},
	    {"2026-11-20T24:00:00Z", NULL},
	    {"2026-11-20T13:60:00Z", NULL},
	    {"2026-11-20T13:45:60Z", NULL},
	    {"+026-11-20T13:45:09Z", NULL},
	    {"12026-11-20T13:45:09+01:00", NULL},
	};

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		time_t got = 42;
		bool is_time = period_read_iso(span_of(rows[i].text), &got);

		assert_row(is_time == (rows[i].want != NULL), rows[i].text);
		assert_row(
		    got == (rows[i].want != NULL ? instant(rows[i].want) : 42), rows[i].text);
	}
	assert_false(period_read_iso(SPAN("2026-11-20T13:45:09Z\0"), &(time_t){0}));
}

/* Also over changes of the clocks, where the zone tells which of two equal times is meant. */
static void test_read_what_was_written(void **state)
{
	static const char *const zones[] = {"UTC", "Europe/Berlin", "America/St_Johns",
	    "Australia/Lord_Howe", "Pacific/Kiritimati", "Asia/Kathmandu"};

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(zones); i++) {
		time_t when = instant("2026-01-01T00:00:00Z");

		set_zone(zones[i]);
		for (unsigned n = 0; n < 366 * 24; n++, when += 3601) {
			struct buf text;
			time_t got = 0;

			buf_init(&text, 0);
			period_add_iso(&text, when);
			assert_row(period_read_iso(buf_span(&text), &got), zones[i]);
			assert_row(got == when, zones[i]);
			buf_fini(&text);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_days),
	    cmocka_unit_test(test_clock_changes),
	    cmocka_unit_test(test_ranges),
	    cmocka_unit_test(test_errors),
	    cmocka_unit_test(test_zone_names),
	    cmocka_unit_test(test_zone_of_the_environment),
	    cmocka_unit_test(test_tiling),
	    cmocka_unit_test(test_imap_dates),
	    cmocka_unit_test(test_text),
	    cmocka_unit_test(test_zone_text),
	    cmocka_unit_test(test_day_text),
	    cmocka_unit_test(test_name),
	    cmocka_unit_test(test_read_iso),
	    cmocka_unit_test(test_read_what_was_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
