#include "tests/unit/table.h"

#include "base/utf8.h"
#include "text/escape.h"

static const struct {
	const char *value;
	bool want;
	const char *why;
} formula_rows[] = {
    {"=1+1", true, "formula"},
    {"+49 30 1234", true, "plus"},
    {"-1", true, "minus"},
    {"@SUM(A1)", true, "function of old"},
    {"\t=1", true, "TAB"},
    {"\rx", true, "CR"},
    {"  =cmd|' /C calc'!A0", true, "behind blanks"},
    {"\xC2\xA0=1", true, "behind a no-break space"},
    {"\xE3\x80\x80@x", true, "behind an ideographic space"},
    {"\xE2\x80\x8B=1", true, "behind a zero-width space"},
    {"\xEF\xBB\xBF=1", true, "behind a byte order mark"},
    {"\xEF\xBC\x9D"
     "1",
	true, "full-width equals"},
    {"\xEF\xBC\x8B"
     "1",
	true, "full-width plus"},
    {"\xEF\xBC\x8D"
     "1",
	true, "full-width minus"},
    {"\xEF\xBC\xA0x", true, "full-width at"},
    {" \xEF\xBC\xA0x", true, "full-width at behind a blank"},
    {"", false, "empty"},
    {"   ", false, "only blanks"},
    {"user@example.com", false, "at inside"},
    {"'=1", false, "guarded already"},
    {"\"=1\"", false, "a quote is text"},
    {"\xFF=1", false, "no UTF-8"},
    {"<a-b@example.com>", false, "address"},
};

static void test_formula(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(formula_rows); i++)
		if (escape_is_formula(span_of(formula_rows[i].value)) != formula_rows[i].want)
			fail_msg("%s: \"%s\" gave %d", formula_rows[i].why, formula_rows[i].value,
			    !formula_rows[i].want);
}

static const struct {
	const char *value;
	bool raw;
	const char *want;
	const char *why;
} csv_rows[] = {
    {"", false, "\"\"", "empty"},
    {"plain", false, "\"plain\"", "always quoted"},
    {"a,b", false, "\"a,b\"", "delimiter"},
    {"say \"hi\"", false, "\"say \"\"hi\"\"\"", "quotes doubled"},
    {"=1", false, "\"'=1\"", "guarded"},
    {"=1", true, "\"=1\"", "raw"},
    {" =\"x\"", false, "\"' =\"\"x\"\"\"", "guard in front of the blank"},
    {"'=1", false, "\"''=1\"", "what would be taken for a guard"},
    {"''=1", false, "\"'''=1\"", "more of it"},
    {"'=1", true, "\"'=1\"", "raw"},
    {"'tis", false, "\"'tis\"", "a ' in front of a text"},
    {"00491234", false, "\"=\"\"00491234\"\"\"", "a login that would lose its zeros"},
    {"'00491234", false, "\"'00491234\"", "with a ' of its own"},
    {"=\"00491234\"", false, "\"'=\"\"00491234\"\"\"", "what would be taken for that guard"},
    {"10017", false, "\"10017\"", "a plain number"},
    {"gr\xC3\xBC\xC3\x9F", false, "\"gr\xC3\xBC\xC3\x9F\"", "UTF-8 as it is"},
};

static void test_csv(void **state)
{
	struct buf out;

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(csv_rows); i++) {
		buf_init(&out, 0);
		escape_csv(
		    &out, span_of(csv_rows[i].value), csv_rows[i].raw ? ESCAPE_RAW : ESCAPE_TEXT);
		assert_span_text(buf_span(&out), csv_rows[i].want, csv_rows[i].why);
		buf_fini(&out);
	}
}

static const struct {
	const char *value;
	bool raw;
	const char *want;
	const char *why;
} sparing_rows[] = {
    {"", false, "", "empty"},
    {"bob@example.com", false, "bob@example.com", "not quoted"},
    {"two words; here", false, "two words; here", "the delimiter is a comma"},
    {"a,b", false, "\"a,b\"", "comma"},
    {"say \"hi\"", false, "\"say \"\"hi\"\"\"", "quotes doubled"},
    {"a\rb", false, "\"a\rb\"", "CR"},
    {"a\nb", false, "\"a\nb\"", "LF"},
    {" a", false, "\" a\"", "blank in front"},
    {"a ", false, "\"a \"", "blank behind"},
    {"=1", false, "'=1", "guarded"},
    {"=1,2", false, "\"'=1,2\"", "guarded and quoted"},
    {"=1", true, "=1", "raw"},
    {"gr\xC3\xBC\xC3\x9F", false, "gr\xC3\xBC\xC3\x9F", "UTF-8 as it is"},
};

static void test_csv_sparing(void **state)
{
	struct buf out;

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(sparing_rows); i++) {
		buf_init(&out, 0);
		escape_csv_sparing(&out, span_of(sparing_rows[i].value),
		    sparing_rows[i].raw ? ESCAPE_RAW : ESCAPE_TEXT);
		assert_span_text(buf_span(&out), sparing_rows[i].want, sparing_rows[i].why);
		buf_fini(&out);
	}
}

static const struct {
	const char *value;
	size_t n; /* 0: all of it */
	const char *want;
	const char *why;
} plain_rows[] = {
    {"plain \"text\", 'quoted'", 0, "plain \"text\", 'quoted'", "nothing is quoted"},
    {"a\tb\nc\rd\0e\x7F!", 11, "a b c d e !", "control characters"},
    {"a\xC2\x85!\xE2\x80\xA8!\xE2\x80\xA9!", 0, "a ! ! !", "line breaks of Unicode"},
    {"=1+1", 0, "'=1+1", "a formula"},
    {"\t@x", 0, "' @x", "one behind a tab"},
    {"007", 0, "007", "a number stays as it is"},
    {"\xE6\xBC\xA2\xFF!", 0, "\xE6\xBC\xA2\xEF\xBF\xBD!", "no UTF-8"},
    {"", 0, "", "nothing"},
};

static void test_plain(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(plain_rows); i++) {
		struct span value = span_of(plain_rows[i].value);
		struct buf out;

		if (plain_rows[i].n > 0)
			value.n = plain_rows[i].n;
		buf_init(&out, 0);
		escape_plain(&out, value, ESCAPE_TEXT);
		assert_span_text(buf_span(&out), plain_rows[i].want, plain_rows[i].why);
		buf_fini(&out);
	}
}

static const char *const values[] = {"", "'", "''", "=", "'=", "''=", "=1", "'=1", "'''=1", " =1",
    "' =1", " '=1", "'\t=1", "+", "'+", "-1", "'-1", "@x", "'@x", "1", "'1", "''1", "007", "'007",
    "''007", "1E5", "'1E5", "jan1", "'jan1", "'x", "''x", "x", "x'=1", "'\xEF\xBC\x9D",
    "\xE2\x80\x99=1", "\"'=1\"", "'\"=1", "'\xE2\x80\x8B=1", "'\xFF=1", "'192.0.2.1", "TRUE",
    "'TRUE", "=\"007\"", "'=\"007\"", "=\"\"", "=\"", "=\"x\"", "=\"=\"007\"\"", "\"007\""};

/* What is put around a value is taken off again, and nothing else. */
static void test_guard_is_exact(void **state)
{
	static const enum escape_guard guards[] = {ESCAPE_RAW, ESCAPE_FORMULA, ESCAPE_TEXT};

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(guards) * TABLE_COUNT(values); i++) {
		enum escape_guard guard = guards[i % TABLE_COUNT(guards)];
		struct span value = span_of(values[i / TABLE_COUNT(guards)]);
		struct buf field;
		struct buf cell;

		buf_init(&field, 0);
		buf_init(&cell, 0);
		escape_csv(&field, value, guard);
		/* Without the quotes of CSV. */
		for (size_t at = 1; at + 1 < field.n; at += field.p[at] == '"' ? 2 : 1)
			buf_add_char(&cell, field.p[at]);
		assert_span_text(escape_unguard(buf_span(&cell), guard), value.p, value.p);
		buf_fini(&field);
		buf_fini(&cell);
	}
}

/* A value that is not there at all is a NULL span. */
static void test_null(void **state)
{
	const struct escape_display how = {.delimiter = ','};
	struct buf out;

	(void)state;
	buf_init(&out, 0);
	escape_csv(&out, SPAN_EMPTY, ESCAPE_TEXT);
	escape_csv_sparing(&out, SPAN_EMPTY, ESCAPE_TEXT);
	escape_display(&out, SPAN_EMPTY, &how);
	assert_span_text(buf_span(&out), "\"\"", "no value");
	buf_fini(&out);
}

static const struct {
	const char *value;
	struct escape_display how;
	const char *want;
	const char *why;
} display_rows[] = {
    {"plain text", {.delimiter = ','}, "plain text", "not quoted"},
    {"", {.delimiter = ','}, "", "empty"},
    {"a,b", {.delimiter = ','}, "\"a,b\"", "holds the delimiter"},
    {"a,b", {.delimiter = ';'}, "a,b", "another delimiter"},
    {"a;b", {.delimiter = ';'}, "\"a;b\"", "holds that"},
    {"6\" pipe", {.delimiter = ','}, "\"6\"\" pipe\"", "holds a quote"},
    {" x", {.delimiter = ','}, "\" x\"", "blank in front"},
    {"x ", {.delimiter = ','}, "\"x \"", "blank behind"},
    {"=1", {.delimiter = ',', .guard = ESCAPE_TEXT}, "'=1", "guarded"},
    {"=1", {.delimiter = ','}, "=1", "raw"},
    {"a\x1B[31mb", {.delimiter = ','}, "a<U+001B>[31mb", "C0"},
    {"a\x7F", {.delimiter = ','}, "a<U+007F>", "DEL"},
    {"a\xC2\x9B"
     "31m",
	{.delimiter = ','}, "a<U+009B>31m", "C1 in UTF-8"},
    {"a\x9B"
     "31m",
	{.delimiter = ','}, "a<9B>31m", "C1 as a byte"},
    {"a\nb\r", {.delimiter = ','}, "\"a<U+000A>b<U+000D>\"", "line breaks"},
    {"evil\xE2\x80\xAEtxt.exe", {.delimiter = ','}, "evil<U+202E>txt.exe",
	"right-to-left override"},
    {"\xE2\x81\xA6x\xE2\x81\xA9", {.delimiter = ','}, "<U+2066>x<U+2069>", "isolates"},
    {"z\xE2\x80\x8Bw", {.delimiter = ','}, "z<U+200B>w", "zero width"},
    {"a\xE2\x80\xA8"
     "b",
	{.delimiter = ','}, "a<U+2028>b", "line separator"},
    {"\xF3\xA0\x81\x81x", {.delimiter = ','}, "<U+E0041>x", "tag character"},
    {"gr\xC3\xBCn", {.delimiter = ','}, "gr\xC3\xBCn", "UTF-8 terminal"},
    {"gr\xC3\xBCn", {.delimiter = ',', .ascii_only = true}, "gr<U+00FC>n", "ASCII terminal"},
    {"\xF0\x9F\x98\x80", {.delimiter = ',', .ascii_only = true}, "<U+1F600>", "beyond the BMP"},
};

static void test_display(void **state)
{
	struct buf out;

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(display_rows); i++) {
		buf_init(&out, 0);
		escape_display(&out, span_of(display_rows[i].value), &display_rows[i].how);
		assert_span_text(buf_span(&out), display_rows[i].want, display_rows[i].why);
		buf_fini(&out);
	}
}

/* Whatever the bytes are, nothing that a terminal acts upon gets through. */
static void test_display_any_byte(void **state)
{
	const struct escape_display how = {.delimiter = ',', .ascii_only = true};
	struct buf out;

	(void)state;
	for (unsigned pair = 0; pair <= 0xFFFF; pair++) {
		char value[] = {'x', (char)(pair >> 8), (char)(pair & 0xFF), 'x'};

		buf_init(&out, 0);
		escape_display(&out, (struct span){value, sizeof(value)}, &how);
		for (size_t i = 0; i < out.n; i++)
			if ((unsigned char)out.p[i] < 0x20 || (unsigned char)out.p[i] > 0x7E)
				fail_msg(
				    "bytes %04X gave byte %02X", pair, (unsigned char)out.p[i]);
		buf_fini(&out);
	}
}

static void test_html(void **state)
{
	static const struct {
		const char *value;
		const char *want;
		const char *why;
	} rows[] = {
	    {"", "", "empty"},
	    {"a b", "a b", "plain"},
	    {"&<>\"'", "&amp;&lt;&gt;&quot;&#39;", "all that HTML gives a meaning"},
	    {"&lt;", "&amp;lt;", "what is escaped already"},
	    {"</details><script>", "&lt;/details&gt;&lt;script&gt;", "tags"},
	    {"gr\xC3\xBC\xC3\x9F \xF0\x9F\x93\xA7", "gr\xC3\xBC\xC3\x9F \xF0\x9F\x93\xA7", "UTF-8"},
	    {"a\xE2\x80\xAE"
	     "b",
		"a&lt;U+202E&gt;b", "direction override"},
	    {"a\xE2\x80\x8B"
	     "b",
		"a&lt;U+200B&gt;b", "zero width"},
	    {"a\n\x1B\x7F", "a&lt;U+000A&gt;&lt;U+001B&gt;&lt;U+007F&gt;", "controls"},
	    {"\xFF<", "&lt;FF&gt;&lt;", "no UTF-8"},
	};
	struct buf out;

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		buf_init(&out, 0);
		escape_html(&out, span_of(rows[i].value));
		assert_span_text(buf_span(&out), rows[i].want, rows[i].why);
		buf_fini(&out);
	}
}

static void test_json(void **state)
{
	static const struct {
		const char *value;
		const char *want;
		const char *ascii;
	} rows[] = {
	    {"", "", ""},
	    {"{\"a\":\"\\u0001\\n\"}\n", "{\"a\":\"\\u0001\\n\"}\n", "{\"a\":\"\\u0001\\n\"}\n"},
	    {"a\x7F\x1B[2J\t", "a\\u007f\\u001b[2J\\u0009", "a\\u007f\\u001b[2J\\u0009"},
	    {"\xC3\xA4 \xE2\x80\x99", "\xC3\xA4 \xE2\x80\x99", "\\u00e4 \\u2019"},
	    {"evil\xE2\x80\xAEtxt", "evil\\u202etxt", "evil\\u202etxt"},
	    {"\xE2\x80\xA8\xE2\x80\x8B\xC2\x9B", "\\u2028\\u200b\\u009b", "\\u2028\\u200b\\u009b"},
	    {"\xF0\x9F\x98\x80", "\xF0\x9F\x98\x80", "\\ud83d\\ude00"},
	    {"\xF3\xA0\x81\x81", "\\udb40\\udc41", "\\udb40\\udc41"},
	    {"a\xFF", "a\\ufffd", "a\\ufffd"},
	};

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		struct buf out;

		buf_init(&out, 0);
		escape_json(&out, span_of(rows[i].value), false);
		assert_string_equal(buf_string(&out), rows[i].want);
		buf_clear(&out);
		escape_json(&out, span_of(rows[i].value), true);
		assert_string_equal(buf_string(&out), rows[i].ascii);
		buf_fini(&out);
	}
}

static void test_rows(void **state)
{
	static const struct {
		const char *rows;
		const char *want;
		const char *ascii;
	} rows[] = {
	    {"", "", ""},
	    {"\"a\",\"=b\"\r\n1\t2\n", "\"a\",\"=b\"\r\n1\t2\n", "\"a\",\"=b\"\r\n1\t2\n"},
	    {"a\x7F\x1B[2J\b", "a<U+007F><U+001B>[2J<U+0008>", "a<U+007F><U+001B>[2J<U+0008>"},
	    {"\xC3\xA4 \xE2\x80\x99", "\xC3\xA4 \xE2\x80\x99", "<U+00E4> <U+2019>"},
	    {"\"evil\xE2\x80\xAEtxt\"", "\"evil<U+202E>txt\"", "\"evil<U+202E>txt\""},
	    {"\xE2\x80\xA8\xE2\x81\xA6\xC2\x9B", "<U+2028><U+2066><U+009B>",
		"<U+2028><U+2066><U+009B>"},
	    {"a\xFF", "a<FF>", "a<FF>"},
	};

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		struct buf out;

		buf_init(&out, 0);
		escape_rows(&out, span_of(rows[i].rows), false);
		assert_string_equal(buf_string(&out), rows[i].want);
		buf_clear(&out);
		escape_rows(&out, span_of(rows[i].rows), true);
		assert_string_equal(buf_string(&out), rows[i].ascii);
		buf_fini(&out);
	}
}

static void add_html(struct buf *out, struct span text)
{
	escape_html(out, text);
}

static void add_plain(struct buf *out, struct span text)
{
	escape_plain(out, text, ESCAPE_RAW);
}

/* What means nothing is copied many bytes at a time: each character is what it is alone. */
static void test_runs(void **state)
{
	void (*const add[])(struct buf *, struct span) = {add_html, add_plain};
	const struct span around = SPAN("a login of the customer");

	(void)state;
	for (size_t i = 0; i < 2 * 0x2100 * (around.n + 1); i++) {
		struct span head = span_head(around, i / 2 % (around.n + 1));
		uint32_t c = (uint32_t)(i / 2 / (around.n + 1));
		struct buf character, text, whole, apart;

		buf_init(&character, 0);
		buf_init(&text, 0);
		buf_init(&whole, 0);
		buf_init(&apart, 0);
		utf8_add(&character, c);
		buf_add(&text, head);
		buf_add_buf(&text, &character);
		buf_add(&text, span_from(around, head.n));
		add[i % 2](&whole, buf_span(&text));
		buf_add(&apart, head);
		add[i % 2](&apart, buf_span(&character));
		buf_add(&apart, span_from(around, head.n));
		assert_true(span_eq(buf_span(&whole), buf_span(&apart)));
		buf_fini(&character);
		buf_fini(&text);
		buf_fini(&whole);
		buf_fini(&apart);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_formula),
	    cmocka_unit_test(test_csv),
	    cmocka_unit_test(test_csv_sparing),
	    cmocka_unit_test(test_guard_is_exact),
	    cmocka_unit_test(test_plain),
	    cmocka_unit_test(test_null),
	    cmocka_unit_test(test_display),
	    cmocka_unit_test(test_display_any_byte),
	    cmocka_unit_test(test_html),
	    cmocka_unit_test(test_json),
	    cmocka_unit_test(test_rows),
	    cmocka_unit_test(test_runs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
