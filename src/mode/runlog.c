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

/* Folders come by host, so that each host stands once, and those of the first are those of all. */
static void runlog_add_places(struct buf *out, const struct report_facts *facts)
{
	const char *last = NULL;

	buf_add_text(out, " host=\"");
	for (unsigned i = 0; i < facts->folder_count; i++) {
		const char *host = facts->folder[i].host;

		if (last != host)
			buf_add_text(out, last != NULL ? "," : "");
		if (last != host)
			runlog_add_quoted(out, span_of(host));
		last = host;
	}
	buf_add_text(out, "\" folder=\"");
	for (unsigned i = 0; i < facts->folder_count; i++) {
		if (facts->folder[i].host != facts->folder[0].host)
			break;
		buf_add_text(out, i > 0 ? "," : "");
		runlog_add_quoted(out, span_of(facts->folder[i].name));
	}
	buf_add_text(out, "\"");
}

/* With --new-only a folder's window begins where the last one ended. */
static void runlog_add_window(struct buf *out, const struct report_facts *facts)
{
	if (!facts->has_period)
		return;
	if (facts->new_only) {
		buf_add_text(out, " window=new");
	} else {
		buf_add_text(out, " since=");
		period_add_iso(out, facts->since);
	}
	buf_add_text(out, " until=");
	period_add_iso(out, facts->until);
}

/* Servers, or saved reports, whose messages are not all there. */
static unsigned runlog_missing(const struct report_facts *facts)
{
	const char *last = NULL;
	unsigned missing = 0;

	for (unsigned i = 0; i < facts->folder_count; i++) {
		if (facts->folder[i].missing == NULL || facts->folder[i].host == last)
			continue;
		last = facts->folder[i].host;
		missing++;
	}
	return missing;
}

static void runlog_add_counts(struct buf *out, const struct report_facts *facts)
{
	const struct folder_counts total = facts_total(facts);

	buf_printf(out,
	    " found=%" PRIu64 " reported=%" PRIu64 " filtered=%" PRIu64 " vanished=%" PRIu64
	    " unreadable=%" PRIu64,
	    total.found, total.reported, total.bounces, total.vanished, total.unreadable);
}

void runlog_add_line(const struct runlog *runlog, struct buf *out)
{
	const struct report_facts *facts = runlog->facts;

	buf_printf(out, "exit=%d", runlog->status);
	if (facts->saved > 0)
		buf_printf(out, " saved=%u", facts->saved);
	else
		runlog_add_counts(out, facts);
	buf_printf(out, " missing=%u bytes=%" PRIu64 " seconds=%" PRId64 ".%03" PRId64 " tls=%s",
	    runlog_missing(facts), runlog->bytes, runlog->milliseconds / 1000,
	    runlog->milliseconds % 1000, runlog->tls != NULL ? runlog->tls : "none");
	runlog_add_window(out, facts);
	if (runlog->options->profile != NULL)
		runlog_add_text(out, "profile", runlog->options->profile);
	if (facts->saved == 0)
		runlog_add_places(out, facts);
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
