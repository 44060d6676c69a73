#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <ctype.h>

#include "tests/unit/table.h"

#include "record/record.h"

/* The header row of the original script, byte for byte (cli.md). */
static void test_default_titles(void **state)
{
	static const char want[] = "#,From,To,Reply-To,Qmail UID,Invoked for,IP/Username,Evidence,"
				   "PHP script,Auth.sender,Auth-User,Auth-Email";
	struct column_list list;
	struct err err = ERR_INIT;
	struct buf got;

	(void)state;
	buf_init(&got, 0);
	assert_int_equal(column_list_parse("default", &list, &err), 0);
	for (unsigned i = 0; i < list.count; i++) {
		buf_add_text(&got, i > 0 ? "," : "");
		buf_add_text(&got, record_columns[list.column[i]].title);
	}
	assert_span_text(buf_span(&got), want, "default");
	buf_fini(&got);
}

static void test_columns_are_complete(void **state)
{
	(void)state;
	for (unsigned i = 0; i < COLUMN_COUNT; i++) {
		const struct column_info *info = &record_columns[i];

		assert_non_null(info->title);
		assert_non_null(info->json_key);
		for (const char *c = info->json_key; *c != '\0'; c++)
			assert_row(islower((unsigned char)*c) || *c == '_', info->json_key);
		for (unsigned k = 0; k < i; k++) {
			assert_string_not_equal(info->title, record_columns[k].title);
			assert_string_not_equal(info->json_key, record_columns[k].json_key);
		}
	}
}

static void test_list(void **state)
{
	static const struct {
		const char *text;
		unsigned count; /* 0: refused */
		enum column first, last;
		const char *in_error;
	} rows[] = {
	    {"all", COLUMN_COUNT, COLUMN_NUMBER, COLUMN_COUNT - 1, ""},
	    {" ALL ", COLUMN_COUNT, COLUMN_NUMBER, COLUMN_COUNT - 1, ""},
	    {"Default", COLUMN_DEFAULT_COUNT, COLUMN_NUMBER, COLUMN_AUTH_EMAIL, ""},
	    {"#,from", 2, COLUMN_NUMBER, COLUMN_FROM, ""},
	    {" notes , ip/USERNAME,\tphp Script ", 3, COLUMN_NOTES, COLUMN_PHP_SCRIPT, ""},
	    {"Identity", 1, COLUMN_IDENTITY, COLUMN_IDENTITY, ""},
	    {"From,Too", 0, COLUMN_FROM, COLUMN_FROM, "'Too'"},
	    {"From,from", 0, COLUMN_FROM, COLUMN_FROM, "twice"},
	    {"From,,To", 0, COLUMN_FROM, COLUMN_FROM, "''"},
	    {"From,", 0, COLUMN_FROM, COLUMN_FROM, "''"},
	    {"", 0, COLUMN_FROM, COLUMN_FROM, "Auth.sender"},
	    {"all,From", 0, COLUMN_FROM, COLUMN_FROM, "'all'"},
	    {"php_script,IP_Username", 2, COLUMN_PHP_SCRIPT, COLUMN_IP_USERNAME, ""},
	    {"php_script,PHP script", 0, COLUMN_FROM, COLUMN_FROM, "twice: 'PHP script'"},
	    {"nothing-like-it", 0, COLUMN_FROM, COLUMN_FROM, "columns are: #, From, To"},
	    {"nothing-like-it", 0, COLUMN_FROM, COLUMN_FROM, "X-Source-Args"},
	    {"php_skript", 0, COLUMN_FROM, COLUMN_FROM, "; did you mean 'PHP script'?"},
	};

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		struct column_list list = {.count = 99};
		struct err err = ERR_INIT;
		int result = column_list_parse(rows[i].text, &list, &err);

		if (rows[i].count == 0) {
			assert_row(result == -1 && err.code == ERR_USAGE && list.count == 99,
			    rows[i].text);
			assert_row(strstr(err.text, rows[i].in_error) != NULL, err.text);
			continue;
		}
		assert_row(result == 0 && list.count == rows[i].count, rows[i].text);
		assert_row(list.column[0] == rows[i].first, rows[i].text);
		assert_row(list.column[list.count - 1] == rows[i].last, rows[i].text);
	}
}

static void test_notes(void **state)
{
	static const struct {
		unsigned notes;
		const char *also;
		const char *want;
	} rows[] = {
	    {0, "", ""},
	    {NOTE_DUPLICATE_X_AUTHUSER, "", "duplicate X-AuthUser"},
	    {NOTE_HEADER_TRUNCATED | NOTE_INVALID_CHARSET, "", "header truncated; invalid charset"},
	    {NOTE_SYSTEM_UID | NOTE_HEADER_SWALLOWED, "a@example.com",
		"header swallowed; uid of a system account; also authenticated as a@example.com"},
	    {0, "x", "also authenticated as x"},
	};
	struct buf got;

	(void)state;
	buf_init(&got, 0);
	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		struct record record = {
		    .notes = rows[i].notes, .also_authenticated = span_of(rows[i].also)};

		buf_clear(&got);
		record_add_notes(&got, &record);
		assert_span_text(buf_span(&got), rows[i].want, rows[i].want);
		assert_int_equal(record_read_notes(buf_span(&got)), rows[i].notes);
	}
	buf_fini(&got);
}

static void test_values(void **state)
{
	struct record record = {.number = UINT64_MAX, .uid = 7};

	(void)state;
	record.value[COLUMN_FROM] = SPAN("a");
	assert_true(record_number(&record, COLUMN_NUMBER) == UINT64_MAX);
	assert_int_equal(record_number(&record, COLUMN_UID), 7);
	assert_span_text(record_value(&record, COLUMN_FROM), "a", "From");
	column_set_add(&record.absent, COLUMN_UID);
	column_set_add(&record.absent, COLUMN_FROM);
	assert_int_equal(record_number(&record, COLUMN_UID), 0);
	assert_span_text(record_value(&record, COLUMN_FROM), "", "From, absent");
}

/* The getter knows no other columns of numbers than these. */
static void test_number_columns(void **state)
{
	(void)state;
	for (unsigned i = 0; i < COLUMN_COUNT; i++)
		assert_int_equal(
		    record_columns[i].kind == KIND_NUMBER, i == COLUMN_NUMBER || i == COLUMN_UID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_values),
	    cmocka_unit_test(test_number_columns),
	    cmocka_unit_test(test_default_titles),
	    cmocka_unit_test(test_columns_are_complete),
	    cmocka_unit_test(test_list),
	    cmocka_unit_test(test_notes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
