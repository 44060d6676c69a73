/*
 * A logged-in user's view of the server: mailboxes opened read-only, and a
 * fresh connection when the old one broke.
 */
#ifndef IMAP_SESSION_H
#define IMAP_SESSION_H

#include <stdint.h>

#include "base/buf.h"
#include "imap/stream_settings.h"
#include "secret/secret.h"

/* Fresh connections in one session, the first and those of retries not counted. */
#define SESSION_MAX_RECONNECTS 64

/* Fresh connections in a row that brought no message: another login does not help when every
 * message fails. Enough to single out three bad messages next to each other in a window. */
#define SESSION_MAX_FRUITLESS 12

/* Seconds before a server is tried again: doubled each time, up to the maximum. */
#define SESSION_FIRST_PAUSE 2
#define SESSION_MAX_PAUSE   60

/* Milliseconds in a second of a pause, unless the settings say otherwise. */
#define SESSION_PAUSE_SECOND 1000

/* Mailboxes that a LIST may name; more are not shown. */
#define SESSION_MAX_MAILBOXES 1000

struct session_settings {
	struct stream_settings stream;
	const char *username;
	const struct secret *password; /* without CR, LF, NUL */
	/*
	 * How often to try again, after a pause, when a connection (the first or a fresh one) or a
	 * mailbox cannot be opened now: after ERR_TEMPORARY, and after ERR_NOHOST, since a machine
	 * that has just started may know no names yet. Not after a refused login, nor when the
	 * pause would go beyond the stream's deadline.
	 */
	unsigned retries;
	unsigned pause_second; /* as env.pause_second: only tests set it */
};

struct session_mailbox {
	uint32_t uidvalidity;
	uint32_t uidnext; /* 0: the server did not say */
	uint32_t exists;
};

struct session;

/* What may be sent behind EXAMINE before its answer is here: send() uses connection_ask() only. The
 * answers are left to the caller of session_examine(); after a refusal they are dropped. */
struct connection;
struct session_behind {
	int (*send)(void *context, struct connection *connection, struct err *err);
	void *context;
};

/*
 * Connects and logs in, with retries. Settings are the caller's and outlive the session. ERR_LOGIN
 * when refused; the error of the last try; ERR_SIGNAL also during a pause.
 */
int session_open(
    const struct session_settings *settings, struct session **session_r, struct err *err);

/*
 * Connects, with retries, and goes away again before the login: whether there is a server, with a
 * certificate that is trusted, that takes passwords. Errors as of session_open().
 */
int session_look(const struct session_settings *settings, struct err *err);

/*
 * LOGOUT, if the connection still works, and free; accepts NULL. `until` as in connection_close().
 */
void session_close(struct session *session, int64_t until);

/*
 * EXAMINE: opens a mailbox (UTF-8 name) read-only, with retries. ERR_NOFOLDER when it is not there;
 * the message lists the mailboxes that are. ERR_TEMPORARY when the server cannot open it now,
 * ERR_PROTOCOL when it does not say how many messages it has. `behind` may be NULL; a server that
 * breaks the connection over it is asked again without, and not for such a thing any more.
 */
int session_examine(struct session *session, const char *mailbox,
    const struct session_behind *behind, struct session_mailbox *mailbox_r, struct err *err);

/* Completes the data of the mailbox just examined. A UIDNEXT that contradicts EXISTS is dropped.
 * What is missing is asked for with STATUS, and stays 0 when the server does not say it. */
int session_learn_uidnext(
    struct session *session, struct session_mailbox *mailbox, struct err *err);

/* Further connections (sides.h), which outlive the session. */
struct sides;
void session_set_sides(struct session *session, struct sides *sides);

/* For the log: what came from the server so far, and the version of TLS ("TLSv1.3", "no TLS"),
 * which is a constant of the library. */
struct session_traffic {
	uint64_t bytes;
	uint64_t round_trips; /* how often the server was waited for, connecting included */
	unsigned connections;
	const char *tls;
};

struct session_traffic session_traffic(const struct session *session);

/* What --check shows: the connection, capabilities, and the mailboxes with their numbers of
 * messages.
 */
int session_describe(struct session *session, struct buf *out, struct err *err);

/* Adds the lines "libetpan X", "OpenSSL X" and "libidn2 X". */
void imap_add_versions(struct buf *out);

#endif
