/*
 * A line of Postfix, behind its head: which of its programs wrote it decides how it is read. Names,
 * addresses, message ids and the answers of other servers are words of others; they are read by
 * what Postfix itself puts around them.
 */
#ifndef MAILLOG_POSTFIX_H
#define MAILLOG_POSTFIX_H

#include "base/span.h"

enum postfix_kind {
	POSTFIX_OTHER,
	POSTFIX_CLIENT,       /* smtpd: a message from a client */
	POSTFIX_LOCAL,        /* pickup: from a program of this host */
	POSTFIX_MESSAGE_ID,   /* cleanup */
	POSTFIX_SUBJECT,      /* cleanup: a header check that only warns */
	POSTFIX_REJECTED,     /* a whole message */
	POSTFIX_QUEUED,       /* qmgr: from=, again at every try */
	POSTFIX_EXPIRED,      /* qmgr: given up */
	POSTFIX_RECIPIENT,    /* what became of one */
	POSTFIX_NOTIFICATION, /* bounce: of which message another is the bounce */
	POSTFIX_REMOVED,
	POSTFIX_LOGIN_FAILED,
	POSTFIX_SESSION, /* smtpd: a client comes or goes: logins of before are over */
	POSTFIX_HANDED,  /* smtpd in front of a filter: who the client is, without an id as yet */
	POSTFIX_PROXIED, /* the same later: the id that the message got behind the filter */
	POSTFIX_REFUSED, /* a recipient or an attempt; with the id of a message or without */
	POSTFIX_FILTER,  /* which filter a message goes to */
	POSTFIX_ODD,     /* begins as one of these and goes on otherwise */
};

enum postfix_status {
	POSTFIX_SENT,
	POSTFIX_DEFERRED,
	POSTFIX_BOUNCED,
};

/* What a line does not say is empty. */
struct postfix_entry {
	enum postfix_kind kind;
	struct span id;
	struct span client; /* client, login failed: its address */
	struct span login;  /* the same, and refused: a name; failed: what was tried */
	struct span
	    orig_client; /* client: the address of which a filter of ours says it is the client's */
	struct span uid; /* local */
	struct span address;  /* local, queued, refused, rejected: the sender; recipient: who */
	struct span for_whom; /* recipient: the address that became this one; else who */
	struct span message_id;
	struct span subject;
	struct span other;   /* recipient, proxied: the id it got at a filter of ours; notification:
				the   bounce's; local: the id it had before it was put into the queue
				again;   client, when nobody logged in: the id of which a filter of
				ours   says it had   it */
	uint64_t recipients; /* queued */
	enum postfix_status status;
	bool is_whole;      /* refused: not a recipient, but the message */
	bool to_self;       /* recipient: handed to a program of this host that may send it on */
	bool is_forwarded;  /* recipient: `other` is what local(8) made of it (alias, .forward) */
	bool is_suspicious; /* a login or its sender that looks like more than one field */
};

void postfix_entry_read(struct span service, struct span text, struct postfix_entry *entry_r);

/* "(1234-05) Passed CLEAN … Queue-ID: A, … queued_as: B, …" of amavis: A became B. False: it
 * does not say. */
bool amavis_read(struct span text, struct span *id_r, struct span *next_r);

/* "User u@example.com [192.0.2.9]; Message for …; 250: 2.0.0 Ok: queued as ID" of Roundcube: from
 * which address the user of the webmail came. */
bool roundcube_read(struct span text, struct span *id_r, struct span *client_r);

#endif
