/* What mailers say when a letter is too big for them. */
#include <sysexits.h>

#include "deliver/deliver_mail_size.h"

/*
 * Without regard to case. Postfix: "message file too big", and "5.3.4 Message size exceeds fixed
 * limit"; Exim: "message too big", "Message size exceeds maximum permitted"; sendmail: "Message is
 * too large"; qmail: "message size exceeds my databytes limit (#5.3.4)"; Google: "message exceeded
 * ... size limits". 5.2.3 and 5.3.4 are of RFC 3463.
 */
static const char *const deliver_too_big[] = {
    "too big",
    "too large",
    "too much mail data",
    "size exceed",
    "exceeds size",
    "exceeds the size",
    "exceeds the maximum size",
    "exceeds maximum size",
    "exceeds the maximum message size",
    "size limit",
    "5.3.4",
    "5.2.3",
};

/* A full mailbox: a smaller letter would be refused as well. */
#define DELIVER_BOX_FULL "5.2.2"

/* RFC 5321, 4.2.3: "exceeded storage allocation". */
#define DELIVER_CODE "552"

static bool deliver_says(struct span words, const char *what)
{
	struct span wanted = span_of(what);

	for (; words.n >= wanted.n; words = span_from(words, 1))
		if (span_starts_nocase(words, wanted))
			return true;
	return false;
}

/* The reply code of a server, not digits of another number. */
static bool deliver_has_code(struct span words)
{
	struct span code = SPAN(DELIVER_CODE);
	char before = ' ';

	for (; words.n >= code.n; before = words.p[0], words = span_from(words, 1)) {
		char behind = words.n > code.n ? words.p[code.n] : '\0';

		if (span_starts_nocase(words, code) && (behind == ' ' || behind == '-') &&
		    (span_is_blank(before) || before == '\n' || before == ':' || before == '('))
			return true;
	}
	return false;
}

/* A letter that is too big has various statuses, but never that of a usage error, an unknown
 * recipient or the like. */
static bool deliver_may_be_size(int status)
{
	return status != 0 && status != EX_USAGE && status != EX_NOINPUT && status != EX_NOUSER &&
	       status != EX_NOHOST && status != EX_CONFIG;
}

bool deliver_mail_is_too_big(int status, struct span words)
{
	if (!deliver_may_be_size(status) || deliver_says(words, DELIVER_BOX_FULL))
		return false;
	for (size_t i = 0; i < sizeof(deliver_too_big) / sizeof(deliver_too_big[0]); i++)
		if (deliver_says(words, deliver_too_big[i]))
			return true;
	return deliver_has_code(words);
}
