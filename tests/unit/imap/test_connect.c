/* Addresses of a server that connect, refuse, or say nothing; all of them of this machine. */
#include "tests/unit/table.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "imap/connect.h"

#define MOST (CONNECT_MAX_ADDRESSES + 2)

/* Addresses on a list, as getaddrinfo() makes one. */
struct addresses {
	struct addrinfo info[MOST];
	struct sockaddr_storage name[MOST];
	unsigned count;
};

static void add_address(struct addresses *all, const char *address, unsigned port)
{
	struct addrinfo *info = &all->info[all->count];
	struct sockaddr_storage *name = &all->name[all->count];
	struct sockaddr_in *four = (struct sockaddr_in *)name;
	struct sockaddr_in6 *six = (struct sockaddr_in6 *)name;
	bool ipv6 = strchr(address, ':') != NULL;

	if (ipv6)
		*six = (struct sockaddr_in6){
		    .sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port)};
	else
		*four =
		    (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	assert_int_equal(inet_pton(ipv6 ? AF_INET6 : AF_INET, address,
			     ipv6 ? (void *)&six->sin6_addr : (void *)&four->sin_addr),
	    1);
	*info = (struct addrinfo){
	    .ai_family = ipv6 ? AF_INET6 : AF_INET,
	    .ai_socktype = SOCK_STREAM,
	    .ai_addr = (struct sockaddr *)name,
	    .ai_addrlen = ipv6 ? sizeof(*six) : sizeof(*four),
	};
	if (all->count > 0)
		all->info[all->count - 1].ai_next = info;
	all->count++;
}

/* A socket that holds a port of the address; with listen() or not. */
static int hold_port(const char *address, bool listening, unsigned *port_r)
{
	struct sockaddr_in name = {.sin_family = AF_INET};
	socklen_t n = sizeof(name);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(inet_pton(AF_INET, address, &name.sin_addr), 1);
	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&name, n), 0);
	if (listening)
		assert_int_equal(listen(fd, 0), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&name, &n), 0);
	*port_r = ntohs(name.sin_port);
	return fd;
}

/* Fills the queue of a listening socket, so that whoever connects next gets no answer. */
static void fill_queue(const char *address, unsigned port, int fds[4])
{
	struct sockaddr_in name = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};

	assert_int_equal(inet_pton(AF_INET, address, &name.sin_addr), 1);
	for (int i = 0; i < 4; i++) {
		fds[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
		assert_true(fds[i] >= 0);
		(void)!connect(fds[i], (struct sockaddr *)&name, sizeof(name));
	}
}

static void close_all(const int *fds, int n)
{
	for (int i = 0; i < n; i++)
		close(fds[i]);
}

static struct tls_settings tls = {.port = 993};

static struct stream_settings settings_of(const char *host, unsigned timeout, int64_t deadline)
{
	return (struct stream_settings){
	    .host = host, .tls = &tls, .timeout = timeout, .deadline = deadline};
}

/* To which address a socket is connected. */
static void assert_connected_to(int fd, const char *address)
{
	struct sockaddr_in name;
	socklen_t n = sizeof(name);
	char text[INET_ADDRSTRLEN];

	assert_true(fd >= 0);
	assert_int_equal(getpeername(fd, (struct sockaddr *)&name, &n), 0);
	assert_string_equal(inet_ntop(AF_INET, &name.sin_addr, text, sizeof(text)), address);
	close(fd);
}

/* Silence costs a moment, not the time-out: that would be an hour, and the deadline a minute. */
static void test_silent_then_good(void **state)
{
	struct stream_settings settings =
	    settings_of("quarantine.example.com", 3600, clock_now() + 60000);
	struct addresses all = {.count = 0};
	struct err err = ERR_INIT;
	unsigned silent_port;
	unsigned port;
	int fds[6];

	(void)state;
	fds[4] = hold_port("127.0.0.2", true, &silent_port);
	fds[5] = hold_port("127.0.0.1", true, &port);
	fill_queue("127.0.0.2", silent_port, fds);
	add_address(&all, "127.0.0.2", silent_port);
	add_address(&all, "127.0.0.2", silent_port);
	add_address(&all, "127.0.0.1", port);
	assert_connected_to(connect_first(&settings, all.info, &err), "127.0.0.1");
	close_all(fds, 6);
}

static void test_refused_then_good(void **state)
{
	struct stream_settings settings = settings_of("quarantine.example.com", 3600, 0);
	struct addresses all = {.count = 0};
	struct err err = ERR_INIT;
	unsigned refused_port;
	unsigned port;
	int fds[2];

	(void)state;
	fds[0] = hold_port("127.0.0.2", false, &refused_port);
	fds[1] = hold_port("127.0.0.1", true, &port);
	add_address(&all, "127.0.0.2", refused_port);
	add_address(&all, "127.0.0.1", port);
	assert_connected_to(connect_first(&settings, all.info, &err), "127.0.0.1");
	close_all(fds, 2);
}

/* Each address with its own reason, IPv4 and IPv6 in turn. */
static void test_all_fail(void **state)
{
	struct stream_settings settings = settings_of("quarantine.example.com", 1, 0);
	struct addresses all = {.count = 0};
	struct err err = ERR_INIT;
	unsigned silent_port;
	unsigned port;
	int fds[6];

	(void)state;
	fds[4] = hold_port("127.0.0.2", true, &silent_port);
	fds[5] = hold_port("127.0.0.1", false, &port);
	fill_queue("127.0.0.2", silent_port, fds);
	add_address(&all, "127.0.0.1", port);
	add_address(&all, "127.0.0.2", silent_port);
	add_address(&all, "::1", port);
	assert_int_equal(connect_first(&settings, all.info, &err), -1);
	assert_int_equal(err.code, ERR_TEMPORARY);
	if (strstr(err.text, "[::1]: cannot connect: Connection refused") == NULL)
		skip(); /* no IPv6 here */
	assert_string_equal(err.text,
	    "quarantine.example.com port 993: 127.0.0.1: cannot connect: Connection refused; "
	    "[::1]: cannot connect: Connection refused; 127.0.0.2: no answer for 1 seconds");
	close_all(fds, 6);
}

/* The user has written the address; it is not repeated. */
static void test_one_address(void **state)
{
	struct stream_settings settings = settings_of("127.0.0.1", 1, 0);
	struct addresses all = {.count = 0};
	struct err err = ERR_INIT;
	unsigned port;
	int fd;

	(void)state;
	fd = hold_port("127.0.0.1", false, &port);
	add_address(&all, "127.0.0.1", port);
	assert_int_equal(connect_first(&settings, all.info, &err), -1);
	assert_string_equal(err.text, "127.0.0.1 port 993: cannot connect: Connection refused");
	close(fd);
}

static void test_too_many(void **state)
{
	struct stream_settings settings = settings_of("quarantine.example.com", 1, 0);
	struct addresses all = {.count = 0};
	struct err err = ERR_INIT;
	unsigned port;
	int fd;

	(void)state;
	fd = hold_port("127.0.0.1", false, &port);
	for (unsigned i = 0; i < MOST; i++)
		add_address(&all, "127.0.0.1", port);
	assert_int_equal(connect_first(&settings, all.info, &err), -1);
	assert_non_null(strstr(err.text, "; and 28 more addresses failed; 2 were not tried"));
	close(fd);
}

static void test_deadline(void **state)
{
	struct stream_settings settings = settings_of("quarantine.example.com", 3600, 1);
	struct addresses all = {.count = 0};
	struct err err = ERR_INIT;
	unsigned port;
	int fds[5];

	(void)state;
	fds[4] = hold_port("127.0.0.2", true, &port);
	fill_queue("127.0.0.2", port, fds);
	add_address(&all, "127.0.0.2", port);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(connect_first(&settings, all.info, &err), -1);
		assert_int_equal(err.code, ERR_TEMPORARY);
		assert_string_equal(err.text,
		    "quarantine.example.com port 993: the deadline of the run has passed");
		settings.deadline = clock_now() + 400; /* now within the attempt */
	}
	close_all(fds, 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_silent_then_good),
	    cmocka_unit_test(test_refused_then_good),
	    cmocka_unit_test(test_all_fail),
	    cmocka_unit_test(test_one_address),
	    cmocka_unit_test(test_too_many),
	    cmocka_unit_test(test_deadline),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
