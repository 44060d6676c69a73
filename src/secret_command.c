/* --password-command: what a command prints is the password. */
#include "secret_input.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/interrupt.h"

/* sh(1): found but not executable, not found. */
#define SECRET_SHELL_CANNOT_RUN 126
#define SECRET_SHELL_NOT_FOUND  127

/*
 * The child gets our standard input and error stream, so that it can ask or complain, and SIGPIPE
 * as a program expects it.
 */
static int secret_spawn(const char *command, int output, pid_t *pid_r, struct err *err)
{
	char *argv[] = {(char[]){"sh"}, (char[]){"-c"}, (char *)(uintptr_t)command, NULL};
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t defaults;
	int sys;

	if (posix_spawn_file_actions_init(&actions) != 0)
		return err_nomem(err);
	if (posix_spawnattr_init(&attributes) != 0) {
		posix_spawn_file_actions_destroy(&actions);
		return err_nomem(err);
	}
	sigemptyset(&defaults);
	sigaddset(&defaults, SIGPIPE);
	sys = posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
	if (sys == 0)
		sys = posix_spawnattr_setsigdefault(&attributes, &defaults);
	if (sys == 0)
		sys = posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
	if (sys == 0)
		sys = posix_spawn(pid_r, "/bin/sh", &actions, &attributes, argv, environ);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	return sys == 0 ? 0 : err_set_sys(err, ERR_SYSTEM, sys, "cannot run /bin/sh");
}

/* Waits for the end of the child, which an interrupt hastens. */
static int secret_await(pid_t pid, int *status_r, struct err *err)
{
	int result = 0;

	while (waitpid(pid, status_r, 0) < 0) {
		if (errno != EINTR)
			return err_set_sys(err, ERR_SYSTEM, errno, "cannot wait for it");
		if (interrupt_check(err) != 0) {
			kill(pid, SIGKILL);
			result = -1;
		}
	}
	return result;
}

static int secret_check_status(int status, struct err *err)
{
	if (WIFSIGNALED(status))
		return err_set(err, ERR_TEMPORARY, "it was killed by signal %d", WTERMSIG(status));
	switch (WEXITSTATUS(status)) {
	case 0:
		return 0;
	case SECRET_SHELL_CANNOT_RUN:
	case SECRET_SHELL_NOT_FOUND:
		return err_set(err, ERR_USAGE, "the shell cannot run it");
	default:
		return err_set(err, ERR_TEMPORARY, "it ended with status %d", WEXITSTATUS(status));
	}
}

int secret_run_command(const char *command, struct secret_input *input, struct err *err)
{
	int ends[2];
	pid_t pid = -1;
	int status = 0;
	int result;

	if (pipe2(ends, O_CLOEXEC) != 0)
		return err_set_sys(err, ERR_SYSTEM, errno, "cannot make a pipe");
	result = secret_spawn(command, ends[1], &pid, err);
	close(ends[1]);
	if (result == 0)
		result = secret_input_read_all(input, ends[0], err);
	close(ends[0]);
	if (pid < 0)
		return result;
	/* A command that printed too much may never end; that it did is the error to report. */
	if (result != 0 || input->n == sizeof(input->bytes)) {
		kill(pid, SIGKILL);
		waitpid(pid, &status, 0);
		return result;
	}
	if (secret_await(pid, &status, err) != 0)
		return -1;
	return secret_check_status(status, err);
}
