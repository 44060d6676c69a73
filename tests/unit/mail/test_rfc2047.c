#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "mail/rfc2047.h"
#include "tests/unit/table.h"

#define FFFD "\xef\xbf\xbd"

/* A name longer than CHARSET_NAME_MAX and ENCODED_WORD_LANGUAGE_MAX together. */
#define A20      "aaaaaaaaaaaaaaaaaaaa"
#define A_LOT_OF A20 A20 A20 A20 A20

struct row {
	struct span text;
	const char *want;
	size_t defects;
	const char *why;
};

static const struct row rows[] = {
    /* RFC 2047, 8. */
    {SPAN("=?ISO-8859-1?Q?a?="), "a", 0, "one"},
    {SPAN("=?ISO-8859-1?Q?a?= b"), "a b", 0, "text behind"},
    {SPAN("=?ISO-8859-1?Q?a?= =?ISO-8859-1?Q?b?="), "ab", 0, "adjacent"},
    {SPAN("=?ISO-8859-1?Q?a?=  \r\n\t =?ISO-8859-1?Q?b?="), "ab", 0, "adjacent, folded"},
    {SPAN("=?ISO-8859-1?Q?a_b?="), "a b", 0, "underscore"},
    {SPAN("=?ISO-8859-1?Q?a?= =?ISO-8859-2?Q?_b?="), "a b", 0, "two sets"},
    {SPAN("(=?ISO-8859-1?Q?a?=)"), "(a)", 0, "in a comment"},

    /* How it is written. */
    {SPAN("no word"), "no word", 0, "plain"},
    {SPAN(""), "", 0, "empty"},
    {SPAN("=?utf-8?q?caf=c3=A9?="), "café", 0, "lower case q and hexadecimal"},
    {SPAN("=?UTF-8?b?Y2Fmw6k=?="), "café", 0, "lower case b"},
    {SPAN("\"=?UTF-8?Q?x?=\" <a@example.com>"), "\"x\" <a@example.com>", 0, "in quotes"},
    {SPAN("x=?UTF-8?Q?y?=z"), "xyz", 0, "no blanks around it"},
    {SPAN("=?UTF-8?Q?y?==?UTF-8?B?eg==?="), "yz", 0, "nothing between"},
    {SPAN("=?UTF-8*en-GB?Q?colour?="), "colour", 0, "language"},
    {SPAN("=?UTF-8*en?Q?a?= =?UTF-8*fr?Q?b?="), "ab", 0, "languages do not part words"},
    {SPAN("=?UTF-8?Q?a b  c?="), "a b  c", 0, "blanks inside"},
    {SPAN("=?UTF-8?B?Y2Fm\r\n w6k=?="), "café", 0, "base64 folded inside"},
    {SPAN("=?UTF-8?Q?Why?\?="), "Why?", 0, "a question mark inside"},
    {SPAN("=?UTF-8?Q?a=?="), "a=", 0, "an equals sign at the end"},
    {SPAN("=?UTF-8?Q?\?= x"), " x", 0, "no text"},
    {SPAN("=?UTF-8?B?\?="), "", 0, "no base64"},
    {SPAN("=?windows-1252?Q?=80?="), "€", 0, "windows-1252"},
    {SPAN("=?cp1252?Q?=80?="), "€", 0, "cp1252"},
    {SPAN("=?gb2312?B?1tDOxA==?="), "中文", 0, "gb2312"},
    {SPAN("=?iso-8859-8-i?Q?=F9?="), "ש", 0, "iso-8859-8-i"},
    {SPAN("=?ks_c_5601-1987?B?x9E=?="), "한", 0, "ks_c_5601-1987"},
    {SPAN("=?koi8-r?B?8NLJ18XU?="), "Привет", 0, "koi8-r"},
    {SPAN("=?iso-2022-jp?B?GyRCRnxLXBsoQg==?="), "日本", 0, "iso-2022-jp"},
    {SPAN("=?utf-7?Q?+ADw-b+AD4-?="), "<b>", 0, "utf-7"},

    /* Characters split over words. */
    {SPAN("=?UTF-8?Q?=E6=97?= =?UTF-8?Q?=A5?="), "日", 0, "Q"},
    {SPAN("=?UTF-8?B?5pc=?= =?UTF-8?B?pQ==?="), "日", 0, "B"},
    {SPAN("=?UTF-8?B?5pc=?= =?utf-8?Q?=A5!?="), "日!", 0, "B and Q"},
    {SPAN("=?UTF-8?B?5pc=?= x =?UTF-8?B?pQ==?="), FFFD FFFD " x " FFFD, 3, "text between"},
    {SPAN("=?UTF-8?B?5pc=?= =?GB18030?B?1tA=?="), FFFD FFFD "中", 2, "split, two sets"},
    {SPAN("=?iso-2022-jp?B?GyRCRnxL?= =?iso-2022-jp?B?XBsoQg==?="), "日本", 0,
	"iso-2022-jp torn inside a character"},
    {SPAN("=?iso-2022-jp?B?GyRCRnw=?= =?iso-2022-jp?B?S1wbKEI=?="), "日本", 0,
	"iso-2022-jp torn between characters"},
    {SPAN("=?iso-2022-jp?B?GyRCRnw=?= =?iso-2022-jp?Q?abcd?="), "日abcd", 0,
	"each word begins in ASCII"},
    {SPAN("=?iso-2022-jp?B?GyRCRnwbKEI=?= =?iso-2022-jp?B?GyRCS1wbKEI=?="), "日本", 0,
	"iso-2022-jp as it should be"},
    {SPAN("=?gb2312?B?1v8=?= =?gb2312?B?1tA=?="), FFFD FFFD "中", 2, "bad joined, bad alone"},

    /* Defects. */
    {SPAN("=?UTF-8?B?YWI=YWI=?="), "abab", 0, "padding in the middle"},
    {SPAN("=?UTF-8?B?YWI?="), "ab", 0, "no padding"},
    {SPAN("=?UTF-8?B?YW*I=?="), "ab", 1, "a sign that is no digit"},
    {SPAN("=?UTF-8?B?YWJjY?="), "abc", 1, "one digit too many"},
    {SPAN("=?UTF-8?B?Y=?="), "=?UTF-8?B?Y=?=", 0, "no byte in it"},
    {SPAN("=?UTF-8?B?####?="), "=?UTF-8?B?####?=", 0, "not base64"},
    {SPAN("=?UTF-8?B?=?="), "", 0, "padding only"},
    {SPAN("=?UTF-8?B?w6n_?="), "é" FFFD, 1, "base64url"},
    {SPAN("=?UTF-8?Q?a=zz=4?="), "a=zz=4", 0, "malformed Q"},
    {SPAN("=?UTF-8?Q?caf\xc3\xa9?="), "café", 0, "raw UTF-8 inside"},
    {SPAN("=?UTF-8?Q?caf=E9?="), "caf" FFFD, 1, "a lie"},
    {SPAN("=?ascii?Q?caf=C3=A9?="), "café", 0, "bogus ascii"},
    {SPAN("=?x-unknown?Q?caf=C3=A9?="), "café", 0, "unknown, but UTF-8"},
    {SPAN("=?unknown-8bit?Q?caf=E9?="), "caf" FFFD, 1, "unknown"},
    {SPAN("caf\xe9 =?UTF-8?Q?x?="), "café x", 1, "raw Windows-1252 before"},
    {SPAN("=?UTF-8?Q?x?= caf\xc3\xa9"), "x café", 0, "raw UTF-8 behind"},
    {SPAN("=?UTF-8?Q?a=0D=0AX:=1Bb?="),
	"a\r\nX:\x1b"
	"b",
	0, "control characters come through"},

    /* No encoded-words. */
    {SPAN("=?UTF-8?Q?x"), "=?UTF-8?Q?x", 0, "not closed"},
    {SPAN("=?UTF-8?Q?x?"), "=?UTF-8?Q?x?", 0, "nearly closed"},
    {SPAN("=?UTF-8?Q?x =?UTF-8?Q?y?="), "=?UTF-8?Q?x y", 0, "closed by the next only"},
    {SPAN("=?UTF-8?X?x?="), "=?UTF-8?X?x?=", 0, "unknown encoding"},
    {SPAN("=?UTF-8??x?="), "=?UTF-8??x?=", 0, "no encoding"},
    {SPAN("=??Q?Re=3A_x?="), "Re: x", 0, "no character set"},
    {SPAN("=??B?w7Y=?="), "\xc3\xb6", 0, "no character set, UTF-8"},
    {SPAN("=?eucgb2312_cn?q?=B4=F0?="), "\xe7\xad\x94", 0, "the name of Python for GB 2312"},
    {SPAN("=?SJIS-win?B?k/o=?="), "\xe6\x97\xa5", 0, "the name of PHP for Shift_JIS"},
    {SPAN("=?UTF 8?Q?x?="), "=?UTF 8?Q?x?=", 0, "a blank in the character set"},
    {SPAN("=?="), "=?=", 0, "next to nothing"},
    {SPAN("=?"), "=?", 0, "nothing"},
    {SPAN("a =? b ?= c"), "a =? b ?= c", 0, "just signs"},
    {SPAN("=?" A_LOT_OF "?Q?x?="), "=?" A_LOT_OF "?Q?x?=", 0, "an endless character set"},
};

static void test_decode(void **state)
{
	struct charset_cache *cache = charset_cache_new();

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		struct buf out;
		size_t defects;

		buf_init(&out, 0);
		defects = rfc2047_decode(rows[i].text, cache, &out);
		assert_span_text(buf_span(&out), rows[i].want, rows[i].why);
		if (defects != rows[i].defects)
			fail_msg(
			    "%s: %zu defects, want %zu", rows[i].why, defects, rows[i].defects);
		buf_fini(&out);
	}
	charset_cache_free(cache);
}

static void test_nul(void **state)
{
	struct charset_cache *cache = charset_cache_new();
	struct buf out;

	(void)state;
	buf_init(&out, 0);
	rfc2047_decode(SPAN("a\0=?UTF-8?B?YgBj?="), cache, &out);
	assert_true(span_eq(buf_span(&out), SPAN("a\0b\0c")));
	buf_fini(&out);
	charset_cache_free(cache);
}

/* Were the cost quadratic, each of these would take minutes. */
static void test_cost(void **state)
{
	static const char *const pieces[] = {
	    "=?a?Q?x",
	    "=?",
	    "=?a?Q?x?=",
	    "=?a?B?####?=",
	    "=?a*",
	    "=?iso-2022-jp?Q?=1B$B0?= ",
	};
	struct charset_cache *cache = charset_cache_new();

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(pieces); i++) {
		struct buf in;
		struct buf out;

		buf_init(&in, 0);
		buf_init(&out, 0);
		while (in.n < (size_t)1024 * 1024)
			buf_add_text(&in, pieces[i]);
		rfc2047_decode(buf_span(&in), cache, &out);
		assert_true(out.n > 0);
		buf_fini(&in);
		buf_fini(&out);
	}
	charset_cache_free(cache);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_decode),
	    cmocka_unit_test(test_nul),
	    cmocka_unit_test(test_cost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
