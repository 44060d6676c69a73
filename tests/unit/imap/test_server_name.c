#include "tests/unit/table.h"

#include "imap/server_name.h"

#define MUELLER  "m\xC3\xBCller.example"
#define MUELLER2 "mu\xCC\x88ller.example" /* the same, decomposed */

/* 64 bytes in ASCII. */
#define LONG_LABEL "a234567890123456789012345678901234567890123456789012345678901234"

static const struct {
	const char *host;
	const char *ascii; /* NULL: refused */
	const char *why;
} ascii_rows[] = {
    {"quarantine.example.com", "quarantine.example.com", NULL},
    {"Quarantine.Example.COM.", "Quarantine.Example.COM.", NULL},
    {"192.0.2.1", "192.0.2.1", NULL},
    {"2001:db8::1", "2001:db8::1", NULL},
    {"fe80::1%eth0.1", "fe80::1%eth0.1", NULL},
    {"fe80::1%2", "fe80::1%2", NULL},
    {MUELLER, "xn--mller-kva.example", NULL},
    {"M\xC3\x9CLLER.example", "xn--mller-kva.example", NULL},
    {MUELLER2, "xn--mller-kva.example", NULL},
    {"stra\xC3\x9F"
     "e.example",
	"xn--strae-oqa.example", NULL},
    {"m\xC3\xBCller\xE3\x80\x82"
     "example",
	"xn--mller-kva.example", NULL},
    {"b\xC3.example", NULL, "no form in ASCII"},
    {"a\xE2\x80\xAE.example", NULL, "no form in ASCII"},
    {"m\xC3\xBCller..example", NULL, ""},
    {"m\xC3\xBC ller.example", NULL, ""},
    {"m\xC3\xBCller.example/x", NULL, ""},
    /* Digits of another script must not become an address that the resolver makes up. */
    {"\xEF\xBC\x91\xEF\xBC\x92\xEF\xBC\x97.1", NULL, ""},
    {LONG_LABEL ".example", NULL, ""},
    {"", NULL, ""},
    {"127.1", NULL, ""},
    {"2001:db8::1%eth0", NULL, ""},
    {"fe80::1%", NULL, ""},
    {"fe80::1%a%b", NULL, ""},
    {"fe80::1%a/b", NULL, ""},
    {"fe80::1%a23456789012345x", NULL, ""},
    {"ff02::1%lo", NULL, ""},
};

static void test_to_ascii(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(ascii_rows); i++) {
		const char *host = ascii_rows[i].host;
		struct err err = ERR_INIT;
		struct buf out;
		int result;

		buf_init(&out, 0);
		result = server_name_to_ascii(span_of(host), &out, &err);
		if (result != (ascii_rows[i].ascii != NULL ? 0 : -1))
			fail_msg("\"%s\" gave %d %s %s", host, result, buf_string(&out), err.text);
		if (result == 0) {
			assert_string_equal(buf_string(&out), ascii_rows[i].ascii);
		} else {
			assert_int_equal(err.code, ERR_USAGE);
			assert_int_equal(out.n, 0);
			assert_non_null(strstr(err.text, "no host name or address"));
			assert_non_null(strstr(err.text, ascii_rows[i].why));
		}
		buf_fini(&out);
	}
}

static const struct {
	const char *name;
	const char *in_certificate;
	const char *zone;
} part_rows[] = {
    {"quarantine.example.com", "quarantine.example.com", ""},
    {"quarantine.example.com.", "quarantine.example.com", ""},
    {"fe80::1%eth0", "fe80::1", "eth0"},
    {"192.0.2.1", "192.0.2.1", ""},
    {".", ".", ""},
};

static void test_parts(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(part_rows); i++) {
		struct span name = span_of(part_rows[i].name);

		assert_true(span_eq(
		    server_name_in_certificate(name), span_of(part_rows[i].in_certificate)));
		assert_true(span_eq(server_name_zone(name), span_of(part_rows[i].zone)));
	}
}

static const struct {
	const char *a;
	const char *b;
	bool same;
} same_rows[] = {
    {"quarantine.example.com", "QUARANTINE.example.com", true},
    {MUELLER, MUELLER2, true},
    {MUELLER, "XN--mller-kva.example", true},
    {MUELLER, "mueller.example", false},
    {"fe80::1%eth0", "fe80::1%eth1", false},
};

static void test_same(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(same_rows); i++)
		if (server_name_same(same_rows[i].a, same_rows[i].b) != same_rows[i].same)
			fail_msg("%s and %s", same_rows[i].a, same_rows[i].b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_to_ascii),
	    cmocka_unit_test(test_parts),
	    cmocka_unit_test(test_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
