/*
 * Another program: started without a shell, and watched until it ends.
 */
#ifndef BASE_CHILD_H
#define BASE_CHILD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"

/* Seconds that a child has to end by itself after a signal to us; see child_watch.may_finish. */
#define CHILD_GRACE 5

/* Seconds between SIGTERM and SIGKILL for a child that is to stop. */
#define CHILD_LAST_WORDS 1

struct child_program {
	const char *path;               /* not searched for along PATH */
	const char *const *argv;        /* ends with NULL */
	const char *const *environment; /* ends with NULL; NULL: ours */
	/* Descriptors that become its standard input, output and error stream; -1: ours. */
	int input;
	int output;
	int error;
};

/*
 * Starts it, with no signal blocked, and those that we ignore (interrupt.h) as programs expect
 * them. ERR_SYSTEM with the errno when it cannot be run.
 */
int child_spawn(const struct child_program *program, pid_t *pid_r, struct err *err);

struct child_watch {
	unsigned timeout; /* seconds; 0: none */
	int64_t deadline; /* of the run, as of clock_now(); 0: none */
	/* What it does cannot be undone: after a signal it has CHILD_GRACE seconds to end, and its
	 * status counts if it does. */
	bool may_finish;
	int output;        /* the end of a pipe of which we read what it says; -1: none */
	struct buf *words; /* gets it, up to its maximum; more is read and forgotten */
};

/*
 * Waits until the child ends; *status_r is as of waitpid(2). A program that it left behind is not
 * waited for, though it may hold the pipe. -1: ERR_SIGNAL when a signal tells us to stop,
 * ERR_TEMPORARY when the time is over or the deadline has passed; the child is stopped then
 * (child_stop()).
 *
 * 0 with a signal pending (interrupt_signal()) is possible: what the child did has been done.
 */
int child_wait(pid_t pid, const struct child_watch *watch, int *status_r, struct err *err);

/* SIGTERM, and CHILD_LAST_WORDS seconds later SIGKILL; waits until it has ended. */
void child_stop(pid_t pid);

#endif
