/*
 * The floor of the benchmark: a bare socket that sends what nobody can do without (login, EXAMINE,
 * one search, one FETCH) and throws the answers away. What a program does beside this is what it
 * costs.
 *
 *     drain HOST PORT CA-FILE USER PASSWORD-FILE FOLDER SINCE BEFORE ITEM
 *
 * CA-FILE is "-" for a server without TLS. SINCE and BEFORE are seconds since the epoch. ITEM is
 * what is fetched of each message, beside its UID and INTERNALDATE. Writes a line when it asks for
 * messages, and one when the first of them comes.
 */
#include <inttypes.h>
#include <netdb.h>
#include <openssl/ssl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define DRAIN_BUFFER_SIZE 65536
#define DRAIN_MAX_TAIL    512   /* of an answer: enough for its tagged line */
#define DRAIN_MAX_ANSWER  65536 /* of those that are looked at: CAPABILITY, ESEARCH */

struct drain {
	SSL *ssl; /* NULL: without TLS */
	int fd;
	bool is_fetching;
	char answer[DRAIN_MAX_ANSWER]; /* the beginning of the last one */
};

static void drain_die(const char *what)
{
	fprintf(stderr, "drain: %s\n", what);
	exit(1);
}

static int drain_connect(const char *host, const char *port)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
	struct addrinfo *list;
	int fd = -1;

	if (getaddrinfo(host, port, &hints, &list) != 0)
		drain_die("unknown host");
	for (struct addrinfo *at = list; at != NULL && fd < 0; at = at->ai_next) {
		fd = socket(at->ai_family, at->ai_socktype, at->ai_protocol);
		if (fd >= 0 && connect(fd, at->ai_addr, at->ai_addrlen) != 0) {
			close(fd);
			fd = -1;
		}
	}
	freeaddrinfo(list);
	if (fd < 0)
		drain_die("cannot connect");
	return fd;
}

/* Reading ahead saves a system call for the head of each record. */
static void drain_start_tls(struct drain *drain, const char *host, const char *ca_file)
{
	SSL_CTX *context = SSL_CTX_new(TLS_client_method());

	if (context == NULL || SSL_CTX_load_verify_file(context, ca_file) != 1)
		drain_die("cannot set up TLS");
	SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_default_read_buffer_len(context, DRAIN_BUFFER_SIZE);
	SSL_CTX_set_read_ahead(context, 1);
	drain->ssl = SSL_new(context);
	if (drain->ssl == NULL || SSL_set1_host(drain->ssl, host) != 1 ||
	    SSL_set_fd(drain->ssl, drain->fd) != 1 || SSL_connect(drain->ssl) != 1)
		drain_die("TLS handshake failed");
}

static size_t drain_receive(struct drain *drain, char *to, size_t n)
{
	ssize_t got =
	    drain->ssl != NULL ? SSL_read(drain->ssl, to, (int)n) : read(drain->fd, to, n);

	if (got <= 0)
		drain_die("connection lost");
	return (size_t)got;
}

static void drain_send(struct drain *drain, const char *text)
{
	size_t n = strlen(text);
	ssize_t sent =
	    drain->ssl != NULL ? SSL_write(drain->ssl, text, (int)n) : write(drain->fd, text, n);

	if (sent != (ssize_t)n)
		drain_die("cannot send");
}

/* True when the last line of what was read is complete, and begins so. */
static int drain_is_done(const char *tail, size_t n, const char *wanted)
{
	const char *line = tail + n;

	if (n < 2 || tail[n - 1] != '\n')
		return 0;
	line--;
	while (line > tail && line[-1] != '\n')
		line--;
	return strncmp(line, wanted, strlen(wanted)) == 0;
}

static void drain_tell(const char *what)
{
	puts(what);
	fflush(stdout);
}

/* Reads up to the line that begins with `wanted`. */
static void drain_read(struct drain *drain, const char *wanted)
{
	static char buffer[DRAIN_BUFFER_SIZE + DRAIN_MAX_TAIL];
	size_t answer_n = 0;
	size_t kept = 0;

	do {
		size_t n = drain_receive(drain, buffer + kept, DRAIN_BUFFER_SIZE);
		size_t room = sizeof(drain->answer) - 1 - answer_n;

		if (drain->is_fetching && answer_n == 0)
			drain_tell("comes");
		if (room > n)
			room = n;
		memcpy(drain->answer + answer_n, buffer + kept, room);
		answer_n += room;
		drain->answer[answer_n] = '\0';
		kept += n;
		if (drain_is_done(buffer, kept, wanted))
			return;
		if (kept > DRAIN_MAX_TAIL) {
			memmove(buffer, buffer + kept - DRAIN_MAX_TAIL, DRAIN_MAX_TAIL);
			kept = DRAIN_MAX_TAIL;
		}
	} while (1);
}

static void drain_login(struct drain *drain, const char *user, const char *password_file)
{
	char password[256] = "";
	char command[1024];
	FILE *file = fopen(password_file, "r");

	if (file == NULL || fgets(password, sizeof(password), file) == NULL)
		drain_die("cannot read the password");
	fclose(file);
	password[strcspn(password, "\r\n")] = '\0';
	snprintf(command, sizeof(command), "1 LOGIN \"%s\" \"%s\"\r\n", user, password);
	drain_send(drain, command);
	drain_read(drain, "1 OK");
}

/*
 * EXAMINE and the search, which goes by the age of messages where the server can do that. A second
 * may have gone by when it comes to that.
 */
static void drain_search(struct drain *drain, const char *folder, int64_t since, int64_t before)
{
	bool within = strstr(drain->answer, " WITHIN") != NULL;
	int64_t now = (int64_t)time(NULL);
	char command[1024];
	char first[64];
	char last[64];

	if (within) {
		snprintf(first, sizeof(first), "YOUNGER %" PRId64, now - since + 1);
		if (before < now)
			snprintf(last, sizeof(last), " OLDER %" PRId64, now - before);
		else
			last[0] = '\0';
	} else {
		time_t day[2] = {(time_t)since, (time_t)before};

		strftime(first, sizeof(first), "SINCE %d-%b-%Y", gmtime(&day[0]));
		strftime(last, sizeof(last), " BEFORE %d-%b-%Y", gmtime(&day[1]));
	}
	snprintf(command, sizeof(command), "2 EXAMINE \"%s\"\r\n3 UID SEARCH RETURN (ALL) %s%s\r\n",
	    folder, first, last);
	drain_send(drain, command);
	drain_read(drain, "3 OK");
}

static void drain_fetch(struct drain *drain, const char *item)
{
	char command[DRAIN_MAX_ANSWER + 8192];
	char *set = strstr(drain->answer, "* ESEARCH");

	set = set != NULL ? strstr(set, " ALL ") : NULL;
	if (set == NULL)
		drain_die("nothing found, or the server has no ESEARCH");
	set += strlen(" ALL ");
	snprintf(command, sizeof(command), "4 UID FETCH %.*s (UID INTERNALDATE %s)\r\n",
	    (int)strcspn(set, " \r\n"), set, item);
	drain_tell("asks");
	drain_send(drain, command);
	drain->is_fetching = true;
	drain_read(drain, "4 OK");
	drain->is_fetching = false;
}

int main(int argc, char **argv)
{
	static struct drain drain;

	if (argc != 10)
		drain_die(
		    "usage: drain HOST PORT CA-FILE USER PASSWORD-FILE FOLDER SINCE BEFORE ITEM");
	drain.fd = drain_connect(argv[1], argv[2]);
	if (strcmp(argv[3], "-") != 0)
		drain_start_tls(&drain, argv[1], argv[3]);
	drain_read(&drain, "* ");
	drain_login(&drain, argv[4], argv[5]);
	drain_search(&drain, argv[6], strtoll(argv[7], NULL, 10), strtoll(argv[8], NULL, 10));
	drain_fetch(&drain, argv[9]);
	drain_send(&drain, "5 LOGOUT\r\n");
	drain_read(&drain, "5 OK");
	return 0;
}
