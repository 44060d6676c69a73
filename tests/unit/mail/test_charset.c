#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>

#include "base/utf8.h"
#include "mail/charset.h"
#include "tests/unit/table.h"

struct row {
	const char *charset;
	struct span text;
	const char *want;
	size_t bad;
};

static const struct row rows[] = {
    /* One row for each name of the table, and the spellings that differ. */
    {"utf-8", SPAN("caf\xc3\xa9"), "café", 0},
    {"UTF8", SPAN("caf\xc3\xa9"), "café", 0},
    {"unicode-1-1-utf-8", SPAN("\xc3\xa9"), "é", 0},
    {"us-ascii", SPAN("plain"), "plain", 0},
    {"ANSI_X3.4-1968", SPAN("plain"), "plain", 0},
    {"iso646-us", SPAN("plain"), "plain", 0},
    {"utf-7", SPAN("Hi +ZeU-"), "Hi 日", 0},
    {"utf-16be", SPAN("\0H\x65\xe5"), "H日", 0},
    {"UTF-16", SPAN("\xfe\xff\0H\x65\xe5"), "H日", 0},
    {"utf-32be", SPAN("\0\0\x65\xe5"), "日", 0},
    {"iso-8859-1", SPAN("caf\xe9"), "café", 0},
    {"ISO_8859-1:1987", SPAN("caf\xe9"), "café", 0},
    {"latin1", SPAN("caf\xe9"), "café", 0},
    {"iso-8859-2", SPAN("\xb9"), "š", 0},
    {"iso8859-15", SPAN("\xa4"), "€", 0},
    {"latin2", SPAN("\xb9"), "š", 0},
    {"iso-8859-8-i", SPAN("\xf9"), "ש", 0},
    {"ISO-8859-8-E", SPAN("\xf9"), "ש", 0},
    {"iso-8859-9", SPAN("\xfe\xa9"), "ş©", 0},
    {"windows-1252", SPAN("\x80\x93x\x94"), "€“x”", 0},
    {"cp1252", SPAN("\x80"), "€", 0},
    {"Windows1251", SPAN("\xcf\xf0"), "Пр", 0},
    {"x-cp1251", SPAN("\xcf\xf0"), "Пр", 0},
    {"windows-1254", SPAN("\xfe"), "ş", 0},
    {"windows-874", SPAN("\xa1"), "ก", 0},
    {"cp437", SPAN("\x81"), "ü", 0},
    {"ibm437", SPAN("\x81"), "ü", 0},
    {"cp850", SPAN("\x81"), "ü", 0},
    {"IBM866", SPAN("\x8f"), "П", 0},
    {"koi8-r", SPAN("\xf0\xd2"), "Пр", 0},
    {"KOI8-U", SPAN("\xa4"), "є", 0},
    {"cskoi8r", SPAN("\xf0\xd2"), "Пр", 0},
    {"macintosh", SPAN("\x8e"), "é", 0},
    {"x-mac-roman", SPAN("\x8e"), "é", 0},
    {"x-mac-cyrillic", SPAN("\x8f"), "П", 0},
    {"tis-620", SPAN("\xa1"), "ก", 0},
    {"viscii", SPAN("\xaa"), "ế", 0},
    {"gb2312", SPAN("\xd6\xd0\xce\xc4"), "中文", 0},
    {"gb2312", SPAN("\x96\x7c"), "東", 0}, /* only in the superset */
    {"GB_2312-80", SPAN("\xd6\xd0"), "中", 0},
    {"gb18030", SPAN("\x81\x30\x81\x30"), "\xc2\x80", 0},
    {"gbk", SPAN("\xd6\xd0"), "中", 0},
    {"x-gbk", SPAN("\xd6\xd0"), "中", 0},
    {"cp936", SPAN("\xd6\xd0"), "中", 0},
    {"windows-936", SPAN("\xd6\xd0"), "中", 0},
    {"euc-cn", SPAN("\xd6\xd0"), "中", 0},
    {"big5", SPAN("\xa4\xa4\xa4\xe5"), "中文", 0},
    {"big5-hkscs", SPAN("\xa4\xa4"), "中", 0},
    {"x-x-big5", SPAN("\xa4\xa4"), "中", 0},
    {"cp950", SPAN("\xa4\xa4"), "中", 0},
    {"euc-tw", SPAN("\xc4\xe3"), "中", 0},
    {"euc-jp", SPAN("\xc6\xfc\xcb\xdc"), "日本", 0},
    {"x-euc-jp", SPAN("\xc6\xfc"), "日", 0},
    {"shift_jis", SPAN("\x93\xfa\x96{"), "日本", 0},
    {"x-sjis", SPAN("\x93\xfa"), "日", 0},
    {"sjis", SPAN("\x93\xfa"), "日", 0},
    {"windows-31j", SPAN("\x87\x40"), "①", 0},
    {"cp932", SPAN("\x87\x40"), "①", 0},
    {"euc-kr", SPAN("\xc7\xd1"), "한", 0},
    {"ks_c_5601-1987", SPAN("\xc7\xd1"), "한", 0},
    {"KSC5601", SPAN("\x8c\x63"), "똠", 0}, /* only in the superset */
    {"ks_x_1001", SPAN("\xc7\xd1"), "한", 0},
    {"cp949", SPAN("\xc7\xd1"), "한", 0},
    {"windows-949", SPAN("\xc7\xd1"), "한", 0},
    {"uhc", SPAN("\xc7\xd1"), "한", 0},
    {"johab", SPAN("\xd0\x65"), "한", 0},
    {"iso-2022-jp", SPAN("\x1b$BF|K\\\x1b(B!"), "日本!", 0},
    {"csISO2022JP", SPAN("\x1b$BF|\x1b(B"), "日", 0},
    {"iso-2022-jp-2", SPAN("\x1b$BF|\x1b(B"), "日", 0},
    {"iso-2022-kr", SPAN("\x1b$)C\x0eGQ\x0f"), "한", 0},

    /* What is not in order. */
    {"utf-8", SPAN("caf\xe9!"), "caf\xef\xbf\xbd!", 1},
    {"utf-8", SPAN("\xed\xa0\x80"), "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd", 3}, /* surrogate */
    {"utf-8", SPAN("\xc0\x80"), "\xef\xbf\xbd\xef\xbf\xbd", 2},                 /* overlong */
    {"utf-8", SPAN("a\xe6\x97"), "a\xef\xbf\xbd\xef\xbf\xbd", 2},               /* cut */
    {"ascii", SPAN("caf\xc3\xa9"), "café", 0},
    {"ascii", SPAN("caf\xe9"), "caf\xef\xbf\xbd", 1},
    {"x-unknown", SPAN("caf\xc3\xa9 \xe9"), "café \xef\xbf\xbd", 1},
    {"unknown-8bit", SPAN("caf\xc3\xa9"), "café", 0},
    {"", SPAN("\xe9"), "\xef\xbf\xbd", 1},
    {"../../tmp/evil", SPAN("a"), "a", 0},
    {"UTF-8//IGNORE", SPAN("\xe9"), "\xef\xbf\xbd", 1},
    {"iso-8859-99", SPAN("\xc3\xa9\xe9"), "é\xef\xbf\xbd", 1}, /* no such part */
    {"iso-2022-cn-ext", SPAN("a"), "a", 0},                    /* kept out */
    {"windows-1252", SPAN("a\x81z"), "a\xef\xbf\xbdz", 1},
    {"gb2312", SPAN("\xd6\xd0\xff!"), "中\xef\xbf\xbd!", 1},
    {"gb2312", SPAN("\xd6"), "\xef\xbf\xbd", 1},
    {"iso-2022-jp", SPAN("caf\xc3\xa9"), "café", 0}, /* a lie */
    {"big5", SPAN("caf\xc3\xa9 \xe2\x82\xac"), "café €", 0},
    {"iso-2022-jp", SPAN("\x1b$BF|F"), "日\xef\xbf\xbd", 1},
    {"iso-2022-jp", SPAN("\x1b$B-!F|\x1b(Bx"), "\xef\xbf\xbd日x", 1}, /* stays in step */
    {"utf-7", SPAN("a+2AA-z"), "a\xef\xbf\xbd\xef\xbf\xbd", 2},
};

static void test_conversion(void **state)
{
	struct charset_cache *cache = charset_cache_new();

	(void)state;
	assert_non_null(cache);
	/* Twice, since the second round meets descriptors that have been used. */
	for (size_t i = 0; i < 2 * TABLE_COUNT(rows); i++) {
		const struct row *row = &rows[i % TABLE_COUNT(rows)];
		struct buf out;
		char label[96];
		size_t bad;

		snprintf(label, sizeof(label), "row %zu, %s", i, row->charset);
		buf_init(&out, 0);
		buf_add_text(&out, ">");
		bad = charset_to_utf8(cache, span_of(row->charset), row->text, &out);
		assert_span_text(span_from(buf_span(&out), 1), row->want, label);
		if (bad != row->bad)
			fail_msg("%s: %zu bad, want %zu", label, bad, row->bad);
		buf_fini(&out);
	}
	charset_cache_free(cache);
}

static void test_long_text(void **state)
{
	struct charset_cache *cache = charset_cache_new();
	struct buf in;
	struct buf out;

	(void)state;
	buf_init(&in, 0);
	buf_init(&out, 0);
	for (size_t i = 0; i < 20000; i++)
		buf_add_char(&in, '\xa4'); /* three bytes in UTF-8 */
	assert_int_equal(charset_to_utf8(cache, SPAN("iso-8859-15"), buf_span(&in), &out), 0);
	assert_int_equal(out.n, 60000);
	assert_true(utf8_valid(buf_span(&out)));
	buf_fini(&in);
	buf_fini(&out);
	charset_cache_free(cache);
}

static void test_full_buffer(void **state)
{
	struct charset_cache *cache = charset_cache_new();
	struct buf out;

	(void)state;
	buf_init(&out, 8);
	charset_to_utf8(cache, SPAN("iso-8859-15"), SPAN("0123456789"), &out);
	assert_int_not_equal(out.failed, 0);
	assert_true(out.n <= 8);
	buf_fini(&out);
	charset_cache_free(cache);
}

static void test_raw(void **state)
{
	static const struct row raw[] = {
	    {"ASCII", SPAN("plain"), "plain", 0},
	    {"UTF-8", SPAN("caf\xc3\xa9"), "café", 0},
	    {"Latin-1", SPAN("caf\xe9"), "café", 1},
	    {"Windows-1252", SPAN("\x80\x93\x9f"), "€“Ÿ", 3},
	    {"both", SPAN("\xc3\xa9\xe9\xc3"), "ééÃ", 2},
	    {"undefined", SPAN("\x81\x8d\x8f\x90\x9d"),
		"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd", 5},
	    {"no-break space", SPAN("a@example.com\xa0"), "a@example.com\xc2\xa0", 1},
	    {"all of 0xA0 to 0xFF", SPAN("\xa0\xff"), "\xc2\xa0ÿ", 2},
	    {"control characters stay", SPAN("a\x1b\x7f"), "a\x1b\x7f", 0},
	};

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(raw); i++) {
		struct buf out;

		buf_init(&out, 0);
		if (charset_raw_to_utf8(raw[i].text, &out) != raw[i].bad)
			fail_msg("%s: wrong number of bytes", raw[i].charset);
		assert_span_text(buf_span(&out), raw[i].want, raw[i].charset);
		buf_fini(&out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_conversion),
	    cmocka_unit_test(test_long_text),
	    cmocka_unit_test(test_full_buffer),
	    cmocka_unit_test(test_raw),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
