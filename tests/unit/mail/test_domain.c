#include "tests/unit/table.h"

#include "mail/domain.h"

static void test_is_host(void **state)
{
	static const struct {
		const char *name;
		bool want;
	} rows[] = {
	    {"mail.example.com", true},
	    {"a.b", true},
	    {"xn--mnchen-3ya.example", true},
	    {"m\xc3\xbcnchen.example", true},
	    {"srv_1.example.com", true},
	    {"", false},
	    {"localhost", false},
	    {"localhost.localdomain", false},
	    {"web5.localdomain", false},
	    {"localhost.example.com", false},
	    {"web5", false},
	    {".example.com", false},
	    {"example.com.", false},
	    {"192.0.2.1", false},
	    {"[192.0.2.1]", false},
	    {"2001:db8::1", false},
	    {"a b.example", false},
	    {"a@b.example", false},
	    {"<unknown.example>", false},
	};

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(rows); i++)
		assert_row(domain_is_host(span_of(rows[i].name)) == rows[i].want, rows[i].name);
}

static void test_same(void **state)
{
	static const struct {
		const char *a, *b;
		bool want;
	} rows[] = {
	    {"web1.example.com", "MAIL.Example.com", true},
	    {"web1.example.com", "web1.example.com", true},
	    {"web1.example.com", "web1.example.net", false},
	    {"example.co.uk", "other.co.uk", false},
	    {"a.example.co.uk", "b.example.co.uk", true},
	    {"example.co.uk", "co.uk", false},
	    {"b.example.com", "example.com", true},
	    {"notexample.com", "example.com", false},
	    {"one.github.io", "two.github.io", false},
	    {"www.one.github.io", "one.github.io", true},
	    {"a.b.c.example.org", "example.org", true},
	    {"web1.customer.example.", "WEB2.Customer.example", false},
	    {"web1.customer.example", "WEB2.Customer.example", true},
	    {"one.example.com.br", "two.example.com.br", true},
	    {"one.com.br", "two.com.br", false},
	    {"one.web.id", "two.web.id", false},
	    {"one.kyoto.jp", "two.kyoto.jp", false},
	    {"one.example", "two.example", false},
	    {"localhost", "localhost", false},
	    {"192.0.2.1", "192.0.2.1", false},
	    {"10.0.2.1", "10.1.2.1", false},
	    {"", "", false},
	};

	struct domain_memory memory = {0};

	(void)state;
	/* Asked anew, and out of the memory. */
	for (unsigned round = 0; round < 2; round++)
		for (size_t i = 0; i < TABLE_COUNT(rows); i++)
			assert_row(domain_same(&memory, span_of(rows[i].a), span_of(rows[i].b)) ==
				       rows[i].want,
			    rows[i].a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_is_host),
	    cmocka_unit_test(test_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
