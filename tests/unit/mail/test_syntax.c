#include "tests/unit/table.h"

#include "mail/syntax.h"

static void test_comment_end(void **state)
{
	static const struct {
		const char *text;
		size_t at, want;
	} rows[] = {
	    {"()", 0, 2},
	    {"(a) b)", 0, 3},
	    {"x (a)", 2, 5},
	    {"(a (b) c) d", 0, 9},
	    {"(a (b) c", 0, 0},
	    {"(a \\) b)", 0, 8},
	    {"(a \\( b) c)", 0, 8},
	    {"(a \\\\)", 0, 6},
	    {"(a \\)", 0, 0},
	    {"(a\\", 0, 0},
	    {"(", 0, 0},
	    {"(a", 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(rows); i++)
		assert_row(syntax_comment_end(span_of(rows[i].text), rows[i].at) == rows[i].want,
		    rows[i].text);
}

/* What means something anywhere in comments of some blocks. */
static void test_long_comment(void **state)
{
	char text[3 * 16 + 3];

	(void)state;
	for (size_t n = 3; n <= sizeof(text); n++)
		for (size_t at = 1; at + 1 < n; at++) {
			struct span s = {text, n};

			memset(text, 'x', sizeof(text));
			text[0] = '(';
			text[n - 1] = ')';
			text[at] = ')';
			assert_int_equal(syntax_comment_end(s, 0), at + 1);
			text[at] = '(';
			assert_int_equal(syntax_comment_end(s, 0), 0);
			text[at] = '\\';
			assert_int_equal(syntax_comment_end(s, 0), at + 2 < n ? n : 0);
			text[at] = 'x';
			assert_int_equal(syntax_comment_end(s, 0), n);
			assert_int_equal(syntax_comment_end(span_head(s, n - 1), 0), 0);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_comment_end),
	    cmocka_unit_test(test_long_comment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
