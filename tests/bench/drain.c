/*
 * The yardstick of the benchmark: a bare TLS socket that sends the commands
 * it is given and throws the answers away. What the program does beside
 * this is what it costs.
 *
 * drain HOST PORT CA-FILE USER PASSWORD-FILE COMMANDS
 *
 * COMMANDS holds one IMAP command a line, without tags. Prints "BYTES SECONDS" of everything behind
 * the login.
 */
#include <netdb.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define DRAIN_BUFFER_SIZE 65536
#define DRAIN_TAIL        512 /* of an answer: enough for its tagged line */

static SSL *drain_ssl;
static unsigned long long drain_bytes;

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
	for (struct addrinfo *at = list; at != NULL; at = at->ai_next) {
		fd = socket(at->ai_family, at->ai_socktype, at->ai_protocol);
		if (fd >= 0 && connect(fd, at->ai_addr, at->ai_addrlen) == 0)
			break;
		if (fd >= 0)
			close(fd);
		fd = -1;
	}
	freeaddrinfo(list);
	if (fd < 0)
		drain_die("cannot connect");
	return fd;
}

static void drain_start_tls(int fd, const char *host, const char *ca_file)
{
	SSL_CTX *context = SSL_CTX_new(TLS_client_method());

	if (context == NULL || SSL_CTX_load_verify_file(context, ca_file) != 1)
		drain_die("cannot set up TLS");
	SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
	drain_ssl = SSL_new(context);
	if (drain_ssl == NULL || SSL_set1_host(drain_ssl, host) != 1 ||
	    SSL_set_fd(drain_ssl, fd) != 1 || SSL_connect(drain_ssl) != 1)
		drain_die("TLS handshake failed");
}

/* True when the last complete line of what was read is the answer to the tag. */
static int drain_is_done(const char *tail, size_t n, const char *tag)
{
	const char *line = tail + n;

	if (n < 2 || tail[n - 1] != '\n')
		return 0;
	line--;
	while (line > tail && line[-1] != '\n')
		line--;
	return strncmp(line, tag, strlen(tag)) == 0;
}

/* Reads up to the tagged answer, which must be OK; "*" stands for the greeting. */
static void drain_read(const char *tag)
{
	static char buffer[DRAIN_BUFFER_SIZE + DRAIN_TAIL];
	size_t kept = 0;
	char wanted[32];

	snprintf(wanted, sizeof(wanted), "%s OK", tag);
	do {
		int n = SSL_read(drain_ssl, buffer + kept, DRAIN_BUFFER_SIZE);

		if (n <= 0)
			drain_die("connection lost");
		drain_bytes += (unsigned long long)n;
		kept += (size_t)n;
		if (drain_is_done(buffer, kept, wanted))
			return;
		if (kept > DRAIN_TAIL) {
			memmove(buffer, buffer + kept - DRAIN_TAIL, DRAIN_TAIL);
			kept = DRAIN_TAIL;
		}
	} while (1);
}

static void drain_command(unsigned tag, const char *command)
{
	char text[8192 + 64];
	char tag_text[16];
	int n = snprintf(text, sizeof(text), "%u %s\r\n", tag, command);

	if (n < 0 || (size_t)n >= sizeof(text) || SSL_write(drain_ssl, text, n) != n)
		drain_die("cannot send");
	snprintf(tag_text, sizeof(tag_text), "%u", tag);
	drain_read(tag_text);
}

static void drain_login(const char *user, const char *password_file)
{
	char password[256] = "";
	char command[1024];
	FILE *file = fopen(password_file, "r");

	if (file == NULL || fgets(password, sizeof(password), file) == NULL)
		drain_die("cannot read the password");
	fclose(file);
	password[strcspn(password, "\r\n")] = '\0';
	snprintf(command, sizeof(command), "LOGIN \"%s\" \"%s\"", user, password);
	drain_command(0, command);
}

int main(int argc, char **argv)
{
	struct timespec begin;
	struct timespec end;
	char *line = NULL;
	size_t size = 0;
	unsigned tag = 0;
	FILE *commands;

	if (argc != 7)
		drain_die("usage: drain HOST PORT CA-FILE USER PASSWORD-FILE COMMANDS");
	commands = fopen(argv[6], "r");
	if (commands == NULL)
		drain_die("cannot read the commands");
	drain_start_tls(drain_connect(argv[1], argv[2]), argv[1], argv[3]);
	drain_read("*");
	drain_login(argv[4], argv[5]);
	drain_bytes = 0;
	clock_gettime(CLOCK_MONOTONIC, &begin);
	while (getline(&line, &size, commands) > 0) {
		line[strcspn(line, "\r\n")] = '\0';
		drain_command(++tag, line);
	}
	clock_gettime(CLOCK_MONOTONIC, &end);
	printf("%llu %.6f\n", drain_bytes,
	    (double)(end.tv_sec - begin.tv_sec) + (double)(end.tv_nsec - begin.tv_nsec) / 1e9);
	free(line);
	fclose(commands);
	return 0;
}
