#include "tests/unit/table.h"

#include "imap/stream_guard.h"

#define AS_IT_IS "="

/* What reaches the parser. */
static const struct {
	const char *why;
	const char *bytes;
	const char *want; /* NULL: stopped */
} rows[] = {
    {"greeting", "* OK ready\r\n", AS_IT_IS},
    {"a code we read", "* OK [UIDNEXT 9] Predicted\r\n", AS_IT_IS},
    {"capabilities in a code", "* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] hi\r\n", AS_IT_IS},
    {"a temporary refusal", "1 NO [UNAVAILABLE] later\r\n", AS_IT_IS},
    {"other codes are text", "* OK [PERMANENTFLAGS (\\Seen \\*)] x\r\n",
	"* OK (PERMANENTFLAGS (\\Seen \\*)] x\r\n"},
    {"a code that crashes the parser", "* OK [BADCHARSET (\xff\r\n", "* OK (BADCHARSET (?\r\n"},
    {"a broken code", "* OK [UIDNEXT x] y\r\n", "* OK (UIDNEXT x] y\r\n"},
    {"no text", "1 OK\r\n", "1 OK -\r\n"},
    {"8-bit and control text", "1 NO \x1b[31m\xfc\r\n", "1 NO ?[31m?\r\n"},
    {"no condition", "1 OKAY x\r\n", NULL},
    {"continuation", "+ send [PERMANENTFLAGS (\r\n", "+ -\r\n"},
    {"fetch", "* 1 FETCH (UID 5 BODY[HEADER]<0> {5}\r\nab\r\nc)\r\n1 OK done\r\n", AS_IT_IS},
    {"fields by name",
	"* 1 FETCH (UID 5 INTERNALDATE \"20-Nov-2026 00:00:00 +0000\" BODY[HEADER.FIELDS (FROM "
	"X-A.B-C)]<0> {1}\r\nx)\r\n",
	AS_IT_IS},
    {"an empty literal", "* 1 FETCH (UID 5 BODY[HEADER] {0}\r\n)\r\n", AS_IT_IS},
    {"items behind a literal", "* 1 FETCH (BODY[HEADER] {1}\r\nx UID 5 FLAGS (\\Seen))\r\n",
	AS_IT_IS},
    {"quoted and NIL", "* 1 FETCH (BODY[HEADER] \"a\\\"b\")\r\n* 2 FETCH (BODY[HEADER] NIL)\r\n",
	AS_IT_IS},
    {"a literal's text is no response", "* 1 FETCH (BODY[HEADER] {14}\r\n* BYE\r\n1 OK \r\n)\r\n",
	AS_IT_IS},
    {"unasked structure", "* 1 FETCH (BODYSTRUCTURE (\"a\" \"b\"))\r\n", NULL},
    {"unasked envelope", "* 1 FETCH (ENVELOPE (NIL))\r\n", NULL},
    {"list", "* LIST (\\HasNoChildren) \".\" \"Caught (Outgoing)\"\r\n", AS_IT_IS},
    {"list with a literal", "* LIST () \"/\" {3}\r\na\"b\r\n", AS_IT_IS},
    {"list with odd quotes", "* LIST () \"/\" \"a \\\"{5} \\\\\"\r\n", AS_IT_IS},
    {"list without a name", "* LIST () \"/\" \r\n", NULL},
    {"status", "* STATUS \"Caught (Outgoing)\" (MESSAGES 5)\r\n", AS_IT_IS},
    {"status with a literal", "* STATUS {1}\r\na (MESSAGES 5)\r\n", AS_IT_IS},
    {"search", "* SEARCH 1 2 3\r\n* SEARCH\r\n", AS_IT_IS},
    {"search with words", "* SEARCH 1 (MODSEQ 5)\r\n", NULL},
    {"numbers", "* 3 EXISTS\r\n* 0 RECENT\r\n", AS_IT_IS},
    {"nobody needs them", "* FLAGS (\\Seen)\r\n* 2 EXPUNGE\r\n* XSURPRISE (1 2 3)\r\n* 5 XYZ\r\n1 OK x\r\n",
	"1 OK x\r\n"},
    {"nor their literals", "* ID (\"a\" {7}\r\n1 OK \r\n {1}\r\n* NIL)\r\n1 OK x\r\n",
	"1 OK x\r\n"},
    {"blank lines", "\r\n* OK a\r\n\r\n", "* OK a\r\n"},
    {"braces in a text", "* OK see {5} and {9}\r\n", AS_IT_IS},
    {"bare line feeds", "* OK a\n* 1 FETCH (BODY[HEADER] {2}\nab)\n",
	"* OK a\r\n* 1 FETCH (BODY[HEADER] {2}\r\nab)\r\n"},
    {"an incomplete line is held back", "* OK a\r\n* OK and", "* OK a\r\n"},
    {"literal too large", "* OK a\r\n* 1 FETCH (BODY[HEADER] {4000000000}\r\n", NULL},
    {"literal far too large", "* 1 FETCH (BODY[HEADER] {99999999999999999999999999}\r\n", NULL},
    {"literal in a dropped response", "* ID {4000000000}\r\n", NULL},
    {"brace that begins no literal", "* 1 FETCH (BODY[HEADER] {7}{100}\r\n", NULL},
    {"brace with blanks behind it", "* 1 FETCH (BODY[HEADER] {7} \r\n", NULL},
    {"brace without a number", "* 1 FETCH (BODY[HEADER] {}\r\n", NULL},
    {"negative literal", "* 1 FETCH (BODY[HEADER] {-5}\r\n", NULL},
    {"line break in quotes", "* 1 FETCH (BODY[HEADER] \"x\r\n", NULL},
    {"nonsense", "hello\r\n", NULL},
};

/* Passes the bytes in pieces of `step`. */
static int guard_pass(
    struct stream_guard *guard, struct span bytes, size_t step, struct buf *out, struct err *err)
{
	while (bytes.n > 0) {
		struct span piece = span_head(bytes, step);

		if (stream_guard_pass(guard, piece, out, err) != 0)
			return -1;
		bytes = span_from(bytes, piece.n);
	}
	return 0;
}

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		/* However the bytes are cut, the verdict is the same. */
		for (size_t step = 1; step < 200; step = step < 8 ? step + 1 : step * 5) {
			struct stream_guard guard;
			struct err err = ERR_INIT;
			struct buf out;
			int result;

			stream_guard_init(&guard);
			buf_init(&out, 0);
			result = guard_pass(&guard, span_of(rows[i].bytes), step, &out, &err);
			assert_row((result == 0) == (rows[i].want != NULL), rows[i].why);
			if (rows[i].want == NULL)
				assert_row(err.code == ERR_PROTOCOL, rows[i].why);
			else if (strcmp(rows[i].want, AS_IT_IS) == 0)
				assert_span_text(buf_span(&out), rows[i].bytes, rows[i].why);
			else
				assert_span_text(buf_span(&out), rows[i].want, rows[i].why);
			buf_fini(&out);
			stream_guard_fini(&guard);
		}
	}
}

/* Sends piece as often as it takes, within limit bytes. True when the guard stopped it. */
static bool guard_stops(const char *start, const char *piece, const char *end, size_t limit)
{
	struct stream_guard guard;
	struct err err = ERR_INIT;
	struct buf out;
	size_t sent = 0;
	int result;

	stream_guard_init(&guard);
	buf_init(&out, 0);
	result = stream_guard_pass(&guard, span_of(start), &out, &err);
	while (result == 0 && sent < limit) {
		result = stream_guard_pass(&guard, span_of(piece), &out, &err);
		buf_clear(&out);
		sent += strlen(piece);
	}
	if (result == 0)
		result = stream_guard_pass(&guard, span_of(end), &out, &err);
	buf_fini(&out);
	stream_guard_fini(&guard);
	return result != 0;
}

static void test_limits(void **state)
{
	(void)state;
	assert_true(guard_stops("* OK ", "xxxxxxxxxxxxxxxx", "", GUARD_MAX_LINE + 64));
	assert_false(guard_stops("* OK ", "xxxxxxxxxxxxxxxx", "\r\n", GUARD_MAX_LINE - 64));
	assert_true(guard_stops("* FLAGS ", "(", "\r\n", GUARD_MAX_PARENTHESES + 8));
	assert_false(guard_stops("* FLAGS ", "(", "\r\n", GUARD_MAX_PARENTHESES - 8));
	assert_true(guard_stops(
	    "* 1 FETCH (UID 1", " BODY[HEADER] {1000000}\r\n", "", (size_t)64 * 1024 * 1024));
	assert_true(guard_stops("", "* OK\r\n", "", 6 * (size_t)GUARD_MAX_RESPONSES + 64));
	assert_true(guard_stops(
	    "", "* LIST () \"/\" {1}\r\n\x01\r\n", "", GUARD_MAX_COMMAND_BYTES * 2));
}

static void test_new_command_new_budget(void **state)
{
	struct stream_guard guard;
	struct err err = ERR_INIT;
	struct buf out;

	(void)state;
	stream_guard_init(&guard);
	buf_init(&out, 0);
	for (size_t i = 0; i < 3 * (size_t)GUARD_MAX_RESPONSES; i++) {
		if (i % 1000 == 0)
			stream_guard_begin_command(&guard, &(struct guard_expect){0});
		buf_clear(&out);
		assert_int_equal(stream_guard_pass(&guard, SPAN("* OK\r\n"), &out, &err), 0);
	}
	buf_fini(&out);
	stream_guard_fini(&guard);
}

static void test_bye(void **state)
{
	static const struct {
		const char *bytes;
		const char *bye;
	} cases[] = {
	    {"* BYE shutting down\r\n", "shutting down"},
	    {"* bye\r\n", "BYE"},
	    {"* OK no BYE here\r\n", ""},
	    {"* 1 FETCH (BODY[HEADER] {9}\r\n* BYE x\r\n)\r\n", ""},
	};

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(cases); i++) {
		struct stream_guard guard;
		struct err err = ERR_INIT;
		struct buf out;

		stream_guard_init(&guard);
		buf_init(&out, 0);
		assert_row(guard_pass(&guard, span_of(cases[i].bytes), 3, &out, &err) == 0,
		    cases[i].bytes);
		assert_span_text(buf_span(&guard.bye), cases[i].bye, cases[i].bytes);
		buf_fini(&out);
		stream_guard_fini(&guard);
	}
}

static void test_nul(void **state)
{
	struct stream_guard guard;
	struct err err = ERR_INIT;
	struct buf out;

	(void)state;
	stream_guard_init(&guard);
	buf_init(&out, 0);
	assert_int_equal(
	    guard_pass(&guard, SPAN("* 1 FETCH (BODY[HEADER] {3}\r\na\0b)\r\n"), 2, &out, &err), 0);
	assert_int_equal(guard_pass(&guard, SPAN("* OK a\0b\r\n"), 2, &out, &err), -1);
	buf_fini(&out);
	stream_guard_fini(&guard);
}

static void test_at_rest(void **state)
{
	struct stream_guard guard;
	struct err err = ERR_INIT;
	struct buf out;

	(void)state;
	stream_guard_init(&guard);
	buf_init(&out, 0);
	assert_true(stream_guard_at_rest(&guard));
	guard_pass(&guard, SPAN("* 1 FETCH (BODY[HEADER] {3}\r\nab"), 5, &out, &err);
	assert_false(stream_guard_at_rest(&guard));
	guard_pass(&guard, SPAN("c"), 5, &out, &err);
	assert_false(stream_guard_at_rest(&guard));
	guard_pass(&guard, SPAN(")\r\n"), 5, &out, &err);
	assert_true(stream_guard_at_rest(&guard));
	buf_fini(&out);
	stream_guard_fini(&guard);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_rows),
	    cmocka_unit_test(test_limits),
	    cmocka_unit_test(test_new_command_new_budget),
	    cmocka_unit_test(test_bye),
	    cmocka_unit_test(test_nul),
	    cmocka_unit_test(test_at_rest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
