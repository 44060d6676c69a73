/* How mail logs are known by their beginnings. */
#include "source/maillog/maillog_exim.h"
#include "source/maillog/maillog_kind.h"
#include "source/maillog/maillog_line.h"
#include "source/maillog/maillog_php.h"

/* The program of the first line that is one's; of the journal's the text says enough. */
static bool probe_journal(struct span first, struct span mark)
{
	return (first.n > 0 &&
		   (first.p[0] == '{' || span_starts_nocase(first, SPAN("__CURSOR=")))) &&
	       span_find_text(first, SPAN("__REALTIME_TIMESTAMP")) != SPAN_NPOS &&
	       span_find_text(first, mark) != SPAN_NPOS;
}

static bool exim_is_entry(struct span text)
{
	struct exim_entry entry;

	exim_entry_read(text, &entry);
	return entry.kind != EXIM_OTHER || entry.id.n > 0 ||
	       span_starts_nocase(text, SPAN("cwd=")) || span_starts_nocase(text, SPAN("exim ")) ||
	       span_starts_nocase(text, SPAN("Start queue run:")) ||
	       span_starts_nocase(text, SPAN("End queue run:")) ||
	       span_starts_nocase(text, SPAN("SMTP connection ")) ||
	       span_starts_nocase(text, SPAN("H=")) ||
	       span_starts_nocase(text, SPAN("no host name found for IP address"));
}

static bool line_is(const struct maillog_line *line, enum maillog_program program)
{
	if (line->program != program)
		return false;
	return program != PROGRAM_EXIM || line->tag.n > 0 || exim_is_entry(line->text);
}

/* What may stand in front of the first line of a log: how journalctl begins, and the rest of a line
 * where the end of a log was cut out. */
static bool is_in_front(struct span line, bool is_first)
{
	return is_first || span_starts_nocase(line, SPAN("-- "));
}

/* The first line that is not empty, or the second, has the head of a log's, and one of the next is
 * the program's. */
static bool probe(struct span first, bool whole, enum maillog_program program)
{
	struct maillog_clock clock;
	struct maillog_line line;
	bool begun = false, is_first = true;

	maillog_clock_init(&clock, 0);
	while (first.n > 0 && (first.p[0] == '\0' || span_is_blank(first.p[0])))
		first = span_from(first, 1);
	while (first.n > 0) {
		size_t end = span_find(first, '\n');

		if (end == SPAN_NPOS && !whole)
			return false;
		if (maillog_line_read(&clock, span_head(first, end), &line)) {
			begun = true;
			if (line_is(&line, program))
				return true;
		} else if (!begun && !is_in_front(span_head(first, end), is_first)) {
			return false;
		}
		is_first = false;
		first = span_from(first, end != SPAN_NPOS ? end + 1 : first.n);
	}
	return false;
}

bool maillog_is_exim(struct span first, bool whole)
{
	return probe_journal(first, SPAN("exim")) || probe(first, whole, PROGRAM_EXIM);
}

bool maillog_is_postfix(struct span first, bool whole)
{
	return probe_journal(first, SPAN("postfix/")) || probe(first, whole, PROGRAM_POSTFIX);
}

bool maillog_is_php(struct span first, bool whole)
{
	struct php_entry entry;
	size_t end = span_find(first, '\n');

	return (end != SPAN_NPOS || whole) && php_entry_read(span_head(first, end), &entry);
}
