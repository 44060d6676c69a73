#include "tests/support/wire.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/interrupt.h"
#include "imap/connection.h"
#include "tests/fuzz/check.h"

#define WIRE_TAG  '\x01'
#define WIRE_END  '\x02'
#define WIRE_NEXT '\x03'

#define WIRE_TAG_MAX  24
#define WIRE_TAGS_MAX 8

int __wrap_socket(int domain, int type, int protocol);
int __wrap_connect(int fd, const struct sockaddr *address, socklen_t n);
int __wrap_poll(struct pollfd *fds, nfds_t count, int timeout);
ssize_t __wrap_recv(int fd, void *bytes, size_t n, int flags);
ssize_t __wrap_send(int fd, const void *bytes, size_t n, int flags);

/* What _FORTIFY_SOURCE makes of two of them. */
int __wrap___poll_chk(struct pollfd *fds, nfds_t count, int timeout, size_t size);
ssize_t __wrap___recv_chk(int fd, void *bytes, size_t n, size_t size, int flags);

static struct {
	struct span left;
	struct buf *record; /* or NULL */
	size_t step;
	char line[CONNECTION_COMMAND_MAX + 1]; /* the command that is being sent */
	size_t line_size;
	char tag[WIRE_TAG_MAX];             /* the one that is being said, or was */
	size_t tag_put;                     /* of it, already given in the place of a WIRE_TAG */
	unsigned long number;               /* of the last one, 0: none on this connection */
	unsigned long asked[WIRE_TAGS_MAX]; /* have not been answered, the oldest first */
	size_t asked_count;
	bool tagged;     /* what we say is in the line that answers one */
	char last;       /* what we said last */
	bool searched;   /* UID SEARCH was one of them */
	bool login_data; /* a line without a tag may come: the response to AUTHENTICATE */
	bool idles;      /* or the end of IDLE */
} wire;

void wire_begin(struct span input, size_t step)
{
	wire.left = input;
	wire.record = NULL;
	wire.step = step;
	wire.line_size = 0;
	wire.tag_put = 0;
	wire.searched = false;
}

void wire_end(void)
{
	CHECK(wire.line_size == 0);
}

void wire_record(struct buf *out)
{
	wire.record = out;
}

static void wire_add_record(const char *line)
{
	if (wire.record == NULL)
		return;
	buf_add_text(wire.record, line);
	buf_add_char(wire.record, '\n');
}

bool wire_was_searched(void)
{
	return wire.searched;
}

/* --- what we are told --- */

static bool wire_starts(const char *text, const char *start)
{
	return strncmp(text, start, strlen(start)) == 0;
}

/* The reading verbs, with what may follow them. */
static void wire_check_verb(const char *verb)
{
	static const char *const alone[] = {"CAPABILITY", "STARTTLS", "LOGOUT", "NOOP", "IDLE"};
	static const char *const verbs[] = {"LOGIN ", "AUTHENTICATE ", "LIST ", "STATUS ",
	    "EXAMINE ", "FETCH ", "UID FETCH ", "UID SEARCH "};
	bool known = false;

	for (size_t i = 0; i < sizeof(alone) / sizeof(*alone); i++)
		known = known || strcmp(verb, alone[i]) == 0;
	for (size_t i = 0; i < sizeof(verbs) / sizeof(*verbs); i++)
		known = known || wire_starts(verb, verbs[i]);
	CHECK(known);
	/* Without .PEEK it would set \Seen, were the folder not opened by EXAMINE. Elsewhere these
	 * may be part of a name. */
	if (wire_starts(verb, "FETCH ") || wire_starts(verb, "UID FETCH "))
		CHECK(strstr(verb, "BODY[") == NULL && strstr(verb, "RFC822") == NULL);
}

static void wire_check_login_data(const char *line)
{
	for (; *line != '\0'; line++)
		CHECK(isalnum((unsigned char)*line) || strchr("+/=*", *line) != NULL);
	wire.login_data = false;
}

/* One whole line, without its CR LF. */
static void wire_check_line(const char *line)
{
	char *end;
	unsigned long number = strtoul(line, &end, 10);

	for (const char *at = line; *at != '\0'; at++)
		CHECK(*at >= ' ' && *at <= '~');
	if (end == line || *end != ' ') {
		if (wire.idles && strcmp(line, "DONE") == 0) {
			wire.idles = false;
			wire_add_record(line);
			return;
		}
		CHECK(wire.login_data);
		wire_add_record("login data");
		wire_check_login_data(line);
		return;
	}
	CHECK(number > wire.number); /* one that is refused before it is sent has a tag, too */
	wire.number = number;
	CHECK(wire.asked_count < WIRE_TAGS_MAX);
	if (wire.asked_count == 0)
		snprintf(wire.tag, sizeof(wire.tag), "%lu", number);
	wire.asked[wire.asked_count++] = number;
	wire_check_verb(end + 1);
	wire_add_record(end + 1);
	wire.login_data = wire_starts(end + 1, "AUTHENTICATE ");
	wire.idles = strcmp(end + 1, "IDLE") == 0;
	wire.searched = wire.searched || wire_starts(end + 1, "UID SEARCH ");
}

static void wire_take(char c)
{
	CHECK(c != '\0');
	CHECK(wire.line_size < CONNECTION_COMMAND_MAX);
	wire.line[wire.line_size++] = c;
	if (c != '\n')
		return;
	CHECK(wire.line_size >= 2 && wire.line[wire.line_size - 2] == '\r');
	wire.line[wire.line_size - 2] = '\0';
	wire.line_size = 0;
	wire_check_line(wire.line);
}

ssize_t __wrap_send(int fd, const void *bytes, size_t n, int flags)
{
	const char *text = bytes;

	(void)fd;
	(void)flags;
	/* A command goes in one piece, so that nothing of another one can come between. */
	CHECK(wire.line_size == 0 && n > 0 && text[n - 1] == '\n');
	CHECK(memchr(text, '\n', n - 1) == NULL);
	for (size_t i = 0; i < n; i++)
		wire_take(text[i]);
	return (ssize_t)n;
}

/* --- what we say --- */

/* The tag with this place in the queue is said. A line that begins so answers its command. */
static void wire_begin_tag(size_t at)
{
	wire.tagged = wire.tagged || wire.last == '\n';
	if (at >= wire.asked_count)
		return;
	snprintf(wire.tag, sizeof(wire.tag), "%lu", wire.asked[at]);
	if (wire.last != '\n')
		return;
	wire.asked_count--;
	memmove(
	    &wire.asked[at], &wire.asked[at + 1], (wire.asked_count - at) * sizeof(wire.asked[0]));
}

static bool wire_is_tag(char c)
{
	return c == WIRE_TAG || c == WIRE_NEXT;
}

static char wire_next(void)
{
	char c = wire.left.p[0];

	if (wire_is_tag(c) && wire.tag[0] != '\0') {
		c = wire.tag[wire.tag_put++];
		if (wire.tag[wire.tag_put] != '\0')
			return c;
		wire.tag_put = 0;
	}
	wire.left = span_from(wire.left, 1);
	return c;
}

/* A line while no command is under way; else as far as the end of a tagged line at most: who has
 * that sends the next command first. */
ssize_t __wrap_recv(int fd, void *bytes, size_t n, int flags)
{
	char *out = bytes;
	size_t got = 0;

	(void)fd;
	(void)flags;
	while (got < n && got < wire.step && wire.left.n > 0 && wire.left.p[0] != WIRE_END) {
		if (wire_is_tag(wire.left.p[0]) && wire.tag_put == 0)
			wire_begin_tag(wire.left.p[0] == WIRE_NEXT);
		out[got] = wire_next();
		wire.last = out[got];
		if (out[got++] == '\n' && (wire.tagged || wire.asked_count == 0)) {
			wire.tagged = false;
			break;
		}
	}
	return (ssize_t)got;
}

/* --- a network where all goes well --- */

int __wrap_socket(int domain, int type, int protocol)
{
	(void)domain;
	(void)type;
	(void)protocol;
	wire.number = 0;
	wire.asked_count = 0;
	wire.tagged = false;
	wire.last = '\n';
	wire.tag[0] = '\0';
	wire.tag_put = 0;
	wire.login_data = false;
	wire_add_record("connect");
	if (wire.left.n > 0 && wire.left.p[0] == WIRE_END)
		wire.left = span_from(wire.left, 1);
	return open("/dev/null", O_RDWR | O_CLOEXEC);
}

int __wrap_connect(int fd, const struct sockaddr *address, socklen_t n)
{
	(void)fd;
	(void)address;
	(void)n;
	return 0;
}

/* Whatever is waited for is there at once, but no signal; pauses are over. */
int __wrap_poll(struct pollfd *fds, nfds_t count, int timeout)
{
	int ready = 0;

	(void)timeout;
	for (nfds_t i = 0; i < count; i++) {
		fds[i].revents = fds[i].fd >= 0 && fds[i].fd != interrupt_fd() ? fds[i].events : 0;
		ready += fds[i].revents != 0;
	}
	return ready;
}

int __wrap___poll_chk(struct pollfd *fds, nfds_t count, int timeout, size_t size)
{
	(void)size;
	return __wrap_poll(fds, count, timeout);
}

ssize_t __wrap___recv_chk(int fd, void *bytes, size_t n, size_t size, int flags)
{
	(void)size;
	return __wrap_recv(fd, bytes, n, flags);
}
