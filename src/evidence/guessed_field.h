/*
 * Fields that nobody has described and whose names say that they hold the login
 * of a message's client: X-…Auth…User, X-…Authenticated…, X-…SMTPAuth… and
 * their like, as providers invent them.
 */
#ifndef EVIDENCE_GUESSED_FIELD_H
#define EVIDENCE_GUESSED_FIELD_H

#include "base/arena.h"

/* Names remembered in a run, and how long one may be. */
#define GUESSED_FIELD_MAX      16
#define GUESSED_FIELD_NAME_MAX 64

bool guessed_field_is(struct span name);

/*
 * Names that sound like evidence and are none (headers.md, sections 5 and 6; cases-headers.md):
 * addresses of clients, what the sender's own program writes, keys that only their owner can read,
 * and what is said again in a field that a rule reads.
 */
bool guessed_field_is_none(struct span name);

/* Names of such fields that were met, so that a server can be asked for them. */
struct guessed_fields {
	unsigned count;
	char name[GUESSED_FIELD_MAX][GUESSED_FIELD_NAME_MAX + 1];
};

/* Adds the name of such a field; false when it is not new, cannot stand in an IMAP command, or there
 * is no more room. */
bool guessed_fields_add(struct guessed_fields *set, struct span name);

/* Adds the names in a whole header section; true when one is new. */
bool guessed_fields_learn(struct guessed_fields *set, struct span block);

/* The login in the value of such a field, or empty: a name like X-…Auth-Sender needs an address. */
struct span guessed_field_login(struct span name, struct span value, struct arena *arena);

#endif
