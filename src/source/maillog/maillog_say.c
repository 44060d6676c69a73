/* What is said of logs besides their messages. */
#include <inttypes.h>

#include "base/log.h"
#include "source/maillog/maillog.h"

static void summary_add(struct buf *out, uint64_t count, const char *what)
{
	if (count > 0)
		buf_printf(out, ", %" PRIu64 " %s", count, what);
}

/* What became of the lines, for a person. */
void maillog_summarize(const struct maillog_counts *counts)
{
	struct buf line;

	buf_init(&line, 0);
	buf_printf(&line,
	    "mail log: %" PRIu64 " lines: %" PRIu64 " about these messages, %" PRIu64
	    " of no interest",
	    counts->lines, counts->used, counts->other);
	summary_add(&line, counts->early, "about messages of before or of another time");
	summary_add(&line, counts->continued, "that go on with the line before or are none");
	summary_add(&line, counts->odd, "odd");
	summary_add(&line, counts->forged, "that are part of a folder's name");
	summary_add(&line, counts->injected, "that a client wrote into the entry of its message");
	log_line("quarantine-report: ", buf_span(&line));
	buf_clear(&line);
	buf_printf(
	    &line, "mail log: %" PRIu64 " failed logins (--failed-logins)", counts->failed_logins);
	summary_add(&line, counts->refused, "refused recipients or attempts");
	summary_add(&line, counts->passes, "second passes of a message through a filter");
	summary_add(&line, counts->open, "messages without an end");
	summary_add(&line, counts->suspicious, "messages with a suspicious line");
	log_line("quarantine-report: ", buf_span(&line));
	buf_fini(&line);
}

/* What the columns lack since the mail server was not told to log it. */
static void logs_warn_of_selector(const struct maillog_counts *counts)
{
	if (counts->arrivals == 0)
		return;
	if (counts->no_subject == counts->arrivals && counts->no_recipients == counts->arrivals)
		log_info(
		    "Exim logs neither subjects nor all recipients nor folders: log_selector = "
		    "+subject +received_recipients +arguments");
	else if (counts->no_subject == counts->arrivals)
		log_info("Exim logs no subjects: log_selector = +subject");
	else if (counts->no_recipients == counts->arrivals)
		log_info("Exim logs recipients only as it delivers: log_selector = "
			 "+received_recipients");
}

/* What a person must know whether anybody asked or not. */
void maillog_warn(const struct maillog *log)
{
	const struct maillog_counts *counts = maillog_counts(log);
	struct buf folder;

	if (counts->lost > 0)
		log_warn(
		    "the log itself says that %" PRIu64 " lines are missing in it", counts->lost);
	if (counts->handed_on > 0)
		log_warn("%" PRIu64 " messages were handed on before their end: more were open at "
			 "a time than there is room for (MAILLOG_MAX_OPEN_BYTES)",
		    counts->handed_on);
	if (counts->strangers > 0)
		log_warn("%" PRIu64 " lines are not of the program that they name (the first is "
			 "%.*s), and do not count",
		    counts->strangers, (int)maillog_stranger(log).n, maillog_stranger(log).p);
	if (counts->unnumbered > 0)
		log_warn("%" PRIu64
			 " lines have no process number, though the mail server of their "
			 "host gives them: messages that begin so have the note 'suspicious line'",
		    counts->unnumbered);
	if (counts->doubted > 0)
		log_warn("%" PRIu64 " messages of local users (the first of uid %" PRIu64
			 ") have the message id of one that a filter was handed: rows of their "
			 "own, unless --filter-uid names the filter's user",
		    counts->doubted, counts->doubted_uid);
	if (counts->injected > 0)
		log_warn("%" PRIu64 " lines of the log are part of what a client said of its "
			 "message, with line breaks, and do not count (log_selector has "
			 "+smtp_mailauth or +dkim_verbose)",
		    counts->injected);
	logs_warn_of_selector(counts);
	if (counts->forged == 0)
		return;
	log_warn("%" PRIu64 " lines of the log are part of a folder's name that has line breaks, "
		 "and do not count",
	    counts->forged);
	if (maillog_forged_folder(log).n == 0)
		return;
	buf_init(&folder, 0);
	log_escape(&folder, maillog_forged_folder(log));
	log_warn("the name of the folder begins as '%s'", buf_string(&folder));
	buf_fini(&folder);
}
