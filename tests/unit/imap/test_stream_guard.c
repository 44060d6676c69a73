#include "tests/unit/guard_rows.h"

static const struct guard_expect any = {.tag = 1, .search = true};

/* Sends piece as often as it takes, within limit bytes. True when the guard stopped it. */
static bool guard_stops(const char *start, const char *piece, const char *end, size_t limit)
{
	struct stream_guard guard;
	struct err err = ERR_INIT;
	struct buf out;
	size_t sent = 0;
	int result;

	guard_rows_begin(&guard, &any, &out);
	result = stream_guard_pass(&guard, span_of(start), &out, &err);
	while (result == 0 && sent < limit) {
		result = stream_guard_pass(&guard, span_of(piece), &out, &err);
		buf_clear(&out);
		sent += strlen(piece);
	}
	if (result == 0)
		result = stream_guard_pass(&guard, span_of(end), &out, &err);
	assert_true(result == 0 || err.code == ERR_PROTOCOL);
	buf_fini(&out);
	stream_guard_fini(&guard);
	return result != 0;
}

static void test_limits(void **state)
{
	(void)state;
	assert_true(guard_stops("1 OK ", "xxxxxxxxxxxxxxxx", "", GUARD_MAX_LINE + 64));
	assert_false(guard_stops("1 OK ", "xxxxxxxxxxxxxxxx", "\r\n", GUARD_MAX_LINE - 64));
	assert_true(guard_stops("* 1 FETCH (X ", "(", "\r\n", GUARD_MAX_NESTING + 1));
	assert_true(guard_stops("* 1 FETCH (X ", "(({1}\r\nx", "\r\n", 8 * GUARD_MAX_NESTING));
	assert_false(guard_stops("* FLAGS ", "(", "\r\n", GUARD_MAX_LINE / 2));
	assert_false(guard_stops("* 1 FETCH (FLAGS (a", " b", "))\r\n", GUARD_MAX_LINE / 2));
	assert_true(guard_stops(
	    "* 1 FETCH (UID 1", " BODY[HEADER] {1000000}\r\n", "", (size_t)64 * 1024 * 1024));
	assert_true(guard_stops("", "* FLAGS\r\n", "", 9 * (size_t)GUARD_MAX_RESPONSES + 64));
	assert_true(guard_stops("", "CAPABILITY completed.\r\n", "", 23 * GUARD_MAX_STRAY + 1));
	assert_false(guard_stops("", "CAPABILITY completed.\r\n", "", 23 * GUARD_MAX_STRAY));
}

/* libetpan reserves what a literal announces, even 4 GiB. */
static void test_refused_literal(void **state)
{
	struct stream_guard guard;
	struct err err = ERR_INIT;
	struct buf out;

	(void)state;
	guard_rows_begin(&guard, &any, &out);
	buf_clear(&out);
	assert_int_equal(
	    stream_guard_pass(&guard,
		SPAN("* 1 EXISTS\r\n* 1 FETCH (UID 1 BODY[HEADER] {15555555555554}\r\n"), &out,
		&err),
	    -1);
	assert_int_equal(err.code, ERR_PROTOCOL);
	assert_true(span_eq(buf_span(&out), SPAN("* 1 EXISTS\r\n")));
	buf_fini(&out);
	stream_guard_fini(&guard);
}

/* libetpan needs many times the memory of what the server sends. */
static void test_words(void **state)
{
	size_t limit = GUARD_MAX_COMMAND_BYTES;

	(void)state;
	assert_true(guard_stops("", "* SEARCH 1 2 3 4 5 6 7 8 9\r\n", "", limit));
	assert_true(guard_stops("", "* ESEARCH UID ALL 1:1000\r\n", "", limit));
	assert_true(guard_stops("", "* CAPABILITY A B C D E F G H I\r\n", "", limit));
	assert_true(guard_stops("", "1 OK [CAPABILITY A B C D E F G H I] x\r\n", "", limit));
	assert_true(guard_stops("", "* LIST () NIL A\r\n", "", limit / 4));
	assert_true(guard_stops("", "* LIST () NIL {1}\r\n\x01\r\n", "", limit / 4));
	assert_true(guard_stops("", "* STATUS \"\" (MESSAGES 1)\r\n", "", limit / 4));
	assert_true(guard_stops("", "* 1 EXISTS\r\n", "", limit / 10));
	assert_true(guard_stops("", "* OK [UIDNEXT 9]\r\n", "", limit / 10));
	assert_true(guard_stops("", "1 OK\r\n", "", limit / 10));
	assert_true(guard_stops("", "+\r\n", "", limit / 10));
	assert_true(guard_stops("", "* BYE\r\n", "", limit / 10));
	assert_true(guard_stops("* CAPABILITY", " A", "\r\n", limit / 100));
	assert_false(guard_stops("* CAPABILITY", " A", "\r\n", 2000));
	assert_false(guard_stops("* SEARCH", " 1", "\r\n", (size_t)GUARD_MAX_WORDS));
}

static void test_new_command_new_budget(void **state)
{
	struct stream_guard guard;
	struct err err = ERR_INIT;
	struct buf out;

	(void)state;
	guard_rows_begin(&guard, &any, &out);
	for (size_t i = 0; i < 3 * (size_t)GUARD_MAX_RESPONSES; i++) {
		if (i % 1000 == 0)
			stream_guard_begin_command(&guard, &any);
		buf_clear(&out);
		assert_int_equal(stream_guard_pass(&guard, SPAN("* 1 EXISTS\r\n"), &out, &err), 0);
	}
	buf_fini(&out);
	stream_guard_fini(&guard);
}

static void test_nul(void **state)
{
	struct guard_expect expect = {.tag = 1, .section = GUARD_SECTION_HEADER};
	struct stream_guard guard;
	struct err err = ERR_INIT;
	struct buf out;

	(void)state;
	guard_rows_begin(&guard, &expect, &out);
	assert_int_equal(guard_rows_pass(&guard, SPAN("* 1 FETCH (BODY[HEADER] {3}\r\na\0b)\r\n"),
			     2, &out, &err),
	    0);
	assert_int_equal(
	    out.n, sizeof(GUARD_GREETING_SEEN "* 1 FETCH (BODY[HEADER] {3}\r\na\0b)\r\n") - 1);
	assert_int_equal(guard_rows_pass(&guard, SPAN("* OK a\0b\r\n"), 2, &out, &err), -1);
	buf_fini(&out);
	stream_guard_fini(&guard);
}

static int take_no_second(void *context, const struct guard_message *message, struct err *err)
{
	unsigned *taken = context;

	assert_int_equal(message->uid, ++*taken);
	return *taken < 2 ? 0 : err_set(err, ERR_INTERNAL, "enough");
}

/* What is behind a message that the caller could not take is not looked at. */
static void test_take_fails(void **state)
{
	struct stream_guard guard;
	struct err err = ERR_INIT;
	unsigned taken = 0;
	struct buf out;

	(void)state;
	guard_rows_begin(&guard, &any, &out);
	guard.take = take_no_second;
	guard.take_context = &taken;
	assert_int_equal(stream_guard_pass(&guard,
			     SPAN("* 1 FETCH (UID 1)\r\n* 2 FETCH (UID 2)\r\n"
				  "* 3 FETCH (UID 3)\r\n"),
			     &out, &err),
	    -1);
	assert_int_equal(taken, 2);
	assert_int_equal(err.code, ERR_INTERNAL);
	buf_fini(&out);
	stream_guard_fini(&guard);
}

static void test_at_rest(void **state)
{
	struct stream_guard guard;
	struct err err = ERR_INIT;
	struct buf out;

	(void)state;
	guard_rows_begin(&guard, &any, &out);
	assert_true(stream_guard_at_rest(&guard));
	guard_rows_pass(&guard, SPAN("* 1 FETCH (BODY[HEADER] {3}\r\nab"), 5, &out, &err);
	assert_false(stream_guard_at_rest(&guard));
	guard_rows_pass(&guard, SPAN("c"), 5, &out, &err);
	assert_false(stream_guard_at_rest(&guard));
	guard_rows_pass(&guard, SPAN(")\r\n"), 5, &out, &err);
	assert_true(stream_guard_at_rest(&guard));
	buf_fini(&out);
	stream_guard_fini(&guard);
}

static void note_line(struct span line, void *context)
{
	struct buf *lines = context;

	buf_add(lines, line);
	buf_add_char(lines, '|');
}

/* The trace shows what came, not what is passed on. */
static void test_trace(void **state)
{
	struct stream_guard guard;
	struct err err = ERR_INIT;
	struct buf lines;
	struct buf out;

	(void)state;
	guard_rows_begin(&guard, &any, &out);
	buf_init(&lines, 0);
	guard.trace = note_line;
	guard.trace_context = &lines;
	guard_rows_pass(&guard,
	    SPAN("* FLAGS (\\Seen)\r\r\n* 1 FETCH (X {1}\r\na)\r\n1  OK [x] y\n"), 4, &out, &err);
	assert_span_text(
	    buf_span(&lines), "* FLAGS (\\Seen)|* 1 FETCH (X {1}|1  OK [x] y|", "trace");
	buf_fini(&lines);
	buf_fini(&out);
	stream_guard_fini(&guard);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_limits),
	    cmocka_unit_test(test_refused_literal),
	    cmocka_unit_test(test_words),
	    cmocka_unit_test(test_new_command_new_budget),
	    cmocka_unit_test(test_nul),
	    cmocka_unit_test(test_take_fails),
	    cmocka_unit_test(test_at_rest),
	    cmocka_unit_test(test_trace),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
