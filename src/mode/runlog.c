#include "mode/runlog.h"

#include <inttypes.h>
#include <syslog.h>

#include "base/log.h"

#define RUNLOG_NAME "quarantine-report"

/* Bytes of a text; a longer one ends in "...". */
#define RUNLOG_MAX_TEXT 512

static void runlog_add_quoted(struct buf *out, struct span text)
{
	struct buf escaped;

	buf_init(&escaped, 0);
	log_escape(&escaped, span_head(text, RUNLOG_MAX_TEXT));
	for (size_t i = 0; i < escaped.n; i++) {
		if (escaped.p[i] == '"' || escaped.p[i] == '\\')
			buf_add_text(out, "\\");
		buf_add(out, (struct span){escaped.p + i, 1});
	}
	if (text.n > RUNLOG_MAX_TEXT)
		buf_add_text(out, "...");
	buf_fail(out, escaped.failed);
	buf_fini(&escaped);
}

static void runlog_add_text(struct buf *out, const char *name, const char *text)
{
	buf_printf(out, " %s=\"", name);
	runlog_add_quoted(out, span_of(text));
	buf_add_text(out, "\"");
}

/* Adds each server once, and the mailboxes of the first: all servers have the same. */
static void runlog_add_places(struct buf *out, const struct account *account)
{
	buf_add_text(out, " host=\"");
	for (unsigned i = 0; i < account->place_count; i++) {
		const struct account_place *place = &account->place[i];

		if (i > 0 && place->server == place[-1].server)
			continue;
		buf_add_text(out, i > 0 ? "," : "");
		runlog_add_quoted(out, span_of(place->host));
	}
	buf_add_text(out, "\" folder=\"");
	for (unsigned i = 0; i < account->place_count; i++) {
		if (account->place[i].server != account->place[0].server)
			break;
		buf_add_text(out, i > 0 ? "," : "");
		runlog_add_quoted(out, span_of(account->place[i].name));
	}
	buf_add_text(out, "\"");
}

/* With --new-only there is no period: each mailbox begins where the last run ended. */
static void runlog_add_window(struct buf *out, const struct account *account)
{
	if (!account->has_period)
		return;
	if (account->new_only) {
		buf_add_text(out, " window=new");
	} else {
		buf_add_text(out, " since=");
		period_add_iso(out, account->since);
	}
	buf_add_text(out, " until=");
	period_add_iso(out, account->until);
}

/* Servers, or saved reports, whose messages are not all there. */
static unsigned runlog_missing(const struct account *account)
{
	unsigned missing = 0;
	unsigned next = 0;

	while (account_next_missing(account, &next) != NULL)
		missing++;
	return missing;
}

static void runlog_add_counts(struct buf *out, const struct account *account)
{
	const struct account_counts total = account_total(account);

	for (unsigned i = 0; i < ACCOUNT_COUNT_ROWS; i++)
		buf_printf(out, " %s=%" PRIu64, account_count_rows[i].key,
		    account_count(&total, &account_count_rows[i]));
}

void runlog_add_line(const struct runlog *runlog, struct buf *out)
{
	const struct account *account = runlog->account;

	buf_printf(out, "exit=%d", runlog->status);
	if (account->of_messages)
		buf_printf(out, " files=%u", account->saved);
	else if (account->saved > 0)
		buf_printf(out, " saved=%u", account->saved);
	if (account->saved == 0 || account->of_messages)
		runlog_add_counts(out, account);
	buf_printf(out, " missing=%u bytes=%" PRIu64 " seconds=%" PRId64 ".%03" PRId64 " tls=%s",
	    runlog_missing(account), runlog->bytes, runlog->milliseconds / 1000,
	    runlog->milliseconds % 1000, runlog->tls != NULL ? runlog->tls : "none");
	runlog_add_window(out, account);
	if (runlog->options->profile != NULL)
		runlog_add_text(out, "profile", runlog->options->profile);
	if (account->saved == 0)
		runlog_add_places(out, account);
	if (runlog->failure != NULL)
		runlog_add_text(out, "error", runlog->failure);
}

void runlog_write(const struct runlog *runlog)
{
	struct buf line;

	buf_init(&line, 0);
	runlog_add_line(runlog, &line);
	openlog(RUNLOG_NAME, LOG_PID, LOG_USER);
	buf_string(&line); /* so that it has failed when it is not whole */
	if (line.failed == 0)
		syslog(runlog->status == 0 ? LOG_INFO : LOG_ERR, "%s", line.p);
	else
		syslog(LOG_ERR, "exit=%d error=\"out of memory\"", runlog->status);
	closelog();
	buf_fini(&line);
}
