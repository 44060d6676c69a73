#include "tests/unit/table.h"

#include <stdio.h>

#include "record/position.h"

/* One byte more than fits with the NUL. */
#define TOO_LONG POSITION_SIZE

/* "name VVV...", n bytes in all. */
static const char *long_pair(size_t n)
{
	static char text[POSITION_SIZE + 1];

	memset(text, 'v', n);
	memcpy(text, "name ", 5);
	text[n] = '\0';
	return text;
}

static void test_parse(void **state)
{
	static const struct {
		struct span text;
		bool good;
		const char *why;
	} rows[] = {
	    {SPAN("uidvalidity 3 last-uid 812"), true, "of a folder"},
	    {SPAN("inode 71 offset 9000"), true, "of a log"},
	    {SPAN("time 2026-03-01T00:00:00Z id a/b=="), true, "values that are no numbers"},
	    {SPAN("! ~"), true, "the first and the last visible character"},
	    {SPAN(""), false, "empty"},
	    {SPAN("inode"), false, "no value"},
	    {SPAN("inode "), false, "an empty value"},
	    {SPAN(" 71"), false, "an empty name"},
	    {SPAN("inode 71 offset"), false, "half a pair at the end"},
	    {SPAN("inode 71 "), false, "a space at the end"},
	    {SPAN(" inode 71"), false, "a space at the beginning"},
	    {SPAN("inode  71"), false, "two spaces in a pair"},
	    {SPAN("inode 71  offset 1"), false, "two spaces between pairs"},
	    {SPAN("inode\t71"), false, "a tab"},
	    {SPAN("inode 71\n"), false, "a line feed"},
	    {SPAN("inode 71\r"), false, "a carriage return"},
	    {SPAN("inode 7\0001"), false, "a NUL"},
	    {SPAN("inode 7\177"), false, "a control character"},
	    {SPAN("inod\303\251 71"), false, "not ASCII"},
	};

	(void)state;
	for (unsigned i = 0; i < TABLE_COUNT(rows); i++) {
		struct position got = {"as before"};

		assert_row(position_parse(rows[i].text, &got) == rows[i].good, rows[i].why);
		if (rows[i].good)
			assert_row(span_eq(span_of(got.text), rows[i].text), rows[i].why);
		else
			assert_span_text(span_of(got.text), "as before", rows[i].why);
	}
}

static void test_length(void **state)
{
	struct position position = {""};

	(void)state;
	assert_true(position_parse(span_of(long_pair(TOO_LONG - 1)), &position));
	assert_string_equal(position.text, long_pair(TOO_LONG - 1));
	assert_false(position_add(&position, SPAN("a 1")));
	assert_false(position_parse(span_of(long_pair(TOO_LONG)), &position));
	assert_string_equal(position.text, long_pair(TOO_LONG - 1));
	position = (struct position){""};
	assert_true(position_add(&position, span_of(long_pair(TOO_LONG - 5))));
	assert_false(position_add(&position, SPAN("ab 1")));
	assert_true(position_add(&position, SPAN("a 1")));
	assert_int_equal(strlen(position.text), POSITION_SIZE - 1);
	assert_false(position_add_number(&position, "a", 1));
}

static void test_add(void **state)
{
	struct position position = {""};

	(void)state;
	assert_true(position_is_empty(&position));
	assert_true(position_add_number(&position, "offset", UINT64_MAX));
	assert_false(position_is_empty(&position));
	assert_true(position_add(&position, SPAN("id a:b")));
	assert_string_equal(position.text, "offset 18446744073709551615 id a:b");
	assert_false(position_add(&position, SPAN("one")));
	assert_false(position_add(&position, SPAN("one two three")));
	assert_false(position_add(&position, SPAN("one two three four")));
	assert_false(position_add_number(&position, "two words", 1));
	assert_false(position_add_number(&position, "", 1));
	assert_false(position_add_number(&position, long_pair(TOO_LONG), 1));
	assert_string_equal(position.text, "offset 18446744073709551615 id a:b");
}

static void test_equal(void **state)
{
	static const struct position one = {"inode 71 offset 9000"};
	struct position other = {"inode 71 offset 9001"};

	(void)state;
	assert_false(position_is_equal(&one, &other));
	assert_true(position_parse(span_of(one.text), &other)); /* over a longer one or not */
	assert_true(position_is_equal(&one, &other));
	assert_false(position_is_equal(&one, &(struct position){""}));
	assert_true(position_is_equal(&(struct position){""}, &(struct position){""}));
}

static void test_take_number(void **state)
{
	static const struct {
		const char *text;
		uint64_t max;
		bool good;
		uint64_t number;
		const char *rest;
	} rows[] = {
	    {"uid 812", UINT32_MAX, true, 812, ""},
	    {"uid 0", UINT32_MAX, true, 0, ""},
	    {"uid 007 more 8", UINT32_MAX, true, 7, "more 8"},
	    {"uid 4294967295", UINT32_MAX, true, UINT32_MAX, ""},
	    {"uid 4294967296", UINT32_MAX, false, 0, ""},
	    {"uid 18446744073709551615", UINT64_MAX, true, UINT64_MAX, ""},
	    {"uid 18446744073709551616", UINT64_MAX, false, 0, ""},
	    {"", UINT32_MAX, false, 0, ""},
	    {"uid", UINT32_MAX, false, 0, ""},
	    {"uid ", UINT32_MAX, false, 0, ""},
	    {"uid  8", UINT32_MAX, false, 0, ""},
	    {"uid -1", UINT32_MAX, false, 0, ""},
	    {"uid +1", UINT32_MAX, false, 0, ""},
	    {"uid 0x1", UINT32_MAX, false, 0, ""},
	    {"uid 1e3", UINT32_MAX, false, 0, ""},
	    {"uid 1x more 8", UINT32_MAX, false, 0, ""},
	    {"UID 1", UINT32_MAX, false, 0, ""},
	    {"uids 1", UINT32_MAX, false, 0, ""},
	    {"ui 1", UINT32_MAX, false, 0, ""},
	    {"more 8 uid 1", UINT32_MAX, false, 0, ""},
	};

	(void)state;
	for (unsigned i = 0; i < TABLE_COUNT(rows); i++) {
		struct span rest = span_of(rows[i].text);
		uint64_t number = 77;
		bool good = position_take_number(&rest, SPAN("uid"), rows[i].max, &number);

		assert_row(good == rows[i].good, rows[i].text);
		assert_row(number == (good ? rows[i].number : 77), rows[i].text);
		assert_span_text(rest, good ? rows[i].rest : rows[i].text, rows[i].text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_parse),
	    cmocka_unit_test(test_length),
	    cmocka_unit_test(test_add),
	    cmocka_unit_test(test_equal),
	    cmocka_unit_test(test_take_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
