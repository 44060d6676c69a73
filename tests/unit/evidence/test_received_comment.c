#include "tests/unit/table.h"

#include <stdio.h>

#include "evidence/received_comment.h"

/* "from x (…) with y", where the comment is so long and has that byte at the offset. */
static struct span line_with(char *line, size_t n, size_t at, char c)
{
	size_t length = (size_t)sprintf(line, "from x (%*s) with y", (int)n, "");

	memset(line + 8, 'q', n);
	line[8 + at] = c;
	return (struct span){line, length};
}

static void assert_marks(const struct received_comments *comments, char c, size_t at)
{
	unsigned want = c == '@' ? COMMENT_HAS_AT : c == ',' ? COMMENT_HAS_COMMA : 0;
	unsigned marks = comments->marks[0] & ((unsigned)COMMENT_HAS_AT | COMMENT_HAS_COMMA);

	if (marks != want)
		fail_msg("%c at %zu: marks %u", c, at, marks);
}

/* Bytes that mean something, anywhere in comments of some blocks. */
static void test_marks(void **state)
{
	static const char bytes[] = "q@,w<;[";
	struct received_comments comments;
	char line[128];

	(void)state;
	for (size_t n = 1; n <= 3 * 16 + 3; n++)
		for (size_t at = 0; at < n; at++)
			for (const char *c = bytes; *c != '\0'; c++) {
				received_comments_find(line_with(line, n, at, *c), &comments);
				if (comments.count != 1 || comments.comment[0].p != line + 8 ||
				    comments.comment[0].n != n)
					fail_msg("%c at %zu of %zu", *c, at, n);
				assert_span_text(comments.protocol, "y", "protocol");
				assert_marks(&comments, *c, at);
			}
}

/* The same for those that end a comment or begin one. */
static void test_nested(void **state)
{
	struct received_comments comments;
	char line[128];

	(void)state;
	for (size_t n = 1; n <= 3 * 16 + 3; n++)
		for (size_t at = 0; at < n; at++) {
			received_comments_find(line_with(line, n, at, ')'), &comments);
			assert_int_equal(comments.count, 1);
			assert_int_equal(comments.comment[0].n, at);
			/* One is never closed: what is inside is the comment. */
			received_comments_find(line_with(line, n, at, '('), &comments);
			assert_int_equal(comments.count, 1);
			assert_int_equal(comments.comment[0].n, n - at - 1);
			received_comments_find(line_with(line, n, at, '\\'), &comments);
			assert_int_equal(comments.count, at + 1 < n);
		}
}

static void test_protocol(void **state)
{
	static const struct {
		const char *line, *want;
	} rows[] = {
	    {"by a with ESMTPA id b", "ESMTPA"},
	    {"by a with ESMTPA(TLS) id b", "ESMTPA"},
	    {"by a with ESMTPA; now", "ESMTPA"},
	    {"by a with\r\n\t ESMTPA\r\n\tid b", "ESMTPA"},
	    {"by a with SMTP (b) with ESMTPA", "ESMTPA"},
	    {"by a (b with c)", ""},
	    {"by a; with c", ""},
	    {"by awith c", ""},
	    {"with c", ""},
	};

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		struct received_comments comments;

		received_comments_find(span_of(rows[i].line), &comments);
		assert_span_text(comments.protocol, rows[i].want, rows[i].line);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_marks),
	    cmocka_unit_test(test_nested),
	    cmocka_unit_test(test_protocol),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
