#include "base/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/interrupt.h"

/* Milliseconds between looks whether the child has ended: few at first, since most programs are
 * quick. The end of the pipe does not show it, as a program left behind may hold the pipe. */
#define CHILD_FIRST_TICK 1
#define CHILD_LAST_TICK  50

#define CHILD_READ_SIZE 4096

static int child_add_descriptor(posix_spawn_file_actions_t *actions, int fd, int becomes)
{
	return fd >= 0 ? posix_spawn_file_actions_adddup2(actions, fd, becomes) : 0;
}

/* 0 or an errno, as in posix_spawn(3). */
static int child_set_descriptors(
    posix_spawn_file_actions_t *actions, const struct child_program *program)
{
	int sys = child_add_descriptor(actions, program->input, STDIN_FILENO);

	if (sys == 0)
		sys = child_add_descriptor(actions, program->output, STDOUT_FILENO);
	if (sys == 0)
		sys = child_add_descriptor(actions, program->error, STDERR_FILENO);
	return sys;
}

static int child_set_attributes(posix_spawnattr_t *attributes, const struct child_program *program)
{
	short flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF;
	sigset_t none;
	sigset_t defaults;
	int sys;

	if (program->is_group)
		flags |= POSIX_SPAWN_SETPGROUP; /* 0: its own */

	sigemptyset(&none);
	sigemptyset(&defaults);
	sigaddset(&defaults, SIGPIPE);
	sigaddset(&defaults, SIGXFSZ);
	sys = posix_spawnattr_setsigmask(attributes, &none);
	if (sys == 0)
		sys = posix_spawnattr_setsigdefault(attributes, &defaults);
	if (sys == 0)
		sys = posix_spawnattr_setflags(attributes, flags);
	return sys;
}

int child_spawn(const struct child_program *program, pid_t *pid_r, struct err *err)
{
	/* posix_spawn(3) does not change them, though its parameters lack const. */
	char *const *argv = (char *const *)(uintptr_t)program->argv;
	char *const *environment = (char *const *)(uintptr_t)program->environment;
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	int sys;

	if (posix_spawn_file_actions_init(&actions) != 0)
		return err_nomem(err);
	if (posix_spawnattr_init(&attributes) != 0) {
		posix_spawn_file_actions_destroy(&actions);
		return err_nomem(err);
	}
	sys = child_set_descriptors(&actions, program);
	if (sys == 0)
		sys = child_set_attributes(&attributes, program);
	if (sys == 0)
		sys = posix_spawn(pid_r, program->path, &actions, &attributes, argv,
		    environment != NULL ? environment : environ);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	return sys == 0 ? 0 : err_set_sys(err, ERR_SYSTEM, sys, "cannot run %s", program->path);
}

/* A child that is waited for. */
struct child {
	pid_t pid;
	bool is_group;
	int output; /* as of child_watch; -1 after its end */
	struct buf *words;
	const atomic_bool *is_over; /* as of child_watch */
	int tick;                   /* milliseconds until we look again */
	int status;
};

/* Reads once. False at the end, and when there is nothing now. */
static bool child_read(const struct child *child)
{
	char bytes[CHILD_READ_SIZE];
	struct buf *words = child->words;
	ssize_t n = read(child->output, bytes, sizeof(bytes));

	if (n < 0)
		return errno == EINTR;
	buf_add(words, span_head((struct span){bytes, (size_t)n}, words->max - words->n));
	return n > 0;
}

/* Sleeps for a tick, or until there is output or a signal. */
static void child_sleep(struct child *child, bool may_interrupt)
{
	struct pollfd fds[] = {
	    {.fd = may_interrupt ? interrupt_fd() : -1, .events = POLLIN},
	    {.fd = child->output, .events = POLLIN},
	};

	if (poll(fds, 2, child->tick) > 0 && fds[1].revents != 0 && !child_read(child))
		child->output = -1;
	if (child->tick < CHILD_LAST_TICK)
		child->tick *= 2;
}

static bool child_is_over(const struct child *child)
{
	return interrupt_signal() != 0 || (child->is_over != NULL && *child->is_over);
}

/* 1: it has ended; 0: not by `end` (0: no limit), or a signal came, or the run is over, and
 * may_interrupt is set. */
static int child_await(struct child *child, int64_t end, bool may_interrupt, struct err *err)
{
	pid_t ended;

	while ((ended = waitpid(child->pid, &child->status, WNOHANG)) == 0) {
		if (may_interrupt && child_is_over(child))
			return 0;
		if (clock_is_over(end))
			return 0;
		child_sleep(child, may_interrupt);
	}
	return ended > 0 ? 1 : err_set_sys(err, ERR_SYSTEM, errno, "cannot wait for it");
}

static void child_kill(const struct child *child, int number)
{
	kill(child->is_group ? -child->pid : child->pid, number);
}

/* What is left of its group when it has ended itself gets its time, too. */
static void child_end_group(struct child *child, int64_t end)
{
	if (!child->is_group)
		return;
	while (kill(-child->pid, 0) == 0 && !clock_is_over(end))
		child_sleep(child, false);
	child_kill(child, SIGKILL);
}

static void child_end(struct child *child)
{
	int64_t end = clock_now() + CHILD_KILL_DELAY * 1000;
	struct err err = ERR_INIT;

	child->tick = CHILD_FIRST_TICK;
	child_kill(child, SIGTERM);
	if (child_await(child, end, false, &err) != 0) {
		child_end_group(child, end);
		return;
	}
	child_kill(child, SIGKILL);
	while (waitpid(child->pid, NULL, 0) < 0 && errno == EINTR)
		;
}

void child_stop(pid_t pid)
{
	struct child child = {.pid = pid, .output = -1};

	child_end(&child);
}

/* After a signal, which may be forgotten meanwhile (interrupt_forget()). A child that ends by a
 * signal, too, was stopped like us. */
static int child_finish(struct child *child, struct err *err)
{
	int ended = child_await(child, clock_now() + CHILD_GRACE * 1000, false, err);

	if (ended == 1 && WIFSIGNALED(child->status) && interrupt_check(err) != 0)
		return -1;
	return ended;
}

static int child_say_why(const struct child_watch *watch, struct err *err)
{
	if (interrupt_check(err) != 0)
		return -1;
	if (watch->is_over != NULL && *watch->is_over)
		return err_set(err, ERR_TEMPORARY, "it did not end by the end of the run");
	if (clock_is_over(watch->deadline))
		return clock_refuse(err);
	return err_set(err, ERR_TEMPORARY, "it did not end within %u seconds", watch->timeout);
}

/* When the time is over; 0: never. */
static int64_t child_time_limit(const struct child_watch *watch)
{
	int64_t end = watch->timeout != 0 ? clock_now() + (int64_t)watch->timeout * 1000 : 0;

	if (watch->deadline != 0 && (end == 0 || watch->deadline < end))
		return watch->deadline;
	return end;
}

int child_wait(pid_t pid, const struct child_watch *watch, int *status_r, struct err *err)
{
	struct child child = {
	    .pid = pid,
	    .is_group = watch->is_group,
	    .output = watch->output,
	    .words = watch->words,
	    .is_over = watch->is_over,
	    .tick = CHILD_FIRST_TICK,
	};
	int ended;

	if (child.output >= 0)
		fcntl(child.output, F_SETFL, O_NONBLOCK);
	ended = child_await(&child, child_time_limit(watch), true, err);
	if (ended == 0 && watch->may_finish && child_is_over(&child))
		ended = child_finish(&child, err);
	if (ended == 0) {
		child_say_why(watch, err);
		child_end(&child);
	}
	if (ended != 1)
		return -1;
	while (child.output >= 0 && child.words->n < child.words->max && child_read(&child))
		;
	*status_r = child.status;
	return 0;
}
