/* QUARANTINE_REPORT_NAME=VALUE for --name=VALUE. */
#include <string.h>

#include "base/log.h"
#include "settings/table.h"
#include "text/suggest.h"

#define OPTIONS_ENV_PREFIX "QUARANTINE_REPORT_"

/* What a variable has for a letter of an option's name. */
static char options_env_letter(char letter)
{
	if (letter == '-')
		return '_';
	return letter >= 'a' && letter <= 'z' ? (char)(letter - 'a' + 'A') : letter;
}

/* The value of a variable, if its name is that of the option; else NULL. */
static char *options_env_value(const struct option_row *row, char *variable)
{
	const char *name = row->name;

	variable += sizeof(OPTIONS_ENV_PREFIX) - 1;
	for (; *name != '\0'; name++, variable++)
		if (*variable != options_env_letter(*name))
			return NULL;
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

/* Whether it is the name of an option, even of one that no variable can give. */
static bool options_env_is_known(char *variable)
{
	for (unsigned i = 0; i < option_row_count; i++)
		if (options_env_value(&option_rows[i], variable) != NULL)
			return true;
	return false;
}

/* Not an action, nor the password. */
static bool options_env_may_give(const struct option_row *row)
{
	return row->type != OPTION_TYPE_PASSWORD &&
	       (!row->no_file || row->takes == OPTION_ARGUMENT);
}

static void options_warn_variable(const char *variable)
{
	const size_t start = sizeof(OPTIONS_ENV_PREFIX) - 1;
	struct span name = span_from(span_head(span_of(variable), strcspn(variable, "=")), start);
	char copy[SUGGEST_MAX_WORD + 1] = "";
	struct err warning = ERR_INIT;
	struct suggest suggest;

	suggest_init(&suggest, name);
	for (unsigned i = 0; i < option_row_count; i++)
		if (options_env_may_give(&option_rows[i]))
			suggest_offer(&suggest, span_of(option_rows[i].name));
	/* Spelled as a variable is. */
	for (size_t i = 0; i < suggest.best.n && i < SUGGEST_MAX_WORD; i++)
		copy[i] = options_env_letter(suggest.best.p[i]);
	suggest.best.p = copy;
	err_set(&warning, ERR_USAGE, "%.*s is set, but there is no such option",
	    (int)(start + name.n), variable);
	suggest_add(&suggest, OPTIONS_ENV_PREFIX, &warning);
	log_warn("%s", warning.text);
}

void options_warn_environment(const struct env *env)
{
	char *const *variable = env->variables;

	for (; variable != NULL && *variable != NULL; variable++)
		if (strncmp(*variable, OPTIONS_ENV_PREFIX, sizeof(OPTIONS_ENV_PREFIX) - 1) == 0 &&
		    !options_env_is_known(*variable))
			options_warn_variable(*variable);
}
