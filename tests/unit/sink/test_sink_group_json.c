#include <stdlib.h>
#include <time.h>

#include "tests/unit/columns.h"
#include "tests/unit/json_lines.h"

#include "group/group_column.h"
#include "group/group_set.h"

#define FIRST_SECOND ((time_t)1770764400) /* 2026-02-10T23:00:00Z */
#define LONG_VALUE   ((size_t)8 * 1024)

static const struct group_limits no_limits = {0};

struct report {
	struct group_set *set;
	struct grouping *grouping;
	uint64_t messages;
};

static void report_open(struct report *report, const char *columns)
{
	struct err err = ERR_INIT;
	struct column_list key;

	assert_int_equal(column_list_parse(columns, &key, &err), 0);
	*report = (struct report){.set = group_set_new(&err)};
	assert_non_null(report->set);
	report->grouping = group_set_get(report->set, &key, &err);
	assert_non_null(report->grouping);
}

static void report_add(struct report *report, struct record *record)
{
	struct err err = ERR_INIT;

	record->number = ++report->messages;
	if (group_set_add(report->set, record, &err) != 0)
		fail_msg("%s", err.text);
}

/* A message a minute after the one before. */
static void report_add_message(struct report *report, const char *identity, const char *to)
{
	struct record record = {.uid = (uint32_t)(100 + report->messages)};

	record.internal_date = FIRST_SECOND + (time_t)(60 * report->messages);
	record.value[COLUMN_DATE] = SPAN("known");
	record.value[COLUMN_IDENTITY] = span_of(identity);
	record.value[COLUMN_TO] = span_of(to);
	record.value[COLUMN_SOURCE_IP] = SPAN("192.0.2.7");
	record.value[COLUMN_SUBJECT] = SPAN("invoice");
	record.value[COLUMN_PHP_SCRIPT] = report->messages % 2 == 0 ? SPAN("/x.php") : SPAN_EMPTY;
	report_add(report, &record);
}

static void report_write(
    struct report *report, const struct group_limits *limits, struct json_lines *lines)
{
	struct err err = ERR_INIT;
	struct sink *sink;

	json_lines_open(lines);
	sink = sink_group_json_new(lines->out, report->grouping, limits, &err);
	assert_non_null(sink);
	json_lines_end(lines, sink);
	sink_free(sink);
}

static void report_close(struct report *report)
{
	group_set_free(report->set);
}

/* Seven messages of three identities and of none. */
static void report_fill(struct report *report)
{
	static const char *const identity[] = {"a@example.com", "b@example.com", "a@example.com",
	    "", "b@example.com", "c@example.com", "a@example.com"};
	static const char *const to[] = {"one@example.org", "two@example.org", "three@example.org",
	    "four@example.org", "two@example.org", "", "one@example.org"};

	report_open(report, "Identity");
	for (size_t i = 0; i < TABLE_COUNT(identity); i++)
		report_add_message(report, identity[i], to[i]);
}

#define LINE_TAIL "\"identity_kind\":null,\"login_ips\":0,\"callers\":0}"
#define LINE_A                                                                                     \
	"{\"schema\":1,\"kind\":\"group\",\"count\":3,\"percent\":42.9,"                           \
	"\"key\":{\"identity\":\"a@example.com\"},\"first_seen\":\"2026-02-10T23:00:00+00:00\","   \
	"\"last_seen\":\"2026-02-10T23:06:00+00:00\",\"recipients\":2,\"source_ips\":1,"           \
	"\"subjects\":1,\"top_php_script\":\"/x.php\",\"top_php_script_percent\":100.0,"           \
	"\"top_source_ip\":\"192.0.2.7\",\"top_source_ip_percent\":100.0,"                         \
	"\"sample_subject\":\"invoice\",\"sample_uid\":100," LINE_TAIL
#define LINE_B                                                                                     \
	"{\"schema\":1,\"kind\":\"group\",\"count\":2,\"percent\":28.6,"                           \
	"\"key\":{\"identity\":\"b@example.com\"},\"first_seen\":\"2026-02-10T23:01:00+00:00\","   \
	"\"last_seen\":\"2026-02-10T23:04:00+00:00\",\"recipients\":1,\"source_ips\":1,"           \
	"\"subjects\":1,\"top_php_script\":\"/x.php\",\"top_php_script_percent\":50.0,"            \
	"\"top_source_ip\":\"192.0.2.7\",\"top_source_ip_percent\":100.0,"                         \
	"\"sample_subject\":\"invoice\",\"sample_uid\":101," LINE_TAIL
#define LINE_NONE                                                                                  \
	"{\"schema\":1,\"kind\":\"group\",\"count\":1,\"percent\":14.3,"                           \
	"\"key\":{\"identity\":\"\"},\"first_seen\":\"2026-02-10T23:03:00+00:00\","                \
	"\"last_seen\":\"2026-02-10T23:03:00+00:00\",\"recipients\":1,\"source_ips\":1,"           \
	"\"subjects\":1,\"top_php_script\":null,\"top_php_script_percent\":null,"                  \
	"\"top_source_ip\":\"192.0.2.7\",\"top_source_ip_percent\":100.0,"                         \
	"\"sample_subject\":\"invoice\",\"sample_uid\":103," LINE_TAIL
#define LINE_C                                                                                     \
	"{\"schema\":1,\"kind\":\"group\",\"count\":1,\"percent\":14.3,"                           \
	"\"key\":{\"identity\":\"c@example.com\"},\"first_seen\":\"2026-02-10T23:05:00+00:00\","   \
	"\"last_seen\":\"2026-02-10T23:05:00+00:00\",\"recipients\":0,\"source_ips\":1,"           \
	"\"subjects\":1,\"top_php_script\":null,\"top_php_script_percent\":null,"                  \
	"\"top_source_ip\":\"192.0.2.7\",\"top_source_ip_percent\":100.0,"                         \
	"\"sample_subject\":\"invoice\",\"sample_uid\":105," LINE_TAIL

static const struct {
	struct group_limits limits;
	const char *want[5]; /* lines, up to NULL */
	const char *why;
} line_rows[] = {
    {{0, 0}, {LINE_A, LINE_B, LINE_NONE, LINE_C}, "all groups"},
    {{4, 1}, {LINE_A, LINE_B, LINE_NONE, LINE_C}, "limits that cut nothing off"},
    {{2, 0},
	{LINE_A, LINE_B,
	    "{\"schema\":1,\"kind\":\"others\",\"groups\":2,\"count\":2,\"percent\":28.6,"
	    "\"first_seen\":\"2026-02-10T23:03:00+00:00\","
	    "\"last_seen\":\"2026-02-10T23:05:00+00:00\"}"},
	"the first two"},
    {{0, 3},
	{LINE_A, "{\"schema\":1,\"kind\":\"others\",\"groups\":3,\"count\":4,\"percent\":57.1,"
		 "\"first_seen\":\"2026-02-10T23:01:00+00:00\","
		 "\"last_seen\":\"2026-02-10T23:05:00+00:00\"}"},
	"those of three messages"},
    {{0, 100},
	{"{\"schema\":1,\"kind\":\"others\",\"groups\":4,\"count\":7,\"percent\":100.0,"
	 "\"first_seen\":\"2026-02-10T23:00:00+00:00\","
	 "\"last_seen\":\"2026-02-10T23:06:00+00:00\"}"},
	"none is large enough"},
};

static void test_lines(void **state)
{
	struct report report;

	(void)state;
	report_fill(&report);
	for (size_t i = 0; i < TABLE_COUNT(line_rows); i++) {
		struct json_lines lines;

		report_write(&report, &line_rows[i].limits, &lines);
		for (const char *const *want = line_rows[i].want; *want != NULL; want++)
			assert_span_text(json_lines_text(&lines), *want, line_rows[i].why);
		json_lines_close(&lines);
	}
	report_close(&report);
}

static void test_keys(void **state)
{
	struct json_lines lines;
	struct report report;
	json_t *group;
	void *at;

	(void)state;
	report_fill(&report);
	report_write(&report, &(struct group_limits){.top = 1}, &lines);
	group = json_lines_next(&lines);
	assert_int_equal(json_object_size(group), GROUP_FIRST_EVER + 2);
	at = json_object_iter_at(group, "kind");
	for (unsigned i = 0; i < GROUP_FIRST_EVER; i++) {
		at = json_object_iter_next(group, at);
		assert_string_equal(
		    json_object_iter_key(at), i == GROUP_KEY ? "key" : group_columns[i].json_key);
	}
	json_decref(group);
	json_decref(json_lines_next(&lines));
	json_lines_close(&lines);
	report_close(&report);
}

/* Several columns of a key stand in the order asked for. */
static void test_key_columns(void **state)
{
	struct json_lines lines;
	struct record record = {0};
	struct report report;

	(void)state;
	report_open(&report, "Subject,Source IP,PHP script");
	record.value[COLUMN_SUBJECT] = SPAN("a \"subject\"");
	record.value[COLUMN_SOURCE_IP] = SPAN("2001:db8::1");
	report_add(&report, &record);
	report_write(&report, &no_limits, &lines);
	assert_true(span_find_text(lines.rest,
			SPAN("\"key\":{\"subject\":\"a \\\"subject\\\"\","
			     "\"source_ip\":\"2001:db8::1\",\"php_script\":\"\"},")) != SPAN_NPOS);
	json_decref(json_lines_next(&lines));
	json_lines_close(&lines);
	report_close(&report);
}

static const struct {
	enum column absent;
	const char *null[3]; /* keys, up to NULL */
} absent_rows[] = {
    {COLUMN_TO, {"recipients"}},
    {COLUMN_SOURCE_IP, {"source_ips", "top_source_ip", "top_source_ip_percent"}},
    {COLUMN_SUBJECT, {"subjects"}},
    {COLUMN_PHP_SCRIPT, {"top_php_script", "top_php_script_percent"}},
    {COLUMN_DATE, {"first_seen", "last_seen"}},
    {COLUMN_UID, {"sample_uid"}},
    {COLUMN_LOGIN_IP, {"login_ips"}},
    {COLUMN_PHP_SCRIPT_IP, {"callers"}},
};

/* What saved reports do not tell is null, which is not the same as 0; all the rest is there. */
static void test_unknown(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(absent_rows); i++) {
		struct record record = {.uid = 7, .absent = COLUMNS(absent_rows[i].absent)};
		const char *key;
		json_t *group;
		json_t *value;
		struct json_lines lines;
		struct report report;
		size_t nulls = 0;

		for (unsigned column = 0; column < COLUMN_COUNT; column++)
			record.value[column] = SPAN("x");
		record.value[COLUMN_IDENTITY_KIND] = SPAN("account");
		record.value[absent_rows[i].absent] = SPAN_EMPTY;
		if (absent_rows[i].absent == COLUMN_UID)
			record.uid = 0;
		report_open(&report, "Identity");
		report_add(&report, &record);
		record = (struct record){.uid = 8};
		for (unsigned column = 0; column < COLUMN_COUNT; column++)
			record.value[column] = SPAN("known");
		record.value[COLUMN_IDENTITY_KIND] = SPAN("user");
		report_add(&report, &record);
		report_write(&report, &no_limits, &lines);
		/* The other group knows it all. */
		group = json_lines_next(&lines);
		json_object_foreach(group, key, value)
		{
			assert_row(!json_is_null(value), key);
		}
		json_decref(group);
		group = json_lines_next(&lines);
		for (size_t k = 0; k < 3 && absent_rows[i].null[k] != NULL; k++, nulls++)
			assert_row(json_is_null(json_object_get(group, absent_rows[i].null[k])),
			    absent_rows[i].null[k]);
		json_object_foreach(group, key, value)
		{
			if (json_is_null(value))
				assert_row(nulls-- > 0, key);
		}
		json_decref(group);
		json_lines_close(&lines);
		report_close(&report);
	}
}

/* Hostile keys, subjects and scripts come back in lines of their own. */
static void test_hostile(void **state)
{
	const size_t count = TABLE_COUNT(json_lines_hostile);
	struct json_lines lines;
	struct report report;

	(void)state;
	report_open(&report, "Message-ID");
	for (size_t i = 0; i < count; i++) {
		struct record record = {.uid = (uint32_t)i + 1};

		record.value[COLUMN_MESSAGE_ID] = json_lines_hostile[i];
		record.value[COLUMN_SUBJECT] = json_lines_hostile[i];
		record.value[COLUMN_PHP_SCRIPT] = json_lines_hostile[i];
		report_add(&report, &record);
	}
	report_write(&report, &no_limits, &lines);
	for (size_t i = 0; i < count; i++) {
		json_t *group = json_lines_next(&lines);
		json_int_t uid = json_integer_value(json_object_get(group, "sample_uid"));
		struct span want;

		assert_true(uid >= 1 && (size_t)uid <= count);
		want = json_lines_hostile[uid - 1];
		json_lines_check_text(json_object_get(group, "key"), "message_id", want);
		json_lines_check_text(group, "sample_subject", want);
		if (want.n > 0)
			json_lines_check_text(group, "top_php_script", want);
		json_decref(group);
	}
	json_lines_close(&lines);
	report_close(&report);
}

/* A long value is cut between characters, so that it is still written. */
static void test_long(void **state)
{
	static char text[LONG_VALUE];
	struct record record = {.uid = 1};
	struct json_lines lines;
	struct report report;
	json_t *group;

	(void)state;
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = i % 2 == 0 ? '\xC3' : '\xA9';
	report_open(&report, "Evidence");
	for (unsigned column = 0; column < COLUMN_COUNT; column++)
		record.value[column] = (struct span){text, sizeof(text)};
	report_add(&report, &record);
	report_write(&report, &no_limits, &lines);
	group = json_lines_next(&lines);
	assert_int_equal(
	    strncmp(json_string_value(json_object_get(group, "sample_subject")), text, 64), 0);
	json_decref(group);
	json_lines_close(&lines);
	report_close(&report);
}

static void test_nothing(void **state)
{
	struct json_lines lines;
	struct report report;

	(void)state;
	report_open(&report, "Identity");
	report_write(&report, &no_limits, &lines);
	json_lines_close(&lines);
	report_close(&report);
}

/* A few lines fail as the stream is flushed, many as they are written. */
static void test_full_disk(void **state)
{
	static const unsigned counts[] = {1, 1000};

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(counts); i++) {
		FILE *out = fopen("/dev/full", "w");
		struct err err = ERR_INIT;
		struct report report;
		struct sink *sink;

		assert_non_null(out);
		report_open(&report, "Identity");
		for (unsigned k = 0; k < counts[i]; k++) {
			char identity[32];

			snprintf(identity, sizeof(identity), "u%u@example.com", k);
			report_add_message(&report, identity, "one@example.org");
		}
		sink = sink_group_json_new(out, report.grouping, &no_limits, &err);
		assert_non_null(sink);
		assert_int_equal(sink_end(sink, &(const struct account){0}, &err), -1);
		assert_int_equal(err_exit_status(&err), 74);
		assert_non_null(strstr(err.text, "cannot write the JSON report: No space left"));
		sink_free(sink);
		report_close(&report);
		fclose(out);
	}
}

static int set_zone(void **state)
{
	(void)state;
	if (setenv("TZ", "UTC", 1) != 0)
		return -1;
	tzset();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_lines),
	    cmocka_unit_test(test_keys),
	    cmocka_unit_test(test_key_columns),
	    cmocka_unit_test(test_unknown),
	    cmocka_unit_test(test_hostile),
	    cmocka_unit_test(test_long),
	    cmocka_unit_test(test_nothing),
	    cmocka_unit_test(test_full_disk),
	};

	return cmocka_run_group_tests(tests, set_zone, NULL);
}
