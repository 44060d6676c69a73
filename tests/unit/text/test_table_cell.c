#include "tests/unit/table.h"

#include "text/table_cell.h"

#define JOINER "\xE2\x80\x8D"     /* U+200D */
#define COLOUR "\xEF\xB8\x8F"     /* U+FE0F */
#define BLACK  "\xEF\xB8\x8E"     /* U+FE0E */
#define MAN    "\xF0\x9F\x91\xA8" /* U+1F468 */
#define GIRL   "\xF0\x9F\x91\xA7" /* U+1F467 */
#define HEART  "\xE2\x9D\xA4"     /* U+2764 */
#define SKIN   "\xF0\x9F\x8F\xBD" /* U+1F3FD */
#define FLAG_D "\xF0\x9F\x87\xA9" /* U+1F1E9 */
#define FLAG_E "\xF0\x9F\x87\xAA" /* U+1F1EA */
#define HAN    "\xE6\xBC\xA2"     /* U+6F22 */
#define ACUTE  "\xCC\x81"         /* U+0301 */

static const struct {
	const char *value;
	const char *want;
	unsigned width;
	const char *why;
} rows[] = {
    {"", "", 0, "empty"},
    {"plain text", "plain text", 10, "ASCII"},
    {"a,\"b\" =1", "a,\"b\" =1", 8, "not quoted"},
    {"=1", "=1", 2, "not guarded: no spreadsheet reads it"},
    {"gr\xC3\xBC\xC3\x9F", "gr\xC3\xBC\xC3\x9F", 4, "Latin"},
    {HAN "\xE5\xAD\x97", HAN "\xE5\xAD\x97", 4, "CJK"},
    {"\xEF\xBC\xA1", "\xEF\xBC\xA1", 2, "full-width form"},
    {"\xEF\xBD\xB6\xEF\xBE\x9E", "\xEF\xBD\xB6\xEF\xBE\x9E", 2, "half-width kana"},
    {"e" ACUTE "x", "e" ACUTE "x", 2, "combining mark"},
    {"\xE1\x84\x92\xE1\x85\xA1\xE1\x86\xAB", "\xE1\x84\x92\xE1\x85\xA1\xE1\x86\xAB", 2,
	"Hangul in parts"},
    {"\xE0\xB2\x95\xE0\xB2\xBF", "\xE0\xB2\x95\xE0\xB2\xBF", 1,
	"Kannada vowel sign, a mark that libunistring gives a column"},
    {"\xE0\xB8\x97\xE0\xB8\xB5\xE0\xB9\x88", "\xE0\xB8\x97\xE0\xB8\xB5\xE0\xB9\x88", 1, "Thai"},
    {"\xE2\x80\xA6\xC2\xA7", "\xE2\x80\xA6\xC2\xA7", 2, "ambiguous ones are narrow"},
    {"\xF0\x9F\x98\x80!", "\xF0\x9F\x98\x80!", 3, "emoji"},
    {MAN JOINER HEART COLOUR JOINER GIRL, MAN HEART GIRL, 5, "a family, side by side"},
    {HEART COLOUR HEART BLACK, HEART HEART, 2, "style of a picture"},
    {"1" COLOUR "\xE2\x83\xA3", "1\xE2\x83\xA3", 1, "keycap"},
    {"a" COLOUR, "a<U+FE0F>", 9, "style of what is no picture"},
    {"\xF0\x9F\x91\x8D" SKIN, "\xF0\x9F\x91\x8D", 2, "skin tone"},
    {HAN SKIN, HAN "<U+1F3FD>", 11, "skin tone of what is no picture"},
    {SKIN, "<U+1F3FD>", 9, "skin tone alone"},
    {FLAG_D FLAG_E, FLAG_D FLAG_E, 2, "flag"},
    {"a" JOINER "b", "a<U+200D>b", 10, "joiner within ASCII: two names look alike else"},
    {JOINER "x", "<U+200D>x", 9, "joiner in front"},
    {HAN JOINER, HAN "<U+200D>", 10, "joiner behind"},
    {"\xE0\xB6\x9A\xE0\xB7\x8A" JOINER "\xE0\xB6\xBB", "\xE0\xB6\x9A\xE0\xB7\x8A\xE0\xB6\xBB", 2,
	"joiner in Sinhala"},
    {"\xD9\x85\xE2\x80\x8C\xD8\xAE", "\xD9\x85\xE2\x80\x8C\xD8\xAE", 2, "non-joiner in Persian"},
    {"\xD8\x80\xD9\xA1", "<U+0600>\xD9\xA1", 9, "Arabic number sign"},
    {"\xE4\xB7\x80", "<U+4DC0>", 8, "hexagram"},
    {"\xCD\xB8", "<U+0378>", 8, "no character"},
    {"\xEF\xBF\xBE", "<U+FFFE>", 8, "never a character"},
    {"a\x1B[31mb", "a<U+001B>[31mb", 14, "escape sequence"},
    {"a\xC2\x9B", "a<U+009B>", 9, "C1"},
    {"a\tb\nc", "a<U+0009>b<U+000A>c", 19, "TAB, line break"},
    {"a\xE2\x80\xAE"
     "b",
	"a<U+202E>b", 10, "right-to-left override"},
    {"z\xE2\x80\x8Bw", "z<U+200B>w", 10, "zero width"},
    {"a\xFF"
     "b\xE6\xBC",
	"a<FF>b<E6><BC>", 14, "no UTF-8"},
};

static void test_cells(void **state)
{
	struct buf out;

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		buf_init(&out, 0);
		table_cell_add(&out, span_of(rows[i].value), false);
		assert_span_text(buf_span(&out), rows[i].want, rows[i].why);
		if (table_cell_width(buf_span(&out)) != rows[i].width)
			fail_msg("%s: width %u, want %u", rows[i].why,
			    table_cell_width(buf_span(&out)), rows[i].width);
		buf_fini(&out);
	}
}

static void test_ascii_only(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, 0);
	table_cell_add(&out, SPAN("gr\xC3\xBCn " MAN JOINER GIRL "\xFF"), true);
	assert_span_text(buf_span(&out), "gr<U+00FC>n <U+1F468><U+200D><U+1F467><FF>", "named");
	buf_fini(&out);
}

static const struct {
	const char *text;
	unsigned width;
	const char *want;
	const char *why;
} head_rows[] = {
    {"plain", 3, "pla", "ASCII"},
    {"plain", 5, "plain", "all of it"},
    {"plain", 99, "plain", "more than all"},
    {"plain", 0, "", "nothing"},
    {HAN HAN HAN, 4, HAN HAN, "CJK"},
    {HAN HAN HAN, 3, HAN, "no half of a wide one"},
    {"xe" ACUTE ACUTE "y", 2, "xe" ACUTE ACUTE, "marks stay with their letter"},
    {FLAG_D FLAG_E FLAG_D FLAG_E, 3, FLAG_D FLAG_E, "no half of a flag"},
    {FLAG_D FLAG_E FLAG_D FLAG_E, 1, "", "not even of the first"},
    {"\xE1\x84\x92\xE1\x85\xA1\xE1\x86\xAB", 1, "", "no part of a syllable"},
};

static void test_head(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(head_rows); i++)
		assert_span_text(table_cell_head(span_of(head_rows[i].text), head_rows[i].width),
		    head_rows[i].want, head_rows[i].why);
}

/* Whatever the characters are: what is added is read to its end, and heads have their width. */
static void test_any_characters(void **state)
{
	uint32_t seed = 1;
	struct buf value;
	struct buf text;

	(void)state;
	buf_init(&value, 0);
	buf_init(&text, 0);
	for (unsigned round = 0; round < 20000; round++) {
		buf_clear(&value);
		buf_clear(&text);
		for (unsigned i = 0; i < 12; i++) {
			seed = seed * 1664525u + 1013904223u;
			buf_add_char(&value, (char)(seed >> (i % 3 == 0 ? 24 : 16)));
		}
		table_cell_add(&text, buf_span(&value), false);
		for (unsigned width = 0; width < 8; width++) {
			struct span head = table_cell_head(buf_span(&text), width);

			if (table_cell_width(head) > width)
				fail_msg("round %u: wider than %u", round, width);
		}
		assert_int_equal(table_cell_head(buf_span(&text), 1000).n, text.n);
	}
	buf_fini(&value);
	buf_fini(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_cells),
	    cmocka_unit_test(test_ascii_only),
	    cmocka_unit_test(test_head),
	    cmocka_unit_test(test_any_characters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
