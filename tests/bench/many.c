/*
 * A quarantine of any size, which takes no room: an IMAP server that makes each message when it is
 * asked for. It is faster than its clients, so that what is measured is them.
 *
 *     many [--tls CERTIFICATE KEY] TEMPLATE MESSAGES DATE
 *
 * Listens on a port of 127.0.0.1, which it prints, and serves until it is killed; each connection
 * has a thread. Every login is right, every folder has the MESSAGES, with the UIDs 1 to MESSAGES
 * and the DATE (RFC 3501 date-time), all of which belong to every period. TEMPLATE is a message as
 * in message.txt, of which only the header section is served, whatever part of it is asked for. Of
 * commands it knows what a reader needs, with ESEARCH and WITHIN.
 */
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#define MANY_MAX_TEMPLATE 32768
#define MANY_MAX_MARKS    256
#define MANY_MAX_LINE     65536 /* of a command */
#define MANY_OUT          65536

#define MANY_CAPABILITY "IMAP4rev1 SASL-IR LITERAL+ ID ESEARCH WITHIN AUTH=PLAIN"

/* What stands for a number in a template, as wide as what takes its place. */
struct mark_kind {
	const char *name;
	unsigned modulo;
	unsigned base;
};

static const struct mark_kind mark_kinds[] = {
    {"@NUMBER", 10000000, 0},
    {"@AC", 900, 100},
    {"@IP", 150, 100},
    {"@H", 90, 10},
    {"@S", 90, 10},
};

struct mark {
	const struct mark_kind *kind;
	size_t at;
};

struct many {
	char header[MANY_MAX_TEMPLATE]; /* with CR LF */
	size_t n;
	struct mark mark[MANY_MAX_MARKS];
	size_t marks;
	unsigned long messages;
	const char *date;
	SSL_CTX *tls; /* NULL: without TLS */
};

struct session {
	const struct many *many;
	SSL *ssl;
	int fd;
	char in[MANY_MAX_LINE];
	size_t in_n;
	size_t line_n; /* of the last line, which is still in `in` */
	char out[MANY_OUT + MANY_MAX_TEMPLATE + MANY_MAX_LINE];
	size_t out_n;
	bool lost;
};

/* What a FETCH command asks for. */
struct request {
	bool flags;
	bool date;
	bool size;
	const char *section; /* "[HEADER...]" and no more; NULL: none */
	int section_n;
	bool partial;
	const char *set;
};

static void many_die(const char *what)
{
	fprintf(stderr, "many: %s\n", what);
	exit(1);
}

/* The header section of the template, and where its marks are. */
static void many_read_template(struct many *many, const char *path)
{
	char line[4096];
	FILE *file = fopen(path, "r");

	if (file == NULL)
		many_die("cannot read the template");
	do {
		if (fgets(line, sizeof(line), file) == NULL)
			many_die("the template has no body");
		line[strcspn(line, "\n")] = '\0';
		many->n += (size_t)snprintf(
		    many->header + many->n, sizeof(many->header) - many->n, "%s\r\n", line);
		if (many->n >= sizeof(many->header))
			many_die("the template is too long");
	} while (line[0] != '\0');
	fclose(file);
	for (size_t at = 0; at < many->n; at++)
		for (size_t i = 0; i < sizeof(mark_kinds) / sizeof(mark_kinds[0]); i++) {
			const char *name = mark_kinds[i].name;

			if (strncmp(many->header + at, name, strlen(name)) != 0)
				continue;
			if (many->marks == MANY_MAX_MARKS)
				many_die("the template has too many marks");
			many->mark[many->marks++] = (struct mark){&mark_kinds[i], at};
		}
}

static void many_put_header(const struct many *many, unsigned long uid, char *to)
{
	memcpy(to, many->header, many->n);
	for (size_t i = 0; i < many->marks; i++) {
		const struct mark_kind *kind = many->mark[i].kind;
		unsigned long number = kind->base + uid % kind->modulo;
		char *begin = to + many->mark[i].at;

		for (char *at = begin + strlen(kind->name); at > begin; number /= 10)
			*--at = (char)('0' + number % 10);
	}
}

/* Input and output. */

static void session_flush(struct session *session)
{
	size_t sent = 0;

	while (!session->lost && sent < session->out_n) {
		const char *at = session->out + sent;
		size_t left = session->out_n - sent;
		ssize_t n = session->ssl != NULL ? SSL_write(session->ssl, at, (int)left)
						 : send(session->fd, at, left, MSG_NOSIGNAL);

		session->lost = n <= 0;
		sent += n > 0 ? (size_t)n : 0;
	}
	session->out_n = 0;
}

/* At most a line of a command, which may repeat what the client said. */
__attribute__((format(printf, 2, 3))) static void session_say(
    struct session *session, const char *format, ...)
{
	va_list arguments;

	if (session->out_n > MANY_OUT)
		session_flush(session);
	va_start(arguments, format);
	session->out_n += (size_t)vsnprintf(session->out + session->out_n,
	    sizeof(session->out) - session->out_n, format, arguments);
	va_end(arguments);
}

/* A line of the client without its end; NULL: it has gone. What is ready is sent before it waits.
 */
static char *session_read_line(struct session *session)
{
	char *end;

	memmove(session->in, session->in + session->line_n, session->in_n - session->line_n);
	session->in_n -= session->line_n;
	session->line_n = 0;
	while ((end = memchr(session->in, '\n', session->in_n)) == NULL) {
		char *at = session->in + session->in_n;
		size_t room = sizeof(session->in) - session->in_n;
		ssize_t n;

		session_flush(session);
		if (session->lost || room == 0)
			return NULL;
		n = session->ssl != NULL ? SSL_read(session->ssl, at, (int)room)
					 : read(session->fd, at, room);
		if (n <= 0)
			return NULL;
		session->in_n += (size_t)n;
	}
	session->line_n = (size_t)(end + 1 - session->in);
	while (end > session->in && end[-1] == '\r')
		end--;
	*end = '\0';
	return session->in;
}

/* Commands. */

/* The next range of a set, with first <= last and both messages; false at its end. */
static bool many_next_range(
    const struct many *many, const char **set, unsigned long *first_r, unsigned long *last_r)
{
	unsigned long value[2];
	char *at = (char *)*set;

	if (*at == ',')
		at++;
	if (*at != '*' && (*at < '0' || *at > '9'))
		return false;
	for (int i = 0; i < 2; i++) {
		value[i] = *at == '*' ? many->messages : strtoul(at, &at, 10);
		if (*at == '*')
			at++;
		if (i == 0 && *at != ':') {
			value[1] = value[0];
			break;
		}
		if (i == 0)
			at++;
	}
	*set = at;
	*first_r = value[0] < value[1] ? value[0] : value[1];
	*last_r = value[0] < value[1] ? value[1] : value[0];
	if (*last_r > many->messages)
		*last_r = many->messages;
	return true;
}

static void session_say_message(
    struct session *session, const struct request *request, unsigned long uid)
{
	const struct many *many = session->many;

	session_say(session, "* %lu FETCH (UID %lu", uid, uid);
	if (request->flags)
		session_say(session, " FLAGS ()");
	if (request->date)
		session_say(session, " INTERNALDATE \"%s\"", many->date);
	if (request->size)
		session_say(session, " RFC822.SIZE %zu", many->n);
	if (request->section != NULL) {
		session_say(session, " BODY%.*s%s {%zu}\r\n", request->section_n, request->section,
		    request->partial ? "<0>" : "", many->n);
		many_put_header(many, uid, session->out + session->out_n);
		session->out_n += many->n;
	}
	session_say(session, ")\r\n");
}

static struct request many_parse_fetch(const char *arguments)
{
	const char *section = strcasestr(arguments, " BODY.PEEK[");
	struct request request = {.flags = strcasestr(arguments, "FLAGS") != NULL,
	    .date = strcasestr(arguments, "INTERNALDATE") != NULL,
	    .size = strcasestr(arguments, "RFC822.SIZE") != NULL,
	    .set = arguments};

	if (section == NULL)
		section = strcasestr(arguments, "(BODY.PEEK[");
	if (section != NULL) {
		request.section = strchr(section, '[');
		request.section_n = (int)strcspn(request.section, "]") + 1;
		request.partial = strncmp(request.section + request.section_n, "<0.", 3) == 0;
	}
	return request;
}

static void session_fetch(struct session *session, const char *arguments)
{
	struct request request = many_parse_fetch(arguments);
	unsigned long first;
	unsigned long last;

	while (many_next_range(session->many, &request.set, &first, &last))
		for (unsigned long uid = first; uid <= last && !session->lost; uid++)
			session_say_message(session, &request, uid);
}

/* All messages, or those of the set behind UID. */
static void session_search(struct session *session, const char *tag, const char *arguments)
{
	const char *uid = strcasestr(arguments, "UID ");
	const char *set = uid != NULL ? uid + 4 : "1:*";
	bool extended = strncasecmp(arguments, "RETURN ", 7) == 0;
	unsigned long first;
	unsigned long last;
	char between = ' ';

	if (extended)
		session_say(session, "* ESEARCH (TAG \"%s\") UID ALL", tag);
	else
		session_say(session, "* SEARCH");
	while (many_next_range(session->many, &set, &first, &last)) {
		if (first > last || first == 0)
			continue;
		if (extended) {
			session_say(session, "%c%lu:%lu", between, first, last);
			between = ',';
		}
		for (unsigned long i = first; !extended && i <= last; i++)
			session_say(session, " %lu", i);
	}
	session_say(session, "\r\n");
}

static void session_examine(struct session *session)
{
	unsigned long n = session->many->messages;

	session_say(session,
	    "* FLAGS (\\Seen)\r\n* OK [PERMANENTFLAGS ()] none\r\n* %lu EXISTS\r\n* 0 RECENT\r\n"
	    "* OK [UIDVALIDITY 1] same\r\n* OK [UIDNEXT %lu] next\r\n",
	    n, n + 1);
}

static bool many_begins(const char *command, const char *name, const char **rest_r)
{
	size_t n = strlen(name);

	if (strncasecmp(command, name, n) != 0 || (command[n] != ' ' && command[n] != '\0'))
		return false;
	*rest_r = command + n + (command[n] == ' ');
	return true;
}

/* What stands before the tagged answer; which is NO when the command is not known. */
static bool session_answer(struct session *session, const char *tag, const char *command)
{
	const char *rest = command;

	if (many_begins(command, "UID", &rest))
		command = rest;
	if (many_begins(command, "FETCH", &rest)) {
		session_fetch(session, rest);
	} else if (many_begins(command, "SEARCH", &rest)) {
		session_search(session, tag, rest);
	} else if (many_begins(command, "EXAMINE", &rest) ||
		   many_begins(command, "SELECT", &rest)) {
		session_examine(session);
	} else if (many_begins(command, "CAPABILITY", &rest)) {
		session_say(session, "* CAPABILITY " MANY_CAPABILITY "\r\n");
	} else if (many_begins(command, "LIST", &rest)) {
		session_say(session, "* LIST (\\HasNoChildren) \".\" \"Caught (Outgoing)\"\r\n");
	} else if (many_begins(command, "ID", &rest)) {
		session_say(session, "* ID NIL\r\n");
	} else if (many_begins(command, "AUTHENTICATE PLAIN", &rest)) {
		if (*rest == '\0')
			session_say(session, "+ \r\n");
		return *rest != '\0' || session_read_line(session) != NULL;
	} else if (many_begins(command, "LOGOUT", &rest)) {
		session_say(session, "* BYE\r\n");
	} else {
		return many_begins(command, "LOGIN", &rest) ||
		       many_begins(command, "NOOP", &rest) || many_begins(command, "CLOSE", &rest);
	}
	return true;
}

static void session_run(struct session *session)
{
	char tag[64];
	char *line;

	session_say(session, "* OK [CAPABILITY " MANY_CAPABILITY "] ready\r\n");
	while ((line = session_read_line(session)) != NULL) {
		size_t n = strcspn(line, " ");
		const char *command = line[n] != '\0' ? line + n + 1 : "";
		bool last = strcasecmp(command, "LOGOUT") == 0;

		snprintf(tag, sizeof(tag), "%.*s", (int)n, line);
		session_say(session, "%s %s done\r\n", tag,
		    session_answer(session, tag, command) ? "OK" : "BAD");
		if (last)
			break;
	}
	session_flush(session);
}

static void *session_main(void *context)
{
	struct session *session = context;

	if (session->many->tls != NULL) {
		session->ssl = SSL_new(session->many->tls);
		if (session->ssl == NULL || SSL_set_fd(session->ssl, session->fd) != 1)
			many_die("cannot set up TLS");
		if (SSL_accept(session->ssl) == 1) {
			session_run(session);
			SSL_shutdown(session->ssl);
		}
		SSL_free(session->ssl);
	} else {
		session_run(session);
	}
	close(session->fd);
	free(session);
	return NULL;
}

static int many_listen(void)
{
	struct sockaddr_in address = {
	    .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t n = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&address, n) != 0 || listen(fd, 16) != 0 ||
	    getsockname(fd, (struct sockaddr *)&address, &n) != 0)
		many_die("cannot listen");
	printf("%u\n", ntohs(address.sin_port));
	fflush(stdout);
	return fd;
}

static void many_accept(const struct many *many, int listener)
{
	struct session *session = calloc(1, sizeof(*session));
	pthread_t thread;
	int yes = 1;

	if (session == NULL)
		many_die("out of memory");
	session->many = many;
	session->fd = accept(listener, NULL, NULL);
	if (session->fd < 0) {
		free(session);
		return;
	}
	setsockopt(session->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
	if (pthread_create(&thread, NULL, session_main, session) != 0)
		many_die("no thread");
	pthread_detach(thread);
}

int main(int argc, char **argv)
{
	static struct many many;
	int listener;

	if (argc == 7 && strcmp(argv[1], "--tls") == 0) {
		many.tls = SSL_CTX_new(TLS_server_method());
		if (many.tls == NULL ||
		    SSL_CTX_use_certificate_chain_file(many.tls, argv[2]) != 1 ||
		    SSL_CTX_use_PrivateKey_file(many.tls, argv[3], SSL_FILETYPE_PEM) != 1)
			many_die("cannot set up TLS");
		argv += 3;
	} else if (argc != 4) {
		many_die("usage: many [--tls CERTIFICATE KEY] TEMPLATE MESSAGES DATE");
	}
	many_read_template(&many, argv[1]);
	many.messages = strtoul(argv[2], NULL, 10);
	many.date = argv[3];
	signal(SIGPIPE, SIG_IGN);
	listener = many_listen();
	while (1)
		many_accept(&many, listener);
}
