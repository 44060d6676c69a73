#include "tests/unit/table.h"

#include "mail/base64.h"

static void test_decode(void **state)
{
	static const struct {
		const char *text;
		const char *want;
		size_t bad;
	} rows[] = {
	    {"", "", 0},
	    {"Zg==", "f", 0},
	    {"Zm8=", "fo", 0},
	    {"Zm9v", "foo", 0},
	    {"Zm9vYmFy", "foobar", 0},
	    {"Zm8", "fo", 0},                   /* no padding */
	    {"Zm8=Zm9v", "fofoo", 0},           /* two encodings glued together */
	    {"fn5-fw__", "~~~\x7f\x0f\xff", 0}, /* base64url */
	    {"Zm*9v", "foo", 1},
	};

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		struct buf out;

		buf_init(&out, 0);
		assert_row(base64_decode(span_of(rows[i].text), &out) == rows[i].bad, rows[i].text);
		assert_span_text(buf_span(&out), rows[i].want, rows[i].text);
		buf_fini(&out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_decode),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
