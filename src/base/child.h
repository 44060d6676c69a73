/*
 * Runs another program without a shell, and watches it until it ends.
 */
#ifndef BASE_CHILD_H
#define BASE_CHILD_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"

/* Seconds in which a child may end by itself after we got a signal; see child_watch.may_finish. */
#define CHILD_GRACE 5

/* Seconds between SIGTERM and SIGKILL for a child that is to stop. */
#define CHILD_KILL_DELAY 1

struct child_program {
	const char *path;               /* not searched for along PATH */
	const char *const *argv;        /* ends with NULL */
	const char *const *environment; /* ends with NULL; NULL: ours */
	/* Descriptors that become its standard input, output and error stream; -1: ours. */
	int input;
	int output;
	int error;
	/* A process group of its own, so that what it starts ends with it, and what is typed at the
	 * terminal ends only us; see child_watch.is_group. */
	bool is_group;
};

/* Starts it, with no signal blocked and no signal ignored that we ignore (interrupt.h). ERR_SYSTEM
 * with the errno when it cannot be run. */
int child_spawn(const struct child_program *program, pid_t *pid_r, struct err *err);

struct child_watch {
	unsigned timeout; /* seconds; 0: none */
	int64_t deadline; /* of the run, as of clock_now(); 0: none */
	/* Its work cannot be undone: after a signal it has CHILD_GRACE seconds to end, and its
	 * status counts if it does. */
	bool may_finish;
	bool is_group; /* as of child_program: all of it is stopped */
	/* Set by another thread: the run has ended, which is as good as a signal. NULL: none does.
	 */
	const atomic_bool *is_over;
	int output;        /* our end of a pipe from which its output is read; -1: none */
	struct buf *words; /* gets the output, up to its maximum; more is read and dropped */
};

/*
 * Waits until the child ends; *status_r is as of waitpid(2). Does not wait for programs that it
 * left behind, though they may hold the pipe. -1: ERR_SIGNAL after a signal, ERR_TEMPORARY when the
 * time or the run is over or the deadline has passed; the child is stopped then (child_stop()),
 * with its group if it has one.
 *
 * 0 is possible with a signal pending (interrupt_signal()): the child has done its work.
 */
int child_wait(pid_t pid, const struct child_watch *watch, int *status_r, struct err *err);

/* SIGTERM, and CHILD_KILL_DELAY seconds later SIGKILL; waits until it has ended. */
void child_stop(pid_t pid);

#endif
