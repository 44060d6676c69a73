/*
 * For search and fetch only: commands in the mailbox that is open, and a fresh
 * connection when the old one broke.
 */
#ifndef IMAP_SESSION_COMMAND_H
#define IMAP_SESSION_COMMAND_H

#include "imap/connection.h"
#include "imap/session.h"

/* The connection under way, for the commands of search and fetch. NULL after a reconnect that
 * failed. */
struct connection *session_connection(struct session *session);

/* Runs a command as connection_run() does, in the mailbox that is examined. ERR_PROTOCOL when its
 * UIDVALIDITY has changed, so that UIDs mean other messages. */
int session_run(struct session *session, const struct connection_command *command,
    enum connection_status *status_r, struct err *err);

/* connection_answer() in the mailbox that is examined; errors as of session_run(). */
int session_answer(struct session *session, enum connection_status *status_r, struct err *err);

/*
 * A fresh connection, with retries, to the same mailbox. ERR_TEMPORARY when its UIDVALIDITY has
 * changed, so that UIDs mean other messages. Beyond SESSION_MAX_RECONNECTS or SESSION_MAX_FRUITLESS
 * it fails and leaves *err as it was.
 */
int session_reconnect(struct session *session, struct err *err);

/* Further connections that help session's FETCH, as of session_set_sides(); NULL: there are none.
 */
struct sides *session_sides(const struct session *session);

/* They are wanted for the mailbox that is open. -1: no memory. */
int session_want_sides(const struct session *session);

/* A message has been read. */
void session_note_progress(struct session *session);

/* The highest number of messages that the server has reported for the mailbox. */
uint32_t session_exists(const struct session *session);

/* Whether the server takes SEARCH by age (WITHIN, RFC 5032) with answers as ranges (ESEARCH, RFC
 * 4731): as far as its capabilities say, and until session_note_no_within(). */
bool session_can_within(const struct session *session);
void session_note_no_within(struct session *session);

/* Asks for the capabilities anew, once, since some servers have more of them behind the login. */
int session_ask_capabilities(struct session *session, struct err *err);

/* Whether commands may be sent before the one in front is answered; true until
 * session_note_no_pipeline(), which a connection that broke with several under way calls for. */
bool session_can_pipeline(const struct session *session);
void session_note_no_pipeline(struct session *session);

/* Whether the server answers UID SEARCH as we need it; true until session_note_no_search(). */
bool session_can_search(const struct session *session);
void session_note_no_search(struct session *session);

#endif
