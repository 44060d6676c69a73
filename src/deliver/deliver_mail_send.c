/* Handing a letter to sendmail(8). */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/child.h"
#include "base/clock.h"
#include "base/log.h"
#include "deliver/deliver_mail.h"
#include "deliver/deliver_mail_size.h"

/* Bytes of what sendmail says that are kept: its first line is shown. */
#define DELIVER_MAX_WORDS 1024

#define DELIVER_MAX_ENVIRONMENT 32

/* -i, -f and its address, --, the program and the end */
#define DELIVER_MORE_ARGUMENTS 6

/* What a mailer looks at; "LC_" stands for all that begin so. */
static const char *const deliver_variables[] = {
    "PATH", "HOME", "LOGNAME", "USER", "LANG", "LC_", "TZ", "TZDIR", "TMPDIR", "XDG_CONFIG_HOME"};

/* Exit statuses by name, for people who look them up. */
static const struct {
	int status;
	const char *name;
} deliver_statuses[] = {
    {EX_USAGE, "EX_USAGE"},
    {EX_DATAERR, "EX_DATAERR"},
    {EX_NOINPUT, "EX_NOINPUT"},
    {EX_NOUSER, "EX_NOUSER"},
    {EX_NOHOST, "EX_NOHOST"},
    {EX_UNAVAILABLE, "EX_UNAVAILABLE"},
    {EX_SOFTWARE, "EX_SOFTWARE"},
    {EX_OSERR, "EX_OSERR"},
    {EX_OSFILE, "EX_OSFILE"},
    {EX_CANTCREAT, "EX_CANTCREAT"},
    {EX_IOERR, "EX_IOERR"},
    {EX_TEMPFAIL, "EX_TEMPFAIL"},
    {EX_PROTOCOL, "EX_PROTOCOL"},
    {EX_NOPERM, "EX_NOPERM"},
    {EX_CONFIG, "EX_CONFIG"},
};

static bool deliver_hands_on(const char *variable)
{
	struct span name = span_head(span_of(variable), strcspn(variable, "="));

	for (size_t i = 0; i < sizeof(deliver_variables) / sizeof(deliver_variables[0]); i++) {
		struct span known = span_of(deliver_variables[i]);

		if (known.p[known.n - 1] == '_' ? span_eq(span_head(name, known.n), known)
						: span_eq(name, known))
			return true;
	}
	return false;
}

static void deliver_fill_environment(const char *environment_r[DELIVER_MAX_ENVIRONMENT + 1])
{
	unsigned count = 0;

	for (char **variable = environ; variable != NULL && *variable != NULL; variable++)
		if (count < DELIVER_MAX_ENVIRONMENT && deliver_hands_on(*variable))
			environment_r[count++] = *variable;
	environment_r[count] = NULL;
}

/* A vector that ends with NULL, for free(3); NULL without memory. */
static const char **deliver_make_arguments(
    const char *sendmail, const struct deliver_letter *letter)
{
	const char **argv =
	    calloc((size_t)letter->to_count + DELIVER_MORE_ARGUMENTS, sizeof(*argv));
	size_t count = 0;

	if (argv == NULL)
		return NULL;
	argv[count++] = sendmail;
	argv[count++] = "-i"; /* a line of one dot does not end the letter */
	if (letter->from != NULL) {
		argv[count++] = "-f";
		argv[count++] = letter->from;
	}
	argv[count++] = "--";
	for (unsigned i = 0; i < letter->to_count; i++)
		argv[count++] = letter->to[i];
	return argv;
}

/* Its standard output and error stream are `words`. */
static int deliver_spawn(const struct child_program *program, pid_t *pid_r, struct err *err)
{
	if (child_spawn(program, pid_r, err) == 0)
		return 0;
	/* Want of memory or processes does not mean that sendmail is missing. */
	if (err->sys != ENOMEM && err->sys != EAGAIN)
		err->code = ERR_UNAVAILABLE;
	return -1;
}

/* ": " and the first line of what it said. This is where they enter our
 * texts, so they are escaped here. */
static void deliver_add_words(struct buf *out, const struct buf *words)
{
	struct span said = span_trim(buf_span(words));
	struct span line = span_trim(span_head(said, span_find(said, '\n')));

	if (line.n > 0)
		buf_add_text(out, ": ");
	log_escape(out, line);
}

static const char *deliver_status_name(int status)
{
	for (size_t i = 0; i < sizeof(deliver_statuses) / sizeof(deliver_statuses[0]); i++)
		if (deliver_statuses[i].status == status)
			return deliver_statuses[i].name;
	return NULL;
}

static int deliver_check_status(
    int status, const struct buf *words, struct mail_sending *sending, struct err *err)
{
	bool killed = WIFSIGNALED(status);
	int number = killed ? WTERMSIG(status) : WEXITSTATUS(status);
	const char *name = killed ? NULL : deliver_status_name(number);
	bool temporary = killed || number == EX_TEMPFAIL;
	struct buf text;

	if (!killed && number == 0)
		return 0;
	sending->too_big = !killed && deliver_mail_is_too_big(number, buf_span(words));
	buf_init(&text, 0);
	buf_printf(
	    &text, killed ? "it was killed by signal %d" : "it ended with status %d", number);
	if (name != NULL)
		buf_printf(&text, " (%s)", name);
	deliver_add_words(&text, words);
	/* Some ask to try again later, although the letter will be as big then. */
	err_set(err, temporary && !sending->too_big ? ERR_TEMPORARY : ERR_UNAVAILABLE, "%s",
	    buf_string(&text));
	buf_fini(&text);
	return -1;
}

/* Lets the program read from `input`; what it says comes to words. */
static int deliver_run(
    struct child_program *program, struct mail_sending *sending, struct buf *words, struct err *err)
{
	struct child_watch watch = {
	    .timeout = sending->timeout,
	    .deadline = sending->deadline,
	    .may_finish = true,
	    .words = words,
	};
	int status = 0;
	int ends[2];
	pid_t pid;
	int result;

	/* A sendmail that is started and killed at once may have taken the letter nevertheless. */
	if (clock_is_over(sending->deadline))
		return clock_refuse(err);
	if (pipe2(ends, O_CLOEXEC) != 0)
		return err_set_sys(err, ERR_SYSTEM, errno, "cannot make a pipe");
	program->output = ends[1];
	program->error = ends[1];
	watch.output = ends[0];
	result = deliver_spawn(program, &pid, err);
	close(ends[1]);
	if (result == 0)
		result = child_wait(pid, &watch, &status, err);
	close(ends[0]);
	return result == 0 ? deliver_check_status(status, words, sending, err) : -1;
}

int deliver_mail_send(struct mail_sending *sending, const struct deliver_letter *letter,
    FILE *composed, struct err *err)
{
	const char *environment[DELIVER_MAX_ENVIRONMENT + 1];
	const char **argv = deliver_make_arguments(sending->sendmail, letter);
	struct child_program program = {
	    .path = sending->sendmail,
	    .argv = argv,
	    .environment = environment,
	    .input = fileno(composed),
	};
	struct buf words;
	int result = -1;

	sending->too_big = false;
	buf_init(&words, DELIVER_MAX_WORDS);
	deliver_fill_environment(environment);
	if (argv == NULL)
		err_nomem(err);
	else if (fflush(composed) != 0 || lseek(program.input, 0, SEEK_SET) != 0)
		err_set_sys(err, ERR_IO, errno, "cannot read the letter");
	else
		result = deliver_run(&program, sending, &words, err);
	if (result != 0 && err->code != ERR_SIGNAL)
		err_prefix(err, "cannot send mail by '%s'", sending->sendmail);
	buf_fini(&words);
	free(argv);
	return result;
}
