#include "base/interrupt.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>

/* Written by the handler, read by all threads. */
static atomic_int interrupt_number;
static int interrupt_pipe[2] = {-1, -1};
static bool interrupt_wants_errors; /* SIGPIPE was ignored already */
static bool interrupt_hangup_asks;  /* SIGHUP ends nothing */
static atomic_bool interrupt_asked;

static void interrupt_handle(int number)
{
	int saved = errno;

	interrupt_number = number;
	/* A full pipe is readable already, so a failure changes nothing. */
	if (write(interrupt_pipe[1], "", 1) < 0)
		number = 0;
	errno = saved;
}

static void interrupt_note_hangup(int number)
{
	(void)number;
	interrupt_asked = true;
}

static void interrupt_wake(int number)
{
	(void)number;
}

/* Without SA_RESTART, which would send the thread back to its system call. */
static int interrupt_catch(struct err *err)
{
	static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
	struct sigaction action = {.sa_handler = interrupt_handle, .sa_flags = (int)SA_RESETHAND};
	struct sigaction wake = {.sa_handler = interrupt_wake};
	struct sigaction old;
	sigset_t blocked;

	sigemptyset(&action.sa_mask);
	sigemptyset(&wake.sa_mask);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		/* What nohup(1) or a shell's background job ignores stays ignored. */
		if (sigaction(numbers[i], NULL, &old) == 0 && old.sa_handler == SIG_IGN)
			continue;
		if (numbers[i] == SIGHUP && interrupt_hangup_asks)
			continue;
		if (sigaction(numbers[i], &action, NULL) != 0)
			return err_set_sys(err, ERR_SYSTEM, errno, "cannot catch a signal");
	}
	/* Only threads of a team may be woken; see team.c. */
	sigemptyset(&blocked);
	sigaddset(&blocked, INTERRUPT_WAKE);
	if (sigaction(INTERRUPT_WAKE, &wake, NULL) != 0 ||
	    sigprocmask(SIG_BLOCK, &blocked, NULL) != 0)
		return err_set_sys(err, ERR_SYSTEM, errno, "cannot catch a signal");
	return 0;
}

int interrupt_install(struct err *err)
{
	struct sigaction ignore = {.sa_handler = SIG_IGN};
	struct sigaction old = {.sa_handler = SIG_DFL};

	if (pipe2(interrupt_pipe, O_CLOEXEC | O_NONBLOCK) != 0)
		return err_set_sys(err, ERR_SYSTEM, errno, "cannot make a pipe");
	if (interrupt_catch(err) != 0)
		return -1;
	sigemptyset(&ignore.sa_mask);
	/* A failing write(2) says the same, where we can clean up. */
	if (sigaction(SIGPIPE, &ignore, &old) != 0 || sigaction(SIGXFSZ, &ignore, NULL) != 0)
		return err_set_sys(err, ERR_SYSTEM, errno, "cannot ignore a signal");
	interrupt_wants_errors = old.sa_handler == SIG_IGN;
	return 0;
}

void interrupt_reader_gone(void)
{
	if (interrupt_pipe[1] >= 0 && !interrupt_wants_errors && interrupt_number == 0)
		interrupt_handle(SIGPIPE);
}

void interrupt_die(int number)
{
	struct sigaction action = {.sa_handler = SIG_DFL};
	sigset_t only;

	sigemptyset(&action.sa_mask);
	sigemptyset(&only);
	sigaddset(&only, number);
	if (sigaction(number, &action, NULL) == 0 && sigprocmask(SIG_UNBLOCK, &only, NULL) == 0)
		raise(number);
}

int interrupt_signal(void)
{
	return interrupt_number;
}

void interrupt_stop(int number)
{
	if (interrupt_pipe[1] >= 0 && interrupt_number == 0)
		interrupt_handle(number);
}

int interrupt_forget(struct err *err)
{
	char drained[64];

	while (read(interrupt_pipe[0], drained, sizeof(drained)) > 0)
		;
	interrupt_number = 0;
	return interrupt_catch(err);
}

int interrupt_ask_by_hangup(struct err *err)
{
	struct sigaction action = {.sa_handler = interrupt_note_hangup, .sa_flags = SA_RESTART};
	struct sigaction old;

	sigemptyset(&action.sa_mask);
	if (sigaction(SIGHUP, NULL, &old) == 0 && old.sa_handler == SIG_IGN)
		return 0;
	if (sigaction(SIGHUP, &action, NULL) != 0)
		return err_set_sys(err, ERR_SYSTEM, errno, "cannot catch a signal");
	interrupt_hangup_asks = true;
	return 0;
}

bool interrupt_take_hangup(void)
{
	return atomic_exchange(&interrupt_asked, false);
}

int interrupt_fd(void)
{
	return interrupt_pipe[0];
}

/* What happened, for who has pressed Ctrl-C, stopped a service, or closed a terminal. */
static const char *interrupt_what(int number)
{
	switch (number) {
	case SIGINT:
		return "interrupted";
	case SIGPIPE:
		return "stopped: the reader of standard output has gone";
	case SIGHUP:
		return "stopped: the terminal has gone (SIGHUP)";
	default:
		return "stopped by SIGTERM";
	}
}

int interrupt_set(int number, struct err *err)
{
	err_set(err, ERR_SIGNAL, "%s", interrupt_what(number));
	err->sys = number;
	return -1;
}

int interrupt_check(struct err *err)
{
	int number = interrupt_number;

	return number != 0 ? interrupt_set(number, err) : 0;
}
