/*
 * Trace fields (RFC 5321, 4.4) as real MTAs write them: which host wrote the
 * line, and which client it had it from. What stands in them about logins and
 * uids is evidence: see report/evidence_received.h.
 */
#ifndef MAIL_RECEIVED_H
#define MAIL_RECEIVED_H

#include "base/span.h"

struct received {
	struct span from;   /* the word behind "from" as written, or empty */
	struct span client; /* the client's IP address, or empty */
	struct span name;   /* the name that the writer found for that address, or empty */
	struct span
	    helo;       /* what the client called itself, or empty; may be a name for the address */
	struct span by; /* the host that wrote the line, or empty */
	bool is_bare; /* nothing stands in front of the address in its comment: "x ([192.0.2.1])" */
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

/*
 * Whose the name behind "from" is, each writer knows alone: Postfix, sendmail and most others put
 * what the client said there, and the name of its address into the comment: "said (name [IP])".
 * qmail puts the name there and "(HELO said)" behind it. Exim puts the name there when it has one,
 * "name ([IP] helo=said)", and others write what the client said in the same form, "said ([IP])":
 * this form gives `helo`, and who knows that Exim wrote the line may take it for the name.
 * A name that sendmail doubts ("may be forged") is none.
 */

/* True for an IPv4 or IPv6 address as inet_pton(3) reads it, without brackets, port or zone. */
bool received_is_ip(struct span s);

/* The address in s, as received_is_ip() takes it, without a zone, "IPv6:" in front, and without
 * "::ffff:" in front of an IPv4 address; or empty. */
struct span received_ip(struct span s);

/* True for an address of the host itself, as received_is_ip() takes it. */
bool received_is_loopback(struct span ip);

/* True for the addresses of networks that are no part of the Internet (RFC 1918, RFC 6598, RFC
 * 4193, link-local ones), and for loopback. */
bool received_is_private(struct span ip);

#endif
