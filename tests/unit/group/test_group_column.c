#include "tests/unit/group_message.h"

#include <inttypes.h>
#include <stdlib.h>
#include <time.h>

#include "group/group_column.h"

static void test_table(void **state)
{
	(void)state;
	for (unsigned i = 0; i < GROUP_COLUMN_COUNT; i++) {
		const struct group_column_info *info = &group_columns[i];
		char key[64] = "";

		if (i == GROUP_KEY) {
			assert_null(info->title);
			continue;
		}
		assert_non_null(info->title);
		for (size_t n = 0; info->title[n] != '\0'; n++)
			key[n] = info->title[n] == ' ' ? '_' : span_lower(info->title[n]);
		assert_string_equal(info->json_key, key);
	}
}

static void test_permille(void **state)
{
	static const struct {
		uint64_t part, whole;
		unsigned want;
	} rows[] = {
	    {0, 0, 0},
	    {0, 5, 0},
	    {5, 5, 1000},
	    {1, 3, 333},
	    {2, 3, 667},
	    {1, 8, 125},
	    {1, 2000, 1}, /* half up */
	    {1, 2001, 0},
	    {999, 1000, 999},
	    {9999, 10000, 1000},
	    {UINT32_MAX, UINT32_MAX, 1000},
	    {UINT32_MAX / 2, UINT32_MAX, 500},
	};

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		unsigned got = group_permille(rows[i].part, rows[i].whole);

		if (got != rows[i].want)
			fail_msg("%" PRIu64 " of %" PRIu64 ": got %u, want %u", rows[i].part,
			    rows[i].whole, got, rows[i].want);
	}
}

static void test_no_value(void **state)
{
	(void)state;
	assert_span_text(group_no_value(COLUMN_IDENTITY), "(no identity)", "Identity");
	assert_span_text(group_no_value(COLUMN_SOURCE_IP), "(none)", "Source IP");
}

/* All columns of row r, with '|' between them; the keys are in their place. */
static struct span add_row(struct buf *out, struct group_fixture *f, uint32_t r, unsigned top)
{
	struct group_view view;
	struct group_row row;

	buf_clear(out);
	group_fixture_view(f, &view, top, 0);
	assert_true(r < view.rows);
	group_view_row(&view, r, &row);
	for (unsigned i = 0; i < group_column_count(f->grouping); i++) {
		for (unsigned k = 0; i == GROUP_KEY && k < grouping_key(f->grouping)->count; k++) {
			buf_add_char(out, '|');
			group_add_key(out, f->grouping, &row, k);
		}
		if (i == GROUP_KEY)
			continue;
		if (i > 0)
			buf_add_char(out, '|');
		group_add_value(out, f->grouping, &row, (enum group_column)i);
	}
	return buf_span(out);
}

static void test_values(void **state)
{
	const struct column_list key = {.count = 2, .column = {COLUMN_IDENTITY, COLUMN_SOURCE_IP}};
	static const struct group_message messages[] = {
	    {.identity = "office@example.com",
		.source_ip = "192.0.2.1",
		.to = "a@example.org, b@example.org",
		.subject = "Hello",
		.script = "shop.example/m.php for 203.0.113.1",
		.callers = "203.0.113.1",
		.kind = "account",
		.login_ip = "203.0.113.1",
		.when = 1000000000,
		.uid = 7},
	    {.identity = "office@example.com",
		.source_ip = "192.0.2.1",
		.kind = "user",
		.login_ip = "203.0.113.2",
		.callers = "203.0.113.1, 203.0.113.9",
		.to = "c@example.org",
		.subject = "Again",
		.script = "shop.example/n.php",
		.when = 1000000060,
		.uid = 8},
	    {.identity = "office@example.com",
		.source_ip = "192.0.2.1",
		.script = "shop.example/m.php"},
	    {.identity = ""},
	    {.identity = "", .source_ip = "192.0.2.9", .kind = "server", .when = 1000000001},
	    {.identity = "x", .when = 1000000002},
	};
	static const struct {
		uint32_t row;
		unsigned top;
		const char *want;
	} rows[] = {
	    {0, 0,
		"3|50.0|office@example.com|192.0.2.1|2001-09-09T01:46:40+00:00|"
		"2001-09-09T01:47:40+00:00|3|1|2|shop.example/"
		"m.php|66.7|192.0.2.1|100.0|Hello|7|mixed|2|1"},
	    {1, 0, "1|16.7|(no identity)|(none)|||0|0|0||||||||0|0"},
	    {2, 0,
		"1|16.7|(no identity)|192.0.2.9|2001-09-09T01:46:41+00:00|"
		"2001-09-09T01:46:41+00:00|0|1|0|||192.0.2.9|100.0|||server|0|0"},
	    {1, 1,
		"3|50.0|(3 others)||2001-09-09T01:46:41+00:00|2001-09-09T01:46:42+00:00|||"
		"|||||||||"},
	    {3, 3,
		"1|16.7|(1 other)||2001-09-09T01:46:42+00:00|2001-09-09T01:46:42+00:00|||"
		"|||||||||"},
	};
	struct group_fixture f;
	struct buf got;

	(void)state;
	buf_init(&got, 0);
	group_fixture_init_key(&f, &key);
	for (size_t i = 0; i < TABLE_COUNT(messages); i++)
		group_fixture_add(&f, &messages[i]);
	for (size_t i = 0; i < TABLE_COUNT(rows); i++)
		assert_span_text(
		    add_row(&got, &f, rows[i].row, rows[i].top), rows[i].want, rows[i].want);
	group_fixture_fini(&f);
	buf_fini(&got);
}

/* What no record knew is not zero. */
static void test_unknown(void **state)
{
	static const struct {
		enum column absent;
		const char *want;
	} rows[] = {
	    {COLUMN_FROM, "1|100.0|a|||1|1|1|m.php|100.0|192.0.2.1|100.0|x|7||0|0"},
	    {COLUMN_TO, "1|100.0|a||||1|1|m.php|100.0|192.0.2.1|100.0|x|7||0|0"},
	    {COLUMN_SOURCE_IP, "1|100.0|a|||1||1|m.php|100.0|||x|7||0|0"},
	    {COLUMN_SUBJECT, "1|100.0|a|||1|1||m.php|100.0|192.0.2.1|100.0||7||0|0"},
	    {COLUMN_PHP_SCRIPT, "1|100.0|a|||1|1|1|||192.0.2.1|100.0|x|7||0|0"},
	    {COLUMN_UID, "1|100.0|a|||1|1|1|m.php|100.0|192.0.2.1|100.0|x|||0|0"},
	    {COLUMN_LOGIN_IP, "1|100.0|a|||1|1|1|m.php|100.0|192.0.2.1|100.0|x|7|||0"},
	    {COLUMN_PHP_SCRIPT_IP, "1|100.0|a|||1|1|1|m.php|100.0|192.0.2.1|100.0|x|7||0|"},
	};
	struct buf got;

	(void)state;
	buf_init(&got, 0);
	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		struct group_fixture f;

		group_fixture_init(&f);
		group_fixture_add(&f, &(struct group_message){.identity = "a",
					  .to = "b@example.org",
					  .subject = "x",
					  .source_ip = "192.0.2.1",
					  .script = "m.php",
					  .uid = 7,
					  .absent = {rows[i].absent}});
		assert_span_text(add_row(&got, &f, 0, 0), rows[i].want, rows[i].want);
		group_fixture_fini(&f);
	}
	buf_fini(&got);
}

/* Each group knows which columns are known: the report of another file may have all. */
static void test_unknown_of_some(void **state)
{
	static const char *const want[] = {
	    "2|50.0|mixed|||1|1|1|||192.0.2.1|50.0|x|7||0|0",
	    "1|25.0|new|||0|0|0||||||8||0|0",
	    "1|25.0|old|||||||||||||0|0",
	};
	const struct group_message messages[] = {
	    {.identity = "old", .absent = {COLUMN_TO, COLUMN_SOURCE_IP, COLUMN_SUBJECT}},
	    {.identity = "mixed", .absent = {COLUMN_TO, COLUMN_SOURCE_IP, COLUMN_SUBJECT}},
	    {.identity = "mixed",
		.to = "b@example.org",
		.subject = "x",
		.source_ip = "192.0.2.1",
		.uid = 7},
	    {.identity = "new", .uid = 8},
	};
	struct group_fixture f;
	struct buf got;

	(void)state;
	buf_init(&got, 0);
	group_fixture_init(&f);
	for (size_t i = 0; i < TABLE_COUNT(messages); i++)
		group_fixture_add(&f, &messages[i]);
	for (uint32_t i = 0; i < TABLE_COUNT(want); i++)
		assert_span_text(add_row(&got, &f, i, 0), want[i], want[i]);
	group_fixture_fini(&f);
	buf_fini(&got);
}

/* Each column has what its kind says, in a group and in the row of the others. */
static void test_typed(void **state)
{
	static const struct {
		enum group_column column;
		enum column_kind kind;
		const char *group; /* NULL: not known */
		const char *others;
	} rows[GROUP_COLUMN_COUNT] = {
	    {GROUP_COUNT, KIND_NUMBER, "2", "1"},
	    {GROUP_PERCENT, KIND_SHARE, "66.7", "33.3"},
	    {GROUP_KEY, KIND_LIST, "", NULL},
	    {GROUP_FIRST_SEEN, KIND_TIME, "09-09 01:46", "09-09 01:48"},
	    {GROUP_LAST_SEEN, KIND_TIME, "09-09 01:47", "09-09 01:48"},
	    {GROUP_RECIPIENTS, KIND_NUMBER, "3", NULL},
	    {GROUP_SOURCE_IPS, KIND_NUMBER, "0", NULL},
	    {GROUP_SUBJECTS, KIND_NUMBER, "1", NULL},
	    {GROUP_TOP_SCRIPT, KIND_TEXT, "m.php", NULL},
	    {GROUP_TOP_SCRIPT_PERCENT, KIND_SHARE, "50.0", NULL},
	    {GROUP_TOP_IP, KIND_TEXT, NULL, NULL},
	    {GROUP_TOP_IP_PERCENT, KIND_SHARE, NULL, NULL},
	    {GROUP_SAMPLE_SUBJECT, KIND_TEXT, "Hello", NULL},
	    {GROUP_SAMPLE_UID, KIND_NUMBER, "7", NULL},
	    {GROUP_IDENTITY_KIND, KIND_TEXT, NULL, NULL},
	    {GROUP_LOGIN_IPS, KIND_NUMBER, "0", NULL},
	    {GROUP_CALLERS, KIND_NUMBER, "0", NULL},
	    {GROUP_FIRST_EVER, KIND_TIME, NULL, NULL},
	    {GROUP_DAYS, KIND_NUMBER, NULL, NULL},
	    {GROUP_BEFORE, KIND_NUMBER, NULL, NULL},
	    {GROUP_CHANGE, KIND_CHANGE, NULL, NULL},
	    {GROUP_NEW, KIND_FLAG, NULL, NULL},
	};
	static const struct group_message messages[] = {
	    {.identity = "a",
		.to = "a@example.org, b@example.org",
		.subject = "Hello",
		.script = "m.php",
		.when = 1000000000,
		.uid = 7},
	    {.identity = "a", .to = "c@example.org", .when = 1000000060},
	    {.identity = "b", .when = 1000000120},
	};
	struct group_fixture f;
	struct group_view view;
	struct buf got;

	(void)state;
	buf_init(&got, 0);
	group_fixture_init(&f);
	for (size_t i = 0; i < TABLE_COUNT(messages); i++)
		group_fixture_add(&f, &messages[i]);
	group_fixture_view(&f, &view, 1, 0);
	assert_int_equal(view.rows, 2);
	for (uint32_t r = 0; r < view.rows; r++) {
		struct group_row row;

		group_view_row(&view, r, &row);
		for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
			const char *want = r == 0 ? rows[i].group : rows[i].others;
			struct group_value value = group_value(f.grouping, &row, rows[i].column);

			assert_int_equal(rows[i].column, i);
			assert_int_equal(value.kind, rows[i].kind);
			assert_int_equal(value.known, want != NULL);
			assert_false(value.estimated);
			buf_clear(&got);
			group_value_add_short(&got, &value);
			assert_span_text(
			    buf_span(&got), want != NULL ? want : "", group_columns[i].json_key);
		}
	}
	group_fixture_fini(&f);
	buf_fini(&got);
}

static void test_texts(void **state)
{
	static const struct {
		struct group_value value;
		const char *want;
		const char *narrow;
	} rows[] = {
	    {{.kind = KIND_NUMBER}, "", ""},
	    {{.kind = KIND_NUMBER, .known = true, .number = UINT64_MAX}, "18446744073709551615",
		"18446744073709551615"},
	    {{.kind = KIND_NUMBER, .known = true, .estimated = true, .number = 512}, "512", "~512"},
	    {{.kind = KIND_SHARE, .known = true, .share = {1, 3}}, "33.3", "33.3"},
	    {{.kind = KIND_CHANGE}, "", ""},
	    {{.kind = KIND_CHANGE, .known = true, .change = 5}, "5", "+5"},
	    {{.kind = KIND_CHANGE, .known = true}, "0", "0"},
	    {{.kind = KIND_CHANGE, .known = true, .change = -5}, "-5", "-5"},
	    {{.kind = KIND_CHANGE, .known = true, .change = INT64_MIN}, "-9223372036854775808",
		"-9223372036854775808"},
	    {{.kind = KIND_FLAG}, "", ""},
	    {{.kind = KIND_FLAG, .known = true, .flag = true}, "yes", "yes"},
	    {{.kind = KIND_FLAG, .known = true}, "no", "no"},
	    {{.kind = KIND_SHARE, .known = true, .estimated = true, .share = {3, 3}}, "100.0",
		"~100.0"},
	    {{.kind = KIND_TIME}, "", ""},
	    {{.kind = KIND_TIME, .known = true, .time = 0}, "1970-01-01T00:00:00+00:00",
		"01-01 00:00"},
	    /* Which value is the most frequent one is uncertain, but it is no number. */
	    {{.kind = KIND_TEXT, .known = true, .estimated = true, .text = {"a", 1}}, "a", "a"},
	    {{.kind = KIND_TEXT, .text = {"a", 1}}, "", ""},
	};
	struct buf got;

	(void)state;
	buf_init(&got, 0);
	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		buf_clear(&got);
		group_value_add(&got, &rows[i].value);
		assert_span_text(buf_span(&got), rows[i].want, rows[i].want);
		buf_clear(&got);
		group_value_add_short(&got, &rows[i].value);
		assert_span_text(buf_span(&got), rows[i].narrow, rows[i].want);
	}
	buf_fini(&got);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_table),
	    cmocka_unit_test(test_permille),
	    cmocka_unit_test(test_no_value),
	    cmocka_unit_test(test_values),
	    cmocka_unit_test(test_typed),
	    cmocka_unit_test(test_texts),
	    cmocka_unit_test(test_unknown),
	    cmocka_unit_test(test_unknown_of_some),
	};

	setenv("TZ", "UTC", 1);
	tzset();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
