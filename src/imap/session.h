/*
 * A logged-in user's view of the server: folders opened read-only, and a
 * fresh connection when the old one broke.
 */
#ifndef IMAP_SESSION_H
#define IMAP_SESSION_H

#include "imap/connection.h"
#include "secret.h"

/* Fresh connections in one session, the first not counted. */
#define SESSION_MAX_RECONNECTS 64

/* Folders that a LIST may name; more are not shown. */
#define SESSION_MAX_FOLDERS 1000

struct session_settings {
	struct stream_settings stream;
	const char *username;
	const struct secret *password; /* without CR, LF, NUL */
};

struct session_folder {
	uint32_t uidvalidity;
	uint32_t uidnext; /* 0: the server did not say */
	uint32_t exists;
};

struct session;

/* Connects and logs in. Settings are the caller's and outlive the session. ERR_LOGIN when refused.
 */
int session_open(
    const struct session_settings *settings, struct session **session_r, struct err *err);

/* LOGOUT, if the connection still works, and free; accepts NULL. */
void session_close(struct session *session);

/*
 * EXAMINE: opens a folder (UTF-8 name) read-only. ERR_NOFOLDER when it is not there; the message
 * lists the folders that are.
 */
int session_examine(
    struct session *session, const char *folder, struct session_folder *folder_r, struct err *err);

/*
 * A fresh connection to the same folder. ERR_TEMPORARY when its UIDVALIDITY is another now (no UID
 * means what it meant) or after SESSION_MAX_RECONNECTS.
 */
int session_reconnect(struct session *session, struct err *err);

/* The connection under way, for the commands of search and fetch. NULL after a reconnect that
 * failed. */
struct connection *session_connection(struct session *session);

/* What --check shows: the connection, capabilities, and the folders with their numbers of messages.
 */
int session_describe(struct session *session, struct buf *out, struct err *err);

/* Adds the lines "libetpan X" and "OpenSSL X". */
void imap_add_versions(struct buf *out);

#endif
