/* What is known of a group from the time before the report. */
#include "tests/unit/group_message.h"

#include <stdlib.h>

#include "group/group_column.h"
#include "group/group_past.h"

#define DAY GROUP_PAST_DAY

/* 2001-09-09, 01:46:40 UTC: the report begins in the middle of a day. */
#define SINCE ((time_t)1000000000)

#define SINCE_DAY (SINCE / DAY)

#define MAX_DAYS 4

static const struct group_past_terms all_known = {
    .since = SINCE,
    .new_since = SINCE - 30 * DAY,
    .knows_new = true,
    .knows_before = true,
    .knows_first = true,
};

/* So many messages at this time, counted from SINCE on; some of them recent. */
struct past_row {
	const char *identity; /* NULL: no more */
	time_t at;
	unsigned count, recent;
};

static void add_past(struct group_fixture *f, const struct past_row *row)
{
	struct record record = {0};
	const time_t when = SINCE + row->at;
	const struct group_past_day day = {
	    .record = &record,
	    .day = group_past_day_of(when),
	    .count = row->count,
	    .recent = row->recent,
	    .first = when,
	    .last = when,
	};

	record.value[COLUMN_IDENTITY] = span_of(row->identity);
	assert_int_equal(group_past_add(f->set, f->grouping, &day, &f->err), 0);
}

/* "FIRST DAYS BEFORE CHANGE NEW" of the first group; '-': not known. First is counted from SINCE
 * on. */
static void add_facts(struct buf *out, struct group_fixture *f)
{
	struct group_row row;

	group_fixture_row(f, &row);
	for (unsigned i = GROUP_FIRST_EVER; i < GROUP_COLUMN_COUNT; i++) {
		const struct group_value value =
		    group_value(f->grouping, &row, (enum group_column)i);

		if (i > GROUP_FIRST_EVER)
			buf_add_char(out, ' ');
		if (!value.known)
			buf_add_char(out, '-');
		else if (value.kind == KIND_TIME)
			buf_printf(out, "%lld", (long long)(value.time - SINCE));
		else
			group_value_add(out, &value);
	}
}

static void open_report(struct group_fixture *f, const time_t *times, unsigned count)
{
	group_fixture_init(f);
	group_past_keep(f->grouping);
	for (unsigned i = 0; i < count; i++)
		group_fixture_add(f, &(struct group_message){.identity = "Bob@example.com",
					 .when = times[i] != 0 ? SINCE + times[i] : 0});
}

static void test_facts(void **state)
{
	static const struct {
		struct past_row past[MAX_DAYS + 1];
		const char *want; /* the report has messages 10 and 20 s after its beginning */
		const char *why;
	} rows[] = {
	    {{{0}}, "10 1 0 2 yes", "nothing before"},
	    {{{"bob@example.com", -1, 1, 1}}, "-1 1 1 1 no", "on the day on which it begins"},
	    {{{"bob@example.com", -2 * DAY, 5, 0}}, "-172800 2 0 2 no", "before the time before"},
	    {{{"bob@example.com", -DAY, 5, 5}}, "-86400 2 5 -3 no", "fewer than before"},
	    {{{"bob@example.com", -DAY, 2, 2}}, "-86400 2 2 0 no", "as many"},
	    {{{"bob@example.com", -30 * DAY, 1, 0}}, "-2592000 2 0 2 no",
		"in the first second that counts"},
	    {{{"bob@example.com", -30 * DAY - 1, 1, 0}}, "-2592001 2 0 2 yes",
		"in the last that does not"},
	    {{{"bob@example.com", -2 * DAY, 1, 0}, {"bob@example.com", -DAY, 1, 1},
		 {"BOB@EXAMPLE.COM", -DAY + 9, 3, 3}},
		"-172800 3 4 -2 no", "the same, spelled differently, on one day"},
	    {{{"rob@example.com", -DAY, 1, 1}, {"", -DAY, 1, 1}}, "10 1 0 2 yes", "others"},
	    {{{"Bob@example.com", -9000 * DAY, 1, 0}, {"bob@example.com", -1, 1, 1}},
		"-777600000 2 1 1 no", "years before"},
	};
	static const time_t times[] = {10, 20};

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		struct group_fixture f;
		struct buf got;

		buf_init(&got, 0);
		open_report(&f, times, TABLE_COUNT(times));
		assert_int_equal(group_past_begin(f.grouping, &all_known, &f.err), 0);
		for (const struct past_row *row = rows[i].past; row->identity != NULL; row++)
			add_past(&f, row);
		add_facts(&got, &f);
		assert_span_text(buf_span(&got), rows[i].want, rows[i].why);
		group_fixture_fini(&f);
		buf_fini(&got);
	}
}

/* A report of what is new may have messages from before its time, which the history has, too. */
static void test_own_messages(void **state)
{
	static const struct {
		time_t first, last; /* of the day in the history, counted from SINCE on */
		unsigned count;
		const char *want; /* the report has messages 60 s before its beginning and 10 s
				     after it */
	} rows[] = {
	    {-60, -60, 1, "- - - - yes"},
	    {-60, -30, 2, "- - - - yes"},
	    {-90, -60, 2, "-90 1 - - no"},
	    {-61, -61, 1, "-61 1 - - no"},
	};
	static const time_t times[] = {-60, 10};
	struct group_past_terms terms = all_known;

	(void)state;
	terms.knows_before = terms.knows_first = false;
	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		struct record record = {.value[COLUMN_IDENTITY] = SPAN("bob@example.com")};
		const struct group_past_day day = {&record, SINCE_DAY, rows[i].count, 0,
		    SINCE + rows[i].first, SINCE + rows[i].last};
		struct group_fixture f;
		struct buf got;

		buf_init(&got, 0);
		open_report(&f, times, TABLE_COUNT(times));
		assert_int_equal(group_past_begin(f.grouping, &terms, &f.err), 0);
		assert_int_equal(group_past_add(f.set, f.grouping, &day, &f.err), 0);
		add_facts(&got, &f);
		assert_span_text(buf_span(&got), rows[i].want, rows[i].want);
		group_fixture_fini(&f);
		buf_fini(&got);
	}
}

/* What is not known is not 0, and who was seen is not new, whatever else is missing. */
static void test_unknown(void **state)
{
	static const struct {
		bool knows_new, knows_before, knows_first, was_seen;
		const char *want;
	} rows[] = {
	    {true, true, true, false, "10 1 0 1 yes"},
	    {false, true, true, false, "10 1 0 1 -"},
	    {false, false, true, true, "-86400 2 - - no"},
	    {true, false, true, false, "10 1 - - yes"},
	    {true, false, false, false, "- - - - yes"},
	    {true, false, false, true, "-86400 2 - - no"},
	};
	static const time_t times[] = {10};
	static const struct past_row seen = {"bob@example.com", -DAY, 7, 7};

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		struct group_past_terms terms = all_known;
		struct group_fixture f;
		struct buf got;

		terms.knows_new = rows[i].knows_new;
		terms.knows_before = rows[i].knows_before;
		terms.knows_first = rows[i].knows_first;
		buf_init(&got, 0);
		open_report(&f, times, TABLE_COUNT(times));
		assert_int_equal(group_past_begin(f.grouping, &terms, &f.err), 0);
		if (rows[i].was_seen)
			add_past(&f, &seen);
		add_facts(&got, &f);
		assert_span_text(buf_span(&got), rows[i].want, rows[i].want);
		group_fixture_fini(&f);
		buf_fini(&got);
	}
}

/* Nothing has been looked for; or the history cannot be asked by this column. */
static void test_not_begun(void **state)
{
	static const time_t times[] = {10};
	struct group_fixture f;
	struct buf got;

	(void)state;
	buf_init(&got, 0);
	open_report(&f, times, TABLE_COUNT(times));
	assert_int_equal(group_column_count(f.grouping), GROUP_COLUMN_COUNT);
	add_past(&f, &(const struct past_row){"bob@example.com", -DAY, 1, 1});
	add_facts(&got, &f);
	assert_span_text(buf_span(&got), "- - - - -", "not begun");
	group_fixture_fini(&f);
	group_fixture_init(&f);
	assert_int_equal(group_column_count(f.grouping), GROUP_FIRST_EVER);
	assert_int_equal(group_past_begin(f.grouping, &all_known, &f.err), 0);
	group_fixture_fini(&f);
	buf_fini(&got);
}

/* Messages without a time have no day. */
static void test_no_time(void **state)
{
	static const time_t times[] = {0, 0};
	struct group_fixture f;
	struct buf got;

	(void)state;
	buf_init(&got, 0);
	open_report(&f, times, TABLE_COUNT(times));
	assert_int_equal(group_past_begin(f.grouping, &all_known, &f.err), 0);
	add_facts(&got, &f);
	assert_span_text(buf_span(&got), "- - 0 2 yes", "no time");
	add_past(&f, &(const struct past_row){"bob@example.com", -DAY, 1, 1});
	buf_clear(&got);
	add_facts(&got, &f);
	assert_span_text(buf_span(&got), "-86400 1 1 1 no", "seen before");
	group_fixture_fini(&f);
	buf_fini(&got);
}

/* Days of the report and those before it, one of which is both. */
static void test_spark(void **state)
{
	static const time_t times[] = {0, 10, DAY, DAY + 10, DAY + 20, 3 * DAY};
	uint32_t counts[GROUP_SPARK_DAYS];
	struct group_fixture f;
	unsigned sum = 0;

	(void)state;
	open_report(&f, times, TABLE_COUNT(times));
	assert_false(group_past_spark(f.grouping, 0, SINCE_DAY, counts));
	assert_int_equal(group_past_begin(f.grouping, &all_known, &f.err), 0);
	add_past(&f, &(const struct past_row){"bob@example.com", -400 * DAY, 9, 0});
	add_past(&f, &(const struct past_row){"bob@example.com", -2 * DAY, 5, 0});
	add_past(&f, &(const struct past_row){"BOB@example.com", -2 * DAY + 5, 2, 0});
	add_past(&f, &(const struct past_row){"bob@example.com", -1, 4, 4});
	assert_true(group_past_spark(f.grouping, 0, SINCE_DAY + 3, counts));
	for (unsigned i = 0; i < GROUP_SPARK_DAYS; i++)
		sum += counts[i];
	assert_int_equal(counts[GROUP_SPARK_DAYS - 1], 1);
	assert_int_equal(counts[GROUP_SPARK_DAYS - 3], 3);
	assert_int_equal(counts[GROUP_SPARK_DAYS - 4], 1 + 4);
	assert_int_equal(counts[GROUP_SPARK_DAYS - 6], 7);
	assert_int_equal(sum, 5 + 4 + 7);
	group_fixture_fini(&f);
}

/* Each key is compared as its column is, and all of them together. */
static void test_several_keys(void **state)
{
	const struct column_list key = {.count = 2, .column = {COLUMN_PHP_SCRIPT, COLUMN_SUBJECT}};
	static const struct {
		const char *script, *subject;
		bool is_same;
	} rows[] = {
	    {"SHOP.example/m.php for 203.0.113.9", "Hello", true},
	    {"shop.example/M.php", "Hello", false},
	    {"shop.example/m.php", "hello", false},
	    {"Hello", "shop.example/m.php", false},
	    {"shop.example/m.php", "", false},
	};

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		struct record record = {0};
		const struct group_past_day day = {.record = &record,
		    .day = SINCE_DAY - 1,
		    .count = 1,
		    .recent = 1,
		    .first = SINCE - DAY,
		    .last = SINCE - DAY};
		struct group_fixture f;
		struct group_row row;

		group_fixture_init_key(&f, &key);
		group_past_keep(f.grouping);
		group_fixture_add(&f,
		    &(struct group_message){
			.script = "shop.example/m.php for ::1", .subject = "Hello", .when = SINCE});
		assert_int_equal(group_past_begin(f.grouping, &all_known, &f.err), 0);
		record.value[COLUMN_PHP_SCRIPT] = span_of(rows[i].script);
		record.value[COLUMN_SUBJECT] = span_of(rows[i].subject);
		assert_int_equal(group_past_add(f.set, f.grouping, &day, &f.err), 0);
		group_fixture_row(&f, &row);
		if ((row.past.before == 1) != rows[i].is_same)
			fail_msg("%s, %s", rows[i].script, rows[i].subject);
		group_fixture_fini(&f);
	}
}

/* Only the groupings that want it, each with its own. */
static void test_some_groupings(void **state)
{
	const struct column_list other = {.count = 1, .column = {COLUMN_SOURCE_IP}};
	struct group_fixture f;
	struct grouping *by_address;
	unsigned next = 0;

	(void)state;
	group_fixture_init(&f);
	by_address = group_set_get(f.set, &other, &f.err);
	assert_null(group_past_next(f.set, &next));
	group_past_keep(by_address);
	next = 0;
	assert_ptr_equal(group_past_next(f.set, &next), by_address);
	assert_null(group_past_next(f.set, &next));
	group_fixture_fini(&f);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_facts),
	    cmocka_unit_test(test_own_messages),
	    cmocka_unit_test(test_unknown),
	    cmocka_unit_test(test_not_begun),
	    cmocka_unit_test(test_no_time),
	    cmocka_unit_test(test_spark),
	    cmocka_unit_test(test_several_keys),
	    cmocka_unit_test(test_some_groupings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
