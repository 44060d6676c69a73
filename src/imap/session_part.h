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
	bool examined;                 /* it is open on this connection, with: */
	uint32_t uidvalidity;
	uint32_t exists;     /* the most messages that it has been said to have */
	unsigned reconnects; /* in all */
	unsigned fruitless;  /* since session_note_progress() */
	bool stale;          /* UIDs are no longer what they were: no fresh connection helps */
	bool cannot_search;
	struct session_traffic traffic; /* of earlier connections */
};

/* Adds the names of the mailboxes there are, or why nobody knows. */
void session_add_names(struct session *session, struct buf *out);

#endif
