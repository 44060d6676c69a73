/*
 * A session whose server is a text (wire.h): for tables of what the server
 * says, which commands it must get, and the results.
 */
#ifndef TESTS_UNIT_WIRE_SESSION_H
#define TESTS_UNIT_WIRE_SESSION_H

#include "tests/unit/table.h"

#include "base/buf.h"
#include "base/log.h"
#include "imap/session.h"
#include "tests/support/wire.h"

/* Bytes at once: more than a table has. */
#define WIRE_STEP 65536

/* What answers a command: its tagged line, and where a connection ends (at the very beginning:
 * where it begins). */
#define ANSWER "\1 "
#define DONE   ANSWER "OK done\r\n"
#define BYE    "\2"

/* A server that lets us in, and the mailbox it opens. */
#define HELLO "* OK [CAPABILITY IMAP4rev1] hello\r\n" DONE
#define MAILBOX(exists, uidvalidity)                                                               \
	"* " exists " EXISTS\r\n* OK [UIDVALIDITY " uidvalidity "] -\r\n" DONE
#define SAID_HELLO   "connect\nLOGIN \"user\" \"secret\"\n"
#define SAID_MAILBOX "EXAMINE \"Caught\"\n"
#define WIRE_MAILBOX "Caught"

struct wire_session {
	struct session *session; /* NULL: it could not be opened */
	struct session_settings settings;
	struct tls_settings tls;
	struct secret password;
	char bytes[sizeof("secret")];
	struct buf said;   /* the commands */
	struct buf server; /* what it says, when this was put together */
};

/* Returns the result of session_open(). */
static inline int wire_session_begin(
    struct wire_session *wire, const char *server, unsigned retries, struct err *err)
{
	*wire = (struct wire_session){.bytes = "secret", .tls = {.mode = TLS_OFF, .port = 143}};
	wire->password = (struct secret){.bytes = wire->bytes, .n = sizeof(wire->bytes) - 1};
	wire->settings = (struct session_settings){
	    .stream = {.host = "127.0.0.1", .tls = &wire->tls, .timeout = 60},
	    .username = "user",
	    .password = &wire->password,
	    .retries = retries,
	    .pause_second = 1,
	};
	log_set_level(LOG_QUIET);
	buf_init(&wire->said, 0);
	wire_begin(span_of(server), WIRE_STEP);
	wire_record(&wire->said);
	*err = (struct err)ERR_INIT;
	return session_open(&wire->settings, &wire->session, err);
}

/* `want`: the commands without LOGOUT; NULL: any. */
static inline void wire_session_end(struct wire_session *wire, const char *want, const char *why)
{
	wire_record(NULL);
	session_close(wire->session, 0);
	wire_end();
	if (want != NULL)
		assert_span_text(buf_span(&wire->said), want, why);
	buf_fini(&wire->said);
	buf_fini(&wire->server);
}

/* Opens the session and the mailbox, which must go well. */
static inline void wire_session_open_mailbox(struct wire_session *wire, const char *server,
    struct session_mailbox *mailbox_r, const char *why)
{
	struct err err = ERR_INIT;

	if (wire_session_begin(wire, server, 0, &err) != 0 ||
	    session_examine(wire->session, WIRE_MAILBOX, NULL, mailbox_r, &err) != 0)
		fail_msg("%s: %s", why, err.text);
	buf_clear(&wire->said);
}

/* The same with the usual mailbox, 3 messages and UIDVALIDITY 7, and what the server says then. */
static inline void wire_session_open_usual(
    struct wire_session *wire, const char *then, struct session_mailbox *mailbox_r, const char *why)
{
	struct buf server;

	buf_init(&server, 0);
	buf_printf(&server, "%s%s", HELLO MAILBOX("3", "7"), then);
	wire_session_open_mailbox(wire, buf_string(&server), mailbox_r, why);
	wire->server = server;
}

/* Checks the result, and after -1 the error. */
static inline void wire_assert_result(
    int result, const struct err *err, enum err_code code, const char *text, const char *why)
{
	if (result != (code == ERR_NONE ? 0 : -1))
		fail_msg("%s: %d: %s", why, result, err->text);
	if (result == 0)
		return;
	if (err->code != code)
		fail_msg(
		    "%s: code %d instead of %d: %s", why, (int)err->code, (int)code, err->text);
	if (text != NULL && strstr(err->text, text) == NULL)
		fail_msg("%s: no \"%s\" in: %s", why, text, err->text);
}

#endif
