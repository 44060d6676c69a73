#include "tests/unit/text_file.h"

#include <errno.h>

#include "base/file.h"
#include "tests/unit/folder.h"

static void test_read_all(void **state)
{
	static const struct {
		struct span bytes;
		size_t max;
		int sys; /* 0: it is read */
		const char *why;
	} rows[] = {
	    {SPAN(""), 0, 0, "empty"},
	    {SPAN("a"), 0, EFBIG, "empty it must be"},
	    {SPAN("a\0b"), 3, 0, "just as long as may be"},
	    {SPAN("a\0bc"), 3, EFBIG, "a byte more"},
	    {SPAN("a\0b"), 4096, 0, "room left"},
	};

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		struct buf out;
		int fd;

		write_file("file", rows[i].bytes);
		fd = open("file", O_RDONLY);
		buf_init(&out, 0);
		errno = 0;
		assert_row(
		    (file_read_all(fd, rows[i].max, &out) == 0) == (rows[i].sys == 0), rows[i].why);
		assert_row(rows[i].sys == 0 || errno == rows[i].sys, rows[i].why);
		assert_row(rows[i].sys != 0 || span_eq(buf_span(&out), rows[i].bytes), rows[i].why);
		buf_fini(&out);
		close(fd);
	}
}

static void test_read_failure(void **state)
{
	int fd = open(".", O_RDONLY);
	struct buf out;

	(void)state;
	buf_init(&out, 0);
	assert_int_equal(file_read_all(fd, 16, &out), -1);
	assert_int_equal(errno, EISDIR);
	buf_fini(&out);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_read_all),
	    cmocka_unit_test(test_read_failure),
	};

	return cmocka_run_group_tests(tests, enter_folder, leave_folder);
}
