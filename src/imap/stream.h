/*
 * The connection to the server, from the socket up to the bytes that libetpan
 * reads: time limits, TLS, the guard against hostile bytes, the trace. It
 * appears to libetpan as a mailstream_low driver.
 *
 * The first thing that goes wrong is latched: libetpan reports any failure as
 * a stream or parse error, and the latch says what it was.
 */
#ifndef IMAP_STREAM_H
#define IMAP_STREAM_H

#include <libetpan/mailstream.h>
#include <openssl/ssl.h>

#include "imap/patience.h"
#include "imap/stream_guard.h"

struct stream {
	const struct stream_settings *settings; /* the caller's, outlives the stream */
	char *name;                             /* of the host in ASCII, as server_name.h says */
	int fd;
	SSL *ssl; /* NULL: plain */
	SSL_CTX *ssl_context;
	struct tls_failures *failures; /* found by the handshake under way; see tls.c */
	struct patience patience;      /* of the call of OpenSSL under way */
	bool certificate_asked;        /* the server has asked for one of ours */
	bool heard;                    /* a byte came, through TLS when ssl is set */
	struct stream_guard guard;
	struct buf passed;   /* passed by the guard, for libetpan */
	size_t passed_taken; /* bytes of it that libetpan has read */
	struct buf waiting;  /* received, and not looked at: they answer the next command */
	struct err later;    /* a fault behind bytes that have been received, or ERR_NONE */
	struct err latch;    /* why the stream is over, or ERR_NONE */
};

/*
 * Resolves the host (resolve.h), connects (connect.h) and, in mode TLS_IMPLICIT, secures the
 * connection (tls_start()). ERR_NOHOST, ERR_TEMPORARY, ERR_UNAVAILABLE, ERR_SIGNAL, ERR_SYSTEM. The
 * stream is freed with stream_free().
 */
int stream_open(const struct stream_settings *settings, struct stream **stream_r, struct err *err);
void stream_free(struct stream *stream);

/* Sends all of it, or latches why not. Bypasses libetpan, whose buffers would keep a password. What
 * the socket takes at once is sent even when the time is over. */
int stream_write(struct stream *stream, struct span bytes, struct err *err);

/*
 * With settings->trace: a line on standard error, "C: TEXT", or "LABEL C: TEXT" for several hosts.
 */
void stream_trace(const struct stream_settings *settings, const char *side, struct span text);

/*
 * A driver for mailstream_low_new(): reading goes through the guard, end of file is an error,
 * closing and freeing leave the stream to its owner.
 */
mailstream_low *stream_mailstream_low(struct stream *stream);

/* True when everything that was received has been read, no line or literal is incomplete, and no
 * fault is behind it. */
bool stream_is_drained(const struct stream *stream);

#endif
