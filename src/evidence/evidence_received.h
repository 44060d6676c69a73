/*
 * What a Received field says about who sent the message: uids and logins, in
 * the forms of headers.md, sections 3, 5 and 6. Each form is a row of the
 * table in evidence_received.c; each fact has a row in the table of rules.
 */
#ifndef REPORT_EVIDENCE_RECEIVED_H
#define REPORT_EVIDENCE_RECEIVED_H

#include "base/span.h"

/* The longest comment that is looked into, and how much of a field is. */
#define RECEIVED_COMMENT_MAX ((size_t)1024)
#define RECEIVED_BODY_MAX    ((size_t)8 * 1024)

enum received_fact {
	RECEIVED_QMAIL_UID,   /* (qmail 1 invoked by uid 10003) */
	RECEIVED_QMAIL_MODE,  /* (qmail 1 invoked for bounce): bounce, network, alias */
	RECEIVED_USERID,      /* (Postfix, from userid 10146) */
	RECEIVED_DMA_UID,     /* from X (uid 1017) by host (DragonFly Mail Agent v0.14 on host) */
	RECEIVED_COURIER_UID, /* from localhost ([127.0.0.1]) (uid N) by host with local */
	RECEIVED_SENDER,      /* (Authenticated sender: X) */
	RECEIVED_QMAIL_LOGIN, /* qmail-smtpd: (user@192.0.2.1) */
	RECEIVED_LOGIN,       /* a comment in other words: see received_comment.h */
	RECEIVED_OPENSMTPD,   /* (OpenSMTPD) … auth=yes user=X */
	RECEIVED_HTTP_USER,   /* from 192.0.2.1 as user X by host with HTTP */
	RECEIVED_EXIM_LOCAL,  /* from X by host with local */
	RECEIVED_SENDMAIL,    /* (from X@localhost) */
	RECEIVED_DMA_USER,    /* from X (uid 1017) by host (DragonFly Mail Agent v0.14 on host) */
	RECEIVED_FACT_COUNT
};

struct evidence_received {
	unsigned found; /* bit 1 << fact */
	bool is_login;  /* the protocol says that somebody logged in: esmtpa, esmtpsa, asmtp */
	struct span fact[RECEIVED_FACT_COUNT];
};

/*
 * Reads a body as it stands, folds and all: a fold counts as a blank. Facts are parts of the body
 * and never empty; folds may be inside. Only the first RECEIVED_BODY_MAX bytes are looked at.
 *
 * What a client can write into the line of an honest server is not believed: comments inside
 * comments, what stands in angle brackets (an envelope's addresses), behind the date, and a login
 * in front of the comment with the client's address, where the client's own name stands.
 */
void evidence_received_scan(struct span body, struct evidence_received *received_r);

#endif
