#include "tests/unit/table.h"

#include <netinet/in.h>

#include "base/clock.h"
#include "imap/resolve.h"

static struct tls_settings tls = {.port = 1993};

static const struct {
	const char *name;
	int family;
	unsigned scope; /* interface number */
} good_rows[] = {
    {"192.0.2.1", AF_INET, 0},
    {"2001:db8::1", AF_INET6, 0},
    {"fe80::1%lo", AF_INET6, 1},
    {"fe80::1%1", AF_INET6, 1},
};

/* Addresses need no look-up, so they work after the deadline, too. */
static void test_addresses(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(good_rows); i++) {
		struct stream_settings settings = {
		    .host = good_rows[i].name, .tls = &tls, .deadline = 1};
		struct addrinfo *list = NULL;
		struct err err = ERR_INIT;

		if (resolve_name(&settings, good_rows[i].name, &list, &err) != 0)
			fail_msg("%s: %s", good_rows[i].name, err.text);
		assert_int_equal(list->ai_family, good_rows[i].family);
		assert_null(list->ai_next);
		if (list->ai_family == AF_INET6) {
			const struct sockaddr_in6 *six = (const void *)list->ai_addr;

			assert_int_equal(six->sin6_scope_id, good_rows[i].scope);
			assert_int_equal(six->sin6_port, htons(1993));
		}
		freeaddrinfo(list);
	}
}

static void test_unknown_zone(void **state)
{
	struct stream_settings settings = {.host = "fe80::1%nonesuch", .tls = &tls};
	struct addrinfo *list = NULL;
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(resolve_name(&settings, settings.host, &list, &err), -1);
	assert_int_equal(err.code, ERR_NOHOST);
	assert_non_null(strstr(err.text, "no network interface nonesuch"));
	assert_null(list);
}

static void test_names(void **state)
{
	struct stream_settings settings = {.host = "localhost", .tls = &tls};
	struct addrinfo *list = NULL;
	struct err err = ERR_INIT;

	(void)state;
	if (resolve_name(&settings, "localhost", &list, &err) != 0)
		skip(); /* a machine without /etc/hosts */
	assert_non_null(list);
	freeaddrinfo(list);
}

/* A look-up that is left behind frees what it owns; the sanitizers check that. */
static void test_deadline(void **state)
{
	struct stream_settings settings = {.host = "localhost", .tls = &tls, .deadline = 1};

	(void)state;
	for (int i = 0; i < 20; i++) {
		struct addrinfo *list = NULL;
		struct err err = ERR_INIT;

		/* Either may be first: the answer or the deadline. */
		if (resolve_name(&settings, "localhost", &list, &err) == 0)
			freeaddrinfo(list);
		else
			assert_true(err.code == ERR_TEMPORARY || err.code == ERR_NOHOST);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_addresses),
	    cmocka_unit_test(test_unknown_zone),
	    cmocka_unit_test(test_names),
	    cmocka_unit_test(test_deadline),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
