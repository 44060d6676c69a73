#include "imap/connect.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/interrupt.h"
#include "base/wait.h"

_Static_assert(CONNECT_MAX_ADDRESSES <= WAIT_MAX, "all of them are waited for at the same time");

/* One address. */
struct connect_attempt {
	const struct addrinfo *address;
	int fd;           /* while it is under way; else -1 */
	int64_t until;    /* when it has been silent too long */
	const char *what; /* the step that failed; NULL: the server was silent */
	int sys;          /* the errno behind `what` */
};

struct connect_race {
	const struct stream_settings *settings;
	struct connect_attempt attempt[CONNECT_MAX_ADDRESSES];
	unsigned count;
	unsigned begun;
	unsigned under_way;
	unsigned left_out; /* addresses beyond CONNECT_MAX_ADDRESSES */
	int64_t next;      /* when the next one begins */
};

static const struct addrinfo *connect_next_of(
    const struct addrinfo *at, int family, bool same_family)
{
	while (at != NULL && (at->ai_family == family) != same_family)
		at = at->ai_next;
	return at;
}

/* RFC 8305, section 4: families in turn, beginning with that of the first address. */
static void connect_order(struct connect_race *race, const struct addrinfo *list)
{
	int family = list != NULL ? list->ai_family : AF_UNSPEC;
	const struct addrinfo *next[2] = {
	    connect_next_of(list, family, true), connect_next_of(list, family, false)};
	unsigned turn = 0;

	while (next[0] != NULL || next[1] != NULL) {
		const struct addrinfo *address;

		if (next[turn] == NULL)
			turn = 1 - turn;
		address = next[turn];
		next[turn] = connect_next_of(address->ai_next, family, turn == 0);
		turn = 1 - turn;
		if (race->count < CONNECT_MAX_ADDRESSES)
			race->attempt[race->count++] =
			    (struct connect_attempt){.address = address, .fd = -1};
		else
			race->left_out++;
	}
}

/* The attempt has failed; the next one begins at once. */
static void connect_fail(
    struct connect_race *race, struct connect_attempt *attempt, const char *what, int sys)
{
	if (attempt->fd >= 0) {
		close(attempt->fd);
		race->under_way--;
	}
	attempt->fd = -1;
	attempt->what = what;
	attempt->sys = sys;
	race->next = 0;
}

/* The socket leaves the race. */
static int connect_succeed(struct connect_race *race, struct connect_attempt *attempt)
{
	int fd = attempt->fd;
	int yes = 1, idle = CONNECT_KEEP_IDLE, every = CONNECT_KEEP_EVERY,
	    times = CONNECT_KEEP_TIMES;

	attempt->fd = -1;
	race->under_way--;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &yes, sizeof(yes));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof(idle));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &every, sizeof(every));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &times, sizeof(times));
	return fd;
}

/* Begins the next attempt: the socket when it is connected at once, else -1. */
static int connect_begin(struct connect_race *race)
{
	struct connect_attempt *attempt = &race->attempt[race->begun++];
	const struct addrinfo *address = attempt->address;
	int64_t now = clock_now();

	attempt->fd = socket(address->ai_family,
	    address->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, address->ai_protocol);
	if (attempt->fd < 0) {
		connect_fail(race, attempt, "cannot make a socket", errno);
		return -1;
	}
	race->under_way++;
	race->next = now + CONNECT_ATTEMPT_DELAY;
	attempt->until = now + (int64_t)race->settings->timeout * 1000;
	if (connect(attempt->fd, address->ai_addr, address->ai_addrlen) == 0)
		return connect_succeed(race, attempt);
	if (errno != EINPROGRESS)
		connect_fail(race, attempt, "cannot connect", errno);
	return -1;
}

/* Looks at the attempts that poll(2) found ready. Returns the socket of the first that is
 * connected, else -1. */
static int connect_check(
    struct connect_race *race, struct connect_attempt *const *polled, const struct pollfd *fds)
{
	for (unsigned i = 0, n = race->under_way; i < n; i++) {
		int failure = 0;
		socklen_t size = sizeof(failure);

		if (fds[i].revents == 0)
			continue;
		if (getsockopt(fds[i].fd, SOL_SOCKET, SO_ERROR, &failure, &size) != 0)
			failure = errno;
		if (failure == 0)
			return connect_succeed(race, polled[i]);
		connect_fail(race, polled[i], "cannot connect", failure);
	}
	return -1;
}

static void connect_end_silent(struct connect_race *race)
{
	for (unsigned i = 0; i < race->begun; i++)
		if (race->attempt[i].fd >= 0 && clock_is_over(race->attempt[i].until))
			connect_fail(race, &race->attempt[i], NULL, ETIMEDOUT);
}

static int64_t connect_earlier(int64_t a, int64_t b)
{
	return a == 0 || (b != 0 && b < a) ? b : a;
}

/* Waits until something happens to an attempt or another one is due. */
static int connect_wait(struct connect_race *race, int *fd_r, struct err *err)
{
	struct connect_attempt *polled[CONNECT_MAX_ADDRESSES];
	struct pollfd fds[CONNECT_MAX_ADDRESSES];
	int64_t until = race->settings->deadline;
	unsigned n = 0;
	int ready;

	if (race->begun < race->count)
		until = connect_earlier(until, race->next);
	for (unsigned i = 0; i < race->begun; i++) {
		struct connect_attempt *attempt = &race->attempt[i];

		if (attempt->fd < 0)
			continue;
		until = connect_earlier(until, attempt->until);
		polled[n] = attempt;
		fds[n++] = (struct pollfd){.fd = attempt->fd, .events = POLLOUT};
	}
	ready = wait_ready(fds, n, until, err);
	if (ready < 0)
		return -1;
	if (ready > 0)
		*fd_r = connect_check(race, polled, fds);
	connect_end_silent(race);
	return 0;
}

static void connect_add_address(struct buf *out, const struct connect_race *race, unsigned index)
{
	const struct addrinfo *address = race->attempt[index].address;
	char text[NI_MAXHOST];

	if (getnameinfo(address->ai_addr, address->ai_addrlen, text, sizeof(text), NULL, 0,
		NI_NUMERICHOST) != 0)
		return;
	/* The user wrote the address; it is not repeated. */
	if (race->count == 1 && strcmp(text, race->settings->host) == 0)
		return;
	buf_printf(out, address->ai_family == AF_INET6 ? "[%s]: " : "%s: ", text);
}

/* The error when no address has answered. */
static int connect_refuse(const struct connect_race *race, struct err *err)
{
	struct buf text;

	buf_init(&text, 0);
	for (unsigned i = 0; i < race->count && i < CONNECT_MAX_DESCRIBED; i++) {
		const struct connect_attempt *attempt = &race->attempt[i];

		buf_add_text(&text, i > 0 ? "; " : "");
		connect_add_address(&text, race, i);
		if (attempt->what != NULL)
			buf_printf(&text, "%s: %s", attempt->what, strerror(attempt->sys));
		else
			buf_printf(&text, "no answer for %u seconds", race->settings->timeout);
	}
	if (race->count > CONNECT_MAX_DESCRIBED)
		buf_printf(
		    &text, "; and %u more addresses failed", race->count - CONNECT_MAX_DESCRIBED);
	if (race->left_out > 0)
		buf_printf(&text, "; %u were not tried", race->left_out);
	err_set(err, ERR_TEMPORARY, "%s", buf_string(&text));
	if (text.failed != 0)
		err_nomem(err);
	buf_fini(&text);
	return -1;
}

/* The socket, or -1. */
static int connect_run(struct connect_race *race, struct err *err)
{
	int fd = -1;

	while (fd < 0) {
		if (interrupt_check(err) != 0)
			return -1;
		if (clock_is_over(race->settings->deadline))
			return clock_refuse(err);
		if (race->begun < race->count &&
		    (race->under_way == 0 || race->next == 0 || clock_is_over(race->next)))
			fd = connect_begin(race);
		else if (race->under_way == 0)
			return connect_refuse(race, err);
		else if (connect_wait(race, &fd, err) != 0)
			return -1;
	}
	return fd;
}

int connect_first(
    const struct stream_settings *settings, const struct addrinfo *list, struct err *err)
{
	struct connect_race race = {.settings = settings};
	int fd;

	connect_order(&race, list);
	fd = connect_run(&race, err);
	for (unsigned i = 0; i < race.begun; i++)
		if (race.attempt[i].fd >= 0)
			close(race.attempt[i].fd);
	if (fd < 0)
		return err_prefix(
		    err, "%s port %u", settings->host, tls_settings_port(settings->tls));
	return fd;
}
