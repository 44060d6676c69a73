#include "base/env.h"

#include <langinfo.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/span.h"

/* Bounds of $COLUMNS, and the width of a terminal that does not say. */
#define ENV_MIN_WIDTH     20
#define ENV_MAX_WIDTH     1000
#define ENV_DEFAULT_WIDTH 80

/* An environment variable that is set to nothing counts as not set. */
static const char *env_get(const char *name)
{
	const char *value = getenv(name);

	return value != NULL && *value != '\0' ? value : NULL;
}

/* Tests set it to shorten pauses: 1 to 1000 milliseconds. Other values count as not set. */
static unsigned env_pause_second(void)
{
	const char *given = env_get("QR_PAUSE_SECOND_MS");
	uint64_t ms = 0;

	if (given == NULL || span_number(span_of(given), &ms) != strlen(given))
		return 0;
	return ms <= 1000 ? (unsigned)ms : 0;
}

/* $COLUMNS, with which a user can set a width also without a terminal; 0: not set. */
static unsigned env_asked_width(void)
{
	const char *columns = env_get("COLUMNS");
	uint64_t width = 0;

	if (columns == NULL || span_number(span_of(columns), &width) != strlen(columns))
		return 0;
	return width >= ENV_MIN_WIDTH && width <= ENV_MAX_WIDTH ? (unsigned)width : 0;
}

/* A serial line has a size of 0, for example. */
static unsigned env_width_of(int terminal)
{
	struct winsize size;

	if (ioctl(terminal, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
		return ENV_DEFAULT_WIDTH;
	return size.ws_col;
}

static unsigned env_terminal_width(bool stdout_is_terminal)
{
	unsigned width = env_asked_width();

	return width != 0 || !stdout_is_terminal ? width : env_width_of(STDOUT_FILENO);
}

/* One that only scrolls has no line that could be drawn again. */
static unsigned env_stderr_width(void)
{
	const char *term = env_get("TERM");

	if (isatty(STDERR_FILENO) != 1 || term == NULL || strcmp(term, "dumb") == 0)
		return 0;
	return env_width_of(STDERR_FILENO);
}

/* $NO_COLOR: whatever it says (no-color.org). */
static bool env_has_color(void)
{
	const char *term = env_get("TERM");

	return term != NULL && strcmp(term, "dumb") != 0 && env_get("NO_COLOR") == NULL;
}

time_t env_time(const struct env *env)
{
	time_t now = env->time != NULL ? env->time() : time(NULL);

	return now > env->now ? now : env->now;
}

int64_t env_pause(const struct env *env, int64_t milliseconds)
{
	int64_t pause =
	    env->pause_second != 0 ? milliseconds * env->pause_second / 1000 : milliseconds;

	return pause > 0 ? pause : 1;
}

/* $WATCHDOG_USEC, when it is about this process (sd_watchdog_enabled(3)). */
static uint64_t env_watchdog(void)
{
	const char *given = env_get("WATCHDOG_USEC"), *who = env_get("WATCHDOG_PID");
	uint64_t usec = 0, pid = 0;

	if (given == NULL || span_number(span_of(given), &usec) != strlen(given))
		return 0;
	if (who != NULL && (span_number(span_of(who), &pid) == 0 || pid != (uint64_t)getpid()))
		return 0;
	return usec / 1000;
}

void env_init(struct env *env)
{
	bool stdout_is_terminal = isatty(STDOUT_FILENO) == 1;

	*env = (struct env){
	    .now = time(NULL),
	    .stdin_is_terminal = isatty(STDIN_FILENO) == 1,
	    .stdout_is_terminal = stdout_is_terminal,
	    .stderr_is_terminal = isatty(STDERR_FILENO) == 1,
	    .pause_second = env_pause_second(),
	    .terminal_width = env_terminal_width(stdout_is_terminal),
	    .stderr_width = env_stderr_width(),
	    .terminal_is_utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0,
	    .terminal_has_color = env_has_color(),
	    .credentials_directory = env_get("CREDENTIALS_DIRECTORY"),
	    .home = env_get("HOME"),
	    .config_home = env_get("XDG_CONFIG_HOME"),
	    .state_home = env_get("XDG_STATE_HOME"),
	    .state_directory = env_get("STATE_DIRECTORY"),
	    .notify_socket = env_get("NOTIFY_SOCKET"),
	    .watchdog = env_watchdog(),
	    .system_config = ENV_SYSTEM_CONFIG,
	    .variables = environ,
	};
}
