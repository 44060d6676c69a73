/* The prompt on the terminal. */
#include "secret/secret_input.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"

#define SECRET_TERMINAL "/dev/tty"

static int secret_ask(
    int tty, const struct secret_words *words, const char *username, struct err *err)
{
	struct buf text;
	int result = 0;

	buf_init(&text, 0);
	buf_printf(&text, "Please enter the password for the %s '", words->account);
	log_escape(&text, span_of(username));
	buf_add_text(&text, "'.\nPassword: ");
	if (text.failed != 0)
		result = err_nomem(err);
	else if (write(tty, text.p, text.n) != (ssize_t)text.n)
		result = err_set_sys(err, ERR_SYSTEM, errno, "cannot write to " SECRET_TERMINAL);
	buf_fini(&text);
	return result;
}

static bool secret_has_line(const struct secret_input *input)
{
	return input->n > 0 && input->bytes[input->n - 1] == '\n';
}

/* 0: a line is there; 1: one of the signals that `stops` listens to is pending; -1. */
static int secret_read_line(int tty, int stops, struct secret_input *input, struct err *err)
{
	struct signalfd_siginfo info;
	int more;

	do {
		more = secret_input_read(input, tty, stops, err);
		/* Does not block. The read took the signal; raise() makes it pending again. */
		if (more > 0 && read(stops, &info, sizeof(info)) > 0) {
			raise((int)info.ssi_signo);
			return 1;
		}
	} while (more > 0 && !secret_has_line(input));
	return more < 0 ? -1 : 0;
}

/* Who is asked, where. */
struct secret_question {
	int tty;
	int stops;
	const struct secret_words *words;
	const char *username;
};

/* Echo is off only in here. */
static int secret_read_hidden(
    const struct secret_question *question, struct secret_input *input, struct err *err)
{
	struct termios before;
	struct termios hidden;
	int tty = question->tty;
	int result;

	if (tcgetattr(tty, &before) != 0)
		return err_set_sys(err, ERR_SYSTEM, errno, "cannot ask on " SECRET_TERMINAL);
	hidden = before;
	hidden.c_lflag &= ~(tcflag_t)(ECHO | ECHOE | ECHOK | ECHONL);
	hidden.c_lflag |= ICANON | ISIG;
	if (tcsetattr(tty, TCSAFLUSH, &hidden) != 0)
		return err_set_sys(err, ERR_SYSTEM, errno, "cannot turn off the echo");
	result = secret_ask(tty, question->words, question->username, err);
	if (result == 0)
		result = secret_read_line(tty, question->stops, input, err);
	tcsetattr(tty, TCSANOW, &before);
	/* The typed newline was not shown, so the next output would stand on the same line. */
	if (write(tty, "\n", 1) < 0 && result == 0)
		result = err_set_sys(err, ERR_SYSTEM, errno, "cannot write to " SECRET_TERMINAL);
	return result;
}

/* Signals that stop or end the program are blocked until the echo is back. After a stop it asks
 * again. */
static int secret_read_terminal(
    struct secret_question *question, struct secret_input *input, struct err *err)
{
	sigset_t stops;
	sigset_t before;
	int fd;
	int result;

	sigemptyset(&stops);
	sigaddset(&stops, SIGTSTP);
	sigaddset(&stops, SIGQUIT);
	fd = signalfd(-1, &stops, SFD_CLOEXEC | SFD_NONBLOCK);
	if (fd < 0)
		return err_set_sys(err, ERR_SYSTEM, errno, "cannot wait for signals");
	question->stops = fd;
	do {
		secret_input_wipe(input);
		sigprocmask(SIG_BLOCK, &stops, &before);
		result = secret_read_hidden(question, input, err);
		sigprocmask(SIG_SETMASK, &before, NULL);
	} while (result > 0);
	close(fd);
	return result;
}

/* How long that takes is no fault of a server. */
static int secret_ask_timed(
    struct secret_question *question, struct secret_input *input, struct err *err)
{
	int64_t before = clock_now();
	int result = secret_read_terminal(question, input, err);

	input->asked = clock_now() - before;
	return result;
}

int secret_prompt(const struct secret_sources *sources, struct secret_input *input, struct err *err)
{
	int tty = open(SECRET_TERMINAL, O_RDWR | O_CLOEXEC | O_NOCTTY);
	const struct secret_words *words = secret_words(sources);
	struct secret_question question = {
	    .tty = tty, .words = words, .username = sources->username};
	int result;

	if (tty < 0)
		return err_set(err, ERR_USAGE,
		    "no password was given and there is no terminal to ask on: "
		    "use %s or %s",
		    words->file_option, words->command_option);
	/* The kernel stops a background job that reads. */
	if (tcgetpgrp(tty) != getpgrp())
		result = err_set(err, ERR_USAGE,
		    "no password was given and a background job cannot ask: "
		    "use %s or %s",
		    words->file_option, words->command_option);
	else if (sources->before_asking != NULL &&
		 sources->before_asking(sources->context, err) != 0)
		result = -1;
	else
		result = secret_ask_timed(&question, input, err);
	close(tty);
	return result;
}
