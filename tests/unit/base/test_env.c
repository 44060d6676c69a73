#include "tests/unit/table.h"

#include <pty.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/env.h"

/* env_init() with standard output at this descriptor. */
static struct env env_at(int out)
{
	int saved = dup(STDOUT_FILENO);
	struct env env;

	fflush(stdout);
	assert_true(saved >= 0);
	assert_true(dup2(out, STDOUT_FILENO) >= 0);
	env_init(&env);
	assert_true(dup2(saved, STDOUT_FILENO) >= 0);
	close(saved);
	return env;
}

static const struct {
	const char *columns;     /* $COLUMNS */
	unsigned short terminal; /* what the terminal says */
	unsigned want;           /* there */
	unsigned want_pipe;
	const char *why;
} rows[] = {
    {NULL, 132, 132, 0, "the terminal's"},
    {"", 132, 132, 0, "set to nothing"},
    {NULL, 0, 80, 0, "a terminal that does not tell"},
    {"100", 132, 100, 100, "asked for"},
    {"20", 132, 20, 20, "least"},
    {"19", 132, 132, 0, "too small"},
    {"1000", 132, 1000, 1000, "most"},
    {"1001", 132, 132, 0, "too large"},
    {"99999999999999999999999", 132, 132, 0, "far too large"},
    {"100x", 132, 132, 0, "no number"},
    {"-100", 132, 132, 0, "negative"},
};

static void test_terminal_width(void **state)
{
	int ends[2];
	int master;
	int slave;

	(void)state;
	assert_int_equal(pipe(ends), 0);
	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		struct winsize size = {.ws_row = 24, .ws_col = rows[i].terminal};
		struct env env;

		assert_int_equal(openpty(&master, &slave, NULL, NULL, &size), 0);
		if (rows[i].columns != NULL)
			setenv("COLUMNS", rows[i].columns, 1);
		else
			unsetenv("COLUMNS");
		env = env_at(slave);
		assert_row(env.stdout_is_terminal, rows[i].why);
		assert_row(env.terminal_width == rows[i].want, rows[i].why);
		env = env_at(ends[1]);
		assert_row(!env.stdout_is_terminal, rows[i].why);
		assert_row(env.terminal_width == rows[i].want_pipe, rows[i].why);
		close(slave);
		close(master);
	}
	close(ends[0]);
	close(ends[1]);
}

static const struct {
	const char *given; /* $QR_PAUSE_SECOND_MS */
	unsigned want;
	const char *why;
} pauses[] = {
    {NULL, 0, "not set"},
    {"", 0, "set to nothing"},
    {"1", 1, "shortest"},
    {"1000", 1000, "longest"},
    {"1001", 0, "too long"},
    {"0", 0, "no pause at all"},
    {"5 ms", 0, "no number"},
    {"-5", 0, "negative"},
};

static void test_pause_second(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(pauses); i++) {
		struct env env;

		unsetenv("QR_PAUSE_SECOND_MS");
		if (pauses[i].given != NULL)
			setenv("QR_PAUSE_SECOND_MS", pauses[i].given, 1);
		env_init(&env);
		assert_row(env.pause_second == pauses[i].want, pauses[i].why);
	}
	unsetenv("QR_PAUSE_SECOND_MS");
}

static void test_color(void **state)
{
	static const struct {
		const char *term;
		const char *no_color;
		bool want;
	} colors[] = {
	    {"xterm", NULL, true},
	    {"xterm", "", true},
	    {"xterm", "1", false},
	    {"xterm", "0", false},
	    {"dumb", NULL, false},
	    {NULL, NULL, false},
	};

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(colors); i++) {
		struct env env;

		unsetenv("TERM");
		unsetenv("NO_COLOR");
		if (colors[i].term != NULL)
			setenv("TERM", colors[i].term, 1);
		if (colors[i].no_color != NULL)
			setenv("NO_COLOR", colors[i].no_color, 1);
		env_init(&env);
		assert_int_equal(env.terminal_has_color, colors[i].want);
	}
	unsetenv("NO_COLOR");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_pause_second),
	    cmocka_unit_test(test_color),
	    cmocka_unit_test(test_terminal_width),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
