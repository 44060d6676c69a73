#include "settings/settings.h"

#include "settings/arguments.h"
#include "settings/config.h"
#include "settings/table.h"

/* The places do not know each other; each applies its values (apply.c). */
int options_parse(const struct arguments *arguments, const struct env *env,
    struct options *options_r, struct err *err)
{
	struct arguments_reading reading = {.argc = arguments->argc, .argv = arguments->argv};

	options_init(options_r, arguments->modes);
	if (arguments_read_early(&reading, options_r, err) != 0)
		return -1;
	if (options_r->action != OPTIONS_RUN)
		return 0;
	if (options_read_environment(options_r, env, true, err) != 0 ||
	    config_read(options_r, env, err) != 0 ||
	    options_read_environment(options_r, env, false, err) != 0 ||
	    arguments_read_rest(&reading, options_r, err) != 0)
		return -1;
	if (!options_r->quiet)
		options_warn_environment(env);
	return options_check(options_r, err);
}
