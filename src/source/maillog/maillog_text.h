/*
 * Small questions that the readers of logs have about a text.
 */
#ifndef MAILLOG_TEXT_H
#define MAILLOG_TEXT_H

#include "base/span.h"

/* With regard to case, unlike span_starts_nocase(): what programs write has one. */
static inline bool text_starts(struct span s, struct span prefix)
{
	return s.n >= prefix.n && memcmp(s.p, prefix.p, prefix.n) == 0;
}

/* Takes the prefix off, when it is there. */
static inline bool text_skip(struct span *s, struct span prefix)
{
	if (!text_starts(*s, prefix))
		return false;
	*s = span_from(*s, prefix.n);
	return true;
}

/* An address of the host itself. */
static inline bool text_is_loopback(struct span ip)
{
	return text_starts(ip, SPAN("127.")) || span_eq(ip, SPAN("::1"));
}

#endif
