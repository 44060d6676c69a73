#include "tests/unit/table.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/interrupt.h"
#include "base/team.h"

#define MEMBERS  4
#define PATIENCE 600 /* seconds after which a hanging test is ended */

struct job {
	pthread_t caller;
	pthread_barrier_t all; /* of a job that needs all of them at the same time */
	atomic_uint runs;
	atomic_uint by_caller;
	atomic_uint woken;
	int full; /* a pipe that nobody reads */
};

static void count(void *context)
{
	struct job *job = context;

	job->runs++;
	if (pthread_equal(pthread_self(), job->caller))
		job->by_caller++;
}

static void count_together(void *context)
{
	struct job *job = context;

	pthread_barrier_wait(&job->all);
	count(context);
}

static const struct {
	unsigned count;
	unsigned runs;
	const char *why;
} rows[] = {
    {0, 1, "nobody but us"},
    {1, 1, "alone"},
    {2, 2, "two others"},
    {MEMBERS, MEMBERS, "some"},
    {TEAM_MAX + 1, TEAM_MAX, "as many as there may be"},
};

static void test_runs(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		struct job job = {.caller = pthread_self()};

		team_run(rows[i].count, count, &job);
		assert_row(job.runs == rows[i].runs, rows[i].why);
		assert_row(job.by_caller == (rows[i].count < 2), rows[i].why);
	}
}

static void test_together(void **state)
{
	struct job job = {.caller = pthread_self()};

	(void)state;
	pthread_barrier_init(&job.all, NULL, MEMBERS);
	team_run(MEMBERS, count_together, &job);
	assert_int_equal(job.runs, MEMBERS);
	pthread_barrier_destroy(&job.all);
}

/* Blocks until somebody wakes it, or for ever. */
static void write_blocked(void *context)
{
	struct job *job = context;

	/* The signal may come before the others are in write(2). */
	if (job->runs++ == 0)
		kill(getpid(), SIGTERM);
	while (write(job->full, "", 1) == 1)
		;
	if (errno == EINTR)
		job->woken++;
}

static int wake_status(void)
{
	struct job job = {.caller = pthread_self()};
	struct err err = ERR_INIT;
	int ends[2];

	alarm(PATIENCE);
	if (interrupt_install(&err) != 0 || pipe(ends) != 0)
		return 1;
	job.full = ends[1];
	team_run(MEMBERS, write_blocked, &job);
	if (interrupt_signal() != SIGTERM)
		return 2;
	return job.woken == MEMBERS ? 0 : 3;
}

/* In a process of its own, since a signal is remembered for good. */
static void test_woken(void **state)
{
	pid_t pid = fork();
	int status = 0;

	(void)state;
	if (pid == 0)
		_exit(wake_status());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void leave(int number)
{
	_exit(number);
}

static void crash(void *context)
{
	(void)context;
	raise(SIGSEGV);
}

/* Who catches a crash catches that of a thread. */
static void test_crash(void **state)
{
	struct sigaction action = {.sa_handler = leave};
	int status = 0;
	pid_t pid = fork();

	(void)state;
	if (pid == 0) {
		alarm(PATIENCE);
		if (sigaction(SIGSEGV, &action, NULL) == 0)
			team_run(2, crash, NULL);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), SIGSEGV);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_runs),
	    cmocka_unit_test(test_together),
	    cmocka_unit_test(test_woken),
	    cmocka_unit_test(test_crash),
	};

	alarm(PATIENCE);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
