#include "base/env.h"

#include <langinfo.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* An environment variable that is set to nothing counts as not set. */
static const char *env_get(const char *name)
{
	const char *value = getenv(name);

	return value != NULL && *value != '\0' ? value : NULL;
}

void env_init(struct env *env)
{
	*env = (struct env){
	    .now = time(NULL),
	    .stdout_is_terminal = isatty(STDOUT_FILENO) == 1,
	    .stderr_is_terminal = isatty(STDERR_FILENO) == 1,
	    .terminal_is_utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0,
	    .credentials_directory = env_get("CREDENTIALS_DIRECTORY"),
	    .home = env_get("HOME"),
	    .config_home = env_get("XDG_CONFIG_HOME"),
	};
}
