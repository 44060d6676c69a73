/*
 * What search and fetch do with a session: commands in the mailbox that is open,
 * and a fresh connection when the old one broke. Not for others.
 */
#ifndef IMAP_SESSION_COMMAND_H
#define IMAP_SESSION_COMMAND_H

#include "imap/connection.h"
#include "imap/session.h"

/* The connection under way, for the commands of search and fetch. NULL after a reconnect that
 * failed. */
struct connection *session_connection(struct session *session);

/*
 * Runs a command as connection_run() does, in the mailbox that is examined. ERR_PROTOCOL when its
 * UIDVALIDITY has changed: then no UID means what it meant.
 */
int session_run(struct session *session, const struct connection_command *command,
    enum connection_status *status_r, struct err *err);

/*
 * A fresh connection, with retries, to the same mailbox. ERR_TEMPORARY when its UIDVALIDITY is
 * another now (no UID means what it meant). After SESSION_MAX_RECONNECTS or SESSION_MAX_FRUITLESS
 * there is none: the error stays the one that it came with.
 */
int session_reconnect(struct session *session, struct err *err);

/* A message has been read. */
void session_note_progress(struct session *session);

/* The most messages that the mailbox has been said to have. */
uint32_t session_exists(const struct session *session);

/* Whether the server answers UID SEARCH as we need it; true until session_note_no_search(). */
bool session_can_search(const struct session *session);
void session_note_no_search(struct session *session);

#endif
