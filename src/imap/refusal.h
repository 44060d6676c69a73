/*
 * What a server means by the words beside its NO, BAD or BYE: "[CODE] text",
 * with the codes of RFC 5530 and those that large providers use, and the texts
 * of servers that give no code.
 */
#ifndef IMAP_REFUSAL_H
#define IMAP_REFUSAL_H

#include "base/span.h"

/*
 * True when the same may go well later: too many connections, a service that is down, an error
 * inside the server. A code that refuses for good decides before any text does.
 */
bool refusal_is_temporary(struct span words);

/* True when an AUTHENTICATE was refused because of its mechanism, and not of user or password. */
bool refusal_is_of_mechanism(struct span words);

#endif
