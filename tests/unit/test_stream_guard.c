#include "tests/unit/table.h"

#include <stdlib.h>

#include "imap/stream_guard.h"

#define PASS SPAN_NPOS

/* What may pass, and how far a response that may not is held back. */
static const struct {
	const char *why;
	const char *bytes;
	size_t passed; /* PASS: all */
} rows[] = {
    {"greeting", "* OK ready\r\n", PASS},
    {"fetch", "* 1 FETCH (UID 5 BODY[HEADER] {5}\r\nab\r\nc)\r\n1 OK done\r\n", PASS},
    {"an empty literal", "* 1 FETCH (UID 5 BODY[HEADER] {0}\r\n)\r\n", PASS},
    {"two literals", "* 1 FETCH (A {1}\r\nx B {2}\r\nyz)\r\n* OK\r\n", PASS},
    {"a literal's text is no response", "* 1 FETCH (A {15}\r\n* BYE\r\n1 OK \r\n)\r\n", PASS},
    {"list with a literal", "* LIST () \"/\" {3}\r\na\"b\r\n", PASS},
    {"list with odd quotes", "* LIST () \"/\" \"a \\\"{5} \\\\\"\r\n", PASS},
    {"status", "* STATUS \"Caught (Outgoing)\" (MESSAGES 5)\r\n", PASS},
    {"braces in a text", "* OK see {5} and } and {x\r\n", PASS},
    {"bare line feeds", "* OK\n* 1 FETCH (A {2}\nab)\n", PASS},
    {"an incomplete line", "* OK and", PASS},
    {"literal too large", "* OK\r\n* 1 FETCH (A {4000000000}\r\n", 6},
    {"literal far too large", "* 1 FETCH (A {99999999999999999999999999}\r\n", 0},
    {"literal too large in a text", "* OK [BADCHARSET ({4000000000}\r\n", 0},
    {"literal in a text", "* OK\r\n* OK [BADCHARSET ({3}\r\nabc", 6},
    {"literal in a tagged line", "1 OK {3}\r\nabc", 0},
    {"literal in another response", "* ID (\"a\" {3}\r\nabc)\r\n", 0},
    {"brace that begins no literal", "* 1 FETCH (A {7}{100}\r\n", 0},
    {"brace with blanks behind it", "* 1 FETCH (A {7} \r\n", 0},
    {"brace without a number", "* 1 FETCH (A {}\r\n", 0},
    {"negative literal", "* 1 FETCH (A {-5}\r\n", 0},
    {"line break in quotes", "* 1 FETCH (A \"x\r\n", 0},
};

static int guard_pass(
    struct stream_guard *guard, struct span bytes, size_t step, size_t *passed_r, struct err *err)
{
	*passed_r = 0;
	while (bytes.n > 0) {
		size_t n = bytes.n < step ? bytes.n : step;
		size_t ok = stream_guard_check(guard, bytes.p, n, err);

		*passed_r += ok;
		if (ok < n)
			return -1;
		bytes = span_from(bytes, n);
	}
	return 0;
}

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		struct span bytes = span_of(rows[i].bytes);
		struct stream_guard guard;
		struct err err = ERR_INIT;
		size_t passed;
		int result;

		stream_guard_init(&guard);
		result = guard_pass(&guard, bytes, bytes.n, &passed, &err);
		assert_row((result == 0) == (rows[i].passed == PASS), rows[i].why);
		assert_row(passed == (result == 0 ? bytes.n : rows[i].passed), rows[i].why);
		assert_row(result == 0 || err.code == ERR_PROTOCOL, rows[i].why);
		stream_guard_fini(&guard);
		/* However the bytes are cut, the verdict is the same. */
		for (size_t step = 1; step < 8; step++) {
			stream_guard_init(&guard);
			assert_row(
			    guard_pass(&guard, bytes, step, &passed, &err) == result, rows[i].why);
			stream_guard_fini(&guard);
		}
	}
}

/* Sends piece as often as it takes, within limit bytes. True when the guard stopped it. */
static bool guard_stops(const char *start, const char *piece, size_t limit)
{
	struct stream_guard guard;
	struct err err = ERR_INIT;
	size_t sent = 0;
	size_t passed;
	int result;

	stream_guard_init(&guard);
	result = guard_pass(&guard, span_of(start), SIZE_MAX, &passed, &err);
	while (result == 0 && sent < limit) {
		result = guard_pass(&guard, span_of(piece), SIZE_MAX, &passed, &err);
		sent += strlen(piece);
	}
	stream_guard_fini(&guard);
	return result != 0;
}

static void test_limits(void **state)
{
	(void)state;
	assert_true(guard_stops("* OK ", "xxxxxxxxxxxxxxxx", GUARD_MAX_LINE + 64));
	assert_false(guard_stops("* OK ", "xxxxxxxxxxxxxxxx", GUARD_MAX_LINE - 64));
	assert_true(guard_stops("* 1 FETCH (BODYSTRUCTURE ", "(", GUARD_MAX_PARENTHESES + 8));
	assert_false(guard_stops("* 1 FETCH (BODYSTRUCTURE ", "(", GUARD_MAX_PARENTHESES - 8));
	assert_true(guard_stops("* 1 FETCH (A \"", ")\"(\"", 8 * GUARD_MAX_PARENTHESES));
	assert_true(guard_stops("* 1 FETCH (", "A {1}\r\n(", 1024 * 1024 * 64));
	assert_true(guard_stops("", "* OK\r\n", 6 * (size_t)GUARD_MAX_RESPONSES + 64));
	assert_true(
	    guard_stops("", "* LIST () \"/\" {1}\r\n\x01\r\n", GUARD_MAX_COMMAND_BYTES * 2));
}

static void test_new_command_new_budget(void **state)
{
	struct stream_guard guard;
	struct err err = ERR_INIT;
	size_t passed;

	(void)state;
	stream_guard_init(&guard);
	for (size_t i = 0; i < 3 * (size_t)GUARD_MAX_RESPONSES; i++) {
		if (i % 1000 == 0)
			stream_guard_begin_command(&guard);
		assert_int_equal(guard_pass(&guard, SPAN("* OK\r\n"), SIZE_MAX, &passed, &err), 0);
	}
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
	    {"* 1 FETCH (A {9}\r\n* BYE x\r\n)\r\n", ""},
	};

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(cases); i++) {
		struct stream_guard guard;
		struct err err = ERR_INIT;
		size_t passed;

		stream_guard_init(&guard);
		assert_row(guard_pass(&guard, span_of(cases[i].bytes), 3, &passed, &err) == 0,
		    cases[i].bytes);
		assert_span_text(buf_span(&guard.bye), cases[i].bye, cases[i].bytes);
		stream_guard_fini(&guard);
	}
}

static void test_nul(void **state)
{
	struct stream_guard guard;
	struct err err = ERR_INIT;
	size_t passed;

	(void)state;
	stream_guard_init(&guard);
	assert_int_equal(
	    guard_pass(&guard, SPAN("* 1 FETCH (A {3}\r\na\0b)\r\n"), 2, &passed, &err), 0);
	assert_int_equal(guard_pass(&guard, SPAN("* OK a\0b\r\n"), 2, &passed, &err), -1);
	stream_guard_fini(&guard);
}

static void test_at_rest(void **state)
{
	struct stream_guard guard;
	struct err err = ERR_INIT;
	size_t passed;

	(void)state;
	stream_guard_init(&guard);
	assert_true(stream_guard_at_rest(&guard));
	guard_pass(&guard, SPAN("* 1 FETCH (A {3}\r\nab"), 5, &passed, &err);
	assert_false(stream_guard_at_rest(&guard));
	guard_pass(&guard, SPAN("c)\r\n"), 5, &passed, &err);
	assert_true(stream_guard_at_rest(&guard));
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
