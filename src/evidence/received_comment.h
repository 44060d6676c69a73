/*
 * The comments of a Received field, and the login that one of them names in
 * whatever words its server has for that.
 */
#ifndef EVIDENCE_RECEIVED_COMMENT_H
#define EVIDENCE_RECEIVED_COMMENT_H

#include "base/span.h"

/* Of one field; more are not looked at. */
#define RECEIVED_MAX_COMMENTS 32

/* Parentheses inside each other, those that are never closed included. */
#define RECEIVED_MAX_DEPTH 64

/* What may be worth a look in a comment; without the mark there is none of it for sure. */
enum comment_mark {
	COMMENT_HAS_AT = 1 << 0,
	COMMENT_HAS_COMMA = 1 << 1,
	COMMENT_HAS_LOGIN = 1 << 2, /* its first letter may begin one that introduces a login */
};

struct received_comments {
	unsigned count;
	struct span protocol; /* the word behind the last "with" outside of them, or empty */
	bool has_other;       /* one of these words is no "SMTP", "ESMTPS" and the like */
	struct span comment[RECEIVED_MAX_COMMENTS]; /* between the parentheses, in their order */
	unsigned char marks[RECEIVED_MAX_COMMENTS]; /* enum comment_mark */
};

/* The outermost comments in front of the date. A parenthesis without its partner is none. */
void received_comments_find(struct span body, struct received_comments *comments_r);

enum comment_login {
	COMMENT_NO_LOGIN,
	COMMENT_LOGIN,
	COMMENT_SENDER, /* "Authenticated sender" */
};

/*
 * Reads "Authenticated sender: X", "authenticated user X", "User authenticated as X", "auth. user
 * X", "smtp-auth username X, mechanism M", "user=X mech=M bits=N", "AUTH: LOGIN X, TLS: …",
 * "account X [IP] verified", "AUTH X" and their like, with or without colon, equals sign or quotes,
 * in any case. The words begin the comment, or stand behind the name of a program or of a protocol.
 * Nothing is read of what a client said ("HELO", "ident=", the subject of a certificate), nor
 * behind the client's address.
 */
enum comment_login received_comment_login(struct span comment, struct span *login_r);

/* Exim, in the comment behind a protocol that tells of a login: the authenticator's name and the
 * login, "LOGIN:X", "dovecot_plain:X", or "authid X"; else empty. */
struct span received_comment_authenticator(struct span comment);

/* ZMailer: "[IP]:PORT "EHLO x" smtp-auth: "X" …", where only what stands outside of quotes is the
 * server's; else empty. */
struct span received_comment_smtp_auth(struct span comment);

/* True when the client's address stands in it: "(name [192.0.2.1])", "(192.0.2.1)". */
bool received_comment_has_address(struct span comment);

#endif
