#include "tests/unit/folder.h"
#include "tests/unit/table.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/child.h"
#include "base/clock.h"
#include "base/interrupt.h"

/* Seconds after which a hanging test is ended. */
#define PATIENCE 600

/* Exit status that reports what child_wait() returned: the child's status, or one of these. */
#define STATUS_NO_CHILD  90 /* it could not be started */
#define STATUS_NOT_ENDED 91 /* it is still there */
#define STATUS_KILLED    92 /* the child ended by a signal */
#define STATUS_ERROR     100

static int make_folder(void **state)
{
	alarm(PATIENCE);
	return enter_folder(state);
}

static int spawn(const char *command, int output, pid_t *pid_r, struct err *err)
{
	const char *const argv[] = {"sh", "-c", command, NULL};
	const struct child_program program = {
	    .path = "/bin/sh", .argv = argv, .input = -1, .output = output, .error = -1};

	return child_spawn(&program, pid_r, err);
}

static int watch_status(const char *command, const struct child_watch *watch, int output)
{
	struct err err = ERR_INIT;
	int status = 0;
	pid_t pid;

	if (spawn(command, output, &pid, &err) != 0)
		return STATUS_NO_CHILD;
	if (output >= 0)
		close(output);
	if (child_wait(pid, watch, &status, &err) != 0)
		status = STATUS_ERROR + (int)err.code;
	else
		status = WIFEXITED(status) ? WEXITSTATUS(status) : STATUS_KILLED;
	return waitpid(pid, NULL, WNOHANG) < 0 && errno == ECHILD ? status : STATUS_NOT_ENDED;
}

/* Runs child_wait() in a process of its own, which may get a signal. */
static pid_t start(const char *command, struct child_watch watch, unsigned late)
{
	struct err err = ERR_INIT;
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	alarm(PATIENCE);
	if (late > 0)
		watch.deadline = clock_now() + late;
	_exit(interrupt_install(&err) == 0 ? watch_status(command, &watch, -1) : STATUS_NO_CHILD);
}

static int status_of(pid_t pid)
{
	int status = 0;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

#define TELL_US "kill -TERM $PPID; "
#define DEAF    "trap '' TERM; "
#define NEVER   "while :; do sleep 0.1; done"
#define LATE    "for i in $(seq 600); do sleep 0.1; done; "

static atomic_bool over = true;

static const struct {
	const char *command;
	struct child_watch watch;
	unsigned late; /* milliseconds to the deadline of the run; 0: none */
	int want;
	const char *why;
} rows[] = {
    {"exit 7", {.output = -1}, 0, 7, "by itself"},
    {"kill -9 $$", {.output = -1}, 0, STATUS_KILLED, "by a signal"},
    {TELL_US "sleep 0.3; exit 7", {.output = -1, .may_finish = true}, 0, 7,
	"what it does after a signal counts"},
    {TELL_US LATE "exit 7", {.output = -1}, 0, STATUS_ERROR + ERR_SIGNAL, "unless nobody cares"},
    {TELL_US "sleep 0.3; kill -TERM $$", {.output = -1, .may_finish = true}, 0,
	STATUS_ERROR + ERR_SIGNAL, "it was told to stop as well"},
    {TELL_US NEVER, {.output = -1, .may_finish = true}, 0, STATUS_ERROR + ERR_SIGNAL,
	"it has some seconds, no more"},
    {TELL_US DEAF NEVER, {.output = -1}, 0, STATUS_ERROR + ERR_SIGNAL,
	"deaf to SIGTERM, after a signal"},
    {NEVER, {.output = -1, .timeout = 1}, 0, STATUS_ERROR + ERR_TEMPORARY, "timeout"},
    {DEAF NEVER, {.output = -1, .timeout = 1}, 0, STATUS_ERROR + ERR_TEMPORARY,
	"deaf to SIGTERM, timeout"},
    {NEVER, {.output = -1}, 200, STATUS_ERROR + ERR_TEMPORARY, "deadline"},
    {NEVER, {.output = -1, .timeout = 1000}, 200, STATUS_ERROR + ERR_TEMPORARY,
	"the deadline comes first"},
    {"exit 7", {.output = -1, .timeout = 1000}, PATIENCE * 1000, 7, "in time"},
    {NEVER, {.output = -1, .timeout = 1000, .is_over = &over}, 0, STATUS_ERROR + ERR_TEMPORARY,
	"the run has ended"},
    {NEVER, {.output = -1, .may_finish = true, .timeout = 1000, .is_over = &over}, 0,
	STATUS_ERROR + ERR_TEMPORARY, "the run has ended some seconds ago"},
    {"sleep 0.3; exit 7", {.output = -1, .may_finish = true, .is_over = &over}, 0, 7,
	"what it does at the end of the run counts"},
    {"sleep 0.3; kill -TERM $$", {.output = -1, .may_finish = true, .is_over = &over}, 0,
	STATUS_KILLED, "by a signal that was not ours"},
};

/* All rows at the same time, since some take as long as a child may. */
static void test_ends(void **state)
{
	pid_t pid[TABLE_COUNT(rows)];

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(rows); i++)
		pid[i] = start(rows[i].command, rows[i].watch, rows[i].late);
	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		int got = status_of(pid[i]);

		if (got != rows[i].want)
			fail_msg("%s (%s): %d instead of %d", rows[i].why, rows[i].command, got,
			    rows[i].want);
	}
}

/* It can clean up before it is killed. */
static void test_last_words(void **state)
{
	static const unsigned seconds[] = {1, 10, 40};
	struct child_watch watch = {.output = -1};

	(void)state;
	/* In a short time a busy machine may not even begin. */
	for (size_t i = 0; i < TABLE_COUNT(seconds) && access("mark", F_OK) != 0; i++) {
		watch.timeout = seconds[i];
		assert_int_equal(status_of(start("trap 'echo >mark; exit' TERM; " NEVER, watch, 0)),
		    STATUS_ERROR + ERR_TEMPORARY);
	}
	assert_int_equal(remove("mark"), 0);
}

static void test_deadline_in_words(void **state)
{
	const struct child_watch watch = {.deadline = clock_now() + 1, .output = -1};
	struct err err = ERR_INIT;
	int status = 0;
	pid_t pid;

	(void)state;
	assert_int_equal(spawn(NEVER, -1, &pid, &err), 0);
	assert_int_equal(child_wait(pid, &watch, &status, &err), -1);
	assert_string_equal(err.text, "the deadline of the run has passed");
}

/* More than a pipe and the buffer hold. */
static void test_words(void **state)
{
	struct child_watch watch = {0};
	struct buf words;
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	buf_init(&words, 3);
	watch.output = ends[0];
	watch.words = &words;
	assert_int_equal(
	    watch_status("printf abcde; head -c 200000 /dev/zero; exit 7", &watch, ends[1]), 7);
	assert_span_text(buf_span(&words), "abc", "the first bytes");
	buf_fini(&words);
	close(ends[0]);
}

static void test_stop(void **state)
{
	static const char *const commands[] = {NEVER, DEAF NEVER, "exit 0"};

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(commands); i++) {
		struct err err = ERR_INIT;
		pid_t pid;

		assert_int_equal(spawn(commands[i], -1, &pid, &err), 0);
		child_stop(pid);
		assert_int_equal(waitpid(pid, NULL, WNOHANG), -1);
	}
}

/* What a child has started holds our end of a pipe until it ends. */
static void test_group(void **state)
{
	static const char *const commands[] = {
	    "sleep 1000; exit 0",
	    "(" DEAF "sleep 1000; sleep 1000)& wait",
	    "(" DEAF NEVER ")& " DEAF NEVER,
	};

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(commands); i++) {
		const char *const argv[] = {"sh", "-c", commands[i], NULL};
		struct child_program program = {
		    .path = "/bin/sh", .argv = argv, .input = -1, .error = -1, .is_group = true};
		const struct child_watch watch = {.timeout = 1, .is_group = true, .output = -1};
		struct err err = ERR_INIT;
		int ends[2], status;
		char byte;
		pid_t pid;

		assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
		program.output = ends[1];
		assert_int_equal(child_spawn(&program, &pid, &err), 0);
		close(ends[1]);
		assert_int_equal(child_wait(pid, &watch, &status, &err), -1);
		assert_int_equal(err.code, ERR_TEMPORARY);
		assert_int_equal(read(ends[0], &byte, 1), 0);
		close(ends[0]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_ends),
	    cmocka_unit_test(test_last_words),
	    cmocka_unit_test(test_deadline_in_words),
	    cmocka_unit_test(test_words),
	    cmocka_unit_test(test_stop),
	    cmocka_unit_test(test_group),
	};

	return cmocka_run_group_tests(tests, make_folder, leave_empty_folder);
}
