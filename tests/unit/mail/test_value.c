#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/utf8.h"
#include "mail/value.h"
#include "tests/unit/table.h"

#define FFFD     "\xef\xbf\xbd"
#define ELLIPSIS "\xe2\x80\xa6"

struct fixture {
	struct value_reader reader;
	struct arena arena;
};

static int set_up(void **state)
{
	static struct fixture fixture;

	arena_init(&fixture.arena);
	*state = &fixture;
	return value_reader_init(&fixture.reader);
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;

	value_reader_fini(&fixture->reader);
	arena_fini(&fixture->arena);
	return 0;
}

struct row {
	struct span body;
	const char *want;
	unsigned defects;
	const char *why;
};

static const struct row text_rows[] = {
    {SPAN(" a b"), "a b", 0, "plain"},
    {SPAN(""), "", 0, "empty"},
    {SPAN(" \r\n \t "), "", 0, "blanks"},
    {SPAN(" a  b "), "a  b", 0, "runs of blanks stay, but for the ends"},
    {SPAN(" a\r\n b"), "a b", 0, "a fold"},
    {SPAN(" a  \n \t b\n  \n c"), "a b c", 0, "blanks around folds"},
    {SPAN(" a\tb"), "a b", 0, "TAB"},
    /* An IMAP server sends 0x80 for NUL. */
    {SPAN("\xc3\xb6 x)\x80"), "\xc3\xb6 x)", 0, "NUL behind UTF-8"},
    {SPAN("\xc3\xb6\x80\xc3\xb6"), "\xc3\xb6 \xc3\xb6", 0, "NUL in UTF-8"},
    {SPAN("message)\x80"), "message)", 0, "NUL at the end of ASCII"},
    {SPAN("20 \x80"), "20 \xe2\x82\xac", VALUE_BAD_CHARSET, "a euro sign"},
    {SPAN("20\x80"), "20\xe2\x82\xac", VALUE_BAD_CHARSET, "a euro sign behind a digit"},
    {SPAN("\x80 20"), "\xe2\x82\xac 20", VALUE_BAD_CHARSET, "a euro sign in front"},
    {SPAN("\xe4 \xc3\xb6 \x80"), "\xc3\xa4 \xc3\xb6 \xe2\x82\xac", VALUE_BAD_CHARSET,
	"no UTF-8 as a whole"},
    {SPAN(" a \x01\x02 \x7f b"), "a b", 0, "a run of controls and blanks"},
    {SPAN("\x01 a \x02"), "a", 0, "controls at the ends"},
    {SPAN("a\0b"), "a b", 0, "NUL"},
    {SPAN("\0"), "", 0, "only NUL"},
    {SPAN("a\rb"), "a b", 0, "CR alone"},
    {SPAN("x=y =z?="), "x=y =z?=", 0, "equals signs"},
    {SPAN("caf\xc3\xa9"), "café", 0, "raw UTF-8"},
    {SPAN("caf\xe9"), "café", VALUE_BAD_CHARSET, "raw Windows-1252"},
    {SPAN("a@example.com\xa0"), "a@example.com\xc2\xa0", VALUE_BAD_CHARSET, "a raw no-break space"},
    {SPAN("a\xc2\x85"
	  "b\xc2\x9b"
	  "31m"),
	"a b 31m", 0, "C1"},
    {SPAN("a\xe2\x80\xa8 b\xe2\x80\xa9"
	  "c"),
	"a b c", 0, "U+2028 and U+2029"},
    {SPAN("a\x1b[31mb"), "a [31mb", 0, "an escape sequence"},
    {SPAN("=?UTF-8?Q?caf=C3=A9?="), "café", 0, "an encoded-word"},
    {SPAN("=?UTF-8?Q?a?=\r\n =?UTF-8?Q?b?="), "ab", 0, "folded between words"},
    {SPAN("=?UTF-8?B?Y2Fm\r\n w6k=?="), "café", 0, "folded inside a word"},
    {SPAN("=?UTF-8?Q?a?=\r\n b"), "a b", 0, "folded behind a word"},
    {SPAN("=?UTF-8?Q?a=00b?="), "a b", 0, "encoded NUL"},
    {SPAN("=?UTF-8?Q?a=0D=0A_Bcc:_x?="), "a Bcc: x", 0, "encoded line break"},
    {SPAN("=?UTF-8?Q?=1B]0;x=07?="), "]0;x", 0, "encoded escape sequence"},
    {SPAN("=?UTF-8?Q?=C2=9B1m?="), "1m", 0, "encoded C1"},
    {SPAN("=?UTF-8?Q?_a_?="), "a", 0, "encoded blanks at the ends"},
    {SPAN("=?utf-7?Q?a+AAo-b?="), "a b", 0, "a line break in UTF-7"},
    {SPAN("=?UTF-8?Q?caf=E9?="), "caf" FFFD, VALUE_BAD_CHARSET, "a lying word"},
    {SPAN("\"=?UTF-8?Q?x?=\" <a@example.com>"), "\"x\" <a@example.com>", 0, "quotes"},
    {SPAN("=?ISO-8859-1?Q?=3DHYPERLINK?="), "=HYPERLINK", 0, "a formula is not our matter"},
    {SPAN("\x1b$BF|K\\\x1b(B x"), "日本 x", 0, "raw ISO-2022-JP"},
    {SPAN("\x1b$BF|\x1b(B =?UTF-8?Q?x?="), "日 x", 0, "raw ISO-2022-JP and a word"},
    {SPAN("\x1b$B\x01 a"), "$B a", 0, "no ISO-2022-JP after all"},
    {SPAN("\xf0\x9f\x98\x80\xe2\x80\x8d"), "😀\xe2\x80\x8d", 0, "emoji and joiner stay"},
    {SPAN("=?UTF-8?Q?x"), "=?UTF-8?Q?x", 0, "not closed"},

    /* What nothing declares: read as Windows-1252, and noted. */
    {SPAN("\xa4\xa4\xa4\xe5 <a@example.com>"), "¤¤¤å <a@example.com>", VALUE_BAD_CHARSET,
	"raw Big5"},
    {SPAN("\xc8\x81\xa5"), "ȁ¥", VALUE_BAD_CHARSET, "raw Big5 that happens to hold UTF-8"},
    {SPAN("\xc7\xd1\xb1\xdb"), "ÇѱÛ", VALUE_BAD_CHARSET, "raw EUC-KR"},
    {SPAN("\xfe\xa9\x81"), "þ©" FFFD, VALUE_BAD_CHARSET, "a byte that it does not define"},
    {SPAN("a\xe6\x97"), "aæ—", VALUE_BAD_CHARSET, "UTF-8 cut in the middle"},
    {SPAN("caf\xc3 x"), "cafÃ x", VALUE_BAD_CHARSET, "UTF-8 torn in the middle"},
    {SPAN("\xf0\x9f\x98\r\n \x80"), "ðŸ˜ €", VALUE_BAD_CHARSET, "UTF-8 torn by a fold"},

    /* What is declared, and wrong. */
    {SPAN("=?UTF-8?Q?a=E6=97?="), "a" FFFD FFFD, VALUE_BAD_CHARSET, "a word cut in the middle"},
    {SPAN("=?UTF-8?Q?=E6=97?=\r\n =?UTF-8?Q?=A5=E6=9C=AC?="), "日本", 0,
	"a character split over two words"},
    {SPAN("=?UTF-8?B?8J+Y?=\r\n\t=?utf-8?B?gA==?="), "😀", 0, "the same in base64"},
    {SPAN("=?big5?B?pA==?= =?big5?B?pKTl?="), "中文", 0, "the same in Big5"},
    {SPAN("=?x-nobody-knows?Q?caf=E9?="), "caf" FFFD, VALUE_BAD_CHARSET, "an unknown set"},
    {SPAN("=?x-nobody-knows?Q?caf=C3=A9?="), "café", 0, "an unknown set, but UTF-8"},
    {SPAN("=?big5?Q?caf=C3=A9_=E2=82=AC?="), "café €", 0, "a set that lies: it is UTF-8"},
    {SPAN("\"=?UTF-8?B?5pc=?= =?UTF-8?B?pQ==?=\" <a@example.com>"), "\"日\" <a@example.com>", 0,
	"split inside quotes"},
    {SPAN("=?UTF-8?B?YQBiDQpCY2M6IHg=?="), "a b Bcc: x", 0, "NUL and line break in base64"},
    {SPAN("=?iso-2022-jp?B?GyRCRnwNCg==?="), "日", 0, "a line break in ISO-2022-JP"},
};

static const struct row raw_rows[] = {
    {SPAN(" =?UTF-8?Q?x?= "), "=?UTF-8?Q?x?=", 0, "no decoding"},
    {SPAN(" =?UTF-8?Q?x?=\r\n caf\xe9"), "=?UTF-8?Q?x?= café", VALUE_BAD_CHARSET, "8-bit"},
    {SPAN(" from a (b\r\n\t[192.0.2.1])"), "from a (b [192.0.2.1])", 0, "unfolded"},
    {SPAN("a\0\x1b[mb"), "a [mb", 0, "control characters"},
};

static const struct {
	const char *text;
	bool is_plain;
} plain_rows[] = {
    {"a", true},
    {"a b~!", true},
    {"=?UTF-8?Q?x?=", true},
    {"bob@customer.example", true},
    {"", false},
    {" a", false},
    {"a ", false},
    {"a\tb", false},
    {"0123456789\x7f", false},
    {"0123456789abcde\xc3\xa9", false},
};

typedef struct span reading(struct value_reader *, struct span, struct arena *, unsigned *);

static void check_rows(struct fixture *fixture, const struct row *rows, size_t n, reading *read)
{
	for (const struct row *row = rows; row < rows + n; row++) {
		unsigned defects = 0;
		struct span value;

		arena_reset(&fixture->arena);
		value = read(&fixture->reader, row->body, &fixture->arena, &defects);
		assert_span_text(value, row->want, row->why);
		if (defects != row->defects)
			fail_msg("%s: defects %u, want %u", row->why, defects, row->defects);
		assert_false(fixture->arena.failed);
	}
}

static void test_text(void **state)
{
	check_rows(*state, text_rows, TABLE_COUNT(text_rows), value_text);
}

static void test_raw(void **state)
{
	check_rows(*state, raw_rows, TABLE_COUNT(raw_rows), value_raw);
	/* What is plain is what stays as it is, and nothing else. */
	for (size_t i = 0; i < TABLE_COUNT(raw_rows); i++)
		assert_row(!value_is_plain(raw_rows[i].body), raw_rows[i].why);
	for (size_t i = 0; i < TABLE_COUNT(plain_rows); i++)
		assert_row(value_is_plain(span_of(plain_rows[i].text)) == plain_rows[i].is_plain,
		    plain_rows[i].text);
}

static void test_defects_add_up(void **state)
{
	struct fixture *fixture = *state;
	unsigned defects = VALUE_CUT;

	value_text(&fixture->reader, SPAN("\xe9"), &fixture->arena, &defects);
	assert_int_equal(defects, VALUE_CUT | VALUE_BAD_CHARSET);
}

/* Pieces repeated to n bytes, then the tail. */
struct long_row {
	const char *piece;
	size_t n;
	const char *tail;
	size_t want_n; /* bytes of the value, "…" included */
	bool cut;
	const char *why;
};

static void test_length(void **state)
{
	static const struct long_row rows[] = {
	    {"x", VALUE_MAX, "", VALUE_MAX, false, "just fits"},
	    {"x", VALUE_MAX, " \r\n ", VALUE_MAX, false, "blanks behind it do not count"},
	    {"x", VALUE_MAX, "\x01\x01", VALUE_MAX, false, "nor do control characters"},
	    {"x", VALUE_MAX + 1, "", VALUE_MAX + 3, true, "one too many"},
	    {"x", VALUE_MAX - 1, " y", VALUE_MAX + 3, true, "room for the blank only"},
	    {"x ", VALUE_MAX + 2, "", VALUE_MAX + 3, true, "words"},
	    {"x\r\n ", 4 * VALUE_MAX, "", VALUE_MAX + 3, true, "folds"},
	    {"\xc3\xa9", VALUE_MAX, "", VALUE_MAX, false, "two-byte characters fit"},
	    {"\xc3\xa9", VALUE_MAX + 2, "", VALUE_MAX + 3, true, "two-byte characters"},
	    {"\xe6\x97\xa5", VALUE_MAX + 1, "", VALUE_MAX - 2 + 3, true,
		"cut before a character that would not fit"},
	    {"\xf0\x9f\x98\x80", 2 * VALUE_MAX, "", VALUE_MAX + 3, true, "four-byte characters"},
	    {"=?UTF-8?Q?=E6=97=A5?= ", (size_t)22 * 1000, "", 3000, false, "short when decoded"},
	    {"\x80", VALUE_MAX, "", VALUE_MAX - 2 + 3, true, "grows when decoded"},
	    {"\n", VALUE_RAW_MAX - 1, "x", 1, false, "as much as is read"},
	    {"x\n ", 200000, "", VALUE_MAX + 3, true, "more than is read"},
	    {"\xe6\x97\xa5", 200001, "", VALUE_MAX - 2 + 3, true, "more, in UTF-8"},
	    {"\x01", VALUE_RAW_MAX, "x", 3, true, "nothing but controls as far as is read"},
	};
	struct fixture *fixture = *state;
	struct buf body;

	buf_init(&body, 0);
	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		const struct long_row *row = &rows[i];
		unsigned defects = 0;
		struct span value;

		buf_clear(&body);
		while (body.n < row->n)
			buf_add_text(&body, row->piece);
		buf_add_text(&body, row->tail);
		arena_reset(&fixture->arena);
		value = value_text(&fixture->reader, buf_span(&body), &fixture->arena, &defects);
		if (value.n != row->want_n)
			fail_msg("%s: %zu bytes, want %zu", row->why, value.n, row->want_n);
		assert_row(((defects & VALUE_CUT) != 0) == row->cut, row->why);
		assert_row(span_ends_nocase(value, SPAN(ELLIPSIS)) == row->cut, row->why);
		assert_row(utf8_valid(value), row->why);
		assert_row(row->piece[0] == '\x80' || (defects & VALUE_BAD_CHARSET) == 0, row->why);
	}
	buf_fini(&body);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_text, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_raw, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_defects_add_up, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_length, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
