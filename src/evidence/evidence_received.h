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
	RECEIVED_SENDER,      /* (Authenticated sender: X) */
	RECEIVED_QMAIL_LOGIN, /* qmail-smtpd: (user@192.0.2.1) */
	RECEIVED_QPSMTPD,     /* (smtp-auth username X, mechanism …) */
	RECEIVED_COURIER,     /* (AUTH: LOGIN X, TLS: …) */
	RECEIVED_OPENSMTPD,   /* (OpenSMTPD) … auth=yes user=X */
	RECEIVED_COMMUNIGATE, /* (account X [192.0.2.1] verified) */
	RECEIVED_SQUIRREL,    /* (SquirrelMail authenticated user X) */
	RECEIVED_OPENWAVE,    /* (authenticated as X) */
	RECEIVED_EXIM_LOCAL,  /* from X by host with local */
	RECEIVED_SENDMAIL,    /* (from X@localhost) */
	RECEIVED_FACT_COUNT
};

struct evidence_received {
	unsigned found; /* bit 1 << fact */
	struct span fact[RECEIVED_FACT_COUNT];
};

/*
 * Reads a body as it stands, folds and all: a fold counts as a blank. Facts are parts of the body
 * and never empty; folds may be inside. Only the first RECEIVED_BODY_MAX bytes are looked at.
 */
void evidence_received_scan(struct span body, struct evidence_received *received_r);

#endif
