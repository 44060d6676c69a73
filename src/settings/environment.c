/* QUARANTINE_REPORT_NAME=VALUE for --name=VALUE. */
#include <string.h>

#include "settings/table.h"

#define OPTIONS_ENV_PREFIX "QUARANTINE_REPORT_"

/* The value of a variable, if its name is that of the option; else NULL. */
static char *options_env_value(const struct option_row *row, char *variable)
{
	const char *name = row->name;

	variable += sizeof(OPTIONS_ENV_PREFIX) - 1;
	for (; *name != '\0'; name++, variable++) {
		char want = *name;

		if (want == '-')
			want = '_';
		else if (want >= 'a' && want <= 'z')
			want = (char)(want - 'a' + 'A');
		if (*variable != want)
			return NULL;
	}
	return *variable == '=' ? variable + 1 : NULL;
}

/* Whether this reading takes the variable; see options_read_environment(). */
static bool options_env_wants(const struct option_row *row, bool early)
{
	return row->no_file ? early && row->takes == OPTION_ARGUMENT : !early;
}

static int options_read_variable(
    struct options *options, char *variable, bool early, struct err *err)
{
	const struct options_origin origin = {.level = OPTIONS_ENVIRONMENT};

	for (unsigned i = 0; i < option_row_count; i++) {
		const struct option_row *row = &option_rows[i];
		char *value = options_env_value(row, variable);

		if (value == NULL || *value == '\0' || !options_env_wants(row, early))
			continue;
		if (row->type == OPTION_TYPE_PASSWORD)
			return err_set(err, ERR_USAGE,
			    "the environment is no place for a password: use " OPTIONS_ENV_PREFIX
			    "PASSWORD_FILE");
		if (options_apply(options, row, value, &origin, err) != 0)
			return err_prefix(err, "%.*s", (int)strcspn(variable, "="), variable);
	}
	return 0;
}

int options_read_environment(
    struct options *options, const struct env *env, bool early, struct err *err)
{
	char *const *variable = env->variables;

	for (; variable != NULL && *variable != NULL; variable++)
		if (strncmp(*variable, OPTIONS_ENV_PREFIX, sizeof(OPTIONS_ENV_PREFIX) - 1) == 0 &&
		    options_read_variable(options, *variable, early, err) != 0)
			return -1;
	return 0;
}
