/* The servers of a run by name, port and folder, and how to log in. */
#include <strings.h>

#include "source/quarantine/hosts.h"

static bool hosts_share_name(const struct options *options, unsigned index)
{
	for (unsigned i = 0; i < options->host_count; i++)
		if (i != index &&
		    strcasecmp(options->hosts[i].name, options->hosts[index].name) == 0)
			return true;
	return false;
}

unsigned hosts_port(const struct options *options, unsigned index)
{
	struct tls_settings tls = options->tls;

	if (options->hosts[index].port != 0)
		tls.port = options->hosts[index].port;
	return tls_settings_port(&tls);
}

static const char *hosts_label(const struct options *options, unsigned index, struct arena *arena)
{
	const char *name = options->hosts[index].name;
	const char *label = NULL;

	if (hosts_share_name(options, index))
		label = arena_printf(arena, "%s:%u%c", name, hosts_port(options, index), '\0').p;
	return label != NULL ? label : name;
}

unsigned hosts_list_folders(
    const struct options *options, struct arena *arena, struct account_place *folder)
{
	unsigned n = 0;

	for (unsigned i = 0; i < options->host_count; i++) {
		const char *host = hosts_label(options, i, arena);

		if (options->outgoing)
			folder[n++] = (struct account_place){
			    .host = host, .name = options->outgoing_folder, .server = i};
		if (options->incoming)
			folder[n++] = (struct account_place){
			    .host = host, .name = options->incoming_folder, .server = i};
	}
	return (unsigned)options->outgoing + options->incoming;
}

struct session_settings hosts_settings(const struct options *options, unsigned index,
    const struct secret *password, int64_t deadline, struct tls_settings *tls)
{
	const struct options_host *host = &options->hosts[index];

	*tls = options->tls;
	tls->port = hosts_port(options, index);
	return (struct session_settings){
	    .stream =
		{
		    .host = host->name,
		    .tls = tls,
		    .timeout = options->timeout,
		    .deadline = deadline,
		    .trace = options->trace,
		},
	    .username = options->username,
	    .password = password,
	};
}
