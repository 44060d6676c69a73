/* What the explanations of tests/evidence do not show: limits, terminals, odd bytes, failures. */
#include "tests/unit/table.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "evidence/evidence.h"
#include "evidence/explain.h"
#include "evidence/explain_unknown.h"
#include "sink/sink.h"

#define ELLIPSIS "\xe2\x80\xa6"

struct fixture {
	struct evidence *evidence;
	struct arena arena;
	struct record record;
	struct buf block;
	struct buf out;
};

static int set_up(void **state)
{
	static const char *const names[] = {"X-Customer", "X-Brand-Username", "From"};
	static const struct evidence_options options = {names, 3};
	static struct fixture fixture;
	struct err err = ERR_INIT;

	fixture.evidence = evidence_new(&options, &err);
	arena_init(&fixture.arena);
	buf_init(&fixture.block, 0);
	buf_init(&fixture.out, 0);
	*state = &fixture;
	return fixture.evidence != NULL ? 0 : -1;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;

	evidence_free(fixture->evidence);
	arena_fini(&fixture->arena);
	buf_fini(&fixture->block);
	buf_fini(&fixture->out);
	return 0;
}

static const char *explain(struct fixture *fixture, struct span block, bool ascii_only)
{
	struct err err = ERR_INIT;

	arena_reset(&fixture->arena);
	buf_clear(&fixture->out);
	fixture->record = (struct record){0};
	assert_int_equal(
	    evidence_extract(fixture->evidence, block, &fixture->arena, &fixture->record, &err), 0);
	explain_add(&fixture->out, fixture->evidence, &fixture->record, ascii_only);
	assert_int_equal(fixture->out.failed, 0);
	return buf_string(&fixture->out);
}

static unsigned count_of(const char *text, const char *part)
{
	unsigned count = 0;

	while ((text = strstr(text, part)) != NULL) {
		text += strlen(part);
		count++;
	}
	return count;
}

static void test_lines(void **state)
{
	static const struct {
		struct span block;
		const char *want;
		const char *not_wanted;
		bool ascii_only;
	} rows[] = {
	    {SPAN("From: a\r\nFrom: b\r\n"),
		"  From: a; from; From (1 of 2): a\n    not used: From (2 of 2): b\n", "(all",
		false},
	    {SPAN("To: a\r\nTo: b\r\nTo: c\r\n"), "  To: a, b, c; to; To (all 3): a\n", "not used",
		false},
	    {SPAN("From:\r\nSubject: x\r\n"), "  Subject: x; subject; Subject: x\n", "From", false},
	    {SPAN(""), "", "  ", false},
	    {SPAN("Subject: =?UTF-8?Q?caf=C3=A9?=\r\n"),
		"  Subject: caf\xc3\xa9; subject; Subject: =?UTF-8?Q?caf=C3=A9?=\n", "<", false},
	    {SPAN("Subject: caf\xc3\xa9\r\n"), "  Subject: caf<U+00E9>; ", "\xc3", true},
	    {SPAN("Subject: caf\xe9\r\n"), "; Subject: caf\xc3\xa9\n  Notes: invalid charset\n",
		"<", false},
	    {SPAN("Subject: a\x1b[2J\xe2\x80\xae\0z\r\n"), "  Subject: a [2J<U+202E> z; ", "\x1b",
		false},
	    {SPAN("Subject: =cmd|x\r\n"), "  Subject: =cmd|x; ", "'", false},
	    /* What looks like a line of ours stays behind its quote. */
	    {SPAN("Subject: x; x-authuser; X-AuthUser: v\r\n"),
		"  Subject: \"x; x-authuser; X-AuthUser: v\"; subject; ", "Auth-User", false},
	    {SPAN("X-Customer:\r\nX-Customer: below\r\nFrom: a@example.com\r\n"),
		"  Identity: a@example.com; identity-header; From: a@example.com\n", "below",
		false},
	    {SPAN("X-Brand-Username: u\r\nX-Brand-Domain: d.example\r\nX-Brand-Class: spam\r\n"),
		"  Identity: u; identity-header; X-Brand-Username: u\n"
		"    also: u@d.example; identity-ip-username; column IP/Username: u\n",
		"unknown", false},
	    {SPAN("Received: from x ([192.0.2.1]) by y; z\r\nReceived: (qmail 1 invoked by uid 5); "
		  "z\r\n"),
		"  Qmail UID: 5; qmail-uid; Received (2 of 2): \"(qmail 1 invoked by uid 5); z\"\n",
		"not used", false},
	    {SPAN("X-\xff\x1bUser: v\r\n"), "", "\x1b", false},
	};
	struct fixture *fixture = *state;

	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		const char *got = explain(fixture, rows[i].block, rows[i].ascii_only);

		if (strstr(got, rows[i].want) == NULL || strstr(got, rows[i].not_wanted) != NULL)
			fail_msg("want \"%s\" and no \"%s\" in\n%s", rows[i].want,
			    rows[i].not_wanted, got);
		assert_true(utf8_valid(buf_span(&fixture->out)));
	}
}

/* Names of headers.md that tell nobody, names a rule reads, and names that may tell. */
/* Nothing is left of the message before, whose fields were those of brands. */
static void test_message_before(void **state)
{
	const struct span before = SPAN("X-One-Username: 192.0.2.1\nX-Two-Class: spam\n"
					"X-Three-Domain: example.com\n");
	const struct span guessed =
	    SPAN("From: a@example.com\nX-Foo-Auth-User: a@customer.example\n"
		 "X-Foo-Auth-User: b@customer.example\n");
	char *alone;

	alone = strdup(explain(*state, guessed, false));
	assert_non_null(alone);
	assert_non_null(strstr(alone, "X-Foo-Auth-User (2 of 2)"));
	for (unsigned round = 0; round < 2; round++) {
		explain(*state, before, false);
		assert_string_equal(explain(*state, guessed, false), alone);
	}
	free(alone);
}

static void test_unknown(void **state)
{
	static const struct {
		const char *name;
		bool want;
		const char *value; /* NULL: "x" */
	} rows[] = {
	    /* By the value: an address, or the client's. */
	    {"X-Panel-Key", true, "panel.example;m@customer.example;1770724798;"},
	    {"X-Panel-Key", true, "m@customer.example"},
	    {"X-Panel-Client", true, "pc [192.0.2.77]"},
	    {"X-Panel-Key", false, "a@example.com"}, /* From has it */
	    {"X-Panel-Key", false, "m@customer"},
	    {"X-Panel-Client", false, "192.0.2.78"},
	    {"X-Report-Abuse-To", false, "abuse@panel.example"},
	    {"X-Original-To", false, "m@customer.example"},
	    {"X-Foo-Auth-User", false, "m@customer.example"}, /* guessed */
	    {"X-Foo-Auth-User", true, "yes"},
	    {"X-Panel-Account", true, NULL},
	    {"x-panel-LOGIN", true, NULL},
	    {"X-AuthEmail", true, NULL},
	    {"X-Script-Name", true, NULL},
	    {"X-Mail-Source", true, NULL},
	    {"X-Smtp-Sender", true, NULL},
	    {"X-Other-Username", true, NULL},
	    {"X-User", true, NULL},
	    {"X-Brand-Username", false, NULL},
	    {"X-AUTHUSER", false, NULL},
	    {"X-Source-Args", false, NULL},
	    {"X-Get-Message-Sender-Via", false, NULL},
	    {"X-Customer", false, NULL},
	    {"X-Source-L", false, NULL},
	    {"x-mc-user", false, NULL},
	    {"X-MS-Exchange-Organization-AuthAs", false, NULL},
	    {"X-MS-Exchange-CrossTenant-AuthSource", false, NULL},
	    {"X-Sender", false, NULL},
	    {"X-Priority", false, NULL},
	    {"User-Agent", false, NULL},
	    {"Sender", false, NULL},
	    {"Authentication-Results", false, NULL},
	    {"ARC-Authentication-Results", false, NULL},
	    {"", false, NULL},
	    {"X-", false, NULL},
	};
	struct fixture *fixture = *state;

	explain(fixture,
	    SPAN("Received: from pc ([192.0.2.77]) by filter.example.net; x\r\n"
		 "From: a@example.com\r\nX-Brand-Class: spam\r\n"),
	    false);
	for (size_t i = 0; i < TABLE_COUNT(rows); i++)
		assert_row(
		    explain_is_unknown(fixture->evidence, span_of(rows[i].name),
			span_of(rows[i].value != NULL ? rows[i].value : "x")) == rows[i].want,
		    rows[i].name);
}

static void repeat(struct fixture *fixture, const char *text, unsigned count)
{
	buf_clear(&fixture->block);
	while (count-- > 0)
		buf_add_text(&fixture->block, text);
}

static void test_lists_are_short(void **state)
{
	struct fixture *fixture = *state;
	const char *got;

	repeat(fixture, "X-Panel-User: u\r\n", EXPLAIN_MAX_UNKNOWN);
	got = explain(fixture, buf_span(&fixture->block), false);
	assert_int_equal(count_of(got, "  unknown: "), EXPLAIN_MAX_UNKNOWN);
	assert_int_equal(count_of(got, " more\n"), 0);

	repeat(fixture, "X-Panel-User: u\r\n", EXPLAIN_MAX_UNKNOWN + 7);
	got = explain(fixture, buf_span(&fixture->block), false);
	assert_int_equal(count_of(got, "  unknown: "), EXPLAIN_MAX_UNKNOWN);
	assert_int_equal(count_of(got, "  and 7 more\n"), 1);

	repeat(fixture, "X-Auth: u\r\n", EXPLAIN_MAX_UNUSED + 1 + 3);
	got = explain(fixture, buf_span(&fixture->block), false);
	assert_int_equal(count_of(got, "    not used: "), EXPLAIN_MAX_UNUSED);
	assert_int_equal(count_of(got, "    and 3 more\n"), 1);
}

static void test_texts_are_short(void **state)
{
	struct fixture *fixture = *state;
	const char *got;

	repeat(fixture, "Subject: ", 1);
	for (size_t i = 0; i < EXPLAIN_MAX_TEXT; i++)
		buf_add_char(&fixture->block, 'x');
	got = explain(fixture, buf_span(&fixture->block), false);
	assert_int_equal(count_of(got, ELLIPSIS), 0);
	buf_add_char(&fixture->block, 'x');
	got = explain(fixture, buf_span(&fixture->block), false);
	assert_int_equal(count_of(got, ELLIPSIS), 2); /* the value, and as it stands there */
	assert_true(fixture->out.n < 3 * EXPLAIN_MAX_TEXT);

	/* The cut is between characters. */
	repeat(fixture, "Subject: x", 1);
	for (size_t i = 0; i < EXPLAIN_MAX_TEXT; i++)
		buf_add_text(&fixture->block, "\xe6\x97\xa5");
	got = explain(fixture, buf_span(&fixture->block), false);
	assert_int_equal(count_of(got, "\xe6\x97\xa5" ELLIPSIS), 2);
	assert_true(utf8_valid(buf_span(&fixture->out)));
}

static void test_write_error(void **state)
{
	struct fixture *fixture = *state;
	struct err err = ERR_INIT;
	FILE *out = fopen("/dev/full", "w");
	struct sink *sink = sink_explain_new(out, false, &err);

	assert_non_null(sink);
	explain(fixture, SPAN("From: a\r\n"), false);
	assert_int_equal(sink_record(sink, &fixture->record, &err), -1);
	assert_int_equal(err_exit_status(&err), 74);
	assert_non_null(strstr(err.text, "cannot write the explanations"));
	sink_free(sink);
	fclose(out);
}

static void test_no_memory(void **state)
{
	struct fixture *fixture = *state;

	explain(fixture, SPAN("From: a\r\n"), false);
	arena_fail(&fixture->arena, ENOMEM);
	explain_add(&fixture->out, fixture->evidence, &fixture->record, false);
	assert_int_equal(fixture->out.failed, ENOMEM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_lines),
	    cmocka_unit_test(test_message_before),
	    cmocka_unit_test(test_unknown),
	    cmocka_unit_test(test_lists_are_short),
	    cmocka_unit_test(test_texts_are_short),
	    cmocka_unit_test(test_write_error),
	    cmocka_unit_test(test_no_memory),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
