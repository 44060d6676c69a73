/* The servers of a run, and the password for them. */
#include "mode/run_parts.h"

#include "base/clock.h"

_Static_assert(OPTIONS_MAX_HOSTS <= HOSTS_MAX_SERVERS, "every server that can be named is read");

/* Before somebody is asked for a password. */
struct run_look {
	const struct hosts_settings *servers;
	bool needed; /* all of them */
};

static int run_look(void *context, struct err *err)
{
	const struct run_look *look = context;

	return hosts_look(look->servers, look->needed, err);
}

int run_find_password(const struct options *options, const struct env *env,
    const struct hosts_settings *servers, struct secret *password_r, struct err *err)
{
	const bool is_report = (options->mode->takes & MODE_OUTPUTS) != 0;
	struct run_look look = {servers, is_report && !options->partial};
	const struct secret_sources sources = {
	    .given = &options->password,
	    .file = options->password_file,
	    .command = options->password_command,
	    .credentials_first = options->password_from_file,
	    .credentials_directory = env->credentials_directory,
	    .username = options->username,
	    .deadline = servers->deadline,
	    .before_asking = run_look,
	    .context = &look,
	};

	if (secret_find(&sources, password_r, err) != 0)
		return -1;
	return secret_hide(password_r, options->username, err);
}

int64_t run_deadline(const struct options *options)
{
	return options->deadline != 0 ? clock_now() + (int64_t)options->deadline * 1000 : 0;
}

struct hosts_settings run_servers(const struct options *options, const struct env *env,
    int64_t deadline, const struct secret *password)
{
	return (struct hosts_settings){
	    .host = options->hosts,
	    .count = options->host_count,
	    .tls = &options->tls,
	    .username = options->username,
	    .password = password,
	    .outgoing_folder = options->arf        ? options->arf_folder
			       : options->outgoing ? options->outgoing_folder
						   : NULL,
	    .incoming_folder = options->incoming && !options->arf ? options->incoming_folder : NULL,
	    .connections = options->connections,
	    .timeout = options->timeout,
	    .deadline = deadline,
	    .retries = options->retries,
	    .pause_second = env->pause_second,
	    .trace = options->trace,
	};
}
