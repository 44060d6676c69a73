/*
 * What a message says of its sender that need not be so: what a script wrote below the line of the
 * process that handed its mail in, and logins that say otherwise than the one that is believed.
 */
#ifndef EVIDENCE_DOUBT_H
#define EVIDENCE_DOUBT_H

#include "evidence/evidence_find.h"

/* Slots of the fields that the functions here look for; before fields_index(). */
void evidence_doubt_add_names(struct evidence *evidence);

/* The number of the first field that PHP writes in front of those of a script; 0: there is none. */
unsigned evidence_script_number(const struct evidence *evidence);

/*
 * True when a script wrote the field: it stands between PHP's own and the last From, behind which
 * servers add theirs, and a line of Received further up is of a local process. With is_customers
 * the account of that or the script's owner is also none of the system's, as that of a webmail is.
 */
bool evidence_is_of_script(
    const struct evidence *evidence, const struct field *field, bool is_customers);

/* True when it is the user of the local process that handed the message in. */
bool evidence_is_local_user(const struct evidence *evidence, struct span login);

/* True when the login of the first "Authenticated sender" is that of a server at a relay, which
 * tells so itself: many customers are behind it. Auth.sender is filled. */
bool evidence_relay_tells(struct evidence *evidence);

static inline bool evidence_is_of_relay(struct evidence *evidence)
{
	return evidence->fields.slot[evidence->relay_slot].first != NULL &&
	       evidence_relay_tells(evidence);
}

/* A login besides the one in Auth-User or Auth.sender, that another field or line tells of the same
 * message; or empty. What is longer than RECEIVED_COMMENT_MAX is none. */
struct span evidence_other_login(struct evidence *evidence);

#endif
