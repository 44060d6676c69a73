#include "imap/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "imap/tls.h"

/* What is taken from the socket at a time: one TLS record. */
#define STREAM_PIECE_SIZE ((size_t)16 * 1024)

/* What the trace shows of a line. */
#define STREAM_TRACE_MAX ((size_t)256)

#define PORT_TEXT_SIZE sizeof("4294967295")

/* Milliseconds to wait at most: what is silent for longer, or still there at the deadline, is over.
 */
static int64_t stream_patience(const struct stream_settings *settings, bool *deadline_r)
{
	int64_t patience = (int64_t)settings->timeout * 1000;
	int64_t left;

	*deadline_r = false;
	if (settings->deadline == 0)
		return patience;
	left = settings->deadline - clock_now();
	if (left < patience) {
		*deadline_r = true;
		patience = left > 0 ? left : 0;
	}
	return patience;
}

static int stream_poll(
    const struct stream_settings *settings, int fd, short events, struct err *err)
{
	struct pollfd fds[2] = {
	    {.fd = fd, .events = events}, {.fd = interrupt_fd(), .events = POLLIN}};
	bool deadline;
	int64_t patience = stream_patience(settings, &deadline);
	int64_t end = clock_now() + patience;
	int n;

	if (interrupt_check(err) != 0)
		return -1;
	if (deadline && patience == 0)
		return clock_refuse(err);
	do {
		int64_t left = end - clock_now();

		n = poll(fds, 2, left > 0 ? (int)left : 0);
	} while (n < 0 && errno == EINTR && interrupt_signal() == 0);
	if (interrupt_check(err) != 0)
		return -1;
	if (n < 0)
		return err_set_sys(err, ERR_SYSTEM, errno, "poll");
	if (n == 0 && deadline)
		return clock_refuse(err);
	if (n == 0)
		return err_set(err, ERR_TEMPORARY, "no answer for %u seconds", settings->timeout);
	return 0;
}

int stream_wait(struct stream *stream, short events, struct err *err)
{
	return stream_poll(stream->settings, stream->fd, events, err);
}

/* Keeps the first failure, for whoever sees only what libetpan makes of it. */
static int stream_latch(struct stream *stream, const struct err *err)
{
	if (stream->latch.code == ERR_NONE)
		stream->latch = *err;
	return -1;
}

static int stream_resolve(
    const struct stream_settings *settings, struct addrinfo **list_r, struct err *err)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
	char port[PORT_TEXT_SIZE];
	int status;

	snprintf(port, sizeof(port), "%u", tls_settings_port(settings->tls));
	status = getaddrinfo(settings->host, port, &hints, list_r);
	if (interrupt_check(err) != 0) {
		if (status == 0)
			freeaddrinfo(*list_r);
		return -1;
	}
	switch (status) {
	case 0:
		return 0;
	case EAI_AGAIN:
		return err_set(err, ERR_NOHOST, "cannot look up %s now: %s", settings->host,
		    gai_strerror(status));
	case EAI_SYSTEM:
		return err_set_sys(err, ERR_NOHOST, errno, "cannot look up %s", settings->host);
	case EAI_MEMORY:
		return err_nomem(err);
	default:
		return err_set(
		    err, ERR_NOHOST, "unknown host %s: %s", settings->host, gai_strerror(status));
	}
}

/* Connects to one address: the socket, or -1. */
static int stream_connect_address(
    const struct stream_settings *settings, const struct addrinfo *address, struct err *err)
{
	int fd = socket(address->ai_family, address->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK,
	    address->ai_protocol);
	int yes = 1;
	int failure = 0;
	socklen_t size = sizeof(failure);

	if (fd < 0)
		return err_set_sys(err, ERR_TEMPORARY, errno, "cannot make a socket");
	if (connect(fd, address->ai_addr, address->ai_addrlen) != 0) {
		if (errno != EINPROGRESS) {
			err_set_sys(err, ERR_TEMPORARY, errno, "cannot connect");
			goto out;
		}
		if (stream_poll(settings, fd, POLLOUT, err) != 0)
			goto out;
		if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &failure, &size) != 0)
			failure = errno;
		if (failure != 0) {
			err_set_sys(err, ERR_TEMPORARY, failure, "cannot connect");
			goto out;
		}
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &yes, sizeof(yes));
	return fd;
out:
	close(fd);
	return -1;
}

static int stream_connect(struct stream *stream, struct err *err)
{
	const struct stream_settings *settings = stream->settings;
	struct addrinfo *list = NULL;

	if (stream_resolve(settings, &list, err) != 0)
		return -1;
	for (const struct addrinfo *at = list; at != NULL && stream->fd < 0; at = at->ai_next) {
		stream->fd = stream_connect_address(settings, at, err);
		if (stream->fd < 0 && err->code == ERR_SIGNAL)
			break;
	}
	freeaddrinfo(list);
	if (stream->fd < 0)
		return err_prefix(
		    err, "%s port %u", settings->host, tls_settings_port(settings->tls));
	return 0;
}

void stream_trace(const struct stream_settings *settings, const char *side, struct span text)
{
	struct buf line;

	if (!settings->trace)
		return;
	buf_init(&line, 0);
	if (settings->trace_label != NULL)
		buf_printf(&line, "%s ", settings->trace_label);
	buf_printf(&line, "%s: ", side);
	buf_add(&line, text);
	log_line("", buf_span(&line));
	buf_fini(&line);
}

static void stream_trace_line(struct span line, void *context)
{
	const struct stream *stream = context;
	struct buf text;

	buf_init(&text, 0);
	buf_add(&text, span_head(line, STREAM_TRACE_MAX));
	if (line.n > STREAM_TRACE_MAX)
		buf_printf(&text, "... (%zu bytes)", line.n);
	stream_trace(stream->settings, "S", buf_span(&text));
	buf_fini(&text);
}

int stream_open(const struct stream_settings *settings, struct stream **stream_r, struct err *err)
{
	struct stream *stream = calloc(1, sizeof(*stream));

	if (stream == NULL)
		return err_nomem(err);
	stream->settings = settings;
	stream->fd = -1;
	stream_guard_init(&stream->guard);
	buf_init(&stream->passed, 0);
	if (settings->trace) {
		stream->guard.trace = stream_trace_line;
		stream->guard.trace_context = stream;
	}
	if (stream_connect(stream, err) != 0)
		goto out;
	if (settings->tls->mode == TLS_IMPLICIT && tls_start(stream, err) != 0)
		goto out;
	*stream_r = stream;
	return 0;
out:
	stream_free(stream);
	return -1;
}

void stream_free(struct stream *stream)
{
	if (stream == NULL)
		return;
	if (stream->ssl != NULL && stream->latch.code == ERR_NONE)
		SSL_shutdown(stream->ssl); /* one attempt; the peer's answer does not matter */
	SSL_free(stream->ssl);
	SSL_CTX_free(stream->ssl_context);
	if (stream->fd >= 0)
		close(stream->fd);
	stream_guard_fini(&stream->guard);
	buf_fini(&stream->passed);
	free(stream);
}

/* What OpenSSL waits for, or why it failed. 0: try again now. */
static int stream_ssl_wait(struct stream *stream, int status, struct err *err)
{
	unsigned long reason;
	int sys = errno;

	switch (SSL_get_error(stream->ssl, status)) {
	case SSL_ERROR_WANT_READ:
		return stream_wait(stream, POLLIN, err);
	case SSL_ERROR_WANT_WRITE:
		return stream_wait(stream, POLLOUT, err);
	case SSL_ERROR_ZERO_RETURN:
		return err_set(err, ERR_TEMPORARY, "the server closed the connection");
	case SSL_ERROR_SYSCALL:
		if (sys != 0)
			return err_set_sys(err, ERR_TEMPORARY, sys, "connection lost");
		return err_set(err, ERR_TEMPORARY, "the server closed the connection");
	default:
		reason = ERR_peek_error();
		ERR_clear_error();
		if (ERR_GET_REASON(reason) == SSL_R_UNEXPECTED_EOF_WHILE_READING)
			return err_set(err, ERR_TEMPORARY, "the server closed the connection");
		return err_set(err, ERR_TEMPORARY, "TLS failed: %s",
		    reason != 0 ? ERR_reason_error_string(reason) : "no reason given");
	}
}

/* Bytes from the socket or through TLS: their number (never 0), or -1. */
static ssize_t stream_receive(struct stream *stream, void *bytes, size_t n, struct err *err)
{
	for (;;) {
		if (stream->ssl != NULL) {
			size_t got = 0;
			int status;

			errno = 0;
			ERR_clear_error();
			status = SSL_read_ex(stream->ssl, bytes, n, &got);
			if (status == 1)
				return (ssize_t)got;
			if (stream_ssl_wait(stream, status, err) != 0)
				return -1;
		} else {
			ssize_t got = recv(stream->fd, bytes, n, 0);

			if (got > 0)
				return got;
			if (got == 0)
				return err_set(
				    err, ERR_TEMPORARY, "the server closed the connection");
			if (errno != EAGAIN && errno != EINTR)
				return err_set_sys(err, ERR_TEMPORARY, errno, "connection lost");
			if (stream_wait(stream, POLLIN, err) != 0)
				return -1;
		}
	}
}

static ssize_t stream_send(struct stream *stream, struct span bytes, struct err *err)
{
	for (;;) {
		if (stream->ssl != NULL) {
			size_t put = 0;
			int status;

			errno = 0;
			ERR_clear_error();
			status = SSL_write_ex(stream->ssl, bytes.p, bytes.n, &put);
			if (status == 1)
				return (ssize_t)put;
			if (stream_ssl_wait(stream, status, err) != 0)
				return -1;
		} else {
			ssize_t put = send(stream->fd, bytes.p, bytes.n, MSG_NOSIGNAL);

			if (put >= 0)
				return put;
			if (errno != EAGAIN && errno != EINTR)
				return err_set_sys(err, ERR_TEMPORARY, errno, "connection lost");
			if (stream_wait(stream, POLLOUT, err) != 0)
				return -1;
		}
	}
}

int stream_write(struct stream *stream, struct span bytes, struct err *err)
{
	if (stream->latch.code != ERR_NONE) {
		*err = stream->latch;
		return -1;
	}
	while (bytes.n > 0) {
		ssize_t n = stream_send(stream, bytes, err);

		if (n < 0)
			return stream_latch(stream, err);
		bytes = span_from(bytes, (size_t)n);
	}
	return 0;
}

/* Also looks at the clock and for signals while data flow without a pause. */
static int stream_may_go_on(const struct stream *stream, struct err *err)
{
	if (interrupt_check(err) != 0)
		return -1;
	return clock_is_over(stream->settings->deadline) ? clock_refuse(err) : 0;
}

/* More bytes through the guard. -1: the stream is over, and the latch says why. */
static int stream_fill(struct stream *stream)
{
	char piece[STREAM_PIECE_SIZE];
	struct err err = ERR_INIT;
	ssize_t n;

	if (stream->latch.code != ERR_NONE)
		return -1;
	if (stream_may_go_on(stream, &err) != 0 ||
	    (n = stream_receive(stream, piece, sizeof(piece), &err)) < 0)
		return stream_latch(stream, &err);
	/* What was good before the fault is still handed on. */
	if (stream_guard_pass(
		&stream->guard, (struct span){piece, (size_t)n}, &stream->passed, &err) != 0)
		stream_latch(stream, &err);
	return 0;
}

static ssize_t stream_low_read(mailstream_low *low, void *bytes, size_t n)
{
	struct stream *stream = low->data;
	struct span ready;

	while (stream->passed_taken == stream->passed.n) {
		buf_clear(&stream->passed);
		stream->passed_taken = 0;
		if (stream_fill(stream) != 0)
			return -1;
	}
	ready = span_head(span_from(buf_span(&stream->passed), stream->passed_taken), n);
	memcpy(bytes, ready.p, ready.n);
	stream->passed_taken += ready.n;
	return (ssize_t)ready.n;
}

bool stream_is_drained(const struct stream *stream)
{
	return stream->passed_taken == stream->passed.n && stream_guard_at_rest(&stream->guard);
}

static ssize_t stream_low_write(mailstream_low *low, const void *bytes, size_t n)
{
	struct err err = ERR_INIT;

	return stream_write(low->data, (struct span){bytes, n}, &err) == 0 ? (ssize_t)n : -1;
}

static int stream_low_close(mailstream_low *low)
{
	(void)low;
	return 0;
}

static int stream_low_get_fd(mailstream_low *low)
{
	return ((struct stream *)low->data)->fd;
}

static void stream_low_free(mailstream_low *low)
{
	free(low);
}

mailstream_low *stream_mailstream_low(struct stream *stream)
{
	static mailstream_low_driver driver = {
	    .mailstream_read = stream_low_read,
	    .mailstream_write = stream_low_write,
	    .mailstream_close = stream_low_close,
	    .mailstream_get_fd = stream_low_get_fd,
	    .mailstream_free = stream_low_free,
	};

	return mailstream_low_new(stream, &driver);
}
