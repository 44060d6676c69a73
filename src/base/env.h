/*
 * What the program reads from its surroundings, once at start, so that a test
 * can set each of them. (The time zone is the process's: see period.h.)
 */
#ifndef BASE_ENV_H
#define BASE_ENV_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

/* The configuration of the system, whatever the prefix of the program. */
#define ENV_SYSTEM_CONFIG "/etc/quarantine-report.conf"

struct env {
	time_t now;           /* when the run began */
	time_t (*time)(void); /* the time of day, for what stays; NULL: time(2) */
	bool stdin_is_terminal;
	bool stdout_is_terminal;
	bool stderr_is_terminal;
	unsigned pause_second; /* milliseconds that a second of a pause takes, for tests; 0: 1000 */
	unsigned terminal_width; /* columns of the terminal on stdout; 0: none */
	unsigned stderr_width;   /* of that on stderr; 0: none, or one that only scrolls ("dumb") */
	bool terminal_is_utf8;   /* the locale's character set */
	bool terminal_has_color; /* $NO_COLOR is not set, and $TERM is no "dumb" one */
	const char *credentials_directory; /* $CREDENTIALS_DIRECTORY or NULL; not owned */
	const char *home;                  /* $HOME or NULL */
	const char *config_home;           /* $XDG_CONFIG_HOME or NULL */
	const char *state_home;            /* $XDG_STATE_HOME or NULL */
	const char *state_directory;       /* $STATE_DIRECTORY (systemd.exec(5)) or NULL */
	const char *notify_socket;         /* $NOTIFY_SOCKET (sd_notify(3)) or NULL */
	uint64_t watchdog;         /* milliseconds in which a service must give a sign; 0: any */
	const char *system_config; /* the configuration file of the system */
	char *const *variables;    /* all of the environment: NAME=VALUE, then NULL */
};

/* The time of day; never before env->now, so that a clock that is set back repeats nothing. */
time_t env_time(const struct env *env);

/* How long a pause of so many milliseconds takes (env.pause_second), at least one. */
int64_t env_pause(const struct env *env, int64_t milliseconds);

/* Reads clock, terminals and environment; call it after setlocale(3). */
void env_init(struct env *env);

#endif
