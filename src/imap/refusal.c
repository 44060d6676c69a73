#include "imap/refusal.h"

/* "[CODE" of "[CODE arguments] text", or an empty span. */
static struct span refusal_code(struct span words)
{
	size_t end = 1;

	if (words.n == 0 || words.p[0] != '[')
		return SPAN_EMPTY;
	while (end < words.n && words.p[end] != ']' && !span_is_blank(words.p[end]))
		end++;
	return span_from(span_head(words, end), 1);
}

static struct span refusal_text(struct span words)
{
	size_t end = words.n > 0 && words.p[0] == '[' ? span_find(words, ']') : SPAN_NPOS;

	return end != SPAN_NPOS ? span_from(words, end + 1) : words;
}

static bool refusal_is_one_of(struct span code, const char *const *list)
{
	for (; *list != NULL; list++)
		if (span_eq_nocase(code, span_of(*list)))
			return true;
	return false;
}

static bool refusal_says_one_of(struct span text, const char *const *list)
{
	for (; *list != NULL; list++)
		if (span_find_text_nocase(text, span_of(*list)) != SPAN_NPOS)
			return true;
	return false;
}

bool refusal_is_temporary(struct span words)
{
	/* RFC 5530; the last two of Gmail, Yahoo and Exchange Online. */
	static const char *const temporary[] = {
	    "UNAVAILABLE", "INUSE", "LIMIT", "SERVERBUG", "THROTTLED", "OVERQUOTA", NULL};
	static const char *const final[] = {"AUTHENTICATIONFAILED", "AUTHORIZATIONFAILED",
	    "EXPIRED", "PRIVACYREQUIRED", "CONTACTADMIN", "NOPERM", "CORRUPTION", "CLIENTBUG",
	    "CANNOT", "NONEXISTENT", "WEBALERT", NULL};
	/* Gmail, Exchange ("User is authenticated but not connected"), Dovecot, Courier, Cyrus,
	 * Yahoo, IceWarp. */
	static const char *const texts[] = {"too many", "maximum number of connections",
	    "connection limit", "not connected", "temporar", "try again", "try later", "throttl",
	    "internal error", "server error", "system error", "server is busy", "server busy",
	    "overloaded", "unavailable", "timed out", "timeout", "input/output error", "i/o error",
	    "rate limit", "intrusion prevention", NULL};
	struct span code = refusal_code(words);

	if (refusal_is_one_of(code, temporary))
		return true;
	if (refusal_is_one_of(code, final))
		return false;
	return refusal_says_one_of(refusal_text(words), texts);
}

bool refusal_is_of_mechanism(struct span words)
{
	static const char *const texts[] = {"mechanism", "not supported", "unsupported",
	    "not available", "not implemented", "not enabled", "not allowed", "not permitted",
	    "disabled", "unknown command", "unrecognized command", "unrecognised command",
	    "invalid command", "syntax error", NULL};
	struct span code = refusal_code(words);

	if (span_eq_nocase(code, SPAN("CANNOT")))
		return true;
	if (code.n > 0 && !span_eq_nocase(code, SPAN("CLIENTBUG")) &&
	    !span_eq_nocase(code, SPAN("ALERT")))
		return false;
	return refusal_says_one_of(refusal_text(words), texts);
}
