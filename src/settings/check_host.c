/* Do the servers, their ports and certificates go together? */
#include "settings/table.h"

#include <string.h>

#include "imap/server_name.h"

/* A port behind the name of a host is its own; --port is for the others, or for all when the hosts
 * are from a file and the port from the command line. */
static int options_check_ports(struct options *options, struct err *err)
{
	enum options_level level = option_level(options, OPTION(tls.port));
	enum options_level hosts = option_level(options, OPTION(host_count));

	for (unsigned i = 0; i < options->host_count && options->tls.port != 0; i++) {
		struct stream_host *host = &options->hosts[i];

		if (level > hosts)
			host->port = 0;
		else if (level == OPTIONS_COMMAND_LINE && host->port != 0 &&
			 host->port != options->tls.port)
			return err_set(err, ERR_USAGE,
			    "--port=%u contradicts the port %u behind the host", options->tls.port,
			    host->port);
	}
	return 0;
}

static bool options_same_host(
    const struct options *options, const struct stream_host *a, const struct stream_host *b)
{
	unsigned port = tls_settings_port(&options->tls);

	return server_name_same(a->name, b->name) &&
	       (a->port != 0 ? a->port : port) == (b->port != 0 ? b->port : port);
}

static int options_check_hosts(const struct options *options, struct err *err)
{
	for (unsigned i = 0; i < options->host_count; i++)
		for (unsigned j = 0; j < i; j++) {
			if (!options_same_host(options, &options->hosts[i], &options->hosts[j]))
				continue;
			err_set(
			    err, ERR_USAGE, "the server %s is named twice", options->hosts[i].name);
			return options_blame(options, OPTION(host_count), err);
		}
	return 0;
}

/* --tls=off to another machine than this one. */
static int options_check_plaintext(const struct options *options, struct err *err)
{
	for (unsigned i = 0; i < options->host_count; i++) {
		if (option_host_is_loopback(options->hosts[i].name))
			continue;
		err_set(err, ERR_USAGE,
		    "--tls=off would send the password to %s for anyone on the way to read; "
		    "--allow-plaintext does it all the same",
		    options->hosts[i].name);
		return options_blame(options, OPTION(tls.mode), err);
	}
	return 0;
}

/* Certificate options make no sense without TLS. */
static int options_check_certificates(
    struct options *options, const struct option_row *row, struct err *err)
{
	const struct option_row *tls = OPTION(tls.mode);

	if (!option_is_set(options, row))
		return 0;
	if (option_level(options, row) < option_level(options, tls)) {
		options_take_back(options, row);
		return 0;
	}
	err_set(err, ERR_USAGE,
	    "with --tls=off there is no certificate: --ca-file and --fingerprint need TLS");
	return options_blame(options, tls, err);
}

/* One that can do with an API has it instead. */
static bool options_needs_server(const struct options *options)
{
	unsigned needs = options->mode->needs;

	if ((options->offline || options->api.log_search) &&
	    (options->mode->takes & MODE_OUTPUTS) != 0)
		return false;
	return (needs & MODE_SERVER) != 0 &&
	       ((needs & MODE_API) == 0 || options->api.host.name == NULL);
}

static bool options_needs_api(const struct options *options)
{
	unsigned needs = options->mode->needs;

	if (options->api.log_search && (options->mode->takes & MODE_OUTPUTS) != 0)
		return true;
	return (needs & MODE_API) != 0 &&
	       ((needs & MODE_SERVER) == 0 || options->api.host.name != NULL);
}

/* Who speaks to the filter's API, and how. */
static int options_check_api(struct options *options, struct err *err)
{
	struct options_api *api = &options->api;
	const struct option_row *username = OPTION(username);

	/* --username is that of a sender, but where the quarantine is what is counted. */
	if (option_level(options, username) == OPTIONS_COMMAND_LINE &&
	    api->count != OPTIONS_COUNT_QUARANTINE && (options->mode->takes & MODE_API) != 0 &&
	    (options->mode->needs & MODE_SERVER) == 0)
		api->username = options->username;
	if (!options_needs_api(options))
		return 0;
	if (api->host.name == NULL)
		return err_set(err, ERR_USAGE, "no API is named: --api-host=HOST is missing");
	if (api->user == NULL)
		return err_set(err, ERR_USAGE, "--api-user=USER is missing");
	if (strchr(api->user, ':') != NULL)
		return err_set(
		    err, ERR_USAGE, "--api-user=%s: a colon cannot be sent (RFC 7617)", api->user);
	if (!api->plaintext || option_host_is_loopback(api->host.name))
		return 0;
	err_set(err, ERR_USAGE,
	    "--api-plaintext is for this machine only: anyone on the way to %s would read the "
	    "password",
	    api->host.name);
	return options_blame(options, OPTION(api.plaintext), err);
}

int options_check_connection(struct options *options, struct err *err)
{
	const struct tls_settings *tls = &options->tls;

	if (options->api.log_search && (options->file_count > 0 || options->merge || options->arf))
		return err_set(err, ERR_USAGE,
		    "--log-search reads the filter's log: it goes with no file and no --arf");
	if (options->file_count > 0 || options->merge)
		return 0;
	if (options_check_api(options, err) != 0)
		return -1;
	if (options->host_count == 0 && options_needs_server(options))
		return err_set(err, ERR_USAGE,
		    "no quarantine server is named: -s HOST (--imaphost=HOST) is missing");
	if (options_check_ports(options, err) != 0 || options_check_hosts(options, err) != 0)
		return -1;
	if (tls->mode != TLS_OFF)
		return 0;
	if (options_check_certificates(options, OPTION(tls.ca_file), err) != 0 ||
	    options_check_certificates(options, OPTION(tls.pin_count), err) != 0)
		return -1;
	return tls->allow_plaintext ? 0 : options_check_plaintext(options, err);
}
