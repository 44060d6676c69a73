#include "evidence/bounce.h"

#include "mail/address.h"
#include "mail/syntax.h"

/* Few From fields hold the text: only then it is worth while to take the address apart. */
bool bounce_asks_envelope(struct span from)
{
	size_t hyphen;

	while ((hyphen = span_find(from, '-')) != SPAN_NPOS) {
		from = span_from(from, hyphen + 1);
		if (span_starts_nocase(from, SPAN("daemon")))
			return true;
	}
	return false;
}

/* What stands in front of empty brackets, as DragonFly's agent writes them; or empty. */
static struct span bounce_before_brackets(struct span from)
{
	size_t open = span_rfind(from, '<');
	struct span inside = span_from(from, open + 1);

	if (open == SPAN_NPOS || span_trim(span_head(inside, span_find(inside, '>'))).n > 0)
		return SPAN_EMPTY;
	return span_head(from, open);
}

static bool bounce_is_name(struct span from, struct arena *arena)
{
	struct address address;

	return address_first(from, arena, &address) &&
	       span_eq_nocase(address.local, SPAN("mailer-daemon"));
}

static bool bounce_is_from(const struct bounce_signs *signs, struct arena *arena)
{
	struct span before = bounce_before_brackets(signs->from);

	if (before.n > 0)
		return bounce_is_name(before, arena);
	return signs->envelope.n == 0 && bounce_is_name(signs->from, arena);
}

/* Offset of the first ';' outside quotes and comments (RFC 2045, 5.1), or the length. */
static size_t bounce_parameter_end(struct span s)
{
	size_t i = 0;

	while (i < s.n && s.p[i] != ';') {
		size_t end = 0;

		if (s.p[i] == '"')
			end = syntax_quoted_end(s, i);
		else if (s.p[i] == '(')
			end = syntax_comment_end(s, i);
		else
			end = i + 1;
		i = end != 0 ? end : s.n;
	}
	return i;
}

/* The first word of s, or what its quotes hold; comments and blanks before it do not count. */
static struct span bounce_word(struct span s)
{
	size_t n = 0;

	s = span_trim(s);
	while (s.n > 0 && s.p[0] == '(') {
		size_t end = syntax_comment_end(s, 0);

		s = end != 0 ? span_trim(span_from(s, end)) : SPAN_EMPTY;
	}
	if (s.n > 0 && s.p[0] == '"') {
		s = span_from(s, 1);
		return span_trim(span_head(s, span_find(s, '"')));
	}
	while (n < s.n && !span_is_blank(s.p[n]) && s.p[n] != '(')
		n++;
	return span_head(s, n);
}

/*
 * True for multipart/report with report-type=delivery-status (RFC 6522), in quotes or not, in any
 * case, wherever the parameter stands.
 */
static bool bounce_is_report(struct span content_type)
{
	size_t end;

	content_type = span_trim(content_type);
	/* Nothing in front of the type: most are told by their first letters. */
	if (content_type.n == 0 || (span_is_alnum(content_type.p[0]) &&
				       !span_starts_nocase(content_type, SPAN("multipart/report"))))
		return false;
	end = bounce_parameter_end(content_type);
	if (!span_eq_nocase(bounce_word(span_head(content_type, end)), SPAN("multipart/report")))
		return false;
	while (end < content_type.n) {
		struct span parameter;
		size_t equals;

		content_type = span_from(content_type, end + 1);
		end = bounce_parameter_end(content_type);
		parameter = span_head(content_type, end);
		equals = span_find(parameter, '=');
		if (equals != SPAN_NPOS &&
		    span_eq_nocase(
			bounce_word(span_head(parameter, equals)), SPAN("report-type")) &&
		    span_eq_nocase(
			bounce_word(span_from(parameter, equals + 1)), SPAN("delivery-status")))
			return true;
	}
	return false;
}

bool bounce_is(const struct bounce_signs *signs, struct arena *arena)
{
	return span_eq(signs->qmail_mode, SPAN("bounce")) ||
	       (bounce_asks_envelope(signs->from) && bounce_is_from(signs, arena)) ||
	       bounce_is_report(signs->content_type);
}
