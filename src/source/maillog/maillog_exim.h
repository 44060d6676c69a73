/*
 * One entry of Exim's main log (specification, chapter "Log files"), behind its stamp. Read from
 * the left by the order in which Exim writes its fields, with quotes; what does not fit into it is
 * not guessed. Senders, host names, logins, subjects and folders are words of who sends.
 */
#ifndef MAILLOG_EXIM_H
#define MAILLOG_EXIM_H

#include "base/span.h"

enum exim_kind {
	EXIM_OTHER,     /* nothing for us */
	EXIM_ARRIVAL,   /* <= and (= */
	EXIM_DELIVERED, /* => -> >> and *> */
	EXIM_DEFERRED,  /* == */
	EXIM_FAILED,    /* ** */
	EXIM_COMPLETED,
	EXIM_REJECTED,      /* a whole message, with an id */
	EXIM_REFUSED,       /* a recipient or a sender, before there was a message */
	EXIM_ACCOUNT,       /* cPanel: whose message it is, */
	EXIM_SENDER,        /* or by its sender's domain, */
	EXIM_CONNECTION,    /* or whose connection, before there is a message */
	EXIM_FOLDER,        /* cwd=: a program began to hand in a message */
	EXIM_FOLDER_CUT,    /* the same without its end: what follows is part of a folder's name */
	EXIM_SIGNATURE_CUT, /* DKIM: without its end: what follows is part of a signature's i= */
	EXIM_LOGIN_FAILED,
	EXIM_ODD, /* has a flag, and cannot be read */
};

/* Of an entry; what it does not have is empty. */
struct exim_entry {
	enum exim_kind kind;
	struct span id;
	struct span address; /* delivery, refused: the recipient that the message was for */
	struct span login;   /* login failed: what was tried */
	struct span ip;      /* login failed, rejected, connection: the client */
	struct span user;    /* account, sender, connection: of cPanel */
	struct span port;    /* connection */
	struct span folder;  /* folder */
	struct span rest;    /* arrival: from the sender on; rejected, refused: behind the id */
	bool is_fake_reject; /* arrival: accepted, and refused to the client's face */
	bool is_dry;         /* delivery: suppressed (-N), or only in form */
};

/* What kind of entry the text is. */
void exim_entry_read(struct span text, struct exim_entry *entry_r);

/* The arrival line; spans point into it. */
struct exim_arrival {
	struct span sender; /* as written; empty for <> */
	bool is_null_sender;
	struct span bounce_of; /* the id of the message that this is a bounce of */
	struct span helo;      /* without parentheses */
	struct span ip;        /* the peer; without brackets */
	struct span port;      /* its, or empty */
	struct span user;      /* U= */
	struct span protocol;
	struct span login;     /* behind the authenticator's name */
	bool is_authenticated; /* A= stands there, with a login or not */
	struct span message_id;
	struct span subject; /* with its escapes, without the quotes */
	bool has_subject;
	struct span recipients; /* separated by blanks */
	bool has_recipients;
	bool is_cut;  /* the list of recipients may go on */
	bool is_torn; /* ends with what the client said of the sender: its line breaks cut it */
	bool is_suspicious; /* fields are there twice, or words that belong to none */
	bool is_sure;       /* yet not in front of S=, where all is that says who it was */
};

/*
 * Reads exim_entry.rest of an arrival. False when there is no sender. Of a line that is not sure,
 * login and peer are only what every way to read it says: what an attacker wrote can take a fact
 * away, and not put one in its place.
 */
bool exim_arrival_read(struct span rest, struct exim_arrival *arrival_r);

/* A message that was refused: "H=(helo) [ip]:port F=<sender> A=name:login rejected after DATA", of
 * a program "U=user F=<sender> rejected …". */
struct exim_rejected {
	struct span sender, helo, ip, login;
	struct span user; /* of a program of the host */
	bool is_suspicious;
};

/* Reads exim_entry.rest of such an entry. False when it says nothing of who it was, or in more ways
 * than one. */
bool exim_rejected_read(struct span rest, struct exim_rejected *rejected_r);

/* The next recipient of a list; false at its end. */
bool exim_recipient_next(struct span *list, struct span *recipient_r);

/* Bytes of one entry that Exim writes at most; one that is nearly as long may have been cut. */
#define EXIM_MAX_ENTRY 8192
#define EXIM_NEAR_MAX  8100

/* At so many places of an entry arguments are counted. */
#define EXIM_MAX_TRIES 8

/* True when the text ends like a cwd entry: " N args: " and N arguments. *folder_r is what stands
 * in front. */
bool exim_args_read(struct span text, struct span *folder_r, struct span *args_r);

/* True when the arguments are those of a program that hands in a message. */
bool exim_args_submit(struct span args);

#endif
