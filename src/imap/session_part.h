/*
 * What session.c and session_mailboxes.c share. Others include session.h.
 */
#ifndef IMAP_SESSION_PART_H
#define IMAP_SESSION_PART_H

#include "imap/session_command.h"

struct session {
	const struct session_settings *settings;
	struct connection *connection; /* NULL after a reconnect that failed */
	char *mailbox;                 /* the one examined, or NULL */
	bool examined;                 /* `mailbox` is open on this connection, with: */
	uint32_t uidvalidity;
	uint32_t exists;     /* the highest number of messages reported */
	bool grown;          /* an EXISTS has come since session_examine() */
	unsigned reconnects; /* in all */
	unsigned fruitless;  /* since session_note_progress() */
	bool stale;          /* UIDs mean other messages now: a fresh connection does not help */
	struct sides *sides; /* the caller's, or NULL */
	bool cannot_search;
	bool cannot_within;
	bool knows_capabilities; /* all that there are behind the login */
	bool cannot_pipeline;
	bool cannot_idle;
	bool idles;                     /* between idle_begin() and idle_end() */
	bool looks;                     /* nobody logs in */
	struct session_traffic traffic; /* of earlier connections */
};

/* Adds the names of the server's mailboxes, or why they are not known. */
void session_add_names(struct session *session, struct buf *out);

#endif
