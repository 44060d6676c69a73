#include "tests/unit/table.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/interrupt.h"
#include "base/wait.h"

static const struct {
	bool ready;
	int64_t until; /* 0: for ever; 1: long over */
	int result;
	const char *why;
} rows[] = {
    {true, 0, 1, "ready"},
    {true, 1, 1, "ready, and the time is over"},
    {false, 1, 0, "not ready, and the time is over"},
};

static void test_ready(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		struct pollfd fds[2] = {{.fd = -1}, {.events = POLLIN}};
		struct err err = ERR_INIT;
		int ends[2];

		assert_int_equal(pipe(ends), 0);
		fds[1].fd = ends[0];
		if (rows[i].ready)
			assert_int_equal(write(ends[1], "x", 1), 1);
		assert_row(wait_ready(fds, 2, rows[i].until, &err) == rows[i].result, rows[i].why);
		assert_row((fds[1].revents != 0) == rows[i].ready, rows[i].why);
		close(ends[0]);
		close(ends[1]);
	}
}

static void test_time_passes(void **state)
{
	int64_t until = clock_now() + 20;
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(wait_ready(NULL, 0, until, &err), 0);
	assert_true(clock_now() >= until);
	until = clock_now() + 20;
	assert_int_equal(wait_pause(20, &err), 0);
	assert_true(clock_now() >= until);
}

/* Waits without a limit; the signal comes before or during the wait. */
static int wait_for_signal(bool before)
{
	struct err err = ERR_INIT;

	if (interrupt_install(&err) != 0)
		return 1;
	if (before)
		raise(SIGTERM);
	else if (fork() == 0) {
		kill(getppid(), SIGTERM);
		_exit(0);
	}
	if (wait_ready(NULL, 0, 0, &err) != -1)
		return 2;
	return err.code == ERR_SIGNAL && err.sys == SIGTERM ? 0 : 3;
}

static void test_signal(void **state)
{
	(void)state;
	for (int before = 0; before < 2; before++) {
		pid_t child = fork();
		int status;

		if (child == 0)
			_exit(wait_for_signal(before != 0));
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_true(WIFEXITED(status));
		assert_int_equal(WEXITSTATUS(status), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_ready),
	    cmocka_unit_test(test_time_passes),
	    cmocka_unit_test(test_signal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
