/*
 * What a command takes. Its parent is small, since the memory that the kernel counts for a child
 * begins with that of the process it was forked from.
 *
 *     measure [--rows] COMMAND ARGUMENT...
 *
 * Prints "SECONDS USER SYSTEM KIB FIRST": of the clock, of the processor, the most memory that was
 * resident, and when the second line came out (-1: never, or without --rows), which is the first
 * row of a CSV. What the command writes is thrown away. Its exit status is that of the command.
 */
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static double measure_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static double measure_seconds(struct timeval time)
{
	return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

static pid_t measure_start(char **command, int out)
{
	posix_spawn_file_actions_t actions;
	pid_t pid;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
	if (posix_spawnp(&pid, command[0], &actions, NULL, command, environ) != 0) {
		fprintf(stderr, "measure: cannot run %s\n", command[0]);
		exit(127);
	}
	posix_spawn_file_actions_destroy(&actions);
	close(out);
	return pid;
}

/* Reads to the end; when the second line was there, or -1. */
static double measure_rows(int in)
{
	static char buffer[65536];
	double first = -1;
	int lines = 0;
	ssize_t n;

	while ((n = read(in, buffer, sizeof(buffer))) > 0) {
		const char *at = buffer;

		while (lines < 2 && (at = memchr(at, '\n', (size_t)(buffer + n - at))) != NULL) {
			at++;
			lines++;
		}
		if (lines == 2 && first < 0)
			first = measure_now();
	}
	return first;
}

int main(int argc, char **argv)
{
	int rows = argc > 1 && strcmp(argv[1], "--rows") == 0;
	struct rusage used;
	double begin = measure_now();
	double first = -1;
	int ends[2] = {-1, -1};
	int status;
	pid_t pid;

	if (argc < rows + 2)
		return 64;
	if (rows ? pipe2(ends, O_CLOEXEC) != 0
		 : (ends[1] = open("/dev/null", O_WRONLY | O_CLOEXEC)) < 0)
		return 71;
	pid = measure_start(argv + rows + 1, ends[1]);
	if (rows)
		first = measure_rows(ends[0]);
	if (wait4(pid, &status, 0, &used) != pid)
		return 71;
	printf("%.6f %.6f %.6f %ld %.6f\n", measure_now() - begin, measure_seconds(used.ru_utime),
	    measure_seconds(used.ru_stime), used.ru_maxrss, first < 0 ? -1 : first - begin);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
