/*
 * quarantine-report: who sent the spam that the outgoing filter caught.
 */
#include <fcntl.h>
#include <locale.h>
#include <malloc.h>
#include <string.h>
#include <unistd.h>

#include "base/interrupt.h"
#include "base/log.h"
#include "base/mask.h"
#include "mode/modes.h"
#include "mode/old_names.h"
#include "mode/run.h"
#include "settings/settings.h"

/*
 * GnuTLS asks the program for this function when it is loaded (GNUTLS_SKIP_GLOBAL_INIT in its
 * header). Our libraries bring it along: libetpan, whose TLS we never use, and libcurl, which sets
 * it up itself once the filter's API is called. Else every run would begin with it, at 1 MiB.
 */
int _gnutls_global_init_skip(void);

int _gnutls_global_init_skip(void)
{
	return 1;
}

/* --help and --version: a text on standard output. */
static int main_answer(const struct options *options, struct err *err)
{
	struct buf text;
	int result;

	buf_init(&text, 0);
	if (options->action == OPTIONS_HELP)
		options_add_help(options, &text);
	else
		options_add_version(&text);
	result = text.failed != 0 ? err_nomem(err) : run_print(buf_span(&text), err);
	buf_fini(&text);
	return result;
}

static int main_run(const struct options *options, const struct env *env, struct err *err)
{
	if (options->quiet)
		log_set_level(LOG_QUIET);
	else if (options->verbose)
		log_set_level(LOG_VERBOSE);
	if (options->action != OPTIONS_RUN)
		return main_answer(options, err);
	return options->mode->run(options, env, err);
}

/*
 * A descriptor that the caller closed would be given to the next file opened, which would get the
 * output. What stands in its place now fails when it is used the way it is meant to be.
 */
static void main_fill_descriptors(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) == -1)
			(void)!open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

/* Numbers, times and the order of names are for machines too: they are those of "C". Each of them
 * would also be a file, and a page. */
static void main_set_locale(void)
{
	setlocale(LC_CTYPE, ""); /* what the terminal can show */
	setlocale(LC_MESSAGES, "");
}

/* The command line, whatever the program is called. */
static int main_parse(struct arguments arguments, struct old_names *names, const struct env *env,
    struct options *options, struct err *err)
{
	if (old_names_translate(arguments.argc, arguments.argv, names, err) != 0)
		return -1;
	if (names->is_help)
		return 0;
	if (names->found != NULL) {
		/* A copy: getopt_long(3) changes the order. */
		memcpy(names->order, names->argv, sizeof(names->argv));
		arguments.argc = names->argc;
		arguments.argv = names->order;
	}
	return options_parse(&arguments, env, options, err);
}

/* Blocks from this size on are given back when they are freed: glibc would raise the limit with the
 * first of them, and keep the room of later ones to the end. */
#define MAIN_LARGE_BLOCK (64 * 1024)

int main(int argc, char **argv)
{
	const struct arguments arguments = {.argc = argc, .argv = argv, .modes = modes};
	struct old_names names = {.password = -1};
	struct options options = {0};
	struct err err = ERR_INIT;
	struct env env;
	bool understood = false;
	int result = -1;

	main_fill_descriptors();
#ifdef M_MMAP_THRESHOLD
	mallopt(M_MMAP_THRESHOLD, MAIN_LARGE_BLOCK);
#endif
	main_set_locale();
	secret_protect_process();
	env_init(&env);
	if (interrupt_install(&err) == 0)
		understood = main_parse(arguments, &names, &env, &options, &err) == 0;
	if (understood && names.is_help)
		result = run_print(buf_span(&names.text), &err);
	else if (understood)
		result = main_run(&options, &env, &err);
	else
		run_refuse(&options, &err);
	options_free(&options);
	old_names_fini(&names);
	/* As every filter does it: "| head" has got what it wanted. */
	if (result != 0 && interrupt_signal() == SIGPIPE) {
		mask_clear();
		interrupt_check(&err);
		interrupt_die(SIGPIPE);
		return err_exit_status(&err);
	}
	if (result != 0)
		log_error("%s", err.text);
	mask_clear();
	if (result == 0)
		return 0;
	if (err.code == ERR_USAGE && !understood)
		log_error(
		    "Try '%s --help'.", names.found != NULL ? names.found : "quarantine-report");
	return err_exit_status(&err);
}
