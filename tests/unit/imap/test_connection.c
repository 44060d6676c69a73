/* One connection, against a server whose words are a table: how it begins, and what a command may
 * be. */
#include "tests/unit/wire_session.h"

#include <stdlib.h>

#include "imap/connection.h"

#define GREETING "* OK hello\r\n"

static int open_connection(struct tls_settings *tls, const char *server, struct buf *said,
    struct connection **connection_r, struct err *err)
{
	static struct stream_settings settings;

	settings = (struct stream_settings){.host = "127.0.0.1", .tls = tls, .timeout = 60};
	log_set_level(LOG_QUIET);
	buf_init(said, 0);
	wire_begin(span_of(server), WIRE_STEP);
	wire_record(said);
	*err = (struct err)ERR_INIT;
	return connection_open(&settings, connection_r, err);
}

static const struct {
	const char *why;
	enum tls_mode mode;
	const char *server;
	enum err_code code;
	const char *text;
	const char *said;
} open_rows[] = {
    {"a greeting", TLS_OFF, GREETING, ERR_NONE, NULL, "connect\n"},
    {"with a number for a line", TLS_OFF, "* OK [CAPABILITY IMAP4rev1] 1\r\n", ERR_NONE, NULL,
	"connect\n"},
    {"we are logged in already, they say", TLS_OFF, "* PREAUTH hello\r\n", ERR_UNAVAILABLE,
	"(PREAUTH) on an unprotected connection", "connect\nLOGOUT\n"},
    {"so that STARTTLS cannot be asked for", TLS_STARTTLS, "* PREAUTH hello\r\n", ERR_UNAVAILABLE,
	"(PREAUTH) on an unprotected connection", "connect\nLOGOUT\n"},
    {"good-bye", TLS_OFF, "* BYE too many\r\n", ERR_TEMPORARY, NULL, "connect\n"},
    {"nothing", TLS_OFF, BYE BYE, ERR_TEMPORARY, NULL, "connect\n"},
    {"another protocol", TLS_OFF, "SSH-2.0-OpenSSH\r\n", ERR_PROTOCOL, NULL, "connect\n"},
    {"half a line", TLS_OFF, "* OK hel" BYE, ERR_TEMPORARY, NULL, "connect\n"},
    {"STARTTLS is refused", TLS_STARTTLS, GREETING ANSWER "NO no\r\n", ERR_UNAVAILABLE,
	"the server refuses STARTTLS", "connect\nSTARTTLS\nLOGOUT\n"},
    {"or not known", TLS_STARTTLS, GREETING ANSWER "BAD what?\r\n", ERR_UNAVAILABLE,
	"the server refuses STARTTLS", "connect\nSTARTTLS\nLOGOUT\n"},
    {"or not answered", TLS_STARTTLS, GREETING BYE, ERR_TEMPORARY, "STARTTLS",
	"connect\nSTARTTLS\n"},
};

static void test_open(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(open_rows); i++) {
		const char *why = open_rows[i].why;
		struct tls_settings tls = {.mode = open_rows[i].mode, .port = 143};
		struct connection *connection = NULL;
		struct buf said;
		struct err err;
		int result = open_connection(&tls, open_rows[i].server, &said, &connection, &err);

		wire_assert_result(result, &err, open_rows[i].code, open_rows[i].text, why);
		assert_row((connection != NULL) == (result == 0), why);
		wire_record(NULL);
		connection_close(connection, 0);
		assert_span_text(buf_span(&said), open_rows[i].said, why);
		buf_fini(&said);
	}
}

static const struct {
	const char *why;
	const char *server;
	enum err_code code;
	enum connection_status status;
	const char *words;
	bool temporary;
} answer_rows[] = {
    {"done", ANSWER "OK done\r\n", ERR_NONE, CONNECTION_OK, "done", false},
    {"refused", ANSWER "NO not for you\r\n", ERR_NONE, CONNECTION_NO, "not for you", false},
    {"for now", ANSWER "NO [UNAVAILABLE] later\r\n", ERR_NONE, CONNECTION_NO, "[UNAVAILABLE] later",
	true},
    {"not understood", ANSWER "BAD what?\r\n", ERR_NONE, CONNECTION_BAD, "what?", false},
    {"without a word", ANSWER "NO\r\n", ERR_NONE, CONNECTION_NO, "(no reason given)", false},
    {"words that would move the cursor", ANSWER "NO \033[2J\r\n", ERR_NONE, CONNECTION_NO,
	"<U+001B>[2J", false},
    {"news first", "* 4 EXISTS\r\n* OK still here\r\n* CAPABILITY IMAP4rev1\r\n" DONE, ERR_NONE,
	CONNECTION_OK, "done", false},
    {"bare line feeds", "* 4 EXISTS\n" ANSWER "OK done\n", ERR_NONE, CONNECTION_OK, "done", false},
    {"of another command", "77 OK done\r\n", ERR_PROTOCOL, CONNECTION_OK, NULL, false},
    {"nonsense is left out", "* nonsense\r\n[[[\r\n" DONE, ERR_NONE, CONNECTION_OK, "done", false},
    {"good-bye", "* BYE shutting down\r\n", ERR_TEMPORARY, CONNECTION_OK, NULL, false},
    {"the end", BYE, ERR_TEMPORARY, CONNECTION_OK, NULL, false},
    {"the end within the answer", "\1 OK do" BYE, ERR_TEMPORARY, CONNECTION_OK, NULL, false},
};

static void test_answers(void **state)
{
	const struct connection_command command = {
	    .verb = CONNECTION_LIST, .part_count = 1, .part = {SPAN("\"\" \"*\"")}};

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(answer_rows); i++) {
		const char *why = answer_rows[i].why;
		struct tls_settings tls = {.mode = TLS_OFF, .port = 143};
		struct connection *connection = NULL;
		enum connection_status status = CONNECTION_OK;
		struct buf server;
		struct buf words;
		struct buf said;
		struct err err;

		buf_init(&server, 0);
		buf_init(&words, 0);
		buf_printf(&server, GREETING "%s", answer_rows[i].server);
		assert_row(
		    open_connection(&tls, buf_string(&server), &said, &connection, &err) == 0, why);
		wire_assert_result(connection_run(connection, &command, &status, &err), &err,
		    answer_rows[i].code, NULL, why);
		assert_span_text(buf_span(&said), "connect\nLIST \"\" \"*\"\n", why);
		assert_row(status == answer_rows[i].status, why);
		if (answer_rows[i].words != NULL) {
			connection_add_words(connection, &words);
			assert_span_text(buf_span(&words), answer_rows[i].words, why);
		}
		assert_row(connection_is_temporary(connection) == answer_rows[i].temporary, why);
		wire_record(NULL);
		connection_close(connection, 0);
		buf_fini(&words);
		buf_fini(&server);
		buf_fini(&said);
	}
}

/* Whatever text is part of a command, one command is sent, or none. */
static void check_command(
    const struct connection_command *command, const char *want, const char *text, const char *why)
{
	struct tls_settings tls = {.mode = TLS_OFF, .port = 143};
	struct connection *connection = NULL;
	enum connection_status status;
	struct buf said;
	struct err err;

	assert_row(open_connection(&tls, GREETING DONE, &said, &connection, &err) == 0, why);
	buf_clear(&said);
	wire_assert_result(connection_run(connection, command, &status, &err), &err,
	    text == NULL ? ERR_NONE : ERR_INTERNAL, text, why);
	if (want != NULL)
		assert_span_text(buf_span(&said), want, why);
	assert_row(text == NULL || said.n == 0, why);
	wire_record(NULL);
	connection_close(connection, 0);
	buf_fini(&said);
}

static const struct {
	const char *why;
	struct span part;
	const char *text; /* NULL: it is sent */
} part_rows[] = {
    {"a name", SPAN("\"Caught\""), NULL},
    {"a name with a line break", SPAN("\"a\r\n2 DELETE b\""), "several lines"},
    {"a carriage return", SPAN("\"a\rb\""), "several lines"},
    {"a line feed", SPAN("\"a\nb\""), "several lines"},
    {"a NUL", SPAN("\"a\0b\""), "several lines"},
};

static void test_parts(void **state)
{
	struct connection_command many = {.verb = CONNECTION_EXAMINE};
	struct buf part;

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(part_rows); i++) {
		const struct connection_command command = {
		    .verb = CONNECTION_EXAMINE, .part_count = 1, .part = {part_rows[i].part}};

		check_command(&command, part_rows[i].text == NULL ? "EXAMINE \"Caught\"\n" : NULL,
		    part_rows[i].text, part_rows[i].why);
	}
	buf_init(&part, 0);
	buf_add_text(&part, "x");
	for (unsigned i = 0; i <= CONNECTION_MAX_PARTS; i++)
		connection_add_part(&many, &part);
	check_command(&many, NULL, "too long", "one part too many");
	buf_fini(&part);
}

/* As long as a command may be: with the longest tag and its line break. */
static void test_length(void **state)
{
	static const struct {
		size_t limit; /* of the buffer, as its user set it */
		size_t n;
		const char *text;
	} lengths[] = {
	    {CONNECTION_COMMAND_MAX, CONNECTION_COMMAND_MAX - 20, NULL},
	    {CONNECTION_COMMAND_MAX, CONNECTION_COMMAND_MAX + 1, "too long"},
	    {0, CONNECTION_COMMAND_MAX + 1, "too long"},
	};

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(lengths); i++) {
		struct connection_command command = {.verb = CONNECTION_EXAMINE};
		struct buf part;

		buf_init(&part, lengths[i].limit);
		for (size_t k = 0; k < lengths[i].n; k++)
			buf_add_char(&part, 'x');
		connection_add_part(&command, &part);
		check_command(&command, NULL, lengths[i].text, "length");
		buf_fini(&part);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_open),
	    cmocka_unit_test(test_answers),
	    cmocka_unit_test(test_parts),
	    cmocka_unit_test(test_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
