/*
 * A relay that makes the way to a server longer, and counts what goes through.
 *
 *     relay [--delay MILLISECONDS] [--queue BYTES] PORT
 *
 * Listens on a port of its own, which it prints, and connects each client to PORT of 127.0.0.1.
 * What comes in is held back for the delay, each way, and a connection takes two delays more to be
 * made, as one over such a distance would. Nothing else is lost: so much can be on its way at once
 * (--queue) that the delay costs no bandwidth.
 *
 * On SIGTERM it takes no more clients, waits for those there are, and prints
 * "CONNECTIONS COMMANDS TURNS FIRST UP DOWN". They are of IMAP without TLS, otherwise all but
 * CONNECTIONS, UP and DOWN mean nothing: commands; how often something came to the server when it
 * had nothing left to answer, which is a round trip (of the connection with the most); the turns
 * until the first literal came; bytes to the server and from it. With a small queue the server
 * waits for a client that is slower, so that one which asks ahead is seen to do so.
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define RELAY_PIECE       65536
#define RELAY_QUEUE       (64u << 20) /* bytes each way: 50 ms of a gigabyte a second */
#define RELAY_MAX_SOCKET  (1u << 20)  /* of these, what is left to the kernel */
#define RELAY_MAX_CLIENTS 64
#define RELAY_MAX_LINE    64 /* how much of a line is looked at, at both ends of it */
#define RELAY_PATIENCE    5  /* seconds for the last connections to end */

struct piece {
	struct piece *next;
	double due;
	size_t n;
	size_t sent;
	char bytes[];
};

/* One direction. A piece without bytes is the end. */
struct way {
	struct client *client;
	int from;
	int to;
	struct piece *first;
	struct piece **last;
	size_t queued;
	bool read_all;
	bool wrote_all;
};

/* Lines of one direction, without literals. */
struct lines {
	char head[RELAY_MAX_LINE];
	char tail[RELAY_MAX_LINE];
	size_t n;
	size_t literal; /* octets of it that are still to come */
	bool within;    /* the line goes on a response behind a literal */
};

struct client {
	struct way up;
	struct way down;
	double begin;
	struct lines said;
	struct lines answered;
	unsigned long commands;
	unsigned long turns;
	unsigned long first;
	unsigned long long bytes_up;
	unsigned long long bytes_down;
	long open;  /* commands without an answer */
	bool asked; /* the server waits for more of a command */
};

struct relay {
	struct client *client[RELAY_MAX_CLIENTS];
	size_t n;
	int listener;
	unsigned port;
	double delay;
	size_t queue;
	unsigned long connections;
	unsigned long commands;
	unsigned long turns;
	unsigned long first;
	unsigned long long bytes_up;
	unsigned long long bytes_down;
};

static volatile sig_atomic_t relay_is_told_to_end;

static void relay_on_signal(int number)
{
	(void)number;
	relay_is_told_to_end = 1;
}

static double relay_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void relay_die(const char *what)
{
	perror(what);
	exit(1);
}

/* Counting. */

/* Adds a part of a line to what is kept of it. */
static void lines_add(struct lines *lines, const char *at, size_t n)
{
	if (lines->n < RELAY_MAX_LINE) {
		size_t room = RELAY_MAX_LINE - lines->n;

		memcpy(lines->head + lines->n, at, n < room ? n : room);
	}
	if (n >= RELAY_MAX_LINE) {
		memcpy(lines->tail, at + n - RELAY_MAX_LINE, RELAY_MAX_LINE);
	} else {
		memmove(lines->tail, lines->tail + n, RELAY_MAX_LINE - n);
		memcpy(lines->tail + RELAY_MAX_LINE - n, at, n);
	}
	lines->n += n;
}

/* The octets of the literal that a line announces: "{n}" CR LF; or 0. */
static size_t lines_literal(const struct lines *lines)
{
	const char *end = lines->tail + RELAY_MAX_LINE - 3;
	const char *at = end;

	if (lines->n < 5 || memcmp(end, "}\r\n", 3) != 0)
		return 0;
	while (at > lines->tail && at[-1] >= '0' && at[-1] <= '9')
		at--;
	return at > lines->tail && at[-1] == '{' ? strtoul(at, NULL, 10) : 0;
}

/* A line of the server, which is complete. */
static void client_count_answer(struct client *client)
{
	struct lines *lines = &client->answered;

	lines->literal = lines_literal(lines);
	if (lines->literal > 0 && client->first == 0)
		client->first = client->turns;
	if (!lines->within && lines->head[0] == '+')
		client->asked = true;
	else if (!lines->within && lines->head[0] != '*' && client->open > 0)
		client->open--;
	lines->within = lines->literal > 0;
	lines->n = 0;
}

/* No client that is measured sends literals. */
static void client_count_said(struct client *client)
{
	if (client->asked) {
		client->asked = false;
	} else {
		client->open++;
		client->commands++;
	}
	client->said.n = 0;
}

static void client_count(struct client *client, struct lines *lines, void (*done)(struct client *),
    const char *at, size_t n)
{
	const char *end = at + n;

	while (at < end) {
		const char *line;

		if (lines->literal > 0) {
			size_t skipped = lines->literal < (size_t)(end - at) ? lines->literal
									     : (size_t)(end - at);

			lines->literal -= skipped;
			at += skipped;
			continue;
		}
		line = memchr(at, '\n', (size_t)(end - at));
		lines_add(lines, at, (size_t)((line != NULL ? line + 1 : end) - at));
		at = line != NULL ? line + 1 : end;
		if (line != NULL)
			done(client);
	}
}

static void client_count_up(struct client *client, const char *at, size_t n)
{
	client->bytes_up += n;
	if (client->open == 0 || client->asked)
		client->turns++;
	client_count(client, &client->said, client_count_said, at, n);
}

static void client_count_down(struct client *client, const char *at, size_t n)
{
	client->bytes_down += n;
	client_count(client, &client->answered, client_count_answer, at, n);
}

/* Moving. */

/* What can be read becomes a piece; at the end one without bytes. */
static void relay_read(struct relay *relay, struct way *way)
{
	struct client *client = way->client;
	struct piece *piece = malloc(sizeof(*piece) + RELAY_PIECE);
	double begin = relay_now();
	ssize_t n;

	if (piece == NULL)
		relay_die("malloc");
	n = read(way->from, piece->bytes, RELAY_PIECE);
	if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
		free(piece);
		return;
	}
	if (begin < client->begin + 2 * relay->delay)
		begin = client->begin + 2 * relay->delay;
	*piece = (struct piece){.due = begin + relay->delay, .n = n > 0 ? (size_t)n : 0};
	way->read_all = n <= 0;
	way->queued += piece->n;
	*way->last = piece;
	way->last = &piece->next;
	if (way == &client->down)
		client_count_down(client, piece->bytes, piece->n);
}

/* Writes what is due, as far as it can be. */
static void relay_write(struct way *way, double now)
{
	struct piece *piece;

	while ((piece = way->first) != NULL && piece->due <= now) {
		ssize_t n = 0;

		if (way == &way->client->up && piece->n > 0 && piece->sent == 0)
			client_count_up(way->client, piece->bytes, piece->n);
		if (piece->n > 0)
			n = send(way->to, piece->bytes + piece->sent, piece->n - piece->sent,
			    MSG_NOSIGNAL);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n <= 0) { /* the end, or nobody is there */
			shutdown(way->to, SHUT_WR);
			way->wrote_all = true;
		}
		piece->sent += n > 0 ? (size_t)n : piece->n;
		if (piece->sent < piece->n)
			return;
		way->queued -= piece->n;
		way->first = piece->next;
		if (way->first == NULL)
			way->last = &way->first;
		free(piece);
	}
}

static int relay_connect(unsigned port)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
	    .sin_port = htons((unsigned short)port),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0)
		relay_die("connect");
	return fd;
}

static void relay_make_ready(const struct relay *relay, int fd)
{
	int size = (int)relay->queue;
	int yes = 1;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
	if (relay->queue < RELAY_MAX_SOCKET) {
		setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	}
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
}

static void relay_accept(struct relay *relay)
{
	struct client *client;
	int fd = accept4(relay->listener, NULL, NULL, SOCK_CLOEXEC);
	int far;

	if (fd < 0)
		return;
	client = calloc(1, sizeof(*client));
	if (client == NULL)
		relay_die("calloc");
	far = relay_connect(relay->port);
	relay_make_ready(relay, fd);
	relay_make_ready(relay, far);
	client->begin = relay_now();
	client->up =
	    (struct way){.client = client, .from = fd, .to = far, .last = &client->up.first};
	client->down =
	    (struct way){.client = client, .from = far, .to = fd, .last = &client->down.first};
	relay->client[relay->n++] = client;
	relay->connections++;
}

static void relay_end_client(struct relay *relay, size_t index)
{
	struct client *client = relay->client[index];

	relay->commands += client->commands;
	relay->bytes_up += client->bytes_up;
	relay->bytes_down += client->bytes_down;
	if (client->turns > relay->turns)
		relay->turns = client->turns;
	if (client->first > relay->first)
		relay->first = client->first;
	close(client->up.from);
	close(client->up.to);
	free(client);
	relay->client[index] = relay->client[--relay->n];
}

/* What a direction waits for; and when something of it is due, if that is earlier. */
static void relay_ask(const struct relay *relay, const struct way *way, double now, short *from,
    short *to, double *until)
{
	if (!way->read_all && way->queued < relay->queue)
		*from |= POLLIN;
	if (way->first == NULL)
		return;
	if (way->first->due <= now)
		*to |= POLLOUT;
	else if (way->first->due < *until)
		*until = way->first->due;
}

static void relay_wait(struct relay *relay, struct pollfd *polled)
{
	double now = relay_now();
	double until = now + 1;
	struct timespec pause;

	polled[0] = (struct pollfd){.fd = relay->listener};
	if (relay->n < RELAY_MAX_CLIENTS && !relay_is_told_to_end)
		polled[0].events = POLLIN;
	for (size_t i = 0; i < relay->n; i++) {
		struct client *client = relay->client[i];
		struct pollfd *near = &polled[1 + 2 * i];
		struct pollfd *far = near + 1;

		*near = (struct pollfd){.fd = client->up.from};
		*far = (struct pollfd){.fd = client->up.to};
		relay_ask(relay, &client->up, now, &near->events, &far->events, &until);
		relay_ask(relay, &client->down, now, &far->events, &near->events, &until);
	}
	for (size_t i = 0; i < 1 + 2 * relay->n; i++)
		if (polled[i].events == 0)
			polled[i].fd = -1;
	until -= now;
	pause = (struct timespec){
	    .tv_sec = (time_t)until, .tv_nsec = (long)((until - (double)(time_t)until) * 1e9)};
	ppoll(polled, (nfds_t)(1 + 2 * relay->n), &pause, NULL);
}

static void relay_serve(struct relay *relay)
{
	struct pollfd polled[1 + 2 * RELAY_MAX_CLIENTS];
	size_t n = relay->n;

	relay_wait(relay, polled);
	for (size_t i = n; i-- > 0;) {
		struct client *client = relay->client[i];
		double now = relay_now();

		if ((polled[1 + 2 * i].revents & ~POLLOUT) != 0 && !client->up.read_all)
			relay_read(relay, &client->up);
		if ((polled[2 + 2 * i].revents & ~POLLOUT) != 0 && !client->down.read_all)
			relay_read(relay, &client->down);
		relay_write(&client->up, now);
		relay_write(&client->down, now);
		if (client->up.wrote_all && client->down.wrote_all)
			relay_end_client(relay, i);
	}
	if ((polled[0].revents & POLLIN) != 0)
		relay_accept(relay);
}

static void relay_listen(struct relay *relay)
{
	struct sockaddr_in address = {
	    .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t n = sizeof(address);

	relay->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (relay->listener < 0 ||
	    bind(relay->listener, (struct sockaddr *)&address, sizeof(address)) != 0 ||
	    listen(relay->listener, RELAY_MAX_CLIENTS) != 0 ||
	    getsockname(relay->listener, (struct sockaddr *)&address, &n) != 0)
		relay_die("listen");
	printf("%u\n", ntohs(address.sin_port));
	fflush(stdout);
}

int main(int argc, char **argv)
{
	struct sigaction action = {.sa_handler = relay_on_signal};
	struct relay relay = {.queue = RELAY_QUEUE};
	double end;

	if (argc < 2)
		return 64;
	for (int i = 1; i + 2 < argc; i += 2) {
		if (strcmp(argv[i], "--delay") == 0)
			relay.delay = strtod(argv[i + 1], NULL) / 1000;
		else if (strcmp(argv[i], "--queue") == 0)
			relay.queue = strtoul(argv[i + 1], NULL, 10);
		else
			return 64;
	}
	relay.port = (unsigned)strtoul(argv[argc - 1], NULL, 10);
	sigaction(SIGTERM, &action, NULL);
	relay_listen(&relay);
	while (!relay_is_told_to_end)
		relay_serve(&relay);
	for (end = relay_now() + RELAY_PATIENCE; relay.n > 0 && relay_now() < end;)
		relay_serve(&relay);
	while (relay.n > 0)
		relay_end_client(&relay, 0);
	printf("%lu %lu %lu %lu %llu %llu\n", relay.connections, relay.commands, relay.turns,
	    relay.first, relay.bytes_up, relay.bytes_down);
	return 0;
}
