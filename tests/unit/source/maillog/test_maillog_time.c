#include "tests/unit/table.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "source/maillog/maillog_time.h"

/* 2026-11-26 12:00:00 UTC */
#define ANCHOR ((time_t)1795694400)

static void test_forms(void **state)
{
	static const struct {
		const char *text;
		size_t length;
		bool bare;
		const char *want; /* in UTC */
	} rows[] = {
	    {"2026-11-26 11:49:36 x", 19, true, "2026-11-26 10:49:36"},
	    {"2026-11-26 11:49:36.123 x", 23, true, "2026-11-26 10:49:36"},
	    {"2026-11-26 11:49:36 +0530 x", 25, true, "2026-11-26 06:19:36"},
	    {"2026-11-26 11:49:36.123 -0800 x", 29, true, "2026-11-26 19:49:36"},
	    {"2026-11-26T11:49:36.123456+00:00 h", 32, false, "2026-11-26 11:49:36"},
	    {"2026-11-26T11:49:36.123456789Z h", 30, false, "2026-11-26 11:49:36"},
	    {"2026-11-26T11:49:36+0000 h", 24, false, "2026-11-26 11:49:36"},
	    {"2026-11-26T11:49:36 h", 19, false, "2026-11-26 10:49:36"},
	    {"2026:11:26-11:49:36 h", 19, false, "2026-11-26 10:49:36"},
	    {"Nov  6 03:04:05 h", 15, false, "2026-11-06 02:04:05"},
	    {"Nov 26 03:04:05.123 h", 19, false, "2026-11-26 02:04:05"},
	    {"Thu 2026-11-26 11:49:36 UTC h", 27, false, "2026-11-26 11:49:36"},
	    {"Thu 2026-11-26 11:49:36 CET h", 27, false, "2026-11-26 10:49:36"},
	    {"2024-02-29 00:00:00 x", 19, true, "2024-02-28 23:00:00"},
	    {"2026-02-29 00:00:00 x", 0, false, NULL},
	    {"2026-13-01 00:00:00 x", 0, false, NULL},
	    {"2026-11-26 24:00:00 x", 0, false, NULL},
	    {"2026-11-26-11:49:36 x", 0, false, NULL},
	    {"Nov 06 3:04:05 host x", 0, false, NULL},
	    {"Nop 26 03:04:05 host", 0, false, NULL},
	    {"Nov 31 03:04:05 host", 0, false, NULL},
	    {"Fro 2026-11-26 11:49:36 UTC h", 0, false, NULL},
	    {"1abcde-0001Fx-2N <= x", 0, false, NULL},
	    {"", 0, false, NULL},
	};

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		struct maillog_clock clock;
		struct span text = span_of(rows[i].text);
		char got[32];
		time_t when = 0;
		bool bare;
		size_t n;

		maillog_clock_init(&clock, ANCHOR);
		n = maillog_stamp_read(&clock, text, &bare, &when);
		if (n != rows[i].length)
			fail_msg("%s: %zu bytes", rows[i].text, n);
		if (n == 0)
			continue;
		strftime(got, sizeof(got), "%Y-%m-%d %H:%M:%S", gmtime(&when));
		assert_span_text(span_of(got), rows[i].want, rows[i].text);
		assert_row(bare == rows[i].bare, rows[i].text);
	}
}

static int year_of(struct maillog_clock *clock, const char *text)
{
	time_t when = 0;
	bool bare;

	if (maillog_stamp_read(clock, span_of(text), &bare, &when) == 0)
		return 0;
	return localtime(&when)->tm_year + 1900;
}

/* The file was last written on 2026-11-26; each text is a line, with the year it is of. */
static void test_years(void **state)
{
	static const struct {
		const char *name;
		time_t anchor;
		struct {
			const char *text;
			int year;
		} lines[6];
	} rows[] = {
	    {"one day", ANCHOR, {{"Nov 26 01:00:00", 2026}, {"Nov 26 02:00:00", 2026}}},
	    {"clock ahead", ANCHOR, {{"Nov 27 10:00:00", 2026}}},
	    {"last year", ANCHOR,
		{{"Nov 28 10:00:00", 2025}, {"Dec 31 23:59:59", 2025}, {"Jan  1 00:00:00", 2026},
		    {"Dec 31 23:59:58", 2025}, {"Jan  1 00:00:01", 2026}}},
	    {"new year", ANCHOR + (time_t)36 * 86400,
		{{"Dec 31 23:00:00", 2026}, {"Jan  1 01:00:00", 2027}}},
	    {"leap day", ANCHOR, {{"Feb 29 01:00:00", 2024}}},
	    {"leap day in order", (time_t)1709254800 /* 2024-03-01 */,
		{{"Feb 28 23:00:00", 2024}, {"Feb 29 01:00:00", 2024}, {"Mar  1 00:00:00", 2024}}},
	    {"disorder", ANCHOR,
		{{"Nov 26 02:00:00", 2026}, {"Nov 26 01:59:59", 2026}, {"Nov 25 23:00:00", 2026}}},
	};

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		struct maillog_clock clock;

		maillog_clock_init(&clock, rows[i].anchor);
		for (size_t k = 0; k < 6 && rows[i].lines[k].text != NULL; k++) {
			int year = year_of(&clock, rows[i].lines[k].text);

			if (year != rows[i].lines[k].year)
				fail_msg("%s: %s: %d", rows[i].name, rows[i].lines[k].text, year);
		}
		assert_row(!clock.is_ahead, rows[i].name);
	}
}

/* The time of the file is lost: a leap year's day shows it. */
static void test_leap_day_later(void **state)
{
	struct maillog_clock clock;

	(void)state;
	maillog_clock_init(&clock, ANCHOR);
	assert_int_equal(year_of(&clock, "Feb 28 23:00:00"), 2026);
	assert_int_equal(year_of(&clock, "Feb 29 01:00:00"), 2024);
	assert_int_equal(year_of(&clock, "Mar  1 01:00:00"), 2024);
	assert_true(clock.is_ahead);
}

/* Of 26 months, as its days from all over it tell. */
static void test_long_file(void **state)
{
	struct maillog_day days[26];
	struct maillog_clock clock;
	int expected = 2024;

	(void)state;
	for (unsigned i = 0; i < 26; i++) /* from October 2024 */
		days[i] = (struct maillog_day){(9 + i) % 12 + 1, 5};
	maillog_clock_init(&clock, ANCHOR);
	maillog_clock_set_year(&clock, days, 26);
	for (unsigned i = 0; i < 26; i++) {
		static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
		char text[32];

		snprintf(text, sizeof(text), "%.3s  5 10:00:00",
		    months + (size_t)(days[i].month - 1) * 3);
		expected += i > 0 && days[i].month == 1;
		if (year_of(&clock, text) != expected)
			fail_msg("month %u is not of %d", i, expected);
	}
	assert_false(clock.is_ahead);
}

/* Without them: what is wrong is known. */
static void test_too_long(void **state)
{
	struct maillog_clock clock;

	(void)state;
	maillog_clock_init(&clock, ANCHOR);
	assert_int_equal(year_of(&clock, "Oct  5 10:00:00"), 2026);
	assert_int_equal(year_of(&clock, "Dec  5 10:00:00"), 2026);
	assert_true(clock.is_ahead);
}

/* Within a minute only seconds are read: other forms in between change nothing. */
static void test_same_minute(void **state)
{
	static const struct {
		const char *text;
		time_t want; /* behind 2026-11-26 10:49:00 UTC */
	} rows[] = {
	    {"2026-11-26 11:49:01 x", 1},
	    {"2026-11-26 11:49:59 x", 59},
	    {"2026-11-25 11:49:02 x", 2 - 86400},
	    {"Thu 2026-11-26 12:00:00 CET h", 660},
	    {"2026-11-25 11:49:03 x", 3 - 86400},
	    {"2026-11-26 11:49:04 +0200 x", 4 - 3600},
	    {"2026-11-26 11:49:05.123 x", 5},
	    {"Nov 26 11:49:06 x", 6},
	    {"Nov 26 11:49:07.5 x", 7},
	    {"Nov 26 11:49:60 x", 60},
	    {"2026-11-26T11:49:08Z x", 8 + 3600},
	    {"Nov 26 11:49:09 x", 9},
	};
	struct maillog_clock clock;
	bool bare;

	(void)state;
	maillog_clock_init(&clock, ANCHOR);
	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		time_t when = 0;

		assert_row(maillog_stamp_read(&clock, span_of(rows[i].text), &bare, &when) > 0,
		    rows[i].text);
		if (when != 1795690140 + rows[i].want)
			fail_msg("%s: %ld", rows[i].text, (long)(when - 1795690140));
	}
}

/* Clocks go back from 3 to 2: the hour that comes twice is the first, and the next is right. */
static void test_clocks_back(void **state)
{
	struct maillog_clock clock;
	time_t first = 0, second = 0;
	bool bare;

	(void)state;
	maillog_clock_init(&clock, ANCHOR);
	maillog_stamp_read(&clock, SPAN("2026-10-25 02:30:00 x"), &bare, &first);
	maillog_stamp_read(&clock, SPAN("2026-10-25 03:00:00 x"), &bare, &second);
	assert_int_equal(second - first, 5400);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_forms),
	    cmocka_unit_test(test_years),
	    cmocka_unit_test(test_leap_day_later),
	    cmocka_unit_test(test_long_file),
	    cmocka_unit_test(test_too_long),
	    cmocka_unit_test(test_same_minute),
	    cmocka_unit_test(test_clocks_back),
	};

	setenv("TZ", "Europe/Berlin", 1);
	tzset();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
