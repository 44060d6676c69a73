/*
 * Is this message a bounce? The rule of columns.md ("Bounces"): decided here,
 * not by IMAP SEARCH, which matches substrings.
 */
#ifndef MAIL_BOUNCE_H
#define MAIL_BOUNCE_H

#include "base/arena.h"

/* True when the (decoded) From has the local part mailer-daemon, without case, domain or not. */
bool bounce_from(struct span from, struct arena *arena);

/*
 * True for multipart/report with report-type=delivery-status (RFC 6522), in
 * quotes or not, in any case, wherever the parameter stands.
 */
bool bounce_content_type(struct span content_type);

#endif
