#include "secret/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/log.h"
#include "secret/secret_input.h"

const struct secret_words secret_of_imap = {
    "imap-password", "IMAP account", "--password-file", "--password-command"};
const struct secret_words secret_of_api = {
    "api-password", "API user", "--api-password-file", "--api-password-command"};
const struct secret_words secret_of_history = {"history-password", "user of the history",
    "--history-password-file", "--history-password-command"};

const struct secret_words *secret_words(const struct secret_sources *sources)
{
	return sources->words != NULL ? sources->words : &secret_of_imap;
}

void secret_protect_process(void)
{
	static const struct rlimit none = {0, 0};

	/* A sandbox may forbid either; that is no reason to fail. */
	setrlimit(RLIMIT_CORE, &none);
	prctl(PR_SET_DUMPABLE, 0L, 0L, 0L, 0L);
}

int secret_take_argument(struct secret *secret_r, char *argument, struct err *err)
{
	size_t n = strlen(argument);
	int result = secret_copy((struct span){argument, n}, secret_r, err);

	explicit_bzero(argument, n);
	return result;
}

static void secret_warn_if_shared(int fd, const char *path)
{
	struct stat st;

	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && (st.st_mode & (S_IRGRP | S_IROTH)) != 0)
		log_warn("other users of this machine can read the password file '%s': "
			 "chmod 600 is better",
		    path);
}

/* A pipe may have no writer yet; it is waited for. */
static int secret_read_file(
    const char *path, int64_t deadline, struct secret *secret_r, struct err *err)
{
	struct secret_input input;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	int result;

	if (fd < 0)
		return err_set_sys(err, ERR_USAGE, errno, "cannot open it");
	secret_warn_if_shared(fd, path);
	secret_input_begin(&input, deadline);
	result = secret_input_read_all(&input, fd, err);
	close(fd);
	if (result == 0)
		result = secret_input_take(&input, secret_r, err);
	secret_input_end(&input);
	return result;
}

static int secret_from_file(
    const char *path, int64_t deadline, struct secret *secret_r, struct err *err)
{
	if (secret_read_file(path, deadline, secret_r, err) == 0)
		return 0;
	return err->code == ERR_SIGNAL ? -1 : err_prefix(err, "password file '%s'", path);
}

/* The first word of a command that may hold a password further on; empty when the word may itself,
 * as in "PW=x program" or in what is no plain word. */
static struct span secret_command_name(const char *command)
{
	const struct span exec = SPAN("exec ");
	struct span text = span_trim(span_of(command));
	size_t n = 0;

	if (span_eq(span_head(text, exec.n), exec))
		text = span_trim(span_from(text, exec.n));
	while (n < text.n && (span_is_alnum(text.p[n]) || strchr("/._-+", text.p[n]) != NULL))
		n++;
	return n == text.n || span_is_blank(text.p[n]) ? span_head(text, n) : SPAN_EMPTY;
}

static int secret_from_command(
    const struct secret_sources *sources, struct secret *secret_r, struct err *err)
{
	struct span name = secret_command_name(sources->command);
	const char *option = secret_words(sources)->command_option;
	struct secret_input input;
	int result;

	secret_input_begin(&input, sources->deadline);
	result = secret_run_command(sources->command, &input, err);
	if (result == 0)
		result = secret_input_take(&input, secret_r, err);
	secret_input_end(&input);
	if (result == 0 || err->code == ERR_SIGNAL)
		return result;
	/* What cannot be run may be a password that somebody gave as the command; the shell has
	 * said more. */
	if (name.n > 0 && err->code != ERR_USAGE)
		err_prefix(err, "%s '%.*s'", option, (int)name.n, name.p);
	else
		err_prefix(err, "%s", option);
	return result;
}

/* 1: there is none. */
static int secret_from_credentials(
    const struct secret_sources *sources, struct secret *secret_r, struct err *err)
{
	const char *directory = sources->credentials_directory;
	struct buf path;
	int result = 1;

	if (directory == NULL)
		return 1;
	buf_init(&path, 0);
	buf_printf(&path, "%s/%s", directory, secret_words(sources)->credential);
	if (path.failed != 0)
		result = err_nomem(err);
	else if (access(buf_string(&path), F_OK) == 0 || errno != ENOENT)
		result = secret_from_file(buf_string(&path), sources->deadline, secret_r, err);
	buf_fini(&path);
	return result;
}

static int secret_from_terminal(
    const struct secret_sources *sources, struct secret *secret_r, struct err *err)
{
	struct secret_input input;
	int result;

	secret_input_begin(&input, 0);
	result = secret_prompt(sources, &input, err);
	if (result == 0)
		result = secret_input_take(&input, secret_r, err);
	if (result == 0)
		secret_r->asked = input.asked;
	secret_input_end(&input);
	return result;
}

/* 1: none of them is given. */
static int secret_from_options(
    const struct secret_sources *sources, struct secret *secret_r, struct err *err)
{
	const struct secret *given = sources->given;

	if (given != NULL && given->bytes != NULL)
		return secret_copy((struct span){given->bytes, given->n}, secret_r, err);
	if (sources->file != NULL)
		return secret_from_file(sources->file, sources->deadline, secret_r, err);
	if (sources->command != NULL)
		return secret_from_command(sources, secret_r, err);
	return 1;
}

int secret_find(const struct secret_sources *sources, struct secret *secret_r, struct err *err)
{
	int result = 1;

	if (!sources->credentials_first)
		result = secret_from_options(sources, secret_r, err);
	if (result > 0)
		result = secret_from_credentials(sources, secret_r, err);
	if (result > 0 && sources->credentials_first)
		result = secret_from_options(sources, secret_r, err);
	if (result > 0)
		result = secret_from_terminal(sources, secret_r, err);
	return result;
}

void secret_wipe(struct secret *secret)
{
	sodium_free(secret->bytes);
	*secret = (struct secret){0};
}
