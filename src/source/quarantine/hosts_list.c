/* The servers of a run by name, port and folder, and how to log in. */
#include <strings.h>

#include "source/quarantine/hosts.h"

static bool hosts_share_name(const struct hosts_settings *settings, unsigned index)
{
	for (unsigned i = 0; i < settings->count; i++)
		if (i != index &&
		    strcasecmp(settings->host[i].name, settings->host[index].name) == 0)
			return true;
	return false;
}

static unsigned hosts_port(const struct hosts_settings *settings, unsigned index)
{
	struct tls_settings tls = *settings->tls;

	if (settings->host[index].port != 0)
		tls.port = settings->host[index].port;
	return tls_settings_port(&tls);
}

/* A folder of host `index`, which the report calls `label`. */
static struct account_place hosts_place(const struct hosts_settings *settings, unsigned index,
    const char *label, const char *name, struct arena *arena)
{
	return (struct account_place){
	    .host = label,
	    .name = name,
	    .server = index,
	    .key = folder_state_key(arena, settings->username, settings->host[index].name,
		hosts_port(settings, index), name),
	};
}

static const char *hosts_label(
    const struct hosts_settings *settings, unsigned index, struct arena *arena)
{
	const char *name = settings->host[index].name;
	const char *label = NULL;

	if (hosts_share_name(settings, index))
		label = arena_printf(arena, "%s:%u%c", name, hosts_port(settings, index), '\0').p;
	return label != NULL ? label : name;
}

unsigned hosts_list_folders(
    const struct hosts_settings *settings, struct arena *arena, struct account_place *folder)
{
	const char *const names[] = {settings->outgoing_folder, settings->incoming_folder};
	unsigned n = 0;

	for (unsigned i = 0; i < settings->count; i++) {
		const char *host = hosts_label(settings, i, arena);

		for (unsigned k = 0; k < 2; k++)
			if (names[k] != NULL)
				folder[n++] = hosts_place(settings, i, host, names[k], arena);
	}
	return (unsigned)(names[0] != NULL) + (names[1] != NULL);
}

struct session_settings hosts_session_settings(
    const struct hosts_settings *settings, unsigned index, struct tls_settings *tls)
{
	*tls = *settings->tls;
	tls->port = hosts_port(settings, index);
	return (struct session_settings){
	    .stream =
		{
		    .host = settings->host[index].name,
		    .tls = tls,
		    .timeout = settings->timeout,
		    .deadline = settings->deadline,
		    .trace = settings->trace,
		},
	    .username = settings->username,
	    .password = settings->password,
	    .retries = settings->retries,
	    .pause_second = settings->pause_second,
	};
}
