/*
 * Who wrote a line. The tag of a line of syslog is its writer's word, so that a customer's program
 * can write what looks like a mail server's. The journal has fields of its own beside it: the uid,
 * which the kernel vouches for, and the name, the way and the unit.
 */
#include "base/log.h"
#include "source/maillog/maillog_part.h"
#include "source/maillog/maillog_text.h"

/* Uids from here on are people's. */
#define WRITER_FIRST_PERSON 1000

/* The kernel keeps so many bytes of a program's name. */
#define WRITER_MAX_COMMAND 15

/* Below it, those that programs of customers run as: www-data, apache, www, nobody. */
static bool uid_is_shared(uint64_t uid)
{
	static const uint64_t shared[] = {30, 33, 48, 80, 81, 99};

	for (size_t i = 0; i < sizeof(shared) / sizeof(shared[0]); i++)
		if (uid == shared[i])
			return true;
	return false;
}

static bool unit_is_of_others(struct span unit)
{
	static const struct span others[] = {{"apache", 6}, {"httpd", 5}, {"nginx", 5},
	    {"lighttpd", 8}, {"php", 3}, {"cron", 4}, {"atd", 3}, {"user@", 5}};

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (text_starts(unit, others[i]))
			return true;
	return false;
}

/* Postfix's programs are named as their tags end; Exim is also called as what it stands in for. */
static bool command_fits(const struct maillog_line *line)
{
	static const struct span names[] = {{"sendmail", 8}, {"mailq", 5}, {"runq", 4},
	    {"rmail", 5}, {"rsmtp", 5}, {"newaliases", 10}};

	if (line->program == PROGRAM_POSTFIX)
		return span_eq(line->command, span_head(line->service, WRITER_MAX_COMMAND));
	if (text_starts(line->command, SPAN("exim")))
		return true;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (span_eq(line->command, names[i]))
			return true;
	return false;
}

/* Exim writes the folder of a program before it takes its own user. */
static bool is_folder_of_exim(const struct maillog_line *line)
{
	return line->program == PROGRAM_EXIM && text_starts(line->text, SPAN("cwd="));
}

bool maillog_writer_is_system(const struct maillog_line *line)
{
	uint64_t uid;

	if (line->writer.n == 0)
		return true; /* the journal was not asked for its fields */
	return span_number(line->writer, &uid) == line->writer.n && uid < WRITER_FIRST_PERSON &&
	       !uid_is_shared(uid);
}

static bool journal_vouches(const struct maillog_line *line)
{
	if (line->writer.n == 0 || span_eq(line->writer, SPAN("0")))
		return true;
	if (line->program == PROGRAM_SYSLOG)
		return maillog_writer_is_system(line);
	if (line->command.n > 0 && !command_fits(line))
		return false;
	if (line->transport.n > 0 && !span_eq(line->transport, SPAN("syslog")))
		return false;
	if (is_folder_of_exim(line))
		return true;
	return maillog_writer_is_system(line) &&
	       (line->program != PROGRAM_POSTFIX || !unit_is_of_others(line->unit));
}

/* Who it was, in words, the first time. */
static void stranger_keep(struct maillog *log, const struct maillog_line *line)
{
	if (log->counts.strangers++ > 0)
		return;
	buf_add_char(&log->stranger, '\'');
	log_escape(&log->stranger, span_head(line->tag, MAILLOG_SHOWN_FOLDER));
	buf_add_text(&log->stranger, "' by uid ");
	log_escape(&log->stranger, span_head(line->writer, MAILLOG_SHOWN_FOLDER));
	if (line->command.n > 0) {
		buf_add_text(&log->stranger, ", program '");
		log_escape(&log->stranger, span_head(line->command, MAILLOG_SHOWN_FOLDER));
		buf_add_char(&log->stranger, '\'');
	}
}

bool maillog_line_is_numbered(struct maillog *log, const struct maillog_line *line)
{
	if ((line->program != PROGRAM_POSTFIX && line->program != PROGRAM_EXIM) ||
	    line->tag.n == 0 || line->host.n == 0 || log->form != FORM_TEXT)
		return true;
	if (line->pid.n > 0) {
		if (log->pid_host.n == 0)
			buf_add(&log->pid_host, line->host);
		return true;
	}
	if (!span_eq(buf_span(&log->pid_host), line->host))
		return true;
	log->counts.unnumbered++;
	return false;
}

bool maillog_line_is_genuine(struct maillog *log, const struct maillog_line *line)
{
	if ((line->program != PROGRAM_POSTFIX && line->program != PROGRAM_EXIM &&
		line->program != PROGRAM_SYSLOG) ||
	    journal_vouches(line))
		return true;
	stranger_keep(log, line);
	return false;
}
