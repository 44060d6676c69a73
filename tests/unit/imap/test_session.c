/* The session, against a server whose words are a table. */
#include "tests/unit/wire_session.h"

#include "imap/session_command.h"

#define BUSY   ANSWER "NO [UNAVAILABLE] later\r\n"
#define REFUSE ANSWER "NO no\r\n"

static const struct {
	const char *why;
	const char *server;
	unsigned retries;
	enum err_code code;
	const char *text; /* in the message; NULL: any */
	const char *said;
} open_rows[] = {
    {"capabilities with the greeting", HELLO, 0, ERR_NONE, NULL, SAID_HELLO},
    {"without", "* OK hello\r\n* CAPABILITY IMAP4rev1\r\n" DONE DONE, 0, ERR_NONE, NULL,
	"connect\nCAPABILITY\nLOGIN \"user\" \"secret\"\n"},
    {"not to be had", "* OK hello\r\n" BYE, 0, ERR_TEMPORARY, "asking for the capabilities",
	"connect\nCAPABILITY\n"},
    {"a refused login is not tried again", "* OK [CAPABILITY IMAP4rev1] hello\r\n" REFUSE, 3,
	ERR_LOGIN, "login as 'user' refused", SAID_HELLO "LOGOUT\n"},
    {"one that is refused for now is", "* OK [CAPABILITY IMAP4rev1] hello\r\n" BUSY BYE HELLO, 3,
	ERR_NONE, NULL, SAID_HELLO "LOGOUT\n" SAID_HELLO},
    {"no more often than that", BYE BYE BYE BYE HELLO, 2, ERR_TEMPORARY, NULL,
	"connect\nconnect\nconnect\n"},
    {"as often as that", BYE BYE BYE BYE HELLO, 3, ERR_NONE, NULL,
	"connect\nconnect\nconnect\n" SAID_HELLO},
    {"not a word of IMAP", "220 mail.example.com ESMTP\r\n" BYE HELLO, 3, ERR_PROTOCOL, NULL,
	"connect\n"},
    {"no password may be sent", "* OK [CAPABILITY IMAP4rev1 LOGINDISABLED] hello\r\n", 0,
	ERR_UNAVAILABLE, "LOGINDISABLED", "connect\nLOGOUT\n"},
    {"PLAIN, at once", "* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR] hello\r\n" DONE, 0, ERR_NONE,
	NULL, "connect\nAUTHENTICATE PLAIN AHVzZXIAc2VjcmV0\n"},
    {"PLAIN, asked for", "* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] hello\r\n+ \r\n" DONE, 0, ERR_NONE,
	NULL, "connect\nAUTHENTICATE PLAIN\nlogin data\n"},
    {"PLAIN, which the server does not mean",
	"* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR] hello\r\n" ANSWER
	"NO [CANNOT] unsupported authentication mechanism\r\n" DONE,
	0, ERR_NONE, NULL,
	"connect\nAUTHENTICATE PLAIN AHVzZXIAc2VjcmV0\nLOGIN \"user\" \"secret\"\n"},
};

static void test_open(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(open_rows); i++) {
		const char *why = open_rows[i].why;
		struct wire_session wire;
		struct err err;
		int result =
		    wire_session_begin(&wire, open_rows[i].server, open_rows[i].retries, &err);

		wire_assert_result(result, &err, open_rows[i].code, open_rows[i].text, why);
		assert_row((wire.session != NULL) == (result == 0), why);
		wire_session_end(&wire, open_rows[i].said, why);
	}
}

#define SAID_STATUS "STATUS \"Caught\" (UIDNEXT UIDVALIDITY)\n"

static const struct {
	const char *why;
	const char *server; /* after the login */
	unsigned retries;
	enum err_code code;
	const char *text;
	const char *said;
	struct session_mailbox want;
} mailbox_rows[] = {
    {"all is said", "* 3 EXISTS\r\n* OK [UIDVALIDITY 7] -\r\n* OK [UIDNEXT 9] -\r\n" DONE, 0,
	ERR_NONE, NULL, SAID_MAILBOX, {.uidvalidity = 7, .uidnext = 9, .exists = 3}},
    {"no number of messages", "* OK [UIDVALIDITY 7] -\r\n* OK [UIDNEXT 9] -\r\n" DONE, 0,
	ERR_PROTOCOL, "(EXISTS)", SAID_MAILBOX, {0}},
    {"no UIDNEXT", MAILBOX("3", "7") "* STATUS Caught (UIDNEXT 9 UIDVALIDITY 7)\r\n" DONE, 0,
	ERR_NONE, NULL, SAID_MAILBOX SAID_STATUS, {.uidvalidity = 7, .uidnext = 9, .exists = 3}},
    {"no UIDVALIDITY",
	"* 3 EXISTS\r\n* OK [UIDNEXT 9] -\r\n" DONE
	"* STATUS Caught (UIDNEXT 12 UIDVALIDITY 7)\r\n" DONE,
	0, ERR_NONE, NULL, SAID_MAILBOX SAID_STATUS, {.uidvalidity = 7, .uidnext = 9, .exists = 3}},
    {"a UIDNEXT for fewer messages",
	"* 3 EXISTS\r\n* OK [UIDVALIDITY 7] -\r\n* OK [UIDNEXT 3] -\r\n" DONE
	"* STATUS Caught (UIDNEXT 4)\r\n" DONE,
	0, ERR_NONE, NULL, SAID_MAILBOX SAID_STATUS, {.uidvalidity = 7, .uidnext = 4, .exists = 3}},
    {"such a one again", MAILBOX("3", "7") "* STATUS Caught (UIDNEXT 3)\r\n" DONE, 0, ERR_NONE,
	NULL, SAID_MAILBOX SAID_STATUS, {.uidvalidity = 7, .exists = 3}},
    {"the server does not say", MAILBOX("3", "7") REFUSE, 0, ERR_NONE, NULL,
	SAID_MAILBOX SAID_STATUS, {.uidvalidity = 7, .exists = 3}},
    {"of another mailbox", MAILBOX("3", "7") "* STATUS Other (UIDNEXT 9)\r\n" DONE, 0, ERR_NONE,
	NULL, SAID_MAILBOX SAID_STATUS, {.uidvalidity = 7, .exists = 3}},
    {"no such folder",
	REFUSE "* LIST () \"/\" INBOX\r\n* LIST () \"/\" \"Abgefangen &- gez&AOQ-hlt\"\r\n" DONE, 3,
	ERR_NOFOLDER, "there are: 'INBOX', 'Abgefangen & gez\303\244hlt'",
	SAID_MAILBOX "LIST \"\" \"*\"\n", {0}},
    {"nor a list", REFUSE REFUSE, 0, ERR_NOFOLDER, "refuses to list the folders",
	SAID_MAILBOX "LIST \"\" \"*\"\n", {0}},
    {"nor any folder", REFUSE DONE, 0, ERR_NOFOLDER, "there are: no folders",
	SAID_MAILBOX "LIST \"\" \"*\"\n", {0}},
    {"not now", BUSY, 0, ERR_TEMPORARY, "cannot be opened now", SAID_MAILBOX, {0}},
    {"but later, on a fresh connection",
	BUSY BYE HELLO "* 3 EXISTS\r\n* OK [UIDVALIDITY 7] -\r\n* OK [UIDNEXT 9] -\r\n" DONE, 1,
	ERR_NONE, NULL, SAID_MAILBOX "LOGOUT\n" SAID_HELLO SAID_MAILBOX,
	{.uidvalidity = 7, .uidnext = 9, .exists = 3}},
    {"not understood", ANSWER "BAD what?\r\n", 3, ERR_PROTOCOL, "did not understand", SAID_MAILBOX,
	{0}},
    {"the connection breaks", BYE, 0, ERR_TEMPORARY, "opening 'Caught'", SAID_MAILBOX, {0}},
};

static void test_mailbox(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(mailbox_rows); i++) {
		const char *why = mailbox_rows[i].why;
		const struct session_mailbox *want = &mailbox_rows[i].want;
		struct session_mailbox mailbox = {0};
		struct wire_session wire;
		struct buf server;
		struct err err;
		int result;

		buf_init(&server, 0);
		buf_printf(&server, "%s%s", HELLO, mailbox_rows[i].server);
		result =
		    wire_session_begin(&wire, buf_string(&server), mailbox_rows[i].retries, &err);
		wire_assert_result(result, &err, ERR_NONE, NULL, why);
		buf_clear(&wire.said);
		result = session_examine(wire.session, WIRE_MAILBOX, NULL, &mailbox, &err);
		if (result == 0)
			result = session_learn_uidnext(wire.session, &mailbox, &err);
		wire_assert_result(result, &err, mailbox_rows[i].code, mailbox_rows[i].text, why);
		assert_row(mailbox.uidvalidity == want->uidvalidity, why);
		assert_row(mailbox.uidnext == want->uidnext, why);
		assert_row(mailbox.exists == want->exists, why);
		wire_session_end(&wire, mailbox_rows[i].said, why);
		buf_fini(&server);
	}
}

/* A mailbox as the server has it: modified UTF-7, quoted. */
static void test_mailbox_name(void **state)
{
	struct session_mailbox mailbox;
	struct wire_session wire;
	struct err err;

	(void)state;
	assert_int_equal(wire_session_begin(&wire, HELLO MAILBOX("3", "7"), 0, &err), 0);
	assert_int_equal(session_examine(wire.session, "gez\303\244hlt \"&\\", NULL, &mailbox, &err), 0);
	wire_session_end(&wire, SAID_HELLO "EXAMINE \"gez&AOQ-hlt \\\"&-\\\\\"\n", "folder's name");
}

#define SAID_AGAIN SAID_HELLO SAID_MAILBOX

static const struct {
	const char *why;
	const char *server; /* after the mailbox has been opened: UIDVALIDITY 7 */
	enum err_code code;
	const char *text;
	const char *said;
} reconnect_rows[] = {
    {"the same mailbox", BYE HELLO MAILBOX("4", "7"), ERR_NONE, NULL, "LOGOUT\n" SAID_AGAIN},
    {"made again", BYE HELLO MAILBOX("3", "8"), ERR_TEMPORARY, "was 7 and is 8",
	"LOGOUT\n" SAID_AGAIN},
    {"gone", BYE HELLO REFUSE DONE, ERR_NOFOLDER, NULL, "LOGOUT\n" SAID_AGAIN "LIST \"\" \"*\"\n"},
    {"nobody there", BYE BYE HELLO, ERR_TEMPORARY, NULL, "LOGOUT\nconnect\n"},
};

static void test_reconnect(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(reconnect_rows); i++) {
		const char *why = reconnect_rows[i].why;
		struct session_mailbox mailbox;
		struct wire_session wire;
		struct err err = ERR_INIT;
		int result;

		wire_session_open_usual(&wire, reconnect_rows[i].server, &mailbox, why);
		result = session_reconnect(wire.session, &err);
		wire_assert_result(
		    result, &err, reconnect_rows[i].code, reconnect_rows[i].text, why);
		assert_row((session_connection(wire.session) != NULL) ==
			       (i + 1 < TABLE_COUNT(reconnect_rows)),
		    why);
		wire_session_end(&wire, reconnect_rows[i].said, why);
	}
}

/* Servers for `count` connections, each with the mailbox. */
static void add_servers(struct buf *out, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		buf_add_text(out, HELLO MAILBOX("3", "7") BYE);
}

/* Counts fresh connections; with `progress` each brings a message. */
static unsigned count_reconnects(bool progress, struct err *err)
{
	struct session_mailbox mailbox;
	struct wire_session wire;
	struct buf server;
	unsigned count = 0;

	buf_init(&server, 0);
	add_servers(&server, SESSION_MAX_RECONNECTS + 2);
	wire_session_open_mailbox(&wire, buf_string(&server), &mailbox, "reconnects");
	err_set(err, ERR_PROTOCOL, "what went wrong");
	while (count <= SESSION_MAX_RECONNECTS && session_reconnect(wire.session, err) == 0) {
		count++;
		if (progress)
			session_note_progress(wire.session);
	}
	buf_clear(&wire.said);
	wire_session_end(&wire, "", "reconnects");
	buf_fini(&server);
	return count;
}

static void test_reconnects_end(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(count_reconnects(false, &err), SESSION_MAX_FRUITLESS);
	wire_assert_result(-1, &err, ERR_PROTOCOL,
	    "after 12 fresh connections that brought nothing: what went wrong", "fruitless");
	err = (struct err)ERR_INIT;
	assert_int_equal(count_reconnects(true, &err), SESSION_MAX_RECONNECTS);
	wire_assert_result(
	    -1, &err, ERR_PROTOCOL, "after 64 fresh connections: what went wrong", "in all");
}

/* When UIDVALIDITY changes during a session, a fresh connection does not help. */
static void test_stale(void **state)
{
	struct connection_command command = {
	    .verb = CONNECTION_UID_SEARCH, .part_count = 1, .part = {SPAN("UID 1")}};
	enum connection_status status;
	struct session_mailbox mailbox;
	struct wire_session wire;
	struct err err = ERR_INIT;

	(void)state;
	wire_session_open_mailbox(&wire,
	    HELLO MAILBOX("3",
		"7") "* OK [UIDVALIDITY 8] -\r\n* SEARCH 1\r\n" DONE BYE HELLO MAILBOX("3", "7"),
	    &mailbox, "stale");
	wire_assert_result(session_run(wire.session, &command, &status, &err), &err, ERR_PROTOCOL,
	    "was 7 and is 8", "stale");
	assert_int_equal(session_reconnect(wire.session, &err), -1);
	wire_session_end(&wire, "UID SEARCH UID 1\n", "stale");
}

static void test_describe(void **state)
{
	static const char server[] =
	    HELLO "* LIST () \"/\" INBOX\r\n* LIST () \"/\" \"gez&AOQ-hlt\"\r\n" DONE
		  "* STATUS INBOX (MESSAGES 12)\r\n" DONE REFUSE;
	struct wire_session wire;
	struct err err = ERR_INIT;
	struct buf out;

	(void)state;
	buf_init(&out, 0);
	assert_int_equal(wire_session_begin(&wire, server, 0, &err), 0);
	buf_clear(&wire.said);
	wire_assert_result(
	    session_describe(wire.session, &out, &err), &err, ERR_NONE, NULL, "describe");
	assert_span_text(buf_span(&out),
	    "connected to 127.0.0.1 as 'user'\n"
	    "no TLS\n"
	    "capabilities: IMAP4rev1\nfolders, with their messages:\n"
	    "        12  INBOX\n         ?  gez\303\244hlt\n",
	    "describe");
	wire_session_end(&wire,
	    "LIST \"\" \"*\"\nSTATUS \"INBOX\" (MESSAGES)\nSTATUS \"gez&AOQ-hlt\" (MESSAGES)\n",
	    "describe");
	buf_fini(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_open),
	    cmocka_unit_test(test_mailbox),
	    cmocka_unit_test(test_mailbox_name),
	    cmocka_unit_test(test_reconnect),
	    cmocka_unit_test(test_reconnects_end),
	    cmocka_unit_test(test_stale),
	    cmocka_unit_test(test_describe),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
