#include "tests/unit/text_file.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "base/draft.h"
#include "tests/unit/folder.h"

static void test_make(void **state)
{
	struct draft draft;
	struct stat st;

	(void)state;
	assert_int_equal(draft_make(&draft, "./some.0", 0640), 0);
	assert_memory_equal(draft.name, "./some.0.draft-", strlen("./some.0.draft-"));
	assert_int_equal(stat(draft.name, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0640);
	assert_int_equal(write(draft.fd, "whole", 5), 5);
	assert_int_equal(link(draft.name, "some.0"), 0);
	draft_end(&draft);
	draft_end(&draft);
	assert_file("some.0", "whole");
	assert_int_equal(unlink("some.0"), 0);
}

static void test_no_folder(void **state)
{
	struct draft draft;

	(void)state;
	errno = 0;
	assert_int_equal(draft_make(&draft, "none/some", 0600), -1);
	assert_int_equal(errno, ENOENT);
	draft_sweep("none/some");
}

/* Of all that looks like one, only what nobody writes any more. */
static void test_sweep(void **state)
{
	static const struct {
		const char *name;
		bool stays;
	} rows[] = {
	    {"some.draft-aB3xYz", false},
	    {"some.draft-000000", false},
	    {"some.backup", true},
	    {"some.270226", true},
	    {"some.0", true},
	    {"some", true},
	    {"some.draft-aB3xY", true},
	    {"some.draft-aB3xYzz", true},
	    {"some.draft-aB3xYz.0", true},
	    {"some.draft-aB3x.z", true},
	    {"some-draft-aB3xYz", true},
	    {"other.draft-aB3xYz", true},
	    {"some.x.draft-aB3xYz", true},
	};
	struct draft draft;

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(rows); i++)
		write_text(rows[i].name, "text");
	assert_int_equal(mkdir("some.draft-folder", 0700), 0);
	assert_int_equal(symlink("some.0", "some.draft-linked"), 0);
	assert_int_equal(draft_make(&draft, "some", 0600), 0);
	draft_sweep("some");
	for (size_t i = 0; i < TABLE_COUNT(rows); i++)
		assert_row((access(rows[i].name, F_OK) == 0) == rows[i].stays, rows[i].name);
	assert_int_equal(access("some.draft-folder", F_OK), 0);
	assert_int_equal(access("some.draft-linked", F_OK), 0);
	assert_int_equal(access(draft.name, F_OK), 0);
	draft_end(&draft);
	for (size_t i = 0; i < TABLE_COUNT(rows); i++)
		unlink(rows[i].name);
	assert_int_equal(unlink("some.draft-linked"), 0);
	assert_int_equal(rmdir("some.draft-folder"), 0);
}

/* Its other name, and what it holds, is not the sweeper's. */
static void test_sweep_of_a_named_one(void **state)
{
	struct draft draft;

	(void)state;
	assert_int_equal(draft_make(&draft, "some", 0600), 0);
	assert_int_equal(write(draft.fd, "whole", 5), 5);
	assert_int_equal(link(draft.name, "some.0"), 0);
	/* As if its maker had been killed. */
	close(draft.fd);
	draft_sweep("some");
	assert_int_equal(access(draft.name, F_OK), -1);
	assert_file("some.0", "whole");
	free(draft.name);
	assert_int_equal(unlink("some.0"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_make, enter_folder, leave_empty_folder),
	    cmocka_unit_test_setup_teardown(test_no_folder, enter_folder, leave_empty_folder),
	    cmocka_unit_test_setup_teardown(test_sweep, enter_folder, leave_empty_folder),
	    cmocka_unit_test_setup_teardown(
		test_sweep_of_a_named_one, enter_folder, leave_empty_folder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
