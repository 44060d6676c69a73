#include "tests/unit/table.h"

#include "text/network.h"

static const struct {
	const char *text;
	const char *want; /* NULL: it is none */
} networks[] = {
    {"198.51.100.0/24", "198.51.100.0/24"},
    {"198.51.100.7", "198.51.100.7"},
    {"0.0.0.0/0", "0.0.0.0/0"},
    {"198.51.100.7/32", "198.51.100.7"},
    {"198.51.100.128/25", "198.51.100.128/25"},
    {"2001:DB8::/32", "2001:db8::/32"},
    {"2001:db8::1/128", "2001:db8::1"},
    {"::/0", "::/0"},
    {"::ffff:198.51.100.0/120", "198.51.100.0/24"},
    {"198.51.100.7/24", NULL},
    {"198.51.100.0/33", NULL},
    {"2001:db8::/129", NULL},
    {"198.51.100.0/", NULL},
    {"198.51.100.0/-1", NULL},
    {"198.51.100.0/+8", NULL},
    {"198.51.100.0/8/8", NULL},
    {"198.51.100.0/99999999999999999999", NULL},
    {"198.51.100", NULL},
    {"0198.51.100.1", NULL},
    {"198.51.100.0 /24", NULL},
    {"[2001:db8::1]", NULL},
    {"fe80::1%eth0", NULL},
    {"host.example", NULL},
    {"/24", NULL},
    {"", NULL},
};

static void test_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(networks); i++) {
		struct network network;
		struct buf text;
		bool read = network_read(span_of(networks[i].text), &network);

		assert_row(read == (networks[i].want != NULL), networks[i].text);
		if (!read)
			continue;
		buf_init(&text, 0);
		network_add(&text, &network);
		assert_span_text(buf_span(&text), networks[i].want, networks[i].text);
		buf_fini(&text);
	}
}

static void test_has(void **state)
{
	static const struct {
		const char *network;
		const char *address;
		bool want;
	} rows[] = {
	    {"198.51.100.0/25", "198.51.100.127", true},
	    {"198.51.100.0/25", "198.51.100.128", false},
	    {"198.51.100.0/25", "::ffff:198.51.100.1", true},
	    {"0.0.0.0/0", "203.0.113.1", true},
	    {"0.0.0.0/0", "2001:db8::1", false},
	    {"::/0", "203.0.113.1", true},
	    {"2001:db8::/33", "2001:db8:7fff::1", true},
	    {"2001:db8::/33", "2001:db8:8000::1", false},
	};

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		struct network_address address;
		struct network network;

		assert_true(network_read(span_of(rows[i].network), &network));
		assert_true(network_read_address(span_of(rows[i].address), &address));
		assert_row(network_has(&network, &address) == rows[i].want, rows[i].address);
	}
}

/* The ends of each range, and what stands beside them. */
static void test_special(void **state)
{
	static const struct {
		const char *address;
		const char *want;
	} rows[] = {
	    {"0.0.0.0", "no host"},
	    {"9.255.255.255", NULL},
	    {"10.0.0.0", "private"},
	    {"10.255.255.255", "private"},
	    {"11.0.0.0", NULL},
	    {"100.63.255.255", NULL},
	    {"100.64.0.1", "shared by customers"},
	    {"100.128.0.0", NULL},
	    {"127.0.0.1", "loopback"},
	    {"128.0.0.0", NULL},
	    {"169.254.9.9", "link-local"},
	    {"172.15.255.255", NULL},
	    {"172.16.0.0", "private"},
	    {"172.31.255.255", "private"},
	    {"172.32.0.0", NULL},
	    {"192.0.1.255", NULL},
	    {"192.0.2.1", "documentation"},
	    {"192.0.3.0", NULL},
	    {"192.168.1.1", "private"},
	    {"198.17.255.255", NULL},
	    {"198.19.255.255", "benchmarks"},
	    {"198.51.100.255", "documentation"},
	    {"203.0.113.0", "documentation"},
	    {"203.0.114.0", NULL},
	    {"223.255.255.255", NULL},
	    {"224.0.0.1", "multicast"},
	    {"255.255.255.255", "reserved"},
	    {"::", "no host"},
	    {"::1", "loopback"},
	    {"::ffff:10.0.0.1", "private"},
	    {"::ffff:9.9.9.9", NULL},
	    {"2001:1ff::1", "reserved"},
	    {"2001:200::1", NULL},
	    {"2001:db8::1", "documentation"},
	    {"2001:db9::1", NULL},
	    {"2002:0a00:1::1", "translated"},
	    {"2003::1", NULL},
	    {"fbff::1", NULL},
	    {"fc00::1", "private"},
	    {"fdff::1", "private"},
	    {"fe80::1", "link-local"},
	    {"ff02::1", "multicast"},
	};

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		struct network_address address;
		const char *why;

		assert_true(network_read_address(span_of(rows[i].address), &address));
		why = network_special(&address);
		assert_row((why == NULL) == (rows[i].want == NULL), rows[i].address);
		if (why != NULL)
			assert_string_equal(why, rows[i].want);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_read),
	    cmocka_unit_test(test_has),
	    cmocka_unit_test(test_special),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
