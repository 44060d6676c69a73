/* Closing a connection does not wait for the server. */
#include "tests/unit/table.h"

#include <netinet/in.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "imap/connection.h"

#define GREETING "* OK ready\r\n"

/* A server that greets and is silent after that. */
struct server {
	int listener;
	unsigned port;
	pthread_t thread;
	char heard[256];
	size_t n;
};

static void *server_run(void *context)
{
	struct server *server = context;
	int fd = accept(server->listener, NULL, NULL);
	ssize_t got;

	(void)!write(fd, GREETING, sizeof(GREETING) - 1);
	while (
	    server->n < sizeof(server->heard) - 1 &&
	    (got = read(fd, server->heard + server->n, sizeof(server->heard) - 1 - server->n)) > 0)
		server->n += (size_t)got;
	close(fd);
	return NULL;
}

static void server_start(struct server *server)
{
	struct sockaddr_in name = {
	    .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t n = sizeof(name);

	*server = (struct server){.listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
	assert_int_equal(bind(server->listener, (struct sockaddr *)&name, n), 0);
	assert_int_equal(listen(server->listener, 1), 0);
	assert_int_equal(getsockname(server->listener, (struct sockaddr *)&name, &n), 0);
	server->port = ntohs(name.sin_port);
	assert_int_equal(pthread_create(&server->thread, NULL, server_run, server), 0);
}

static const struct {
	int64_t until;
	const char *why;
} rows[] = {
    {1, "long over"},
    {0, "the usual time"},
};

/* With a time-out of an hour and without a deadline. */
static void test_silent_server(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		struct tls_settings tls = {.mode = TLS_OFF};
		struct stream_settings settings = {
		    .host = "127.0.0.1", .tls = &tls, .timeout = 3600};
		struct connection *connection = NULL;
		struct err err = ERR_INIT;
		struct server server;

		server_start(&server);
		tls.port = server.port;
		if (connection_open(&settings, &connection, &err) != 0)
			fail_msg("%s: %s", rows[i].why, err.text);
		connection_close(connection, rows[i].until);
		pthread_join(server.thread, NULL);
		close(server.listener);
		assert_row(strstr(server.heard, " LOGOUT\r\n") != NULL, rows[i].why);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_silent_server),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
