/*
 * Trace fields (RFC 5321, 4.4) as real MTAs write them: which host wrote the
 * line, and which client it had it from. What stands in them about logins and
 * uids is evidence: see report/evidence_received.h.
 */
#ifndef MAIL_RECEIVED_H
#define MAIL_RECEIVED_H

#include "base/span.h"

struct received {
	struct span from;     /* the word behind "from" as written, or empty */
	struct span client;   /* the client's IP address, or empty */
	struct span by;       /* the host that wrote the line, or empty */
	struct span protocol; /* the word behind "with", or empty */
};

/*
 * Takes an unfolded body apart; the spans point into it. Keywords count only
 * outside comments, before the date, and where a word begins; the word behind
 * a keyword is its value, even if it looks like a keyword: the name behind
 * "from" is whatever the client said. The first clause of each kind counts.
 *
 * The client is found in the from clause. In this order:
 * 1. brackets in a comment: "(name [192.0.2.1])", "([192.0.2.1]:4711 helo=x)";
 * 2. brackets behind the name: "name [192.0.2.1]";
 * 3. the beginning of a comment: "(192.0.2.1)", "(user@192.0.2.1 with login)";
 * 4. the name itself: "[192.0.2.1]", "192.0.2.1".
 * What a client said in HELO does not count. The address comes without
 * brackets, "IPv6:", zone, and the "::ffff:" of a mapped IPv4 address.
 */
void received_parse(struct span body, struct received *received_r);

/* True for an IPv4 or IPv6 address as inet_pton(3) reads it, without brackets, port or zone. */
bool received_is_ip(struct span s);

#endif
