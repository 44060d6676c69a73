/*
 * What a server means by the words behind its NO, BAD or BYE: "[CODE] text".
 * Known are the codes of RFC 5530, those of large providers, and texts of
 * servers that give no code.
 */
#ifndef IMAP_REFUSAL_H
#define IMAP_REFUSAL_H

#include "base/span.h"

/* True when the same may work later: too many connections, a service that is down, an error inside
 * the server. A code that refuses for good outweighs any text. */
bool refusal_is_temporary(struct span words);

/* True when an AUTHENTICATE was refused because of its mechanism, and not of user or password. */
bool refusal_is_of_mechanism(struct span words);

#endif
