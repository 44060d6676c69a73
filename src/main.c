/*
 * quarantine-report: who sent the spam that the outgoing filter caught.
 */
#include <fcntl.h>
#include <locale.h>
#include <unistd.h>

#include "base/interrupt.h"
#include "base/log.h"
#include "base/mask.h"
#include "mode/run.h"

/* --help and its like: a text on standard output. */
static int main_print(void (*add)(struct buf *out), struct err *err)
{
	struct buf text;
	int result;

	buf_init(&text, 0);
	add(&text);
	result = run_print(buf_span(&text), err);
	buf_fini(&text);
	return result;
}

static int main_show_config(const struct options *options, struct err *err)
{
	struct buf text;
	int result;

	buf_init(&text, 0);
	options_add_settings(options, &text);
	result = run_print(buf_span(&text), err);
	buf_fini(&text);
	return result;
}

static int main_run(const struct options *options, const struct env *env, struct err *err)
{
	if (options->quiet)
		log_set_level(LOG_QUIET);
	else if (options->verbose)
		log_set_level(LOG_VERBOSE);
	switch (options->action) {
	case OPTIONS_HELP:
		return main_print(options_add_help, err);
	case OPTIONS_VERSION:
		return main_print(options_add_version, err);
	case OPTIONS_SHOW_CONFIG:
		return main_show_config(options, err);
	case OPTIONS_CHECK:
		return run_check(options, env, err);
	case OPTIONS_REPORT:
		break;
	}
	return run_report(options, env, err);
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

int main(int argc, char **argv)
{
	struct options options = {0};
	struct err err = ERR_INIT;
	struct env env;
	bool understood = false;
	int result = -1;

	main_fill_descriptors();
	setlocale(LC_ALL, "");
	setlocale(LC_NUMERIC, "C"); /* numbers in reports are for machines too */
	secret_protect_process();
	env_init(&env);
	if (interrupt_install(&err) == 0)
		understood = options_parse(argc, argv, &env, &options, &err) == 0;
	if (understood)
		result = main_run(&options, &env, &err);
	else
		run_refuse(&options, &err);
	options_free(&options);
	if (result != 0)
		log_error("%s", err.text);
	mask_clear();
	if (result == 0)
		return 0;
	if (err.code == ERR_USAGE && !understood)
		log_error("Try 'quarantine-report --help'.");
	return err_exit_status(&err);
}
