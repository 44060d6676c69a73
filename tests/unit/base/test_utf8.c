#include "tests/unit/table.h"

#include "base/utf8.h"

static const struct {
	const char *input;
	size_t length; /* of the first character, 0: none */
	uint32_t code_point;
	const char *why;
} characters[] = {
    {"a", 1, 'a', "ASCII"},
    {"\x7F", 1, 0x7F, "the last of one byte"},
    {"\xC2\x80", 2, 0x80, "the first of two"},
    {"\xDF\xBF", 2, 0x7FF, "the last of two"},
    {"\xE0\xA0\x80", 3, 0x800, "the first of three"},
    {"\xEF\xBF\xBF", 3, 0xFFFF, "the last of three"},
    {"\xF0\x90\x80\x80", 4, 0x10000, "the first of four"},
    {"\xF4\x8F\xBF\xBF", 4, 0x10FFFF, "the last of all"},
    {"\xC0\x80", 0, 0, "overlong NUL"},
    {"\xC1\xBF", 0, 0, "overlong DEL"},
    {"\xE0\x80\xAF", 0, 0, "overlong slash of three bytes"},
    {"\xF0\x80\x80\xAF", 0, 0, "overlong slash of four bytes"},
    {"\xED\xA0\x80", 0, 0, "a surrogate"},
    {"\xF4\x90\x80\x80", 0, 0, "beyond U+10FFFF"},
    {"\xF8\x88\x80\x80\x80", 0, 0, "five bytes"},
    {"\x80", 0, 0, "a continuation byte alone"},
    {"\xC3", 0, 0, "cut after the first byte"},
    {"\xE2\x82", 0, 0, "cut before the last byte"},
    {"\xC3(", 0, 0, "no continuation byte"},
    {"\xFF", 0, 0, "a byte that is never used"},
};

static void test_next(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(characters); i++) {
		uint32_t code_point = 0;
		struct span s = span_of(characters[i].input);

		assert_row(utf8_next(s, &code_point) == characters[i].length, characters[i].why);
		assert_row(code_point == characters[i].code_point, characters[i].why);
		assert_row(utf8_valid(s) == (characters[i].length != 0), characters[i].why);
	}
	assert_true(utf8_valid(SPAN_EMPTY));
	assert_true(utf8_valid(SPAN("a\0b")));
	assert_false(utf8_valid(SPAN("good \xC3")));
}

static void test_add_is_the_way_back(void **state)
{
	struct buf buf;

	(void)state;
	buf_init(&buf, 0);
	for (size_t i = 0; i < TABLE_COUNT(characters); i++) {
		if (characters[i].length == 0)
			continue;
		buf_clear(&buf);
		utf8_add(&buf, characters[i].code_point);
		assert_span_text(buf_span(&buf), characters[i].input, characters[i].why);
	}
	buf_clear(&buf);
	utf8_add(&buf, UTF8_REPLACEMENT);
	utf8_add(&buf, UTF8_ELLIPSIS);
	assert_span_text(buf_span(&buf), "\xEF\xBF\xBD\xE2\x80\xA6", "our own characters");
	buf_fini(&buf);
}

static void test_cut(void **state)
{
	static const struct {
		const char *text;
		size_t max;
		const char *want;
		const char *why;
	} rows[] = {
	    {"", 0, "", "nothing"},
	    {"abc", 3, "abc", "fits"},
	    {"abcd", 3, "abc" UTF8_CUT, "one byte more"},
	    {"a\xC3\xA9", 2, "a" UTF8_CUT, "between characters"},
	    {"\xC3\xA9", 1, UTF8_CUT, "no character fits"},
	};
	struct buf buf;

	(void)state;
	buf_init(&buf, 0);
	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		buf_clear(&buf);
		utf8_add_cut(&buf, span_of(rows[i].text), rows[i].max);
		assert_span_text(buf_span(&buf), rows[i].want, rows[i].why);
	}
	buf_fini(&buf);
}

static void test_head(void **state)
{
	static const struct {
		const char *input;
		size_t max;
		const char *want;
	} rows[] = {
	    {"abc", 3, "abc"},
	    {"abc", 2, "ab"},
	    {"abc", 0, ""},
	    {"abc", 99, "abc"},
	    {"a\xC3\xBC", 3, "a\xC3\xBC"},
	    {"a\xC3\xBC", 2, "a"},
	    {"\xE2\x82\xACx", 3, "\xE2\x82\xAC"},
	    {"\xE2\x82\xACx", 2, ""},
	    {"x\xF0\x9F\x98\x80y", 5, "x\xF0\x9F\x98\x80"},
	    {"x\xF0\x9F\x98\x80y", 4, "x"},
	};

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(rows); i++)
		assert_span_text(
		    utf8_head(span_of(rows[i].input), rows[i].max), rows[i].want, rows[i].input);
}

static void test_classes(void **state)
{
	static const struct {
		uint32_t code_point;
		bool control, invisible;
		const char *why;
	} rows[] = {
	    {0x00, true, false, "NUL"},
	    {'\t', true, false, "TAB"},
	    {0x1B, true, false, "ESC"},
	    {0x1F, true, false, "the last of C0"},
	    {' ', false, false, "blank"},
	    {'~', false, false, "tilde"},
	    {0x7F, true, false, "DEL"},
	    {0x9B, true, false, "CSI of C1"},
	    {0x9F, true, false, "the last of C1"},
	    {0xA0, false, false, "no-break blank"},
	    {0xAD, false, true, "soft hyphen"},
	    {0x200B, false, true, "zero width blank"},
	    {0x200C, false, false, "the non-joiner that scripts need"},
	    {0x200D, false, false, "the joiner that emoji need"},
	    {0x200E, false, true, "left-to-right mark"},
	    {0x2028, true, false, "line separator"},
	    {0x2029, true, false, "paragraph separator"},
	    {0x202E, false, true, "right-to-left override"},
	    {0x202F, false, false, "narrow no-break blank"},
	    {0x2069, false, true, "end of isolate"},
	    {0x2070, false, false, "superscript zero"},
	    {0xFEFF, false, true, "byte order mark"},
	    {0xE0041, false, true, "a tag letter"},
	    {0x1F600, false, false, "a face"},
	    {UTF8_REPLACEMENT, false, false, "replacement character"},
	};

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		assert_row(utf8_is_control(rows[i].code_point) == rows[i].control, rows[i].why);
		assert_row(utf8_is_invisible(rows[i].code_point) == rows[i].invisible, rows[i].why);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_next),
	    cmocka_unit_test(test_add_is_the_way_back),
	    cmocka_unit_test(test_head),
	    cmocka_unit_test(test_cut),
	    cmocka_unit_test(test_classes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
