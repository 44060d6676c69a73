/* --password-command: what a command prints is the password. */
#include "secret/secret_input.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/child.h"

/* sh(1): found but not executable, not found. */
#define SECRET_SHELL_CANNOT_RUN 126
#define SECRET_SHELL_NOT_FOUND  127

/* The child gets our standard input and error stream, so that it can ask or complain. */
static int secret_spawn(const char *command, int output, pid_t *pid_r, struct err *err)
{
	const char *const argv[] = {"sh", "-c", command, NULL};
	const struct child_program program = {
	    .path = "/bin/sh",
	    .argv = argv,
	    .input = -1,
	    .output = output,
	    .error = -1,
	};

	return child_spawn(&program, pid_r, err);
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
	const struct child_watch watch = {.deadline = input->deadline, .output = -1};
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
	/* A command that printed too much may never end. The error is that it printed too much. */
	if (result != 0 || input->n == sizeof(input->bytes)) {
		child_stop(pid);
		return result;
	}
	if (child_wait(pid, &watch, &status, err) != 0)
		return -1;
	return secret_check_status(status, err);
}
