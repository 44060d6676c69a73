/* Login, against a server whose words are a table: what it offers, and how it answers. */
#include "tests/unit/wire_session.h"

#include "imap/connection.h"
#include "imap/login.h"

#define PLAIN      "AUTH=PLAIN "
#define INITIAL    "SASL-IR "
#define NO_LOGIN   "LOGINDISABLED "
#define REFUSE     ANSWER "NO [AUTHENTICATIONFAILED] no\r\n"
#define NO_PLAIN   ANSWER "NO [CANNOT] unsupported authentication mechanism\r\n"
#define BUSY       ANSWER "NO [UNAVAILABLE] later\r\n"
#define SAID_PLAIN "AUTHENTICATE PLAIN AHVzZXIAcHc=\n"
#define SAID_LOGIN "LOGIN \"user\" \"pw\"\n"

static const struct {
	const char *why;
	const char *offer;
	struct span password;
	const char *server;
	enum err_code code;
	const char *text;
	const char *said;
} rows[] = {
    {"LOGIN", "", SPAN("pw"), DONE, ERR_NONE, NULL, SAID_LOGIN},
    {"what must be quoted", "", SPAN("p\"w\\"), DONE, ERR_NONE, NULL,
	"LOGIN \"user\" \"p\\\"w\\\\\"\n"},
    {"an empty password", "", SPAN(""), DONE, ERR_NONE, NULL, "LOGIN \"user\" \"\"\n"},
    {"refused", "", SPAN("pw"), REFUSE, ERR_LOGIN, "login as 'user' refused", SAID_LOGIN},
    {"refused for now", "", SPAN("pw"), BUSY, ERR_TEMPORARY, "login as 'user' refused", SAID_LOGIN},
    {"not understood", "", SPAN("pw"), ANSWER "BAD what?\r\n", ERR_PROTOCOL, NULL, SAID_LOGIN},
    {"not answered", "", SPAN("pw"), BYE, ERR_TEMPORARY, "login", SAID_LOGIN},
    {"not offered", NO_LOGIN, SPAN("pw"), DONE, ERR_UNAVAILABLE, "try --tls=starttls", ""},

    {"PLAIN with the command", PLAIN INITIAL, SPAN("pw"), DONE, ERR_NONE, NULL, SAID_PLAIN},
    {"PLAIN behind it", PLAIN, SPAN("pw"), "+ \r\n" DONE, ERR_NONE, NULL,
	"AUTHENTICATE PLAIN\nlogin data\n"},
    {"PLAIN alone", PLAIN INITIAL NO_LOGIN, SPAN("pw"), DONE, ERR_NONE, NULL, SAID_PLAIN},
    {"PLAIN, and the password is wrong: it is not sent twice", PLAIN INITIAL, SPAN("pw"), REFUSE,
	ERR_LOGIN, NULL, SAID_PLAIN},
    {"PLAIN, and the server is ill", PLAIN INITIAL, SPAN("pw"), BUSY, ERR_TEMPORARY, NULL,
	SAID_PLAIN},
    {"PLAIN, which is not meant", PLAIN INITIAL, SPAN("pw"), NO_PLAIN DONE, ERR_NONE, NULL,
	SAID_PLAIN SAID_LOGIN},
    {"nor is LOGIN offered", PLAIN INITIAL NO_LOGIN, SPAN("pw"), NO_PLAIN, ERR_LOGIN, NULL,
	SAID_PLAIN},
    {"PLAIN is refused before the password is sent", PLAIN, SPAN("pw"), REFUSE, ERR_LOGIN, NULL,
	"AUTHENTICATE PLAIN\n"},

    {"a password with a line break is not sent", "", SPAN("p\r\nw"), DONE, ERR_USAGE, "line breaks",
	""},
    {"nor one with a NUL", PLAIN INITIAL, SPAN("p\0w"), DONE, ERR_USAGE, "NUL bytes", ""},
};

static void test_login(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		const char *why = rows[i].why;
		const struct tls_settings tls = {.mode = TLS_OFF, .port = 143};
		const struct stream_settings settings = {
		    .host = "127.0.0.1", .tls = &tls, .timeout = 60};
		struct connection *connection = NULL;
		struct err err = ERR_INIT;
		struct buf server;
		struct buf said;
		int result;

		log_set_level(LOG_QUIET);
		buf_init(&server, 0);
		buf_init(&said, 0);
		buf_printf(&server, "* OK [CAPABILITY %sIMAP4rev1] hello\r\n%s", rows[i].offer,
		    rows[i].server);
		wire_begin(buf_span(&server), WIRE_STEP);
		assert_row(connection_open(&settings, &connection, &err) == 0, why);
		wire_record(&said);
		result = login_run(connection, SPAN("user"), rows[i].password, &err);
		wire_assert_result(result, &err, rows[i].code, rows[i].text, why);
		wire_record(NULL);
		connection_close(connection, 0);
		assert_span_text(buf_span(&said), rows[i].said, why);
		buf_fini(&said);
		buf_fini(&server);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_login),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
