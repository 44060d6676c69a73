/* What no single option can know: which go together, and what is meant when none was given. */
#include "options_table.h"

#include <string.h>

#include "base/log.h"

static bool options_is_stdout(const char *file)
{
	return file != NULL && (strcmp(file, "-") == 0 || strcmp(file, "/dev/stdout") == 0);
}

/* The file an output goes to: "-" for all forms of standard output. NULL: none, or the default. */
static const char *options_file_of(const struct options *options, const struct option_row *row)
{
	const char *at = (const char *)options + row->at;

	if (row->set == option_set_output) {
		const struct options_output *output = (const struct options_output *)at;

		return options_is_stdout(output->file) ? "-" : output->file;
	}
	if (row->at == offsetof(struct options, display) ||
	    row->at == offsetof(struct options, explain))
		return *(const bool *)at ? "-" : NULL;
	return NULL;
}

/* Nobody could tell the lines of two outputs apart, and of two files one would replace the other.
 */
static int options_check_outputs(const struct options *options, struct err *err)
{
	for (unsigned i = 0; i < option_row_count; i++) {
		const char *file = options_file_of(options, &option_rows[i]);

		for (unsigned j = 0; j < i && file != NULL; j++) {
			const char *other = options_file_of(options, &option_rows[j]);

			if (other == NULL || strcmp(file, other) != 0)
				continue;
			return err_set(err, ERR_USAGE, "--%s and --%s would both write to %s",
			    option_rows[j].name, option_rows[i].name,
			    strcmp(file, "-") == 0 ? "standard output" : file);
		}
	}
	return 0;
}

/* What is said about a server or about header fields means nothing to saved reports. */
static bool options_needs_server(const struct option_row *row)
{
	switch (row->group) {
	case OPTION_GROUP_MESSAGES:
	case OPTION_GROUP_CONNECTION:
	case OPTION_GROUP_PASSWORD:
		return true;
	case OPTION_GROUP_PERIOD:
		return row->at != offsetof(struct options, timezone);
	default:
		return row->action == OPTIONS_CHECK || row->set == option_set_identity_header ||
		       row->at == offsetof(struct options, explain);
	}
}

static int options_check_merge(const struct options *options, struct err *err)
{
	for (unsigned i = 0; i < option_row_count; i++)
		if (options->given[i] && options_needs_server(&option_rows[i]))
			return err_set(err, ERR_USAGE,
			    "--merge reads saved reports and no server: --%s does not go with it",
			    option_rows[i].name);
	if (options->file_count == 0)
		return err_set(err, ERR_USAGE,
		    "--merge needs the names of saved reports (- is standard input)");
	return 0;
}

static bool options_was_given(const struct options *options, option_set *set)
{
	for (unsigned i = 0; i < option_row_count; i++)
		if (options->given[i] && option_rows[i].set == set)
			return true;
	return false;
}

/* After the default output is chosen. */
static int options_check_groups(struct options *options, struct err *err)
{
	bool limited = options->limits.top > 0 || options->limits.min_count > 0;

	if (options->group_by.count == 0 && !limited && !options->merge)
		return 0;
	if (options->explain)
		return err_set(err, ERR_USAGE,
		    "--explain tells about messages: it does not go with groups (--group-by, "
		    "--top, --min-count)");
	if (options_was_given(options, option_set_columns))
		return err_set(err, ERR_USAGE,
		    "--columns chooses what is said about a message: groups have columns of their "
		    "own");
	if (!options->merge && !options->csv.wanted && !options->display && !options->json.wanted &&
	    !options->html.wanted)
		return err_set(err, ERR_USAGE,
		    "--group-by, --top and --min-count need --display, --csv, --json or --html: "
		    "the identity report has always all groups");
	if (options->group_by.count == 0)
		options->group_by = (struct column_list){.count = 1, .column = {COLUMN_IDENTITY}};
	return 0;
}

static int options_check_connection(struct options *options, struct err *err)
{
	struct tls_settings *tls = &options->tls;

	if (options->merge)
		return 0;
	if (options->host == NULL && options->action != OPTIONS_SHOW_CONFIG)
		return err_set(err, ERR_USAGE,
		    "no quarantine server is named: -s HOST (--imaphost=HOST) is missing");
	if (options->host_port != 0 && tls->port != 0 && options->host_port != tls->port)
		return err_set(err, ERR_USAGE, "--port=%u contradicts the port %u behind the host",
		    tls->port, options->host_port);
	if (options->host_port != 0)
		tls->port = options->host_port;
	if (tls->mode != TLS_OFF)
		return 0;
	if (tls->pin_count > 0 || tls->ca_file != NULL)
		return err_set(err, ERR_USAGE,
		    "with --tls=off there is no certificate: --ca-file and --fingerprint need TLS");
	if (!tls->allow_plaintext && !option_host_is_loopback(options->host))
		return err_set(err, ERR_USAGE,
		    "--tls=off would send the password to %s for anyone on the way to read; "
		    "--allow-plaintext does it all the same",
		    options->host);
	return 0;
}

int options_check(struct options *options, struct err *err)
{
	if (options->verbose && options->quiet)
		return err_set(err, ERR_USAGE, "--verbose and --quiet cannot be combined");
	if (!options->csv.wanted && !options->json.wanted && !options->html.wanted &&
	    !options->identity_report.wanted && !options->explain)
		options->display = true;
	if (options_check_outputs(options, err) != 0 ||
	    (options->merge && options_check_merge(options, err) != 0) ||
	    options_check_groups(options, err) != 0 || options_check_connection(options, err) != 0)
		return -1;
	if (!options->incoming)
		options->outgoing = true;
	if (options->password.bytes != NULL && !options->quiet)
		log_warn(
		    "a password on the command line stays in the shell's history and in crontabs "
		    "and other users may see it: better use --password-file or "
		    "--password-command");
	return 0;
}
