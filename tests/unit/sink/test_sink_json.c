#include "tests/unit/json_lines.h"

#include "base/utf8.h"
#include "sink/sink_json_line.h"
#include "tests/unit/evidence_table.h"

#define LONG_VALUE ((size_t)8 * 1024)

static bool is_text(unsigned column)
{
	return column != COLUMN_NUMBER && column != COLUMN_UID;
}

static struct sink *json_sink(FILE *out)
{
	struct err err = ERR_INIT;
	struct sink *sink = sink_json_new(out, &err);

	assert_non_null(sink);
	return sink;
}

static void write_record(struct sink *sink, const struct record *record)
{
	struct err err = ERR_INIT;

	if (sink_record(sink, record, &err) != 0)
		fail_msg("%s", err.text);
}

static struct record record_of(struct span value)
{
	struct record record = {.number = 1, .uid = 2};

	for (unsigned i = 0; i < COLUMN_COUNT; i++)
		record.value[i] = value;
	return record;
}

/* All columns by their keys in the table's order; also when values have been replaced. */
static void test_keys(void **state)
{
	struct record record = record_of(SPAN("x"));
	struct json_lines lines;
	struct sink *sink;

	(void)state;
	json_lines_open(&lines);
	sink = json_sink(lines.out);
	write_record(sink, &record);
	record.is_bounce = true;
	write_record(sink, &record);
	json_lines_end(&lines, sink);
	for (int i = 0; i < 2; i++) {
		json_t *message = json_lines_next(&lines);
		void *at = json_object_iter(message);

		assert_int_equal(json_object_size(message), COLUMN_COUNT + 4);
		assert_string_equal(json_object_iter_key(at), "schema");
		at = json_object_iter_next(message, at);
		assert_string_equal(json_object_iter_key(at), "kind");
		for (unsigned column = 0; column < COLUMN_COUNT; column++) {
			at = json_object_iter_next(message, at);
			assert_string_equal(
			    json_object_iter_key(at), record_columns[column].json_key);
		}
		at = json_object_iter_next(message, at);
		assert_string_equal(json_object_iter_key(at), "bounce");
		at = json_object_iter_next(message, at);
		assert_string_equal(json_object_iter_key(at), "rules");
		json_lines_check_number(message, "schema", 1);
		json_lines_check_text(message, "kind", SPAN("message"));
		assert_true(json_is_boolean(json_object_get(message, "bounce")));
		assert_int_equal(json_is_true(json_object_get(message, "bounce")), i == 1);
		json_decref(message);
	}
	sink_free(sink);
	json_lines_close(&lines);
}

static const struct {
	uint64_t number;
	uint32_t uid;
	const char *want;
} number_rows[] = {
    {1, 1, "{\"schema\":1,\"kind\":\"message\",\"number\":1,\"from\":\"\",\"to\":\"\","},
    {1000000, 7, "{\"schema\":1,\"kind\":\"message\",\"number\":1000000,\"from\":\"\","},
    {INT64_MAX, UINT32_MAX, "{\"schema\":1,\"kind\":\"message\",\"number\":9223372036854775807,"},
    {0, 0, "{\"schema\":1,\"kind\":\"message\",\"number\":0,\"from\":\"\","},
};

/* A record without any value has all the keys; numbers are integers as they stand. */
static void test_numbers(void **state)
{
	struct json_lines lines;
	struct sink *sink;

	(void)state;
	json_lines_open(&lines);
	sink = json_sink(lines.out);
	for (size_t i = 0; i < TABLE_COUNT(number_rows); i++) {
		struct record record = {.number = number_rows[i].number, .uid = number_rows[i].uid};

		write_record(sink, &record);
	}
	json_lines_end(&lines, sink);
	for (size_t i = 0; i < TABLE_COUNT(number_rows); i++) {
		struct span start = span_head(lines.rest, strlen(number_rows[i].want));
		json_t *message = json_lines_next(&lines);

		assert_span_text(start, number_rows[i].want, "start of the line");
		json_lines_check_number(message, "uid", number_rows[i].uid);
		for (unsigned column = 0; column < COLUMN_COUNT; column++)
			if (is_text(column))
				json_lines_check_text(
				    message, record_columns[column].json_key, SPAN_EMPTY);
		assert_int_equal(json_object_size(json_object_get(message, "rules")), 0);
		json_decref(message);
	}
	sink_free(sink);
	json_lines_close(&lines);
}

static void check_texts(const json_t *message, struct span want)
{
	for (unsigned column = 0; column < COLUMN_COUNT; column++)
		if (is_text(column))
			json_lines_check_text(message, record_columns[column].json_key, want);
}

/* Values come back as they were, one line a message, and nothing of the message before stays. */
static void test_hostile(void **state)
{
	static char long_text[LONG_VALUE];
	const struct span long_value = {long_text, sizeof(long_text)};
	struct json_lines lines;
	struct record record;
	struct sink *sink;

	(void)state;
	memset(long_text, '"', sizeof(long_text));
	json_lines_open(&lines);
	sink = json_sink(lines.out);
	for (size_t i = 0; i < TABLE_COUNT(json_lines_hostile); i++) {
		record = record_of(json_lines_hostile[i]);
		write_record(sink, &record);
		record = record_of(long_value);
		write_record(sink, &record);
	}
	json_lines_end(&lines, sink);
	for (size_t i = 0; i < TABLE_COUNT(json_lines_hostile); i++) {
		json_t *message = json_lines_next(&lines);

		check_texts(message, json_lines_hostile[i]);
		json_decref(message);
		message = json_lines_next(&lines);
		check_texts(message, long_value);
		json_decref(message);
	}
	sink_free(sink);
	json_lines_close(&lines);
}

static const struct span refused_rows[] = {
    SPAN("\xFF"),
    SPAN("cut \xE2\x80"),
    SPAN("overlong \xC0\xAF"),
    SPAN("surrogate \xED\xA0\x80"),
    SPAN("too high \xF4\x90\x80\x80"),
};

/* A value that is not UTF-8 is a mistake of ours: an error, and not half a line. */
static void test_refused(void **state)
{
	const struct record good = record_of(SPAN("good"));

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(refused_rows); i++) {
		struct record bad = good;
		struct json_lines lines;
		struct err err = ERR_INIT;
		struct sink *sink;
		json_t *message;

		bad.value[COLUMN_NOTES] = refused_rows[i];
		json_lines_open(&lines);
		sink = json_sink(lines.out);
		write_record(sink, &good);
		assert_row(sink_record(sink, &bad, &err) == -1, refused_rows[i].p);
		assert_row(err.code == ERR_INTERNAL, refused_rows[i].p);
		json_lines_end(&lines, sink);
		message = json_lines_next(&lines);
		check_texts(message, SPAN("good"));
		json_decref(message);
		sink_free(sink);
		json_lines_close(&lines);
	}
}

static const struct evidence_row rule_rows[] = {
    {"From: Shop <shop@example.com>\r\nX-PHP-Script: example.com/x.php for 192.0.2.195\r\n",
	{{"from", COLUMN_FROM, "Shop <shop@example.com>"},
	    {"php-script", COLUMN_PHP_SCRIPT, "example.com/x.php for 192.0.2.195"},
	    {"php-script-ip", COLUMN_PHP_SCRIPT_IP, "192.0.2.195"},
	    {"identity-php-script", COLUMN_IDENTITY, "example.com/x.php"}}},
    {"From: <MAILER-DAEMON>\r\nX-AuthUser: u@example.com\r\nX-Brand-Domain: server.example\r\n"
     "X-Brand-Username:\r\nX-Brand-Outgoing-Class: spam\r\n"
     "X-Brand-Outgoing-Evidence: \"Combined\" (0.98)\r\n",
	{{"x-authuser", COLUMN_AUTH_USER, "u@example.com"},
	    {"filter-outgoing-evidence", COLUMN_EVIDENCE, "\"Combined\" (0.98)"},
	    {"filter-username-domain", COLUMN_IP_USERNAME, "@server.example"},
	    {"", COLUMN_PHP_SCRIPT, ""}}},
    {"\r\n", {{"", COLUMN_FROM, ""}, {"", COLUMN_IDENTITY, ""}}},
};

static void check_rules(const json_t *message, const struct record *record)
{
	const json_t *rules = json_object_get(message, "rules");
	size_t count = 0;

	for (unsigned column = 0; column < COLUMN_COUNT; column++) {
		const char *key = record_columns[column].json_key;

		if (is_text(column))
			json_lines_check_text(message, key, record->value[column]);
		if (record->rule[column] == NULL || record->rule[column]->unlisted) {
			assert_null(json_object_get(rules, key));
			continue;
		}
		json_lines_check_text(rules, key, span_of(record->rule[column]->name));
		count++;
	}
	assert_int_equal(json_object_size(rules), count);
	assert_int_equal(
	    json_is_true(json_object_get(message, "bounce")), record->is_bounce ? 1 : 0);
}

/* The rules are those that filled the columns of this message, and no other's. */
/* What we write ourselves is what jansson would write, whatever stands where in a text. */
static void test_as_jansson(void **state)
{
	const struct span around = SPAN("a login of the customer");

	(void)state;
	for (uint32_t c = 0; c < 0x10FFFF; c += c < 0x900 ? 1 : 0x3FD)
		for (size_t before = 0; before <= around.n; before++) {
			struct err err = ERR_INIT;
			struct buf text, line;
			json_t *string;
			char *wanted;

			buf_init(&text, 0);
			buf_init(&line, 0);
			buf_add(&text, span_head(around, before));
			utf8_add(&text, c);
			buf_add(&text, span_from(around, before));
			string = json_stringn(text.p, text.n);
			wanted = json_dumps(string, JSON_ENCODE_ANY);
			assert_int_equal(sink_json_line_add_text(&line, buf_span(&text), &err), 0);
			assert_string_equal(buf_string(&line), wanted);
			free(wanted);
			json_decref(string);
			buf_fini(&line);
			buf_fini(&text);
		}
}

static void test_rules(void **state)
{
	struct record record[TABLE_COUNT(rule_rows)];
	struct err err = ERR_INIT;
	struct evidence *evidence = evidence_new(NULL, &err);
	struct json_lines lines;
	struct arena arena;
	struct sink *sink;

	(void)state;
	assert_non_null(evidence);
	arena_init(&arena);
	json_lines_open(&lines);
	sink = json_sink(lines.out);
	for (size_t i = 0; i < TABLE_COUNT(rule_rows); i++) {
		record[i] = evidence_read_block(evidence, &arena, span_of(rule_rows[i].block));
		evidence_check(rule_rows[i].block, &record[i], rule_rows[i].want);
		write_record(sink, &record[i]);
	}
	json_lines_end(&lines, sink);
	assert_true(record[1].is_bounce && !record[0].is_bounce);
	for (size_t i = 0; i < TABLE_COUNT(rule_rows); i++) {
		json_t *message = json_lines_next(&lines);

		check_rules(message, &record[i]);
		json_decref(message);
	}
	sink_free(sink);
	json_lines_close(&lines);
	arena_fini(&arena);
	evidence_free(evidence);
}

static void test_nothing(void **state)
{
	struct json_lines lines;
	struct sink *sink;

	(void)state;
	json_lines_open(&lines);
	sink = json_sink(lines.out);
	json_lines_end(&lines, sink);
	sink_free(sink);
	json_lines_close(&lines);
}

static void test_full_disk(void **state)
{
	const struct record record = record_of(SPAN("some text of a message"));
	FILE *out = fopen("/dev/full", "w");
	struct err err = ERR_INIT;
	struct sink *sink;
	int result = 0;

	(void)state;
	assert_non_null(out);
	sink = json_sink(out);
	for (int i = 0; i < 10000 && result == 0; i++)
		result = sink_record(sink, &record, &err);
	assert_int_equal(result, -1);
	assert_int_equal(err_exit_status(&err), 74);
	assert_non_null(strstr(err.text, "cannot write the JSON report: No space left"));
	assert_int_equal(sink_end(sink, &(const struct account){0}, &err), -1);
	assert_int_equal(err_exit_status(&err), 74);
	sink_free(sink);
	fclose(out);
}

/* One message stays in the stream's buffer: only the end can tell. */
static void test_full_disk_at_the_end(void **state)
{
	const struct record record = record_of(SPAN("x"));
	FILE *out = fopen("/dev/full", "w");
	struct err err = ERR_INIT;
	struct sink *sink;

	(void)state;
	assert_non_null(out);
	sink = json_sink(out);
	write_record(sink, &record);
	assert_int_equal(sink_end(sink, &(const struct account){0}, &err), -1);
	assert_int_equal(err_exit_status(&err), 74);
	assert_non_null(strstr(err.text, "No space left"));
	sink_free(sink);
	fclose(out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_keys),
	    cmocka_unit_test(test_numbers),
	    cmocka_unit_test(test_hostile),
	    cmocka_unit_test(test_refused),
	    cmocka_unit_test(test_as_jansson),
	    cmocka_unit_test(test_rules),
	    cmocka_unit_test(test_nothing),
	    cmocka_unit_test(test_full_disk),
	    cmocka_unit_test(test_full_disk_at_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
