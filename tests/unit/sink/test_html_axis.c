#include "tests/unit/table.h"

#include <stdio.h>

#include "calendar/period.h"
#include "sink/html/html_axis.h"

static time_t at(const char *iso)
{
	time_t when = 0;

	assert_row(period_read_iso(span_of(iso), &when), iso);
	return when;
}

static void set_zone(const char *zone)
{
	struct err err = ERR_INIT;

	assert_int_equal(period_set_zone(zone, &err), 0);
}

/* Which unit, how many bars, and what the first, the second and the last are called. */
static void test_axes(void **state)
{
	static const struct {
		const char *zone, *first, *last; /* the last second */
		enum html_unit unit;
		unsigned count;
		const char *names[3];
	} rows[] = {
	    {"Europe/Berlin", "2026-02-10T00:00:00+01:00", "2026-02-10T23:59:59+01:00",
		HTML_UNIT_HOUR, 24, {"00:00", "01:00", "23:00"}},
	    /* One moment, one hour, a part of two hours. */
	    {"Europe/Berlin", "2026-02-10T12:30:00+01:00", "2026-02-10T12:30:00+01:00",
		HTML_UNIT_HOUR, 1, {"12:00 from 12:30 to 12:30", NULL, NULL}},
	    {"Europe/Berlin", "2026-02-10T12:00:00+01:00", "2026-02-10T12:59:59+01:00",
		HTML_UNIT_HOUR, 1, {"12:00", NULL, NULL}},
	    {"Europe/Berlin", "2026-02-10T11:37:00+01:00", "2026-02-10T12:36:59+01:00",
		HTML_UNIT_HOUR, 2, {"11:00 from 11:37", "12:00 to 12:37", NULL}},
	    /* Over midnight, and 24 hours that are no day. */
	    {"Europe/Berlin", "2026-02-10T22:00:00+01:00", "2026-02-11T00:59:59+01:00",
		HTML_UNIT_HOUR, 3, {"02-10 22:00", "02-10 23:00", "02-11 00:00"}},
	    {"Europe/Berlin", "2026-02-10T14:37:00+01:00", "2026-02-11T14:36:59+01:00",
		HTML_UNIT_HOUR, 25,
		{"02-10 14:00 from 14:37", "02-10 15:00", "02-11 14:00 to 14:37"}},
	    /* Days of 23 and 25 hours. */
	    {"Europe/Berlin", "2026-03-29T00:00:00+01:00", "2026-03-29T23:59:59+02:00",
		HTML_UNIT_HOUR, 23, {"00:00 CET", "01:00 CET", "23:00 CEST"}},
	    {"Europe/Berlin", "2026-10-25T00:00:00+02:00", "2026-10-25T23:59:59+01:00",
		HTML_UNIT_HOUR, 25, {"00:00 CEST", "01:00 CEST", "23:00 CET"}},
	    /* Clocks that are changed by half an hour, and hours that begin at UTC's half ones. */
	    {"Australia/Lord_Howe", "2026-04-05T00:00:00+11:00", "2026-04-05T23:59:59+10:30",
		HTML_UNIT_HOUR, 25, {"00:00 +11", "01:00 +11", "23:00 +1030"}},
	    {"Australia/Lord_Howe", "2026-10-04T00:00:00+10:30", "2026-10-04T23:59:59+11:00",
		HTML_UNIT_HOUR, 24, {"00:00 +1030", "01:00 +1030", "23:00 +11"}},
	    {"Asia/Kathmandu", "2026-02-10T00:00:00+05:45", "2026-02-10T23:59:59+05:45",
		HTML_UNIT_HOUR, 24, {"00:00", "01:00", "23:00"}},
	    /* A second more than a day of 25 hours takes days; both of them are said to be parts.
	     */
	    {"Europe/Berlin", "2026-02-10T00:00:00+01:00", "2026-02-11T00:59:59+01:00",
		HTML_UNIT_HOUR, 25, {"02-10 00:00", "02-10 01:00", "02-11 00:00"}},
	    {"Europe/Berlin", "2026-02-10T00:00:00+01:00", "2026-02-11T01:00:00+01:00",
		HTML_UNIT_DAY, 2, {"Tue 2026-02-10", "Wed 2026-02-11 to 01:00", NULL}},
	    {"Europe/Berlin", "2026-02-08T14:37:00+01:00", "2026-02-11T17:59:59+01:00",
		HTML_UNIT_DAY, 4,
		{"Sun 2026-02-08 from 14:37", "Mon 2026-02-09", "Wed 2026-02-11 to 18:00"}},
	    /* A week over a change of clocks, a month, two months, a day more. */
	    {"Europe/Berlin", "2026-03-23T00:00:00+01:00", "2026-03-29T23:59:59+02:00",
		HTML_UNIT_DAY, 7, {"Mon 2026-03-23", "Tue 2026-03-24", "Sun 2026-03-29"}},
	    {"Europe/Berlin", "2026-10-01T00:00:00+02:00", "2026-10-31T23:59:59+01:00",
		HTML_UNIT_DAY, 31, {"Thu 2026-10-01", "Fri 2026-10-02", "Sat 2026-10-31"}},
	    {"Europe/Berlin", "2026-07-01T00:00:00+02:00", "2026-08-31T23:59:59+02:00",
		HTML_UNIT_DAY, 62, {"Wed 2026-07-01", "Thu 2026-07-02", "Mon 2026-08-31"}},
	    {"Europe/Berlin", "2026-07-01T00:00:00+02:00", "2026-09-01T00:00:00+02:00",
		HTML_UNIT_WEEK, 10,
		{"2026-06-29 to 2026-07-05", "2026-07-06 to 2026-07-12",
		    "2026-08-31 to 2026-09-06"}},
	    /* A day that was left out where the date line moved. */
	    {"Pacific/Apia", "2011-12-28T00:00:00-10:00", "2012-01-01T23:59:59+14:00",
		HTML_UNIT_DAY, 4, {"Wed 2011-12-28", "Thu 2011-12-29", "Sun 2012-01-01"}},
	    /* All the time there is. */
	    {"Etc/GMT+12", "1970-01-01T00:00:00Z", "9998-12-31T00:00:00Z", HTML_UNIT_10400_WEEKS,
		41, {"1969-12-22 to 2169-04-16", "2169-04-17 to 2368-08-11", NULL}},
	};

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		struct html_axis axis;
		struct buf name;
		char label[96];

		snprintf(
		    label, sizeof(label), "%s %s %s", rows[i].zone, rows[i].first, rows[i].last);
		set_zone(rows[i].zone);
		html_axis_init(&axis, HTML_UNIT_HOUR, at(rows[i].first), at(rows[i].last));
		assert_row(axis.unit == rows[i].unit, label);
		if (axis.count != rows[i].count)
			fail_msg("%s: %u bars", label, axis.count);
		buf_init(&name, 0);
		for (unsigned n = 0; n < 3; n++) {
			if (rows[i].names[n] == NULL)
				continue;
			buf_clear(&name);
			html_axis_add_name(&name, &axis, n < 2 ? n : axis.count - 1);
			assert_span_text(buf_span(&name), rows[i].names[n], label);
		}
		buf_fini(&name);
	}
}

/* Bars follow each other, and each instant is of exactly the bar that it lies in. */
static void test_every_instant_has_its_bar(void **state)
{
	static const struct {
		const char *zone, *first;
		time_t seconds;
	} rows[] = {
	    {"Europe/Berlin", "2026-10-25T00:00:00+02:00", (time_t)25 * 3600},
	    {"Europe/Berlin", "2026-03-29T00:00:00+01:00", (time_t)23 * 3600},
	    {"Australia/Lord_Howe", "2026-04-05T00:00:00+11:00", (time_t)24 * 3600 + 1800},
	    {"Asia/Kathmandu", "2026-02-10T03:17:00+05:45", (time_t)24 * 3600},
	    {"America/St_Johns", "2026-10-28T00:00:00-02:30", (time_t)10 * 86400},
	    {"Pacific/Apia", "2011-12-28T00:00:00-10:00", (time_t)5 * 86400},
	    {"Europe/Berlin", "2025-01-01T00:00:00+01:00", (time_t)400 * 86400},
	};

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		time_t first;
		time_t last;
		struct html_axis axis;
		unsigned bar = 0;

		set_zone(rows[i].zone);
		first = at(rows[i].first);
		last = first + rows[i].seconds - 1;
		html_axis_init(&axis, HTML_UNIT_HOUR, first, last);
		assert_row(axis.start[0] <= first, rows[i].zone);
		assert_row(axis.start[axis.count] > last, rows[i].zone);
		for (time_t when = first; when <= last; when += 451) {
			while (when >= axis.start[bar + 1])
				bar++;
			assert_row(html_unit_slot(axis.unit, when) == axis.slot[bar], rows[i].zone);
		}
		assert_row(bar + 1 == axis.count, rows[i].zone);
	}
}

/* Made longer step by step or at once, a unit comes to the same. */
static void test_longer_units(void **state)
{
	(void)state;
	set_zone("Europe/Berlin");
	for (time_t when = 0; when < (time_t)70 * 365 * 86400; when += 7919 * 3601) {
		uint32_t slot = html_unit_slot(HTML_UNIT_HOUR, when);
		enum html_unit from = HTML_UNIT_HOUR;

		for (enum html_unit to = HTML_UNIT_DAY; to < HTML_UNIT_COUNT; to++) {
			slot = html_unit_slot_of(to, from, slot);
			from = to;
			assert_int_equal(slot, html_unit_slot(to, when));
		}
	}
	assert_int_equal(html_unit_slot(HTML_UNIT_DAY, -1), html_unit_slot(HTML_UNIT_DAY, 0));
	assert_int_equal(html_unit_slot(HTML_UNIT_HOUR, 0), 0);
}

/* What stands below the bars: real times, and few enough for a phone. */
static void test_labels(void **state)
{
	static const struct {
		const char *first, *last, *want;
	} rows[] = {
	    {"2026-02-10T00:00:00+01:00", "2026-02-10T23:59:59+01:00",
		"00:00 03:00 06:00 09:00 12:00 15:00 18:00 21:00 "},
	    {"2026-03-29T00:00:00+01:00", "2026-03-29T23:59:59+02:00",
		"00:00 03:00 06:00 09:00 12:00 15:00 18:00 21:00 "},
	    {"2026-02-10T14:37:00+01:00", "2026-02-11T14:36:59+01:00",
		"15:00 18:00 21:00 02-11 03:00 06:00 09:00 12:00 "},
	    {"2026-02-10T13:00:00+01:00", "2026-02-10T15:59:59+01:00", "13:00 14:00 15:00 "},
	    {"2026-10-25T01:00:00+02:00", "2026-10-25T03:59:59+01:00", "01:00 02:00 02:00 03:00 "},
	    {"2026-02-05T00:00:00+01:00", "2026-02-11T23:59:59+01:00",
		"02-05 02-06 02-07 02-08 02-09 02-10 02-11 "},
	    {"2026-01-01T00:00:00+01:00", "2026-01-31T23:59:59+01:00",
		"01-01 01-05 01-09 01-13 01-17 01-21 01-25 01-29 "},
	    {"2026-01-01T00:00:00+01:00", "2026-03-31T23:59:59+02:00",
		"2025-12-29 2026-01-19 2026-02-09 2026-03-02 2026-03-23 "},
	};

	(void)state;
	set_zone("Europe/Berlin");
	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		struct html_axis axis;
		struct buf labels;

		buf_init(&labels, 0);
		html_axis_init(&axis, HTML_UNIT_HOUR, at(rows[i].first), at(rows[i].last));
		for (unsigned bar = 0; bar < axis.count; bar++) {
			size_t before = labels.n;

			html_axis_add_label(&labels, &axis, bar);
			if (labels.n > before)
				buf_add_char(&labels, ' ');
		}
		assert_span_text(buf_span(&labels), rows[i].want, rows[i].first);
		buf_fini(&labels);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_axes),
	    cmocka_unit_test(test_every_instant_has_its_bar),
	    cmocka_unit_test(test_longer_units),
	    cmocka_unit_test(test_labels),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
