#include "tests/unit/table.h"

#include <stdio.h>

#include "evidence/guessed_field.h"
#include "evidence/login_value.h"
#include "record/system_account.h"

static void test_read(void **state)
{
	static const struct {
		const char *value;
		const char *address; /* what is found where only addresses count */
		const char *plain;   /* and where logins do, too; NULL: the same */
	} rows[] = {
	    {"m@customer.example", "m@customer.example", NULL},
	    {"<m@customer.example>", "m@customer.example", NULL},
	    {"\"m@customer.example\"", "m@customer.example", NULL},
	    {"m@customer.example@192.0.2.1", "m@customer.example", NULL},
	    {"m@customer.example@[192.0.2.1]", "m@customer.example", NULL},
	    {"m@customer.example, 192.0.2.1", "m@customer.example", NULL},
	    {"m@customer.example (authenticated)", "m@customer.example", NULL},
	    {"M <m@customer.example>", "m@customer.example", NULL},
	    {"m%40customer.example", "m@customer.example", NULL},
	    {"bUBjdXN0b21lci5leGFtcGxl", "m@customer.example", NULL},
	    {"6d40637573746f6d65722e6578616d706c65", "m@customer.example", NULL},
	    {"by m@customer.example from 192.0.2.1", "m@customer.example", NULL},
	    {"web17", "", "web17"},
	    {"web17@192.0.2.1", "", "web17"},
	    {"web17 192.0.2.1", "", "web17"},
	    {"customer.example", "", "customer.example"},
	    {"00022B69", "", "00022B69"},
	    {"m@localhost", "", NULL},
	    {"192.0.2.1", "", NULL},
	    {"2001:db8::1", "", NULL},
	    {"yes", "", NULL},
	    {"(null)", "", NULL},
	    {":P2EQZ0W6W/Ckj", "", NULL},
	    {"-", "", NULL},
	    {"a=b", "", NULL},
	    {"", "", NULL},
	};
	struct arena arena;

	(void)state;
	arena_init(&arena);
	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		struct span value = span_of(rows[i].value);

		assert_span_text(
		    login_value_read(value, false, &arena), rows[i].address, rows[i].value);
		assert_span_text(login_value_read(value, true, &arena),
		    rows[i].plain != NULL ? rows[i].plain : rows[i].address, rows[i].value);
	}
	arena_fini(&arena);
}

static void test_mailbox(void **state)
{
	static const struct {
		const char *login;
		const char *want;
	} rows[] = {
	    {"m+customer.example", "m@customer.example"},
	    {"m%customer.example", "m@customer.example"},
	    {"a+b+customer.example", "a+b@customer.example"},
	    {"m+news", "m+news"},
	    {"m+news.2024", "m+news.2024"},
	    {"m+news@customer.example", "m+news@customer.example"},
	    {"+customer.example", "+customer.example"},
	    {"m+", "m+"},
	    {"a b+customer.example", "a b+customer.example"},
	    {"m", "m"},
	};
	struct arena arena;

	(void)state;
	arena_init(&arena);
	for (size_t i = 0; i < TABLE_COUNT(rows); i++)
		assert_span_text(login_value_mailbox(span_of(rows[i].login), &arena), rows[i].want,
		    rows[i].login);
	arena_fini(&arena);
}

static void test_guessed(void **state)
{
	static const struct {
		const char *name;
		bool want;
	} rows[] = {
	    {"X-Foo-Auth-User", true},
	    {"x-foo-authuser", true},
	    {"X-FOO-AUTHENTICATED-AS", true},
	    {"X-Foo-Authenticated", true},
	    {"X-Foo-SMTPAuth", true},
	    {"X-Foo-SMTP-Auth-Login", true},
	    {"X-Auth-Login", true},
	    {"X-SASL-Login", true},
	    {"X-Authorized-User", true},
	    {"X-Author-User", false},
	    {"X-Authenticated-IP", false},
	    {"X-Authentication-Results", false},
	    {"X-Foo-Authenticated-By", false},
	    {"X-Foo-Auth-Session-Id", false},
	    {"X-Foo-Auth-Result", false},
	    {"X-MS-Exchange-Organization-AuthAs", false},
	    {"X-MailChannels-Auth-Id", false},
	    {"X-Authenticated", false},
	    {"X-Authority-Analysis", false},
	    {"X-Auth", false},
	    {"Auth-User", false},
	    {"X-", false},
	    {"", false},
	};

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(rows); i++)
		assert_row(guessed_field_is(span_of(rows[i].name)) == rows[i].want, rows[i].name);
}

static void test_learn(void **state)
{
	struct guessed_fields set = {0};

	(void)state;
	assert_true(guessed_fields_learn(&set, SPAN("X-Foo-Auth-User: a\r\nX-Bar: b\r\n")));
	assert_false(
	    guessed_fields_learn(&set, SPAN("x-foo-auth-user: a\r\n\r\nX-B-Auth-User: b")));
	assert_false(guessed_fields_learn(&set, SPAN("X-(-Auth-User: a\r\nFrom: b\r\n")));
	assert_int_equal(set.count, 1);
	assert_string_equal(set.name[0], "X-Foo-Auth-User");
	for (unsigned i = 0; i < 2 * GUESSED_FIELD_MAX; i++) {
		char block[64];

		snprintf(block, sizeof(block), "X-%u-Auth-User: a\r\n", i);
		guessed_fields_learn(&set, span_of(block));
	}
	assert_int_equal(set.count, GUESSED_FIELD_MAX);
}

static void test_system(void **state)
{
	static const struct {
		const char *identity;
		bool want;
	} rows[] = {
	    {"uid 33@web1.example.com", true},
	    {"uid 0", true},
	    {"uid 65534@192.0.2.1", true},
	    {"uid 1017@web1.example.com", false},
	    {"uid 033@web1.example.com", true},
	    {"www-data@web1.example.com", true},
	    {"MAIL@web1.example.com", true},
	    {"web17@web1.example.com", false},
	    {"nobody2@web1.example.com", false},
	    {"", false},
	};

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(rows); i++)
		assert_row(system_account_is_user(span_of(rows[i].identity)) == rows[i].want,
		    rows[i].identity);
	assert_true(system_account_is_login(SPAN("mail")));
	assert_false(system_account_is_login(SPAN("mail@customer.example")));
	assert_true(system_account_is_login(SPAN("www-data@customer.example")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_read),
	    cmocka_unit_test(test_mailbox),
	    cmocka_unit_test(test_guessed),
	    cmocka_unit_test(test_learn),
	    cmocka_unit_test(test_system),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
