/*
 * Fields that nobody has described and whose names say that they hold the login
 * of a message's client: X-…Auth…User, X-…Authenticated…, X-…SMTPAuth… and
 * their like, as providers invent them.
 */
#ifndef EVIDENCE_GUESSED_FIELD_H
#define EVIDENCE_GUESSED_FIELD_H

#include "base/arena.h"

bool guessed_field_is(struct span name);

/*
 * Names that sound like evidence and are none (headers.md, sections 5 and 6; cases-headers.md):
 * addresses of clients, what the sender's own program writes, keys that only their owner can read,
 * and what is said again in a field that a rule reads.
 */
bool guessed_field_is_none(struct span name);

/* The login in the value of such a field, or empty: a name like X-…Auth-Sender needs an address. */
struct span guessed_field_login(struct span name, struct span value, struct arena *arena);

#endif
