/*
 * One IMAP connection: libetpan on our stream, and the only function that
 * sends a command. What is not in enum connection_verb cannot be sent: the
 * program has no way to change anything on the server (promise 1 of cli.md).
 */
#ifndef IMAP_CONNECTION_H
#define IMAP_CONNECTION_H

#include <libetpan/mailimap.h>

#include "imap/stream.h"

enum connection_verb {
	CONNECTION_CAPABILITY,
	CONNECTION_STARTTLS,
	CONNECTION_LOGIN,
	CONNECTION_AUTHENTICATE,
	CONNECTION_LIST,
	CONNECTION_STATUS,
	CONNECTION_EXAMINE,
	CONNECTION_FETCH,
	CONNECTION_UID_FETCH,
	CONNECTION_UID_SEARCH,
	CONNECTION_IDLE,
	CONNECTION_LOGOUT,
	CONNECTION_VERB_COUNT
};

/* Most bytes of a command, line breaks included (RFC 7162, section 4); not for login data. */
#define CONNECTION_COMMAND_MAX 8000

/* Seconds that a server has for its good-bye. */
#define CONNECTION_LOGOUT_SECONDS 2

/* Parts of a command; after each the server must ask for the next ("+", RFC 3501, 7.5). */
#define CONNECTION_MAX_PARTS 3

/* Commands that may have been sent and not been answered. Their answers wait in the network. */
#define CONNECTION_MAX_IN_FLIGHT 4

/* Parts are added with connection_add_part(). */
struct connection_command {
	enum connection_verb verb;
	unsigned part_count; /* 0: the verb alone */
	struct span
	    part[CONNECTION_MAX_PARTS]; /* arguments as they are sent, without the last CR LF */
	int failed;                     /* buf.failed of a part: nothing is sent then */
	bool secret;                    /* login data: the trace shows the verb only */
	struct guard_expect expect;     /* of its answer; tag and search are filled in */
};

enum connection_status {
	CONNECTION_OK,
	CONNECTION_NO,  /* refused; the connection is in order */
	CONNECTION_BAD, /* the server did not understand it; the connection is in order */
};

typedef guard_take_fn connection_fetch_fn;

/* A command that has been sent, and whose answer has not been read. */
struct connection_asked {
	enum connection_verb verb;
	struct guard_expect expect;
};

struct connection {
	struct stream *stream;
	mailstream *mailstream;
	mailimap *imap;
	connection_fetch_fn
	    *fetch; /* gets the FETCH responses of the command under way; NULL: ignored */
	void *fetch_context;
	struct err fetch_err;                                    /* what fetch failed with */
	struct connection_asked asked[CONNECTION_MAX_IN_FLIGHT]; /* the oldest first */
	unsigned asked_count;
	unsigned last_tag;
	uint64_t round_trips; /* how often we had to wait for the server's answer */
};

/*
 * Connects and reads the greeting. With STARTTLS: asks for it, refuses bytes that were sent before
 * the handshake and a server that has logged us in already (PREAUTH), then secures the connection.
 * On success everything that follows is protected as settings->tls demands.
 */
int connection_open(
    const struct stream_settings *settings, struct connection **connection_r, struct err *err);

/*
 * Says LOGOUT when the connection still works, closes, frees; accepts NULL. Ends by `until` (as of
 * clock_now()), or by the deadline of the run when that is earlier, whatever the server says
 * meanwhile. When that is over already, LOGOUT is sent if the socket takes it at once, and nothing
 * is read. 0: CONNECTION_LOGOUT_SECONDS from now.
 */
void connection_close(struct connection *connection, int64_t until);

/* Adds a part: the buffer's content, which must stay unchanged until the command has run. */
void connection_add_part(struct connection_command *command, const struct buf *argument);

/*
 * Sends a command and reads its whole answer. The untagged data are in connection->imap
 * (imap_response_info, imap_selection_info, ...); connection_seen() says which of them came. 0:
 * *status_r is the server's verdict, connection_add_words() adds its text. -1: the connection
 * cannot be used any more (ERR_TEMPORARY lost, ERR_PROTOCOL unreadable, ERR_SIGNAL), or fetch
 * returned -1.
 *
 * ERR_INTERNAL, and nothing is sent, when a part is not whole or holds CR, LF or NUL, or when the
 * command is longer than CONNECTION_COMMAND_MAX: so no name of a mailbox can make another command.
 */
int connection_run(struct connection *connection, const struct connection_command *command,
    enum connection_status *status_r, struct err *err);

/*
 * The two halves of connection_run(), for commands of one part that do not depend on each other's
 * answers: connection_ask() only sends, up to CONNECTION_MAX_IN_FLIGHT of them, and
 * connection_answer() reads the whole answer of the oldest. What `expect` points to lives until it
 * has been read. No connection_run() in between. -1 as above: then none is under way any more.
 */
int connection_ask(
    struct connection *connection, const struct connection_command *command, struct err *err);
int connection_answer(
    struct connection *connection, enum connection_status *status_r, struct err *err);

/*
 * IDLE (RFC 2177): from now on the server speaks when something changes in the mailbox.
 * *begun_r is false when it refuses; then the connection is in order. Until
 * connection_end_idle() no other command may be sent. -1 as above.
 */
int connection_begin_idle(struct connection *connection, bool *begun_r, struct err *err);

/* DONE, and what the server has said meanwhile. -1 as above. */
int connection_end_idle(struct connection *connection, struct err *err);

/* Reads the answers that are left, and forgets them. */
int connection_forget(struct connection *connection, struct err *err);

/* The UIDs that the last command found, struct guard_range of guard_expect.ranges; not sorted. Void
 * with the next command. */
struct span connection_found(const struct connection *connection);

/* Which parts of the answer to the last command have come. */
const struct guard_seen *connection_seen(const struct connection *connection);

/* Adds what the server said in its last tagged answer, "[CODE] text", made printable. */
void connection_add_words(const struct connection *connection, struct buf *out);

/* True when the last tagged answer says that the same may work later; refusal.h. */
bool connection_is_temporary(const struct connection *connection);

/* True when the last AUTHENTICATE was refused because of its mechanism; refusal.h. */
bool connection_is_of_mechanism(const struct connection *connection);

/* True when the server announced the capability ("LOGINDISABLED", "AUTH=PLAIN"), without case. */
bool connection_can(const struct connection *connection, const char *capability);

/* ERR_SYSTEM when libetpan dropped capabilities without memory: then neither abilities nor
 * prohibitions of the server are known. Call it before the next command. */
int connection_check_capabilities(const struct connection *connection, struct err *err);

/* Adds the capabilities, each after a space, made printable. */
void connection_add_capabilities(const struct connection *connection, struct buf *out);

/* Appends a string as IMAP takes it (RFC 3501, 4.3): quoted. Only for what has no 8-bit, CR, LF or
 * NUL bytes. */
void connection_add_quoted(struct buf *out, struct span string);

#endif
