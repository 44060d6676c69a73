#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "mail/header.h"
#include "tests/unit/table.h"

/* All fields as "name|body\n", with the defects at the end. */
static void header_dump(struct span block, struct buf *out)
{
	struct header_iter iter;
	struct header_field field;

	header_iter_init(&iter, block);
	while (header_next(&iter, &field) == 1) {
		buf_add(out, field.name);
		buf_add_char(out, '|');
		buf_add(out, field.body);
		buf_add_char(out, '\n');
	}
	buf_printf(out, "%u", iter.defects);
}

static void test_fields(void **state)
{
	static const struct {
		struct span block;
		const char *want;
		const char *why;
	} rows[] = {
	    {SPAN("From: a\r\nTo: b\r\n\r\nBody: no\r\n"), "From| a\nTo| b\n0", "CR LF"},
	    {SPAN("From: a\nTo: b\n\nBody: no\n"), "From| a\nTo| b\n0", "bare LF"},
	    {SPAN("From: a\r\r\nTo: b\r\r\n\r\r\nBody: no\r\r\n"), "From| a\nTo| b\n0",
		"doubled CR"},
	    {SPAN("From: a"), "From| a\n0", "no end"},
	    {SPAN(""), "0", "nothing"},
	    {SPAN("\r\nFrom: body\r\n"), "0", "no header section"},
	    {SPAN("\n indented body\nFrom: body\n"), "0", "body begins with a blank"},
	    {SPAN("A: b\n\n indented body\nFrom: body\n"), "A| b\n0",
		"the empty line has no continuation"},
	    {SPAN("From x@example.com Mon Jan  1\nA: b\n\n"), "A| b\n0", "mbox line"},
	    {SPAN("A: b\nFrom x@example.com\nC: d\n"), "A| b\nC| d\n2", "mbox line elsewhere"},
	    {SPAN("A: b\r\n c\r\n\td\r\nE: f\r\n"), "A| b\r\n c\r\n\td\nE| f\n0", "folded"},
	    {SPAN("A: b\n  \n c\nE: f\n"), "A| b\n  \n c\nE| f\n0", "a fold of blanks only"},
	    {SPAN("A: b\n \t \n\nE: f\n"), "A| b\n \t \n0", "a fold of blanks before the end"},
	    {SPAN(" junk\nA: b\n"), "A| b\n2", "begins with a continuation"},
	    {SPAN("junk\n more\nA: b\n"), "A| b\n2", "no colon; its fold goes too"},
	    {SPAN("two words: x\nA: b\n"), "A| b\n2", "a blank inside the name"},
	    {SPAN(": x\nA: b\n"), "A| b\n2", "an empty name"},
	    {SPAN("N\xc3\xa4me: x\nA: b\n"), "A| b\n2", "8-bit name"},
	    {SPAN("A \t: b\n"), "A| b\n0", "blanks before the colon"},
	    {SPAN("A:b\nC:\nD: \n"), "A|b\nC|\nD| \n0", "no blank; empty; blank"},
	    {SPAN("A: b: c\n"), "A| b: c\n0", "a colon in the body"},
	    {SPAN("X-PT.Example-Outgoing-Class: spam\n"), "X-PT.Example-Outgoing-Class| spam\n0",
		"a dot in the name"},
	    {SPAN("A: b\rC: d\n"), "A| b\rC: d\n0", "CR alone is no line break"},
	    {SPAN("A: \xff\x80\nB: c\n"), "A| \xff\x80\nB| c\n0", "8-bit body"},
	};

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		struct buf out;

		buf_init(&out, 0);
		header_dump(rows[i].block, &out);
		assert_span_text(buf_span(&out), rows[i].want, rows[i].why);
		buf_fini(&out);
	}
}

static void test_nul(void **state)
{
	struct span block = SPAN("A: b\0c\nD\0: e\nF: g\n");
	struct header_iter iter;
	struct header_field field;

	(void)state;
	header_iter_init(&iter, block);
	assert_int_equal(header_next(&iter, &field), 1);
	assert_true(span_eq(field.body, SPAN(" b\0c")));
	assert_int_equal(header_next(&iter, &field), 1);
	assert_span_text(field.name, "F", "a NUL in the name is junk");
	assert_int_equal(header_next(&iter, &field), 0);
	assert_int_equal(header_next(&iter, &field), 0);
	assert_int_equal(iter.defects, HEADER_JUNK_LINE);
}

/* What is expected changes nothing but the time that it takes. */
static void test_expected(void **state)
{
	static const struct {
		const char *block, *expected;
		bool is_expected;
	} rows[] = {
	    {"From: a\r\n", "From", true},
	    {"From:", "From", true},
	    {"from: a\r\n", "From", false},
	    {"From : a\r\n", "From", false},
	    {"From-Line: a\r\n", "From", false},
	    {"Fro: a\r\n", "From", false},
	    {"From\r\nFrom: a\r\n", "From", true},
	    {"From: a\r\n", "", false},
	    {"To: a\r\n", "From", false},
	};

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		struct span block = span_of(rows[i].block);
		struct header_iter plain, iter;
		struct header_field want = {0}, field = {0};

		header_iter_init(&plain, block);
		header_iter_init(&iter, block);
		iter.expected = span_of(rows[i].expected);
		assert_row(header_next(&plain, &want) == header_next(&iter, &field), rows[i].block);
		assert_row(iter.is_expected == rows[i].is_expected, rows[i].block);
		assert_row(want.name.p == field.name.p && want.name.n == field.name.n &&
			       want.body.p == field.body.p && want.body.n == field.body.n &&
			       want.is_folded == field.is_folded,
		    rows[i].block);
	}
}

/* Line breaks and a lone CR anywhere in bodies of some blocks. */
static void test_breaks(void **state)
{
	static const char *const breaks[] = {"\n", "\r\n", "\r\r\n", "\n ", "\r\n\t", "\r", "\r\r"};
	char text[3 * 16 + 8];

	(void)state;
	for (size_t n = 0; n <= 3 * 16; n++)
		for (size_t i = 0; i < TABLE_COUNT(breaks); i++) {
			size_t length = strlen(breaks[i]);
			bool is_fold = i == 3 || i == 4, is_cr = i > 4;
			struct header_field field;
			struct header_iter iter;

			memset(text, 'x', sizeof(text));
			memcpy(text, "A:", 2);
			memcpy(text + 2 + n, breaks[i], length);
			header_iter_init(&iter, (struct span){text, n + length + 3});
			assert_int_equal(header_next(&iter, &field), 1);
			assert_int_equal(field.body.n, is_fold || is_cr ? n + length + 1 : n);
			assert_int_equal(field.is_folded, is_fold);
			assert_int_equal(field.has_cr, is_cr);
			/* At the end, a CR ends the line as well. */
			header_iter_init(&iter, (struct span){text, n + 2 + length});
			assert_int_equal(header_next(&iter, &field), 1);
			assert_int_equal(field.body.n, is_fold ? n + length : n);
			assert_false(field.has_cr);
			assert_int_equal(header_next(&iter, &field), 0);
		}
}

static void test_field_limit(void **state)
{
	struct buf block;
	struct header_iter iter;
	struct header_field field;
	unsigned extra;

	(void)state;
	for (extra = 0; extra < 2; extra++) {
		unsigned n = 0;

		buf_init(&block, 0);
		for (unsigned i = 0; i < HEADER_MAX_FIELDS + extra; i++)
			buf_add_text(&block, "A: b\r\n");
		buf_add_text(&block, "\r\n");
		header_iter_init(&iter, buf_span(&block));
		while (header_next(&iter, &field) == 1)
			n++;
		assert_int_equal(n, HEADER_MAX_FIELDS);
		assert_int_equal(iter.defects, extra != 0 ? HEADER_TRUNCATED : 0);
		buf_fini(&block);
	}
}

static void test_unfold(void **state)
{
	static const struct {
		const char *body;
		const char *want;
		const char *why;
	} rows[] = {
	    {" a b ", "a b", "trimmed"},
	    {" a\r\n b\r\n\tc", "a b c", "SP and HT folds"},
	    {" a  \n   b", "a b", "blanks around the line break"},
	    {" a\n \n b", "a b", "two folds without text between"},
	    {"\r\n a", "a", "folded before the text"},
	    {" a\r\n ", "a", "folded behind it"},
	    {" a  b\tc", "a  b\tc", "other blanks stay"},
	    {"", "", "empty"},
	    {" \r\n \r\n ", "", "blanks only"},
	    {" GTUBE - see\r\n http://example.com/gtube/", "GTUBE - see http://example.com/gtube/",
		"evidence"},
	};

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		struct buf out;

		buf_init(&out, 0);
		header_unfold(span_of(rows[i].body), &out);
		assert_span_text(buf_span(&out), rows[i].want, rows[i].why);
		buf_fini(&out);
	}
}

static void test_unfold_appends(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, 0);
	buf_add_text(&out, "x=");
	header_unfold(SPAN(" a\n b"), &out);
	assert_span_text(buf_span(&out), "x=a b", "behind what was there");
	buf_fini(&out);
}

static void test_body_lines(void **state)
{
	struct span rest = SPAN(" a.php for 192.0.2.1\r\n X-Mailer: b\n\tc");
	struct span line;

	(void)state;
	assert_int_equal(header_body_line(&rest, &line), 1);
	assert_span_text(line, " a.php for 192.0.2.1", "first");
	assert_int_equal(header_body_line(&rest, &line), 1);
	assert_span_text(line, " X-Mailer: b", "second");
	assert_int_equal(header_body_line(&rest, &line), 1);
	assert_span_text(line, "\tc", "last");
	assert_int_equal(header_body_line(&rest, &line), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_fields),
	    cmocka_unit_test(test_nul),
	    cmocka_unit_test(test_expected),
	    cmocka_unit_test(test_breaks),
	    cmocka_unit_test(test_field_limit),
	    cmocka_unit_test(test_unfold),
	    cmocka_unit_test(test_unfold_appends),
	    cmocka_unit_test(test_body_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
