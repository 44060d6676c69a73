#include "tests/unit/table.h"

#include <errno.h>

#include "base/buf.h"

static void test_append(void **state)
{
	struct buf buf;

	(void)state;
	buf_init(&buf, 0);
	assert_span_text(buf_span(&buf), "", "a new one");
	buf_add(&buf, SPAN("ab"));
	buf_add(&buf, SPAN_EMPTY);
	buf_add_char(&buf, 'c');
	buf_add_text(&buf, "de");
	buf_printf(&buf, "%d-%s", 7, "f");
	assert_span_text(buf_span(&buf), "abcde7-f", "all ways to append");
	assert_string_equal(buf_string(&buf), "abcde7-f");
	assert_int_equal(buf.n, 8);
	assert_int_equal(buf.failed, 0);
	buf_fini(&buf);
}

static void test_any_bytes(void **state)
{
	struct buf buf;

	(void)state;
	buf_init(&buf, 0);
	buf_add(&buf, SPAN("a\0b"));
	buf_add_char(&buf, '\0');
	assert_int_equal(buf.n, 4);
	assert_memory_equal(buf.p, "a\0b", 4);
	buf_fini(&buf);
}

static void test_encodings(void **state)
{
	struct buf buf;

	(void)state;
	buf_init(&buf, 0);
	buf_add_percent(&buf, SPAN("aZ09-_/\0\xFF"), SPAN("-"));
	assert_span_text(buf_span(&buf), "aZ09-%5F%2F%00%FF", "percent");
	buf_clear(&buf);
	buf_add_hex(&buf, SPAN("\0aZ\xFF"));
	assert_span_text(buf_span(&buf), "00615aff", "hex");
	buf_fini(&buf);
}

static void test_numbers(void **state)
{
	struct buf buf;

	(void)state;
	buf_init(&buf, 0);
	buf_add_number(&buf, 0, 1);
	buf_add_char(&buf, ' ');
	buf_add_number(&buf, 7, 2);
	buf_add_char(&buf, ' ');
	buf_add_number(&buf, 1234, 2);
	buf_add_char(&buf, ' ');
	buf_add_number(&buf, UINT64_MAX, 24);
	buf_add_char(&buf, ' ');
	buf_add_number(&buf, 0, 0);
	assert_span_text(buf_span(&buf), "0 07 1234 000018446744073709551615 0", "numbers");
	buf_fini(&buf);
}

static void test_growth_keeps_content(void **state)
{
	struct buf buf;

	(void)state;
	buf_init(&buf, 0);
	for (size_t i = 0; i < 100000; i++)
		buf_add_char(&buf, (char)('a' + i % 26));
	assert_int_equal(buf.n, 100000);
	for (size_t i = 0; i < buf.n; i++)
		assert_int_equal(buf.p[i], 'a' + i % 26);
	buf_fini(&buf);
}

/* Whatever its length, so that what was looked at before stays whole. */
static void test_string_needs_no_memory(void **state)
{
	struct buf buf;

	(void)state;
	for (size_t n = 1; n <= 2048; n++) {
		size_t size;

		buf_init(&buf, 0);
		memset(buf_reserve(&buf, n), 'a', n);
		buf.n += n - 1;
		buf_add_char(&buf, 'a');
		size = buf.size;
		assert_int_equal(strlen(buf_string(&buf)), n);
		assert_int_equal(buf.size, size);
		buf_fini(&buf);
	}
}

static void test_maximum(void **state)
{
	struct buf buf;

	(void)state;
	buf_init(&buf, 4);
	buf_add_text(&buf, "abcd");
	assert_int_equal(buf.failed, 0);
	buf_add_char(&buf, 'e');
	assert_int_equal(buf.failed, EMSGSIZE);
	assert_span_text(buf_span(&buf), "abcd", "what was there stays");

	/* A buffer that failed takes nothing more, however short, until it is cleared. */
	buf_clear(&buf);
	buf_add_text(&buf, "abcde");
	buf_add_char(&buf, 'f');
	assert_int_equal(buf.failed, EMSGSIZE);
	assert_span_text(buf_span(&buf), "", "nothing of what did not fit");
	assert_string_equal(buf_string(&buf), "");

	buf_clear(&buf);
	buf_add_text(&buf, "gh");
	assert_int_equal(buf.failed, 0);
	assert_span_text(buf_span(&buf), "gh", "usable again");
	buf_fini(&buf);
}

static void test_reserve(void **state)
{
	struct buf buf;
	char *at;

	(void)state;
	buf_init(&buf, 0);
	buf_add_text(&buf, "ab");
	at = buf_reserve(&buf, 1000);
	assert_ptr_equal(at, buf.p + 2);
	memset(at, 'c', 1000);
	assert_int_equal(buf.n, 2);
	buf.n += 1000;
	assert_int_equal(buf.p[1001], 'c');

	assert_null(buf_reserve(&buf, SIZE_MAX));
	assert_int_equal(buf.failed, EMSGSIZE);
	assert_int_equal(buf.n, 1002);
	buf_fini(&buf);
}

static void test_fini_leaves_an_empty_buffer(void **state)
{
	struct buf buf;

	(void)state;
	buf_init(&buf, 3);
	buf_add_text(&buf, "abc");
	buf_fini(&buf);
	assert_span_text(buf_span(&buf), "", "after buf_fini()");
	assert_null(buf.p);
	buf_add_text(&buf, "abcd");
	assert_int_equal(buf.failed, EMSGSIZE);
	buf_fini(&buf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_append),
	    cmocka_unit_test(test_any_bytes),
	    cmocka_unit_test(test_encodings),
	    cmocka_unit_test(test_numbers),
	    cmocka_unit_test(test_growth_keeps_content),
	    cmocka_unit_test(test_string_needs_no_memory),
	    cmocka_unit_test(test_maximum),
	    cmocka_unit_test(test_reserve),
	    cmocka_unit_test(test_fini_leaves_an_empty_buffer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
