/* Groups by day, hour and week. */
#include "tests/unit/group_message.h"

#include <stdlib.h>

#include "calendar/period.h"
#include "group/group_time.h"

static void use_zone(const char *zone)
{
	struct err err = ERR_INIT;

	if (period_set_zone(zone, &err) != 0)
		fail_msg("%s: %s", zone, err.text);
}

static time_t instant(const char *text)
{
	time_t when = 0;

	assert_true(period_read_iso(span_of(text), &when));
	return when;
}

static void test_texts(void **state)
{
	static const struct {
		const char *zone, *when, *day, *hour, *week;
	} rows[] = {
	    {"UTC", "2026-11-26T14:59:59Z", "2026-11-26", "2026-11-26T14:00+00:00", "2026-W48"},
	    {"Europe/Berlin", "2026-11-25T23:00:00Z", "2026-11-26", "2026-11-26T00:00+01:00",
		"2026-W48"},
	    /* The hour that comes twice, and the one that does not come. */
	    {"Europe/Berlin", "2026-10-25T00:59:59Z", "2026-10-25", "2026-10-25T02:00+02:00",
		"2026-W43"},
	    {"Europe/Berlin", "2026-10-25T01:00:00Z", "2026-10-25", "2026-10-25T02:00+01:00",
		"2026-W43"},
	    {"Europe/Berlin", "2026-03-29T00:59:59Z", "2026-03-29", "2026-03-29T01:00+01:00",
		"2026-W13"},
	    {"Europe/Berlin", "2026-03-29T01:00:00Z", "2026-03-29", "2026-03-29T03:00+02:00",
		"2026-W13"},
	    /* Half an hour is set back; hours begin when clocks show them. */
	    {"Australia/Lord_Howe", "2026-04-04T14:45:00Z", "2026-04-05", "2026-04-05T01:00+11:00",
		"2026-W14"},
	    {"Australia/Lord_Howe", "2026-04-04T15:15:00Z", "2026-04-05", "2026-04-05T01:00+10:30",
		"2026-W14"},
	    {"Asia/Kathmandu", "2026-11-26T00:00:00Z", "2026-11-26", "2026-11-26T05:00+05:45",
		"2026-W48"},
	    {"America/St_Johns", "2026-11-26T00:00:00Z", "2026-11-25", "2026-11-25T20:00-03:30",
		"2026-W48"},
	    /* Years and weeks begin on different days: ISO 8601. */
	    {"UTC", "2026-12-31T23:59:59Z", "2026-12-31", "2026-12-31T23:00+00:00", "2026-W53"},
	    {"UTC", "2027-01-03T23:59:59Z", "2027-01-03", "2027-01-03T23:00+00:00", "2026-W53"},
	    {"UTC", "2027-01-04T00:00:00Z", "2027-01-04", "2027-01-04T00:00+00:00", "2027-W01"},
	    {"UTC", "2024-12-30T12:00:00Z", "2024-12-30", "2024-12-30T12:00+00:00", "2025-W01"},
	    {"UTC", "2021-01-03T12:00:00Z", "2021-01-03", "2021-01-03T12:00+00:00", "2020-W53"},
	    {"UTC", "1970-01-01T00:00:00Z", "1970-01-01", "1970-01-01T00:00+00:00", "1970-W01"},
	    {"UTC", "9998-12-31T23:00:00Z", "9998-12-31", "9998-12-31T23:00+00:00", "9998-W53"},
	};
	struct buf text;

	(void)state;
	buf_init(&text, 0);
	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		struct record record = {.internal_date = instant(rows[i].when)};

		use_zone(rows[i].zone);
		record.value[COLUMN_DATE] = span_of(rows[i].when);
		group_time_fill(&record, &text);
		assert_span_text(record.value[COLUMN_DAY], rows[i].day, rows[i].when);
		assert_span_text(record.value[COLUMN_HOUR], rows[i].hour, rows[i].when);
		assert_span_text(record.value[COLUMN_WEEK], rows[i].week, rows[i].when);
	}
	use_zone("UTC");
	buf_fini(&text);
}

static void test_no_time(void **state)
{
	struct record record = {.internal_date = 1000000000};
	struct buf text;

	(void)state;
	buf_init(&text, 0);
	group_time_fill(&record, &text);
	for (unsigned i = COLUMN_COUNT; i < COLUMN_KEY_COUNT; i++)
		assert_int_equal(record.value[i].n, 0);
	buf_fini(&text);
}

#define HOUR ((time_t)60 * 60)
#define DAY  (24 * HOUR)

/* 2026-10-25, 00:00 UTC: in Berlin clocks are set back an hour later. */
#define START ((time_t)1792886400)

/* "KEY KEY COUNT;" of each row; of the others "(N)". */
static void assert_order(const struct column_list *key, unsigned top, const char *want)
{
	static const struct {
		time_t at;
		const char *identity;
		unsigned count;
	} sent[] = {
	    {HOUR, "bob", 1},
	    {0, "bob", 2},
	    {0, "eve", 3},
	    {-DAY, "eve", 1},
	    {2 * DAY, "bob", 4},
	    {2 * DAY, NULL, 1},
	};
	struct group_fixture f;
	struct group_view view;
	struct buf got;

	buf_init(&got, 0);
	group_fixture_init_key(&f, key);
	for (size_t i = 0; i < TABLE_COUNT(sent); i++)
		for (unsigned n = 0; n < sent[i].count; n++)
			group_fixture_add(&f, &(struct group_message){.identity = sent[i].identity,
						  .when = START + sent[i].at});
	for (unsigned again = 0; again < 2; again++) {
		buf_clear(&got);
		group_fixture_view(&f, &view, again == 0 ? 1 : top, 0);
		for (uint32_t i = 0; i < view.rows && again == 1; i++) {
			struct group_row row;

			group_view_row(&view, i, &row);
			for (unsigned k = 0; k < key->count && row.others == 0; k++) {
				buf_add(&got, row.key[k]);
				buf_add_char(&got, ' ');
			}
			if (row.others > 0)
				buf_printf(&got, "(%u) ", (unsigned)row.others);
			buf_printf(&got, "%u;", (unsigned)row.count);
		}
	}
	assert_span_text(buf_span(&got), want, want);
	group_fixture_fini(&f);
	buf_fini(&got);
}

/* The largest are shown, in the order of time, whatever view came before. */
static void test_order(void **state)
{
	static const struct column_list day = {.count = 1, .column = {COLUMN_DAY}};
	static const struct column_list hour = {.count = 1, .column = {COLUMN_HOUR}};
	static const struct column_list day_of = {
	    .count = 2, .column = {COLUMN_IDENTITY, COLUMN_DAY}};
	static const struct column_list of_day = {
	    .count = 2, .column = {COLUMN_DAY, COLUMN_IDENTITY}};

	(void)state;
	use_zone("Europe/Berlin");
	assert_order(&day, 0, "2026-10-24 1;2026-10-25 6;2026-10-27 5;");
	assert_order(&day, 2, "2026-10-25 6;2026-10-27 5;(1) 1;");
	assert_order(&hour, 0,
	    "2026-10-24T02:00+02:00 1;2026-10-25T02:00+02:00 5;"
	    "2026-10-25T02:00+01:00 1;2026-10-27T01:00+01:00 5;");
	assert_order(&day_of, 0,
	    " 2026-10-27 1;bob 2026-10-25 3;bob 2026-10-27 4;"
	    "eve 2026-10-24 1;eve 2026-10-25 3;");
	assert_order(&of_day, 0,
	    "2026-10-24 eve 1;2026-10-25 bob 3;2026-10-25 eve 3;"
	    "2026-10-27 bob 4;2026-10-27  1;");
	assert_order(&of_day, 2, "2026-10-25 bob 3;2026-10-27 bob 4;(3) 5;");
	use_zone("UTC");
}

/* Messages without a time are a group as well. */
static void test_undated(void **state)
{
	static const struct column_list key = {.count = 1, .column = {COLUMN_WEEK}};
	struct group_fixture f;
	struct group_view view;
	struct group_row row;

	(void)state;
	group_fixture_init_key(&f, &key);
	group_fixture_add(&f, &(struct group_message){.identity = "bob", .when = START});
	group_fixture_add(&f, &(struct group_message){.identity = "bob"});
	group_fixture_view(&f, &view, 0, 0);
	assert_int_equal(view.rows, 2);
	group_view_row(&view, 0, &row);
	assert_int_equal(row.key[0].n, 0);
	group_view_row(&view, 1, &row);
	assert_span_text(row.key[0], "2026-W43", "week");
	assert_true(grouping_knows(f.grouping, COLUMN_WEEK));
	group_fixture_fini(&f);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_texts),
	    cmocka_unit_test(test_no_time),
	    cmocka_unit_test(test_order),
	    cmocka_unit_test(test_undated),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
