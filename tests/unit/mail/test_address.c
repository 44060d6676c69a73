#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "mail/address.h"
#include "tests/unit/table.h"

static void test_first(void **state)
{
	static const struct {
		const char *value;
		const char *want; /* "local|domain", NULL: none */
	} rows[] = {
	    /* In order. */
	    {"a@example.com", "a|example.com"},
	    {"<a@example.com>", "a|example.com"},
	    {"Name <a@example.com>", "a|example.com"},
	    {"\"Last, First\" <a@example.com>", "a|example.com"},
	    {"\"x@example.net <y@example.net>\" <a@example.com>", "a|example.com"},
	    {"\"\\\"x\\\" <y@example.net>\" <a@example.com>", "a|example.com"},
	    {"\"Name\" of <x@example.net> <a@example.com>", "x|example.net"},
	    {"\"Name\" , <a@example.com>", "a|example.com"},
	    {"Name <a@example.com> Name", "a|example.com"},
	    {"Name: <a@example.com>", "a|example.com"},
	    {"Name <a@example.com> >", "a|example.com"},
	    {"a@example.com (Name)", "a|example.com"},
	    {"(Name <x@example.net> (nested)) a@example.com", "a|example.com"},
	    {"Name (\\) <x@example.net>) <a@example.com>", "a|example.com"},
	    {"a@example.com, b@example.com", "a|example.com"},
	    {"A <a@example.com>, B <b@example.com>", "a|example.com"},
	    {"a@example.com, B <b@example.com>", "a|example.com"},
	    {"\"a b\"@example.com", "a b|example.com"},
	    {"<\"a\\\"b\"@example.com>", "a\"b|example.com"},
	    {"\"a@b\"@example.com", "a@b|example.com"},
	    {"a@[192.0.2.1]", "a|[192.0.2.1]"},
	    {"<a@[IPv6:2001:db8::1]>", "a|[IPv6:2001:db8::1]"},
	    {"a+b=c@example.com", "a+b=c|example.com"},
	    {"José <josé@example.com>", "josé|example.com"},

	    /* Obsolete. */
	    {"<@x.example,@y.example:a@example.com>", "a|example.com"},
	    {"< a @ example . com >", "a|example.com"},
	    {"a(x)@(y)example.com", "a|example.com"},
	    {"<a@example(comment).  com>", "a|example.com"},
	    {"Friends: a@example.com, b@example.com;", "a|example.com"},
	    {"Friends: A <a@example.com>;", "a|example.com"},
	    {"undisclosed-recipients:;", NULL},
	    {"undisclosed recipients: ;", NULL},

	    /* Without a domain. */
	    {"MAILER-DAEMON", "MAILER-DAEMON|"},
	    {"<MAILER-DAEMON>", "MAILER-DAEMON|"},
	    {"MAILER-DAEMON (Mail Delivery System)", "MAILER-DAEMON|"},
	    {"a@", "a|"},
	    {"\"MAILER-DAEMON\"", NULL},

	    /* Broken. */
	    {"", NULL},
	    {"Some Name", NULL},
	    {"\"Some Name\"", NULL},
	    {"\"Name\" <>", NULL},
	    {"\"Name\"<<>>", NULL},
	    {"<>", NULL},
	    {"@example.com", NULL},
	    {"<<a@example.com>>", "a|example.com"},
	    {"Name <a@example.com", "a|example.com"},
	    {"Name <a@example.com, b@example.com", "a|example.com"},
	    {"Name a@example.com>", "a|example.com"},
	    {"\"Name <a@example.com>", "a|example.com"},
	    {"Name (x <a@example.com>", "a|example.com"},
	    {"Last, First <a@example.com>", "a|example.com"},
	    {"x@example.net, Inc <a@example.com>", "x|example.net"},
	    {"x@example.net <a@example.com>", "a|example.com"},
	    {"Name a@example.com", "a|example.com"},
	    {"Company Inc. a@example.com", "a|example.com"},
	    {"\"Name\" a@example.com", "a|example.com"},
	    {"a@example.com Name", "a|example.com"},
	    {"a@example.com; b@example.com", "a|example.com"},
	    {"\"a@example.com\"", "a|example.com"},
	    {"mailto:a@example.com", "a|example.com"},
	    {"<mailto:a@example.com>", "a|example.com"},
	    {"a@example.com:25", "a|example.com"},
	    {"a@b@example.com", "a@b|example.com"},
	    {"<a b@example.com>", "b|example.com"},
	    {"a@example.com\xc2\xa0", "a|example.com"},
	    {"\xc2\xa0<\xc2\xa0"
	     "a@example.com>",
		"a|example.com"},
	    {"::::", NULL},
	    {"\"", NULL},
	    {"(", NULL},
	    {"\"\\", "\\|"},
	    {"\"\"", NULL},
	    {"\"\"@example.com", NULL},
	    {"<\"", NULL},
	};
	struct arena arena;

	(void)state;
	arena_init(&arena);
	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		struct address address = {SPAN("untouched"), SPAN("")};
		bool found = address_first(span_of(rows[i].value), &arena, &address);

		if (rows[i].want == NULL) {
			if (found)
				fail_msg("%s: found \"%.*s\"", rows[i].value, (int)address.local.n,
				    address.local.p);
			assert_span_text(address.local, "untouched", rows[i].value);
			continue;
		}
		assert_row(found, rows[i].value);
		assert_span_text(
		    arena_printf(&arena, "%.*s|%.*s", (int)address.local.n, address.local.p,
			(int)address.domain.n, address.domain.n != 0 ? address.domain.p : ""),
		    rows[i].want, rows[i].value);
	}
	arena_fini(&arena);
}

static void test_list(void **state)
{
	static const struct {
		const char *value;
		const char *want; /* "local|domain " for each */
	} rows[] = {
	    {"", ""},
	    {"a@example.com", "a|example.com "},
	    {"a@example.com, b@example.net", "a|example.com b|example.net "},
	    {"a@example.com,b@example.net,", "a|example.com b|example.net "},
	    {"a@example.com; <b@example.net>", "a|example.com b|example.net "},
	    {"A <a@example.com>, \"B, b\" <b@example.net>", "a|example.com b|example.net "},
	    {"A <a@example.com> (x, y@example.org), b@example.net", "a|example.com b|example.net "},
	    {"\"x@example.org, y\" <a@example.com>, b@example.net", "a|example.com b|example.net "},
	    {"\"a,b\"@example.com, c@example.net", "a,b|example.com c|example.net "},
	    {"Friends: a@example.com, B <b@example.net>;, c@example.org",
		"a|example.com b|example.net c|example.org "},
	    {"<@x.example,@y.example:a@example.com>, b@example.net",
		"a|example.com b|example.net "},
	    {"a@example.com, @x.example, b@example.net", "a|example.com b|example.net "},
	    {"undisclosed-recipients:;", ""},
	    {"undisclosed recipients:;, a@example.com", "a|example.com "},
	    {"Last, First <a@example.com>, b@example.net", "Last| a|example.com b|example.net "},
	    {"A <a@example.com, B <b@example.net>", "a|example.com b|example.net "},
	    {"A <a@example.com, b@example.net>", "a|example.com b|example.net "},
	    {"\"A <a@example.com>, b@example.net", "a|example.com b|example.net "},
	    {":-( <a@example.com>, b@example.net", "a|example.com b|example.net "},
	    {"root, a@example.com", "root| a|example.com "},
	    {",,;, ,\"\",()", ""},
	    {",@,@,@", ""},
	    {"a@example.com a@example.net", "a|example.com "},
	};
	struct arena arena;
	struct buf got;

	(void)state;
	arena_init(&arena);
	buf_init(&got, 0);
	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		struct address_list list;
		struct address address;

		buf_clear(&got);
		address_list_init(&list, span_of(rows[i].value), &arena);
		while (address_list_next(&list, &address)) {
			buf_add(&got, address.local);
			buf_add_char(&got, '|');
			buf_add(&got, address.domain);
			buf_add_char(&got, ' ');
		}
		assert_span_text(buf_span(&got), rows[i].want, rows[i].value);
	}
	buf_fini(&got);
	arena_fini(&arena);
}

static void test_is(void **state)
{
	static const struct {
		struct span s;
		bool want;
	} rows[] = {
	    {SPAN("a@example.com"), true},
	    {SPAN("login@host"), true},
	    {SPAN("a.b+c=d@x-y.example"), true},
	    {SPAN("josé@exämple.com"), true},
	    {SPAN("a@例え"), true},
	    {SPAN(""), false},
	    {SPAN("a"), false},
	    {SPAN("@"), false},
	    {SPAN("a@"), false},
	    {SPAN("@example.com"), false},
	    {SPAN("a@..."), false},
	    {SPAN("a@b@example.com"), false},
	    {SPAN(" a@example.com"), false},
	    {SPAN("a@example.com "), false},
	    {SPAN("a b@example.com"), false},
	    {SPAN("a@example.com\n"), false},
	    {SPAN("a\0@example.com"), false},
	    {SPAN("a@example.com\xc2\xa0"), false},
	    {SPAN("a\xc2\x85@example.com"), false},
	    {SPAN("a\xff@example.com"), false},
	    {SPAN("<a@example.com>"), false},
	    {SPAN("a@[192.0.2.1]"), false},
	    {SPAN("a@example.com,b"), false},
	    {SPAN("a@example.com;"), false},
	    {SPAN("host: a@example.com"), false},
	    {SPAN("host:a@example.com"), false},
	    {SPAN("\"a\"@example.com"), false},
	    {SPAN("DOMAIN\\a@example.com"), false},
	    {SPAN("a(b)@example.com"), false},
	};

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(rows); i++)
		assert_row(address_is(rows[i].s) == rows[i].want, rows[i].s.p);
}

static void test_normal(void **state)
{
	static const struct {
		struct address address;
		const char *want;
	} rows[] = {
	    {{SPAN("Some.One"), SPAN("Example.COM")}, "Some.One@example.com"},
	    {{SPAN("MAILER-DAEMON"), {NULL, 0}}, "MAILER-DAEMON"},
	    {{SPAN("a"), SPAN("EXÄMPLE.com")}, "a@exÄmple.com"},
	};
	struct arena arena;

	(void)state;
	arena_init(&arena);
	for (size_t i = 0; i < TABLE_COUNT(rows); i++)
		assert_span_text(
		    address_normal(&rows[i].address, &arena), rows[i].want, rows[i].want);
	arena_fini(&arena);
}

/* Were the cost quadratic, each of these would take minutes. */
static void test_cost(void **state)
{
	static const char *const pieces[] = {
	    "(", "\"\\", "<", ":", "((a)", " a", "@", ",a@b", ",@", ",<"};
	struct arena arena;

	(void)state;
	arena_init(&arena);
	for (size_t i = 0; i < TABLE_COUNT(pieces); i++) {
		struct address_list list;
		struct address address;
		struct buf value;

		buf_init(&value, 0);
		while (value.n < (size_t)1024 * 1024)
			buf_add_text(&value, pieces[i]);
		address_first(buf_span(&value), &arena, &address);
		address_list_init(&list, buf_span(&value), &arena);
		while (address_list_next(&list, &address))
			assert_true(address.local.n > 0);
		assert_false(arena.failed);
		buf_fini(&value);
	}
	arena_fini(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_first),
	    cmocka_unit_test(test_list),
	    cmocka_unit_test(test_is),
	    cmocka_unit_test(test_normal),
	    cmocka_unit_test(test_cost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
