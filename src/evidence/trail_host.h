/*
 * Which host a line of Received is from, and a login that no line names: what
 * those know who took the message, not what the sender calls itself
 * (columns.md, "Host"). Names and addresses are parts of the block, or empty.
 */
#ifndef EVIDENCE_TRAIL_HOST_H
#define EVIDENCE_TRAIL_HOST_H

#include "evidence/trail.h"

/*
 * Who wrote the line: its "by" name, when the next host above knows the client by that name, or by
 * one of the same registered domain; else the name that this host knows; else the client's address.
 * With no host above the "by" name is all there is.
 */
struct span trail_host(struct trail *trail, unsigned line);

/* The host that handed the message to the writer of the uppermost line: name or address. */
struct span trail_handed_by(struct trail *trail);

/*
 * The host of a bare login or uid that a field names without a host: that of the line which shows
 * the login or the user, of the local process, or of a login without a name; else the one that
 * handed the message over.
 */
struct span trail_host_of_login(struct trail *trail, struct span login);

/* The same of a uid, as PHP's field has it: where a login is all that the lines tell of, the client
 * that logged in is the host of the process. */
struct span trail_host_of_uid(struct trail *trail, struct span uid);

/* The host that a field names, as the lines know it; the name itself when they know nothing of it
 * that is against it. */
struct span trail_host_named(struct trail *trail, struct span name);

/* The name that the writer of the line knows for its client, or empty. */
struct span trail_client_name(struct trail *trail, unsigned line);

#endif
