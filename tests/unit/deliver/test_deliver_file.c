#include "tests/unit/folder.h"
#include "tests/unit/table.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "deliver/deliver_part.h"
#include "tests/unit/text_file.h"

#define NOBODY 65534

static unsigned count_entries(void)
{
	DIR *dir = opendir(".");
	unsigned count = 0;

	assert_non_null(dir);
	while (readdir(dir) != NULL)
		count++;
	closedir(dir);
	return count - 2; /* . and .. */
}

static struct deliver_file *open_ok(const char *path)
{
	struct err err = ERR_INIT;
	struct deliver_file *file = deliver_open(path, &err);

	if (file == NULL)
		fail_msg("deliver_open(%s): %s", path, err.text);
	return file;
}

/* As the user names it. */
static struct deliver_file *open_named_ok(const char *path)
{
	struct err err = ERR_INIT;
	struct deliver_file *file = deliver_open_named(path, 0, &err);

	if (file == NULL)
		fail_msg("deliver_open_named(%s): %s", path, err.text);
	return file;
}

static void assert_failed(struct deliver_file *file, const struct err *err, const char *path,
    int status, const char *text)
{
	if (file != NULL)
		fail_msg("%s was opened", path);
	assert_int_equal(err_exit_status(err), status);
	if (strstr(err->text, text) == NULL)
		fail_msg("%s: \"%s\" does not say \"%s\"", path, err->text, text);
}

static void assert_named_refused(const char *path, int status, const char *text)
{
	struct err err = ERR_INIT;
	struct deliver_file *file = deliver_open_named(path, 0, &err);

	assert_failed(file, &err, path, status, text);
}

static void assert_refused(const char *path, int status, const char *text)
{
	struct err err = ERR_INIT;
	struct deliver_file *file = deliver_open(path, &err);

	assert_failed(file, &err, path, status, text);
	assert_named_refused(path, status, text);
}

static void test_appears_when_complete(void **state)
{
	struct deliver_file *file = open_ok("report.csv");
	struct err err = ERR_INIT;
	struct stat st;

	(void)state;
	assert_true(fputs("all of it\n", deliver_stream(file)) >= 0);
	assert_int_equal(access("report.csv", F_OK), -1);
	assert_null(deliver_temporary_path(file));
	assert_int_equal(count_entries(), 0); /* a process that is killed here leaves nothing */
	assert_int_equal(deliver_commit(file, &err), 0);
	assert_file("report.csv", "all of it\n");
	assert_int_equal(count_entries(), 1);
	assert_int_equal(stat("report.csv", &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
}

static void test_replaces(void **state)
{
	struct deliver_file *file;
	struct err err = ERR_INIT;
	struct stat st;
	char path[512];

	write_text("report.csv", "old, and longer than the new\n");
	assert_int_equal(chmod("report.csv", 0644), 0);
	snprintf(path, sizeof(path), "%s/report.csv", (const char *)*state);
	file = open_ok(path);
	assert_file("report.csv", "old, and longer than the new\n");
	assert_true(fputs("new\n", deliver_stream(file)) >= 0);
	assert_int_equal(deliver_commit(file, &err), 0);
	assert_file("report.csv", "new\n");
	assert_int_equal(stat("report.csv", &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(count_entries(), 1);
}

static void test_abort(void **state)
{
	struct deliver_file *file;
	struct err err = ERR_INIT;

	(void)state;
	write_text("report.csv", "old\n");
	file = open_ok("report.csv");
	assert_true(fputs("half of", deliver_stream(file)) >= 0);
	assert_int_equal(deliver_finish(file, &err), 0);
	assert_int_equal(deliver_name_temporary(file, &err), 0);
	assert_int_equal(deliver_name_temporary(file, &err), 0);
	assert_file(deliver_temporary_path(file), "half of");
	assert_file(deliver_contents(file), "half of");
	assert_int_equal(count_entries(), 2);
	deliver_abort(file);
	assert_int_equal(count_entries(), 1);
	assert_file("report.csv", "old\n");
	deliver_abort(NULL);
}

/* Two runs at once do not share a temporary file, and its name cannot be guessed. */
static void test_temporary_names(void **state)
{
	struct deliver_file *first = open_ok("report.csv");
	struct deliver_file *second = open_ok("report.csv");
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(deliver_name_temporary(first, &err), 0);
	assert_int_equal(deliver_name_temporary(second, &err), 0);
	assert_int_equal(count_entries(), 2);
	assert_true(fputs("first\n", deliver_stream(first)) >= 0);
	assert_true(fputs("second\n", deliver_stream(second)) >= 0);
	assert_int_equal(deliver_commit(second, &err), 0);
	assert_int_equal(deliver_commit(first, &err), 0);
	assert_file("report.csv", "first\n");
}

/* As long as a file system takes it: the temporary name is not longer. */
static void test_long_name(void **state)
{
	char name[300];
	struct deliver_file *file;
	struct err err = ERR_INIT;

	(void)state;
	memset(name, 'n', sizeof(name));
	name[255] = '\0';
	file = open_ok(name);
	assert_int_equal(deliver_commit(file, &err), 0);
	assert_file(name, "");
	name[255] = 'n';
	name[256] = '\0';
	assert_refused(name, 73, "File name too long");
}

static void test_refused(void **state)
{
	(void)state;
	assert_int_equal(mkdir("folder", 0700), 0);
	assert_refused("folder", 73, "is no file");
	assert_refused("folder/", 73, "is no file");
	assert_refused("missing/report.csv", 73, "No such file");
	assert_refused("missing/", 73, "No such file");
	write_text("file", "");
	assert_refused("file/report.csv", 73, "Not a directory");
	assert_int_equal(count_entries(), 2);
}

static void test_symbolic_links(void **state)
{
	struct deliver_file *file;
	struct err err = ERR_INIT;

	(void)state;
	write_text("target", "old\n");
	assert_int_equal(symlink("target", "link"), 0);
	assert_int_equal(symlink("nothing", "dangling"), 0);
	assert_int_equal(symlink("/dev/null", "device"), 0);
	assert_int_equal(symlink(".", "here"), 0);
	assert_refused("link", 73, "is a symbolic link");
	assert_refused("dangling", 73, "is a symbolic link");
	assert_refused("here", 73, "is a symbolic link");
	assert_file("target", "old\n");
	assert_int_equal(access("nothing", F_OK), -1);
	file = open_named_ok("device");
	assert_int_equal(deliver_commit(file, &err), 0);
	file = open_ok("here/report.csv"); /* a folder may be one */
	assert_int_equal(deliver_commit(file, &err), 0);
	assert_file("report.csv", "");
	remove("here");
}

static void test_unwritable_folder(void **state)
{
	(void)state;
	assert_int_equal(mkdir("folder", 0500), 0);
	/* Root may write anywhere. */
	if (geteuid() == 0) {
		assert_int_equal(chmod(".", 0755), 0);
		assert_int_equal(seteuid(NOBODY), 0);
	}
	assert_refused("folder/report.csv", 73, "Permission denied");
	if (getuid() == 0)
		assert_int_equal(seteuid(0), 0);
}

static void test_full_device(void **state)
{
	struct deliver_file *file = open_named_ok("/dev/full");
	struct err err = ERR_INIT;

	(void)state;
	assert_true(fputs("some text\n", deliver_stream(file)) >= 0);
	assert_int_equal(deliver_commit(file, &err), -1);
	assert_int_equal(err_exit_status(&err), 74);
	assert_string_equal(err.text, "cannot write /dev/full: No space left on device");
}

/* More than the stream's buffer holds: the first write fails long before the end. */
static void test_full_device_early(void **state)
{
	struct deliver_file *file = open_named_ok("/dev/full");
	struct err err = ERR_INIT;

	(void)state;
	for (int i = 0; i < 10000; i++)
		fputs("some text\n", deliver_stream(file));
	assert_int_equal(deliver_commit(file, &err), -1);
	assert_string_equal(err.text, "cannot write /dev/full: No space left on device");
}

/* A write that failed in mid-run: the sink has seen it, and the commit refuses all the same. */
static void test_full_disk(void **state)
{
	struct deliver_file *file;
	struct err err = ERR_INIT;
	int full = open("/dev/full", O_WRONLY | O_CLOEXEC);

	(void)state;
	write_text("report.csv", "old\n");
	file = open_ok("report.csv");
	assert_int_equal(dup2(full, file->direct->fd), file->direct->fd);
	close(full);
	assert_true(fputs("some text\n", deliver_stream(file)) >= 0);
	assert_int_equal(fflush(deliver_stream(file)), EOF);
	assert_int_equal(deliver_commit(file, &err), -1);
	assert_int_equal(err_exit_status(&err), 74);
	assert_file("report.csv", "old\n");
	assert_int_equal(count_entries(), 1);
}

/* The disk begins to get it before its end; all of it is there. */
static void test_large(void **state)
{
	static char text[DELIVER_BEHIND / 4 + 1];
	struct deliver_file *file = open_ok("report.csv");
	struct err err = ERR_INIT;
	struct stat st;

	(void)state;
	memset(text, '.', sizeof(text));
	for (unsigned i = 0; i < 5; i++)
		assert_int_equal(fwrite(text, 1, sizeof(text), deliver_stream(file)), sizeof(text));
	assert_int_equal(fflush(deliver_stream(file)), 0);
	assert_true(file->direct->behind < 2 * sizeof(text));
	assert_int_equal(deliver_commit(file, &err), 0);
	assert_int_equal(stat("report.csv", &st), 0);
	assert_int_equal(st.st_size, 5 * sizeof(text));
}

/* The descriptor is of a kind that fsync(2) refuses. */
static void test_failed_fsync(void **state)
{
	struct deliver_file *file;
	struct err err = ERR_INIT;
	int ends[2];

	(void)state;
	write_text("report.csv", "old\n");
	file = open_ok("report.csv");
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	assert_true(dup2(ends[1], file->direct->fd) >= 0);
	assert_true(fputs("some text\n", deliver_stream(file)) >= 0);
	assert_int_equal(deliver_commit(file, &err), -1);
	assert_int_equal(err_exit_status(&err), 74);
	assert_file("report.csv", "old\n");
	assert_int_equal(count_entries(), 1);
	close(ends[0]);
	close(ends[1]);
}

/* Somebody makes a folder of that name while the report is written. */
static void test_failed_rename(void **state)
{
	struct deliver_file *file = open_ok("report.csv");
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(mkdir("report.csv", 0700), 0);
	assert_int_equal(deliver_commit(file, &err), -1);
	assert_int_equal(err_exit_status(&err), 73);
	assert_int_equal(count_entries(), 1);
}

static void test_fifo(void **state)
{
	struct deliver_file *file;
	struct err err = ERR_INIT;
	char text[32] = "";
	int reader;

	(void)state;
	assert_int_equal(mkfifo("fifo", 0600), 0);
	reader = open("fifo", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	assert_true(reader >= 0);
	file = open_named_ok("fifo");
	assert_true(fputs("through\n", deliver_stream(file)) >= 0);
	assert_int_equal(deliver_commit(file, &err), 0);
	assert_int_equal(read(reader, text, sizeof(text) - 1), 8);
	assert_string_equal(text, "through\n");
	close(reader);
	assert_int_equal(count_entries(), 1);
}

/* Of a name that can be guessed it may be anybody's. */
static void test_special_by_default_name(void **state)
{
	static const char *const names[] = {"fifo", "link", "device", "device-link"};
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(mkfifo("fifo", 0600), 0);
	assert_int_equal(symlink("fifo", "link"), 0);
	assert_int_equal(symlink("/dev/null", "device"), 0);
	assert_int_equal(symlink("device", "device-link"), 0);
	for (unsigned i = 0; i < TABLE_COUNT(names); i++) {
		err = (struct err)ERR_INIT;
		assert_failed(deliver_open(names[i], &err), &err, names[i], 73, "is no file");
	}
	assert_int_equal(count_entries(), TABLE_COUNT(names));
}

/* Somebody else has made it, and may well read it. */
static void test_special_of_another_user(void **state)
{
	int reader;

	(void)state;
	if (geteuid() != 0)
		skip();
	assert_int_equal(mkfifo("fifo", 0666), 0);
	assert_int_equal(symlink("fifo", "link"), 0);
	assert_int_equal(symlink("/dev/null", "device"), 0);
	reader = open("fifo", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	assert_true(reader >= 0);
	assert_int_equal(lchown("link", NOBODY, NOBODY), 0);
	assert_int_equal(lchown("device", NOBODY, NOBODY), 0);
	assert_named_refused("link", 73, "symbolic link of another user");
	assert_named_refused("device", 73, "symbolic link of another user");
	assert_int_equal(lchown("link", 0, 0), 0);
	assert_int_equal(chown("fifo", NOBODY, NOBODY), 0);
	assert_named_refused("fifo", 73, "of another user");
	assert_named_refused("link", 73, "of another user");
	close(reader);
}

/* Root's are trusted: whose they are is all the same to an ordinary user. */
static void test_special_of_root(void **state)
{
	struct deliver_file *file;
	struct err err = ERR_INIT;
	int reader;

	(void)state;
	if (geteuid() != 0)
		skip();
	assert_int_equal(chmod(".", 0755), 0);
	assert_int_equal(mkfifo("fifo", 0600), 0);
	assert_int_equal(chmod("fifo", 0622), 0);
	reader = open("fifo", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	assert_int_equal(seteuid(NOBODY), 0);
	file = deliver_open_named("fifo", 0, &err);
	assert_int_equal(seteuid(0), 0);
	assert_non_null(file);
	deliver_abort(file);
	close(reader);
}

/* Nobody reads it, and the deadline has passed already. */
static void test_fifo_without_reader(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(mkfifo("fifo", 0600), 0);
	assert_failed(
	    deliver_open_named("fifo", 1, &err), &err, "fifo", 75, "nobody reads the pipe 'fifo'");
}

/* One of three cannot have its name: the others have theirs, and nothing else is left. */
static void test_several(void **state)
{
	struct deliver_file *files[] = {open_ok("a"), open_ok("b"), open_ok("c")};
	struct err err = ERR_INIT;

	(void)state;
	for (unsigned i = 0; i < TABLE_COUNT(files); i++)
		assert_true(fputs("whole\n", deliver_stream(files[i])) >= 0);
	assert_int_equal(mkdir("b", 0700), 0);
	assert_int_equal(deliver_commit_all(files, TABLE_COUNT(files), &err), -1);
	assert_int_equal(err_exit_status(&err), 73);
	assert_non_null(strstr(err.text, "'b'"));
	assert_file("a", "whole\n");
	assert_file("c", "whole\n");
	assert_int_equal(count_entries(), 3);
}

/* A file in an open folder stays there, whatever the folder is called by then. */
static void test_open_folder(void **state)
{
	struct deliver_file *file;
	struct err err = ERR_INIT;
	int folder;

	(void)state;
	assert_int_equal(mkdir("folder", 0700), 0);
	folder = open("folder", O_PATH | O_DIRECTORY | O_CLOEXEC);
	assert_true(folder >= 0);
	file = deliver_open_at(folder, "folder/file", &err);
	assert_non_null(file);
	close(folder);
	assert_int_equal(rename("folder", "moved"), 0);
	assert_int_equal(mkdir("folder", 0700), 0);
	assert_int_equal(deliver_commit(file, &err), 0);
	assert_file("moved/file", "");
	assert_int_equal(remove("moved/file"), 0);
	assert_int_equal(rmdir("moved"), 0);
}

/* Runs with another standard output: -1 is a closed one. What is written to it ends in *err_r. */
static int write_to_stdout(const char *path, int output, struct err *err_r)
{
	int saved = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 10);
	struct deliver_file *file;
	int result = -1;

	assert_true(saved >= 0);
	fflush(stdout);
	if (output >= 0)
		dup2(output, STDOUT_FILENO);
	else
		close(STDOUT_FILENO);
	file = deliver_open(path, err_r);
	if (file != NULL) {
		fputs("some text\n", deliver_stream(file));
		result = deliver_commit(file, err_r);
	}
	dup2(saved, STDOUT_FILENO);
	close(saved);
	return result;
}

static void test_stdout(void **state)
{
	struct err err = ERR_INIT;
	int ends[2];
	int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
	int input = open("/dev/null", O_RDONLY | O_CLOEXEC);
	char text[32] = "";

	(void)state;
	signal(SIGPIPE, SIG_IGN);
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	assert_int_equal(write_to_stdout("-", ends[1], &err), 0);
	assert_int_equal(read(ends[0], text, sizeof(text) - 1), 10);
	assert_string_equal(text, "some text\n");
	assert_int_equal(write_to_stdout("/dev/stdout", ends[1], &err), 0);
	assert_int_equal(read(ends[0], text, sizeof(text) - 1), 10);

	assert_int_equal(write_to_stdout("-", full, &err), -1);
	assert_int_equal(err_exit_status(&err), 74);
	assert_string_equal(err.text, "cannot write standard output: No space left on device");

	close(ends[0]);
	assert_int_equal(write_to_stdout("-", ends[1], &err), -1);
	assert_int_equal(err_exit_status(&err), 74);
	assert_string_equal(err.text, "cannot write standard output: Broken pipe");
	close(ends[1]);
	close(full);

	assert_int_equal(write_to_stdout("-", -1, &err), -1);
	assert_int_equal(err_exit_status(&err), 74);
	assert_int_equal(write_to_stdout("-", input, &err), -1);
	assert_int_equal(err_exit_status(&err), 74);
	close(input);
	assert_int_equal(count_entries(), 0);
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, enter_folder, leave_folder)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    IN_FOLDER(test_appears_when_complete),
	    IN_FOLDER(test_replaces),
	    IN_FOLDER(test_abort),
	    IN_FOLDER(test_temporary_names),
	    IN_FOLDER(test_long_name),
	    IN_FOLDER(test_refused),
	    IN_FOLDER(test_symbolic_links),
	    IN_FOLDER(test_unwritable_folder),
	    IN_FOLDER(test_full_device),
	    IN_FOLDER(test_full_device_early),
	    IN_FOLDER(test_full_disk),
	    IN_FOLDER(test_large),
	    IN_FOLDER(test_failed_fsync),
	    IN_FOLDER(test_failed_rename),
	    IN_FOLDER(test_fifo),
	    IN_FOLDER(test_special_by_default_name),
	    IN_FOLDER(test_special_of_another_user),
	    IN_FOLDER(test_special_of_root),
	    IN_FOLDER(test_fifo_without_reader),
	    IN_FOLDER(test_several),
	    IN_FOLDER(test_open_folder),
	    IN_FOLDER(test_stdout),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
