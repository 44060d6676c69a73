#include "imap/stream.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "imap/connect.h"
#include "imap/resolve.h"
#include "imap/server_name.h"
#include "imap/tls.h"
#include "imap/tls_io.h"

/* What is looked at at a time. Dovecot's records have 4 kB: most messages come in more than one,
 * and are not copied when they are here as a whole. */
#define STREAM_PIECE_SIZE ((size_t)64 * 1024)

/* Bytes of a line that the trace shows, and bytes that it looks at: a secret may begin in the shown
 * part and end behind it. */
#define STREAM_TRACE_MAX  ((size_t)256)
#define STREAM_TRACE_SEEN ((size_t)16 * 1024)

/* Keeps the first failure: libetpan does not pass it on. */
static int stream_latch(struct stream *stream, const struct err *err)
{
	if (stream->latch.code == ERR_NONE)
		stream->latch = *err;
	return -1;
}

static int stream_set_name(struct stream *stream, struct err *err)
{
	struct buf name;
	int result;

	buf_init(&name, 0);
	result = server_name_to_ascii(span_of(stream->settings->host), &name, err);
	if (result == 0) {
		stream->name = strdup(buf_string(&name));
		if (stream->name == NULL || name.failed != 0)
			result = err_nomem(err);
	}
	buf_fini(&name);
	return result;
}

static int stream_connect(struct stream *stream, struct err *err)
{
	struct addrinfo *list = NULL;

	if (stream_set_name(stream, err) != 0 ||
	    resolve_name(stream->settings, stream->name, &list, err) != 0)
		return -1;
	stream->fd = connect_first(stream->settings, list, err);
	freeaddrinfo(list);
	return stream->fd >= 0 ? 0 : -1;
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
	struct buf shown;
	struct buf text;

	buf_init(&shown, 0);
	buf_init(&text, 0);
	log_escape(&shown, span_head(line, STREAM_TRACE_SEEN));
	buf_add(&text, span_head(buf_span(&shown), STREAM_TRACE_MAX));
	if (shown.n > STREAM_TRACE_MAX)
		buf_printf(&text, "... (%zu bytes)", line.n);
	stream_trace(stream->settings, "S", buf_span(&text));
	buf_fini(&shown);
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
	buf_init(&stream->waiting, STREAM_PIECE_SIZE);
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
	free(stream->name);
	stream_guard_fini(&stream->guard);
	buf_fini(&stream->passed);
	buf_fini(&stream->waiting);
	free(stream);
}

/* A TLS port waits for our handshake while we wait for its greeting. */
static int stream_hint(
    const struct stream *stream, const struct patience *patience, struct err *err)
{
	if (stream->heard || !patience_is_silence(patience, err))
		return -1;
	return err_set(err, ERR_TEMPORARY,
	    "no answer for %u seconds (is that port for TLS from the first byte? then "
	    "--tls=implicit)",
	    patience->timeout);
}

static ssize_t stream_receive_plain(struct stream *stream, void *bytes, size_t n, struct err *err)
{
	struct patience patience = patience_begin(stream->settings);

	for (;;) {
		ssize_t got = recv(stream->fd, bytes, n, 0);

		if (got > 0)
			return got;
		if (got == 0)
			return err_set(err, ERR_TEMPORARY, "the server closed the connection");
		if (errno != EAGAIN && errno != EINTR)
			return err_set_sys(err, ERR_TEMPORARY, errno, "connection lost");
		if (patience_wait(&patience, stream->fd, POLLIN, err) != 0)
			return stream_hint(stream, &patience, err);
	}
}

static ssize_t stream_send_plain(struct stream *stream, struct span bytes, struct err *err)
{
	struct patience patience = patience_begin(stream->settings);

	for (;;) {
		ssize_t put = send(stream->fd, bytes.p, bytes.n, MSG_NOSIGNAL);

		if (put >= 0)
			return put;
		if (errno != EAGAIN && errno != EINTR)
			return err_set_sys(err, ERR_TEMPORARY, errno, "connection lost");
		if (patience_wait(&patience, stream->fd, POLLOUT, err) != 0)
			return -1;
	}
}

/* Bytes from the socket or through TLS: their number (never 0), or -1. */
static ssize_t stream_receive(struct stream *stream, void *bytes, size_t n, struct err *err)
{
	ssize_t got = stream->ssl != NULL ? tls_read(stream, bytes, n, err)
					  : stream_receive_plain(stream, bytes, n, err);

	if (got > 0)
		stream->heard = true;
	return got;
}

/* Checks clock and signals even while data flow without a pause. */
static int stream_may_go_on(const struct stream *stream, struct err *err)
{
	if (interrupt_check(err) != 0)
		return -1;
	return clock_is_over(stream->settings->deadline) ? clock_refuse(err) : 0;
}

int stream_write(struct stream *stream, struct span bytes, struct err *err)
{
	if (stream->latch.code != ERR_NONE) {
		*err = stream->latch;
		return -1;
	}
	if (stream->later.code != ERR_NONE) {
		*err = stream->later;
		return stream_latch(stream, err);
	}
	for (;;) {
		ssize_t n = stream->ssl != NULL ? tls_write(stream, bytes, err)
						: stream_send_plain(stream, bytes, err);

		if (n < 0)
			return stream_latch(stream, err);
		bytes = span_from(bytes, (size_t)n);
		if (bytes.n == 0)
			return 0;
		if (stream_may_go_on(stream, err) != 0)
			return stream_latch(stream, err);
	}
}

/* The records that are here come along. What is wrong with one of them is reported when those
 * before it have been read. */
static ssize_t stream_gather(struct stream *stream, char *piece, size_t size, struct err *err)
{
	ssize_t got;
	size_t n;

	if (stream->later.code != ERR_NONE) {
		*err = stream->later;
		return -1;
	}
	got = stream_receive(stream, piece, size, err);
	if (got < 0 || stream->ssl == NULL)
		return got;
	n = (size_t)got;
	while (n < size && (got = tls_read_here(stream, piece + n, size - n, &stream->later)) > 0)
		n += (size_t)got;
	return (ssize_t)n;
}

/* Bytes that had to wait for the next command, or new ones: their number, or -1. */
static ssize_t stream_next_piece(struct stream *stream, char *piece, size_t size, struct err *err)
{
	size_t n = stream->waiting.n;

	if (n == 0)
		return stream_gather(stream, piece, size, err);
	memcpy(piece, stream->waiting.p, n); /* one piece at most */
	buf_clear(&stream->waiting);
	return (ssize_t)n;
}

/* More bytes through the guard. -1: the stream is over, and the latch says why. */
static int stream_fill(struct stream *stream)
{
	char piece[STREAM_PIECE_SIZE];
	struct err err = ERR_INIT;
	struct span left;
	ssize_t n;

	if (stream->latch.code != ERR_NONE)
		return -1;
	if (stream_may_go_on(stream, &err) != 0 ||
	    (n = stream_next_piece(stream, piece, sizeof(piece), &err)) < 0)
		return stream_latch(stream, &err);
	/* What was good before the fault is still passed on. */
	if (stream_guard_pass_some(
		&stream->guard, (struct span){piece, (size_t)n}, &stream->passed, &left, &err) != 0)
		stream_latch(stream, &err);
	buf_add(&stream->waiting, left);
	if (stream->waiting.failed != 0) {
		err_nomem(&err);
		stream_latch(stream, &err);
	}
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
	return stream->passed_taken == stream->passed.n && stream->waiting.n == 0 &&
	       stream->later.code == ERR_NONE && stream_guard_at_rest(&stream->guard);
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
