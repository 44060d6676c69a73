#include "source/maillog/maillog_line.h"

#include <string.h>

#include "source/maillog/maillog_text.h"

/* Words of facilities and levels that some writers put between host and tag. */
static bool is_level_word(struct span word)
{
	static const char *const words[] = {"mail", "daemon", "auth", "authpriv", "user", "syslog",
	    "debug", "info", "notice", "warning", "warn", "err", "error", "crit", "alert", "emerg"};
	size_t dot;

	if (word.n > 2 && word.p[0] == '[' && word.p[word.n - 1] == ']')
		word = (struct span){word.p + 1, word.n - 2};
	dot = span_find(word, '.');
	if (dot != SPAN_NPOS)
		return is_level_word(span_head(word, dot)) &&
		       is_level_word(span_from(word, dot + 1));
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (span_eq(word, span_of(words[i])))
			return true;
	return false;
}

/* The word that the text begins with, and the text behind it and its blanks. */
static struct span word_take(struct span *text)
{
	size_t end = span_find(*text, ' ');
	struct span word = span_head(*text, end);

	*text = span_from(*text, word.n);
	while (text->n > 0 && text->p[0] == ' ')
		*text = span_from(*text, 1);
	return word;
}

static bool is_postfix_service(struct span service)
{
	static const char *const names[] = {"smtpd", "smtp", "qmgr", "cleanup", "pickup", "bounce",
	    "local", "virtual", "lmtp", "pipe", "error", "retry", "discard", "postscreen", "oqmgr",
	    "nqmgr", "trivial-rewrite", "master", "anvil", "scache", "verify", "defer", "trace",
	    "proxymap", "tlsproxy", "dnsblog", "tlsmgr", "flush", "showq", "postsuper", "smtps",
	    "submission"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (span_eq(service, span_of(names[i])))
			return true;
	return false;
}

/* Programs of Postfix that anybody runs, and what they say is about no message. */
static bool is_postfix_tool(struct span service)
{
	static const char *const names[] = {"sendmail", "postdrop", "postqueue", "postlog",
	    "postfix-script", "postmap", "postalias", "postconf", "postcat", "mailq", "newaliases"};

	if (service.n < 5)
		return false;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (service.p[0] == names[i][0] && span_eq(service, span_of(names[i])))
			return true;
	return false;
}

enum maillog_program maillog_program_of(struct span tag, struct span *service_r)
{
	size_t slash = span_rfind(tag, '/');
	struct span service = slash != SPAN_NPOS ? span_from(tag, slash + 1) : tag;

	*service_r = service;
	if (is_postfix_tool(service))
		return PROGRAM_OTHER;
	if (text_starts(tag, SPAN("postfix")) ||
	    (slash != SPAN_NPOS && tag.p[0] != '/' && is_postfix_service(service)))
		return PROGRAM_POSTFIX;
	if (text_starts(service, SPAN("exim")))
		return PROGRAM_EXIM;
	if (text_starts(tag, SPAN("amavis")))
		return PROGRAM_AMAVIS;
	if (text_starts(tag, SPAN("roundcube")))
		return PROGRAM_ROUNDCUBE;
	if (text_starts(tag, SPAN("rsyslogd")) || text_starts(tag, SPAN("systemd-journal")) ||
	    text_starts(tag, SPAN("journal")) || text_starts(tag, SPAN("syslog")))
		return PROGRAM_SYSLOG;
	return PROGRAM_OTHER;
}

/* "[ID 197553 mail.info] ", which Solaris puts behind the tag. */
static struct span message_id_skip(struct span text)
{
	struct span rest = text, id;
	size_t n;

	if (!text_skip(&rest, SPAN("[ID ")))
		return text;
	id = span_head(rest, span_find(rest, ']'));
	rest = span_from(rest, id.n);
	n = span_within(id, '0', '9');
	if (n == 0 || n >= id.n || !is_level_word(span_from(id, n + 1)) ||
	    !text_skip(&rest, SPAN("] ")))
		return text;
	return rest;
}

/* "postfix/smtpd[12]: text". A text without a tag is one of the writer's own. */
static void tag_read(struct maillog_line *line, struct span text)
{
	struct span rest = text, word = word_take(&rest);
	size_t open;

	for (int i = 0; i < 2 && is_level_word(word); i++) {
		text = rest;
		word = word_take(&rest);
	}
	if (word.n < 2 || word.p[word.n - 1] != ':') {
		line->tag = line->service = line->pid = SPAN_EMPTY;
		line->program = text_starts(text, SPAN("last message repeated ")) ||
					text_starts(text, SPAN("message repeated "))
				    ? PROGRAM_SYSLOG
				    : PROGRAM_OTHER;
		line->text = text;
		return;
	}
	word.n--;
	/* One blank ends the tag: what follows is the program's, blanks included. */
	line->text = message_id_skip(span_from(text, (size_t)(word.p - text.p) + word.n + 2));
	line->pid = SPAN_EMPTY;
	open = span_find(word, '[');
	if (open != SPAN_NPOS && word.p[word.n - 1] == ']') {
		line->pid = (struct span){word.p + open + 1, word.n - open - 2};
		word.n = open;
	}
	line->tag = word;
	line->program = maillog_program_of(word, &line->service);
}

/* RFC 5424, 6.3: "-", or elements in brackets whose values have \] for ]. */
static size_t structured_length(struct span s)
{
	size_t at = 0;
	bool in_quotes = false;

	if (s.n > 0 && s.p[0] == '-')
		return 1;
	while (at < s.n && s.p[at] == '[') {
		for (at++; at < s.n && (in_quotes || s.p[at] != ']'); at++) {
			if (s.p[at] == '\\')
				at++;
			else if (s.p[at] == '"')
				in_quotes = !in_quotes;
		}
		at++;
	}
	return at < s.n ? at : s.n;
}

/* "host postfix/smtpd 123 - - text" behind "<22>1 STAMP ". */
static bool rfc5424_read(struct maillog_line *line, struct span text)
{
	line->host = word_take(&text);
	line->tag = word_take(&text);
	line->pid = word_take(&text);
	word_take(&text);
	text = span_from(text, structured_length(text));
	if (text.n > 0 && text.p[0] == ' ')
		text = span_from(text, 1);
	if (text_starts(text, SPAN("\xef\xbb\xbf")))
		text = span_from(text, 3);
	if (span_eq(line->pid, SPAN("-")))
		line->pid = SPAN_EMPTY;
	line->program = maillog_program_of(line->tag, &line->service);
	line->text = text;
	return line->tag.n > 0;
}

/* "<22>", and whether "1 " follows, which is the version of RFC 5424. */
static struct span priority_skip(struct span text, bool *is_5424_r)
{
	size_t digits = text.n > 0 && text.p[0] == '<'
			    ? span_within(span_head(span_from(text, 1), 3), '0', '9')
			    : 0;

	*is_5424_r = false;
	if (digits == 0 || digits + 1 >= text.n || text.p[digits + 1] != '>')
		return text;
	text = span_from(text, digits + 2);
	if (text_starts(text, SPAN("1 "))) {
		*is_5424_r = true;
		text = span_from(text, 2);
	}
	return text;
}

static struct span blank_skip(struct span text)
{
	return text.n > 0 && text.p[0] == ' ' ? span_from(text, 1) : text;
}

/* Of a stamp such as "2026-11-26T11:49:36.123+01:00", "… +0100" or "…Z". */
static bool stamp_has_zone(struct span stamp)
{
	const char *end = stamp.p + stamp.n;

	if (stamp.n < sizeof("2026-11-26T11:49:36Z") - 1 || !span_is_digit(stamp.p[0]))
		return false;
	return end[-1] == 'Z' || end[-5] == '+' || end[-5] == '-' || end[-6] == '+' ||
	       end[-6] == '-';
}

/* Of a stamp behind another. */
static bool stamp_counts(struct maillog_line *line, struct span stamp)
{
	bool has_zone = stamp_has_zone(stamp);

	if (line->is_instant && !has_zone)
		return false;
	line->is_instant = has_zone;
	return true;
}

void maillog_line_enter_exim(struct maillog_clock *clock, struct maillog_line *line)
{
	time_t when;
	bool bare;
	size_t n = line->text.n > 0 && span_is_digit(line->text.p[0])
		       ? maillog_stamp_read(clock, line->text, &bare, &when)
		       : 0;
	size_t digits;

	if (n > 0 && bare) {
		if (stamp_counts(line, span_head(line->text, n)))
			line->when = when;
		line->text = blank_skip(span_from(line->text, n));
	}
	if (line->text.n < 3 || line->text.p[0] != '[')
		return;
	digits = span_within(span_from(line->text, 1), '0', '9');
	if (digits == 0 || digits + 1 >= line->text.n || line->text.p[digits + 1] != ']')
		return;
	line->pid = (struct span){line->text.p + 1, digits};
	line->text = blank_skip(span_from(line->text, digits + 2));
}

/* Behind a stamp "2026-11-26 11:49:36": Exim's text, or, as some have syslog write, a host and a
 * tag with its process number. */
static void bare_read(struct maillog_clock *clock, struct maillog_line *line, struct span text)
{
	struct span rest = text, host = SPAN_EMPTY, tag = SPAN_EMPTY;

	if (text.n < 7 || text.p[6] != '-') { /* no id of a message */
		host = word_take(&rest);
		tag = word_take(&rest);
	}
	if (tag.n > 4 && tag.p[tag.n - 1] == ':' && tag.p[tag.n - 2] == ']' &&
	    span_find(tag, '[') != SPAN_NPOS && span_find(host, '=') == SPAN_NPOS) {
		tag_read(line, span_from(text, (size_t)(tag.p - text.p)));
		if (line->program != PROGRAM_OTHER) {
			line->host = host;
			return;
		}
	}
	line->host = line->tag = line->service = line->pid = SPAN_EMPTY;
	line->program = PROGRAM_EXIM;
	line->text = text;
	maillog_line_enter_exim(clock, line);
}

bool maillog_line_read(struct maillog_clock *clock, struct span line, struct maillog_line *line_r)
{
	struct maillog_line found = {0};
	bool is_5424, bare, bare_again;
	time_t when;
	struct span text = priority_skip(line, &is_5424);
	size_t n = maillog_stamp_read(clock, text, &bare, &found.when), again;

	if (n == 0 || n >= text.n || text.p[n] != ' ')
		return false;
	found.is_instant = stamp_has_zone(span_head(text, n));
	text = span_from(text, n + 1);
	/* Who collected the lines of others put its own in front. */
	again = maillog_stamp_read(clock, text, &bare_again, &when);
	if (again > 0 && again < text.n && text.p[again] == ' ') {
		if (stamp_counts(&found, span_head(text, again)))
			found.when = when;
		text = span_from(text, again + 1);
		bare = bare_again;
	}
	if (is_5424) {
		if (!rfc5424_read(&found, text))
			return false;
	} else if (bare) {
		bare_read(clock, &found, text);
	} else {
		found.host = word_take(&text);
		if (found.host.n == 0)
			return false;
		tag_read(&found, text);
	}
	*line_r = found;
	return true;
}
