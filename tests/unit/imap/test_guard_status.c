#include "tests/unit/guard_rows.h"

/* To the command with the tag 1. */
static const struct guard_row rows[] = {
    {"done", "1 OK done\r\n", "1 OK -\r\n", 0, 0, 0},
    {"no text", "1 OK\r\n1 NO \r\n", "1 OK -\r\n1 NO -\r\n", 0, 0, 0},
    {"blanks and case", "1  ok \t done \r\n", "1 OK -\r\n", 0, 0, 0},
    {"several CRs", "1 OK done\r\r\n", "1 OK -\r\n", 0, 0, 0},
    {"a literal's look", "1 OK see {5}\r\n", "1 OK -\r\n", 0, 0, 0},
    {"words for people", "* OK hello\r\n* NO disk nearly full {5}\r\n* BAD who?\r\n", "", 0, 0, 0},
    {"codes we read", "* OK [UIDNEXT 9] Predicted\r\n* OK [UIDVALIDITY 8]\r\n",
	"* OK [UIDNEXT 9] -\r\n* OK [UIDVALIDITY 8] -\r\n", 0, 0, 0},
    {"codes, blanks and case", "* ok  [ uidnext  9 ]x\r\n", "* OK [UIDNEXT 9] -\r\n", 0, 0, 0},
    {"capabilities in a code", "1 OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] hi\r\n",
	"1 OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] -\r\n", 0, 0, 0},
    {"no sound number",
	"* OK [UIDNEXT 0] x\r\n* OK [UIDNEXT x] y\r\n* OK [UIDVALIDITY 4294967296] x\r\n"
	"* OK [UIDNEXT 9 8]\r\n* OK [UIDNEXT]\r\n* OK [UIDNEXT 9\r\n",
	"", 0, 0, 0},
    {"codes of a refusal", "1 NO [UIDNEXT 9] x\r\n", "1 NO -\r\n", 0, 0, 0},
    {"other codes", "* OK [PERMANENTFLAGS (\\Seen \\*)] x\r\n1 NO [BADCHARSET (\xff\r\n",
	"1 NO -\r\n", 0, 0, 0},
    {"bye", "* BYE see you\r\n", "* BYE -\r\n", 0, 0, 0},
    {"a greeting in the middle", "* PREAUTH x\r\n", "", 0, 0, 0},
    {"another tag", "2 OK x\r\n", "2 OK -\r\n", 0, 0, 0},
    {"no condition", "1 OKAY x\r\n", NULL, 0, 0, 0},
    {"nothing behind the tag", "1\r\n", NULL, 0, 0, 0},
    {"no tagged condition", "1 BYE x\r\n", NULL, 0, 0, 0},
    {"continuation", "+ send [PERMANENTFLAGS (\r\n+\r\n", "+ -\r\n+ -\r\n", 0, 0, 0},
    {"numbers", "* 3 EXISTS\r\n* 0 RECENT\r\n* 2 EXPUNGE\r\n", "* 3 EXISTS\r\n", 0, 1, 0},
    {"numbers, blanks and case", "*  3\texists \r\r\n", "* 3 EXISTS\r\n", 0, 1, 0},
    {"none", "* 0 EXISTS\r\n", GUARD_AS_IT_IS, 0, 1, 0},
    {"no sound number of messages",
	"* 4294967296 EXISTS\r\n* 3x EXISTS\r\n* 3 EXISTS 4\r\n* 99999999999999999999999 "
	"EXISTS\r\n",
	"", 4, 0, 0},
    {"no number of messages", "* -3 EXISTS\r\n* EXISTS\r\n", "", 0, 0, 0},
    {"capabilities", "* CAPABILITY IMAP4rev1 LITERAL+ AUTH=PLAIN IMAPSIEVE=sieve://\r\n",
	GUARD_AS_IT_IS, 0, 0, 0},
    {"capabilities, blanks and case", "*  capability  a  auth=plain \r\n",
	"* CAPABILITY a auth=plain\r\n", 0, 0, 0},
    {"an odd one hides no other",
	"* CAPABILITY IMAP4rev1 LOGINDISABLED X-VENDOR(1.0) AUTH= \"q\" {5} AUTH=PLAIN x\xff (\r\n",
	"* CAPABILITY IMAP4rev1 LOGINDISABLED AUTH=PLAIN\r\n", 0, 0, 0},
    {"a long one",
	"* CAPABILITY A0123456789012345678901234567890123456789012345678901234567890123456789"
	"0123456789012345678901234567890123456789012345678901234567890 B\r\n",
	"* CAPABILITY B\r\n", 0, 0, 0},
    {"no capability", "* CAPABILITY\r\n* CAPABILITY \r\n* CAPABILITY ( )\r\n", "", 0, 0, 0},
    {"no capability in a code",
	"1 OK [CAPABILITY] a\r\n1 OK [CAPABILITY  ]\r\n1 OK [CAPABILITY (\r\n",
	"1 OK -\r\n1 OK -\r\n1 OK -\r\n", 0, 0, 0},
    {"nobody needs them",
	"* FLAGS (\\Seen)\r\n* XSURPRISE (1 2 3)\r\n* 5 XYZ\r\n* \r\n*\t\r\n1 OK x\r\n",
	"1 OK -\r\n", 0, 0, 0},
    {"nor their literals", "* ID (\"a\" {7}\r\n1 OK \r\n {1}\r\n* NIL)\r\n1 OK x\r\n", "1 OK -\r\n",
	0, 0, 0},
    {"literal in a dropped response", "* ID {4000000000}\r\n", NULL, 0, 0, 0},
    {"literal far too large in it", "* ID {99999999999999999999999}\r\n", NULL, 0, 0, 0},
    {"blank lines", "\r\n1 OK a\r\n \t\r\n\n", "1 OK -\r\n", 0, 0, 0},
    {"lines that are no responses", "CAPABILITY completed.\r\n*x\r\n#1 OK {5}\r\n1 OK x\r\n",
	"1 OK -\r\n", 0, 0, 0},
    {"an incomplete line is held back", "1 OK a\r\n1 OK and", "1 OK -\r\n", 0, 0, 0},
};

static void test_rows(void **state)
{
	struct guard_expect expect = {.tag = 1};

	(void)state;
	guard_rows_check(rows, TABLE_COUNT(rows), &expect);
}

/* The first line of a connection. */
static const struct {
	const char *bytes;
	const char *want;
	const char *bye;
	const char *text; /* of the error */
} greetings[] = {
    {"* OK ready\r\n", "* OK -\r\n", "", NULL},
    {"* ok\n", "* OK -\r\n", "", NULL},
    {"\r\n*  OK [CAPABILITY a (] x\r\n", "* OK [CAPABILITY a] -\r\n", "", NULL},
    {"* PREAUTH [CAPABILITY a] x\r\n", "* PREAUTH [CAPABILITY a] -\r\n", "", NULL},
    {"* BYE go\r\n", "* BYE -\r\n", "go", NULL},
    {"* bye\r\n", "* BYE -\r\n", "BYE", NULL},
    {"* NO LOGOUT Intrusion prevention active\r\n", "* BYE -\r\n",
	"LOGOUT Intrusion prevention active", NULL},
    {"* bad [ALERT] no\r\n", "* BYE -\r\n", "[ALERT] no", NULL},
    {"* NO\r\n", "* BYE -\r\n", "NO", NULL},
    {"220 mail.example.com ESMTP\r\n", NULL, "", "\"220 mail.example.com ESMTP\""},
    {"+OK POP3 ready\r\n", NULL, "", "\"+OK POP3 ready\""},
    {"HTTP/1.1 400 Bad\x1bRequest\r\n", NULL, "", "\"HTTP/1.1 400 Bad<U+001B>Request\""},
    {"1 OK x\r\n", NULL, "", "\"1 OK x\""},
    {"* CAPABILITY IMAP4rev1\r\n", NULL, "", "\"* CAPABILITY IMAP4rev1\""},
    {"* OKAY\r\n", NULL, "", "\"* OKAY\""},
    {"0123456789012345678901234567890123456789012345678901234567890123456789012345678901\r\n", NULL,
	"", "\"01234567890123456789012345678901234567890123456789012345678901234567890123456789\""},
};

static void test_greetings(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(greetings); i++) {
		struct stream_guard guard;
		struct err err = ERR_INIT;
		struct buf out;
		int result;

		stream_guard_init(&guard);
		buf_init(&out, 0);
		result = guard_rows_pass(&guard, span_of(greetings[i].bytes), 3, &out, &err);
		assert_row((result == 0) == (greetings[i].want != NULL), greetings[i].bytes);
		if (result == 0)
			assert_span_text(buf_span(&out), greetings[i].want, greetings[i].bytes);
		else
			assert_row(
			    err.code == ERR_PROTOCOL && strstr(err.text, greetings[i].text) != NULL,
			    greetings[i].bytes);
		assert_span_text(buf_span(&guard.bye), greetings[i].bye, greetings[i].bytes);
		/* libetpan leaks a greeting that is a BYE. */
		assert_row(
		    guard.bye.n > 0 || etpan_reader_parses(buf_span(&out)), greetings[i].bytes);
		buf_fini(&out);
		stream_guard_fini(&guard);
	}
}

/* The text for people that is kept. */
static const struct {
	const char *bytes;
	const char *words;
	const char *bye;
} texts[] = {
    {"1 NO [AUTHENTICATIONFAILED] Authentication failed.\r\n",
	"[AUTHENTICATIONFAILED] Authentication failed.", ""},
    {"1 ok  [UIDNEXT 7]\x1b[31m\xfc \r\n", "[UIDNEXT 7]\x1b[31m\xfc", ""},
    {"1 NO first\r\n1 OK\r\n", "", ""},
    {"1 BAD x\r\n* OK y\r\n* NO z\r\n", "x", ""},
    {"* BYE shutting down\r\n", "", "shutting down"},
    {"* BYE [ALERT] (a\r\n1 OK b\r\n", "b", "[ALERT] (a"},
    {"* OK no BYE here\r\n", "", ""},
    {"* 1 FETCH (BODY[HEADER] {9}\r\n* BYE x\r\n)\r\n", "", ""},
};

static void test_words(void **state)
{
	struct guard_expect expect = {.tag = 1};

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(texts); i++) {
		struct stream_guard guard;
		struct err err = ERR_INIT;
		struct buf out;

		guard_rows_begin(&guard, &expect, &out);
		assert_row(guard_rows_pass(&guard, span_of(texts[i].bytes), 3, &out, &err) == 0,
		    texts[i].bytes);
		stream_guard_begin_command(&guard, &expect);
		assert_span_text(buf_span(&guard.words), texts[i].words, texts[i].bytes);
		assert_span_text(buf_span(&guard.bye), texts[i].bye, texts[i].bytes);
		buf_fini(&out);
		stream_guard_fini(&guard);
	}
}

static void test_long_words(void **state)
{
	struct guard_expect expect = {.tag = 1};
	struct stream_guard guard;
	struct err err = ERR_INIT;
	struct buf out;

	(void)state;
	guard_rows_begin(&guard, &expect, &out);
	assert_int_equal(stream_guard_pass(&guard, SPAN("1 NO "), &out, &err), 0);
	for (size_t n = 0; n < 2 * (size_t)GUARD_WORDS_MAX; n++)
		assert_int_equal(stream_guard_pass(&guard, SPAN("x"), &out, &err), 0);
	assert_int_equal(stream_guard_pass(&guard, SPAN("\r\n"), &out, &err), 0);
	assert_int_equal(guard.words.n, GUARD_WORDS_MAX);
	assert_int_equal(guard.words.failed, 0);
	buf_fini(&out);
	stream_guard_fini(&guard);
}

/* What a new command resets, and what it keeps. */
static void test_begin_command(void **state)
{
	struct guard_expect expect = {.tag = 1, .search = true};
	struct stream_guard guard;
	struct err err = ERR_INIT;
	struct buf out;

	(void)state;
	guard_rows_begin(&guard, &expect, &out);
	assert_int_equal(
	    stream_guard_pass(&guard,
		SPAN("* 3 EXISTS\r\n* SEARCH\r\n* x EXISTS\r\n* LIST x\r\n1 NO no\r\n* BYE x\r\n"),
		&out, &err),
	    0);
	assert_true(guard.seen.exists && guard.seen.search && guard.seen.odd == 1);
	stream_guard_begin_command(&guard, &(struct guard_expect){.tag = 2});
	assert_false(guard.seen.exists || guard.seen.search || guard.seen.odd != 0);
	assert_int_equal(guard.expect.tag, 2);
	assert_int_equal(guard.words.n, 2);
	assert_int_equal(guard.bye.n, 1);
	buf_fini(&out);
	stream_guard_fini(&guard);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_rows),
	    cmocka_unit_test(test_greetings),
	    cmocka_unit_test(test_words),
	    cmocka_unit_test(test_long_words),
	    cmocka_unit_test(test_begin_command),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
