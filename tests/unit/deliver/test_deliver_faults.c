/* Outputs where the system has less to offer, or fails. */
#include "tests/unit/folder.h"
#include "tests/unit/table.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "deliver/deliver_file.h"
#include "tests/unit/text_file.h"

static bool no_proc;     /* so no file without a name can be used */
static int folder_error; /* of fsync(2) on a folder; 0: none */
static unsigned folder_syncs;

/* These two stand in for libc's. */

int access(const char *path, int mode)
{
	if (no_proc && strncmp(path, "/proc/", strlen("/proc/")) == 0) {
		errno = ENOENT;
		return -1;
	}
	return (int)syscall(SYS_faccessat, AT_FDCWD, path, mode);
}

int fsync(int fd)
{
	struct stat st;

	if (fstat(fd, &st) != 0 || !S_ISDIR(st.st_mode))
		return (int)syscall(SYS_fsync, fd);
	folder_syncs++;
	errno = folder_error;
	return folder_error == 0 ? 0 : -1;
}

static struct deliver_file *open_ok(const char *path)
{
	struct err err = ERR_INIT;
	struct deliver_file *file = deliver_open(path, &err);

	if (file == NULL)
		fail_msg("deliver_open(%s): %s", path, err.text);
	assert_true(fputs("whole\n", deliver_stream(file)) >= 0);
	return file;
}

/* The temporary file has a name from the beginning. */
static void test_named_temporary(void **state)
{
	struct deliver_file *file;
	struct err err = ERR_INIT;
	struct stat st;

	(void)state;
	no_proc = true;
	file = open_ok("report.csv");
	assert_non_null(deliver_temporary_path(file));
	assert_string_equal(deliver_temporary_path(file), deliver_contents(file));
	assert_int_equal(stat(deliver_temporary_path(file), &st), 0);
	assert_int_equal(deliver_commit(file, &err), 0);
	assert_file("report.csv", "whole\n");
	assert_int_equal(stat("report.csv", &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	file = open_ok("other.csv");
	deliver_abort(file);
	no_proc = false;
	assert_int_equal(remove("report.csv"), 0);
	/* leave_folder() wants nothing else to be there. */
}

/* What a folder says to fsync(2), and what becomes of the run: the file is there in any case. */
static void test_folder_sync(void **state)
{
	static const struct {
		int sys;
		int status;
	} rows[] = {
	    {0, 0},
	    {EINVAL, 0},
	    {ENOTSUP, 0},
	    {ENOSYS, 0},
	    {EBADF, 0},
	    {EIO, 74},
	    {ENOSPC, 74},
	    {EDQUOT, 74},
	};

	(void)state;
	for (unsigned i = 0; i < TABLE_COUNT(rows); i++) {
		struct deliver_file *files[] = {open_ok("a"), open_ok("b"), open_ok("./c")};
		struct err err = ERR_INIT;
		int result;

		folder_error = rows[i].sys;
		folder_syncs = 0;
		result = deliver_commit_all(files, TABLE_COUNT(files), &err);
		folder_error = 0;
		if ((result == 0 ? 0 : err_exit_status(&err)) != rows[i].status)
			fail_msg("errno %d: \"%s\"", rows[i].sys, err.text);
		assert_int_equal(folder_syncs, 1);
		assert_file("a", "whole\n");
		assert_file("b", "whole\n");
		assert_file("c", "whole\n");
	}
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, enter_folder, leave_folder)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    IN_FOLDER(test_named_temporary),
	    IN_FOLDER(test_folder_sync),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
