/* Addresses of a server that connect, refuse, or say nothing; all of them of this machine. */
#include "tests/unit/table.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "imap/connect.h"

#define MOST (CONNECT_MAX_ADDRESSES + 2)

/* Connections that fill the queue of a listening socket, so that the next one gets no answer. */
#define QUEUE 4

/* Addresses on a list, as getaddrinfo() makes one, and the sockets behind them. */
struct addresses {
	struct addrinfo info[MOST];
	struct sockaddr_storage name[MOST];
	unsigned count;
	int fds[2 * (1 + QUEUE)];
	unsigned fd_count;
};

/* What a port does when somebody connects. */
enum port {
	PORT_GOOD,
	PORT_REFUSES,
	PORT_SILENT,
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

static int open_socket(struct addresses *all, int flags)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | flags, 0);

	assert_true(fd >= 0 && all->fd_count < TABLE_COUNT(all->fds));
	all->fds[all->fd_count++] = fd;
	return fd;
}

/* Adds an address with a port of this kind; returns the port. */
static unsigned add_port(struct addresses *all, const char *address, enum port kind)
{
	struct sockaddr_in name = {.sin_family = AF_INET};
	socklen_t n = sizeof(name);
	int fd = open_socket(all, 0);

	assert_int_equal(inet_pton(AF_INET, address, &name.sin_addr), 1);
	assert_int_equal(bind(fd, (struct sockaddr *)&name, n), 0);
	if (kind != PORT_REFUSES)
		assert_int_equal(listen(fd, 0), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&name, &n), 0);
	for (int i = 0; kind == PORT_SILENT && i < QUEUE; i++) {
		fd = open_socket(all, SOCK_NONBLOCK);
		(void)!connect(fd, (struct sockaddr *)&name, sizeof(name));
	}
	add_address(all, address, ntohs(name.sin_port));
	return ntohs(name.sin_port);
}

static void close_all(const struct addresses *all)
{
	for (unsigned i = 0; i < all->fd_count; i++)
		close(all->fds[i]);
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

static void assert_not_connected(
    const struct stream_settings *settings, const struct addresses *all, struct err *err)
{
	assert_int_equal(connect_first(settings, all->info, err), -1);
	assert_int_equal(err->code, ERR_TEMPORARY);
}

/* A silent address costs a moment, not the time-out (an hour) or the deadline (a minute). */
static void test_silent_then_good(void **state)
{
	struct stream_settings settings =
	    settings_of("quarantine.example.com", 3600, clock_now() + 60000);
	struct addresses all = {.count = 0};
	struct err err = ERR_INIT;
	unsigned port;

	(void)state;
	port = add_port(&all, "127.0.0.2", PORT_SILENT);
	add_address(&all, "127.0.0.2", port);
	add_port(&all, "127.0.0.1", PORT_GOOD);
	assert_connected_to(connect_first(&settings, all.info, &err), "127.0.0.1");
	close_all(&all);
}

static void test_refused_then_good(void **state)
{
	struct stream_settings settings = settings_of("quarantine.example.com", 3600, 0);
	struct addresses all = {.count = 0};
	struct err err = ERR_INIT;

	(void)state;
	add_port(&all, "127.0.0.2", PORT_REFUSES);
	add_port(&all, "127.0.0.1", PORT_GOOD);
	assert_connected_to(connect_first(&settings, all.info, &err), "127.0.0.1");
	close_all(&all);
}

/* Each address with its own reason, IPv4 and IPv6 in turn. */
static void test_all_fail(void **state)
{
	struct stream_settings settings = settings_of("quarantine.example.com", 1, 0);
	struct addresses all = {.count = 0};
	struct err err = ERR_INIT;
	unsigned port;

	(void)state;
	port = add_port(&all, "127.0.0.1", PORT_REFUSES);
	add_port(&all, "127.0.0.2", PORT_SILENT);
	add_address(&all, "::1", port);
	assert_not_connected(&settings, &all, &err);
	close_all(&all);
	if (strstr(err.text, "[::1]: cannot connect: Connection refused") == NULL)
		skip(); /* no IPv6 here */
	assert_string_equal(err.text,
	    "quarantine.example.com port 993: 127.0.0.1: cannot connect: Connection refused; "
	    "[::1]: cannot connect: Connection refused; 127.0.0.2: no answer for 1 seconds");
}

/* The user has written the address; it is not repeated. */
static void test_one_address(void **state)
{
	struct stream_settings settings = settings_of("127.0.0.1", 1, 0);
	struct addresses all = {.count = 0};
	struct err err = ERR_INIT;

	(void)state;
	add_port(&all, "127.0.0.1", PORT_REFUSES);
	assert_not_connected(&settings, &all, &err);
	assert_string_equal(err.text, "127.0.0.1 port 993: cannot connect: Connection refused");
	close_all(&all);
}

static void test_too_many(void **state)
{
	struct stream_settings settings = settings_of("quarantine.example.com", 1, 0);
	struct addresses all = {.count = 0};
	struct err err = ERR_INIT;
	unsigned port;

	(void)state;
	port = add_port(&all, "127.0.0.1", PORT_REFUSES);
	while (all.count < MOST)
		add_address(&all, "127.0.0.1", port);
	assert_not_connected(&settings, &all, &err);
	assert_non_null(strstr(err.text, "; and 28 more addresses failed; 2 were not tried"));
	close_all(&all);
}

static void test_deadline(void **state)
{
	struct stream_settings settings = settings_of("quarantine.example.com", 3600, 1);
	struct addresses all = {.count = 0};
	struct err err = ERR_INIT;

	(void)state;
	add_port(&all, "127.0.0.2", PORT_SILENT);
	for (int i = 0; i < 2; i++) {
		assert_not_connected(&settings, &all, &err);
		assert_string_equal(err.text,
		    "quarantine.example.com port 993: the deadline of the run has passed");
		settings.deadline = clock_now() + 400; /* now within the attempt */
	}
	close_all(&all);
}

static int option_of(int fd, int level, int name)
{
	int value = -1;
	socklen_t n = sizeof(value);

	assert_int_equal(getsockopt(fd, level, name, &value, &n), 0);
	return value;
}

/* A connection on which nobody speaks for minutes (IDLE) must not go unnoticed when it is dead, nor
 * be forgotten by what is in between. */
static void test_keeps_alive(void **state)
{
	struct stream_settings settings = settings_of("quarantine.example.com", 3600, 0);
	struct addresses all = {.count = 0};
	struct err err = ERR_INIT;
	int fd;

	(void)state;
	add_port(&all, "127.0.0.1", PORT_GOOD);
	fd = connect_first(&settings, all.info, &err);
	assert_true(fd >= 0);
	assert_int_equal(option_of(fd, SOL_SOCKET, SO_KEEPALIVE), 1);
	assert_int_equal(option_of(fd, IPPROTO_TCP, TCP_KEEPIDLE), 60);
	assert_int_equal(option_of(fd, IPPROTO_TCP, TCP_KEEPINTVL), 15);
	assert_int_equal(option_of(fd, IPPROTO_TCP, TCP_KEEPCNT), 4);
	close(fd);
	close_all(&all);
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
	    cmocka_unit_test(test_keeps_alive),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
