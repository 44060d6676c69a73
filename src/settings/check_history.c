/* --history=clickhouse://[USER@]HOST[:PORT]/DATABASE */
#include "settings/table.h"

#include <string.h>

#define HISTORY_URL       "clickhouse://"
#define HISTORY_PLAIN_URL "clickhouse+http://"

#define HISTORY_FORM "clickhouse://[USER@]HOST[:PORT]/DATABASE"

static bool history_begins(const char *text, const char *beginning)
{
	return strncmp(text, beginning, strlen(beginning)) == 0;
}

bool options_is_history_url(const char *text)
{
	return history_begins(text, HISTORY_URL) || history_begins(text, HISTORY_PLAIN_URL);
}

static bool history_is_name(struct span text)
{
	for (size_t i = 0; i < text.n; i++)
		if (!span_is_alnum(text.p[i]) && text.p[i] != '_' && text.p[i] != '-')
			return false;
	return text.n > 0;
}

/* What may be a password is not said again. */
static int history_check_user(struct span user, struct err *err)
{
	if (span_find(user, ':') != SPAN_NPOS)
		return err_set(err, ERR_USAGE,
		    "--history: a password does not stand in an address, where other users may see "
		    "it: --history-password-file or --history-password-command has it");
	if (user.n == 0 || span_find(user, '%') != SPAN_NPOS || span_find(user, '@') != SPAN_NPOS)
		return err_set(
		    err, ERR_USAGE, "--history: expected the name of a user in front of the @");
	return 0;
}

static int history_check_plaintext(const struct options *options, struct err *err)
{
	const struct options_clickhouse *clickhouse = &options->clickhouse;

	if (!clickhouse->plaintext)
		return 0;
	if (clickhouse->tls.ca_file != NULL || clickhouse->tls.pin_count > 0)
		return err_set(err, ERR_USAGE,
		    "with " HISTORY_PLAIN_URL " there is no certificate: --history-ca-file and "
		    "--history-fingerprint need " HISTORY_URL);
	if (options->tls.allow_plaintext || option_host_is_loopback(clickhouse->host.name))
		return 0;
	return err_set(err, ERR_USAGE,
	    "--history=" HISTORY_PLAIN_URL "... would send the password and all records to %s for "
	    "anyone on the way to read; --allow-plaintext does it all the same",
	    clickhouse->host.name);
}

int options_check_history_url(struct options *options, struct err *err)
{
	struct options_clickhouse *clickhouse = &options->clickhouse;
	const struct span url = span_of(options->history.file);
	struct span rest = span_from(url, span_find_text(url, SPAN("://")) + 3);
	const size_t slash = span_find(rest, '/');
	const struct span database = slash != SPAN_NPOS ? span_from(rest, slash + 1) : SPAN_EMPTY;
	size_t at;
	const char *host;

	rest = span_head(rest, slash);
	at = span_rfind(rest, '@');
	clickhouse->plaintext = history_begins(options->history.file, HISTORY_PLAIN_URL);
	clickhouse->user = NULL;
	if (at != SPAN_NPOS && history_check_user(span_head(rest, at), err) != 0)
		return -1;
	if (!history_is_name(database) || rest.n == 0)
		return err_set(err, ERR_USAGE, "--history: expected %s", HISTORY_FORM);
	host = arena_string(&options->strings, span_from(rest, at != SPAN_NPOS ? at + 1 : 0));
	clickhouse->database = arena_string(&options->strings, database);
	if (at != SPAN_NPOS)
		clickhouse->user = arena_string(&options->strings, span_head(rest, at));
	if (host == NULL || clickhouse->database == NULL ||
	    (at != SPAN_NPOS && clickhouse->user == NULL))
		return err_nomem(err);
	if (option_read_host(options, OPTION(history), host, &clickhouse->host, err) != 0)
		return -1;
	return history_check_plaintext(options, err);
}
