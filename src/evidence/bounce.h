/*
 * Is this message a bounce? The rule of columns.md ("Bounces"): decided here,
 * for every source, and not by IMAP SEARCH, which matches substrings.
 */
#ifndef REPORT_BOUNCE_H
#define REPORT_BOUNCE_H

#include "base/arena.h"

/* What decides; what a source does not know is empty. */
struct bounce_signs {
	struct span from;         /* decoded */
	struct span qmail_mode;   /* what the uppermost line of qmail was invoked for: "bounce" */
	struct span content_type; /* the body of the uppermost field, folded as it may be */
	struct span envelope; /* the sender that the filter's line of Received names, or empty */
};

/* False when the envelope does not matter, as of most From fields. */
bool bounce_asks_envelope(struct span from);

/*
 * True when From has the local part mailer-daemon, without case, with a domain or not, and the
 * envelope has no sender: what calls itself mailer-daemon and has one is phishing. Only of "NAME
 * <>", which has no address to deceive with, the envelope does not matter. Also when qmail was
 * invoked for a bounce, or the message is a delivery status report.
 */
bool bounce_is(const struct bounce_signs *signs, struct arena *arena);

#endif
