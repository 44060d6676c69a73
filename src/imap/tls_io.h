/*
 * Handshake, reading and writing through TLS: the only calls by which OpenSSL
 * uses the network. OpenSSL itself goes on as long as records come, whatever
 * is in them. Here each call ends with its patience, at the deadline of the
 * run and on a signal.
 */
#ifndef IMAP_TLS_IO_H
#define IMAP_TLS_IO_H

#include <sys/types.h>

#include "imap/stream.h"

/*
 * Gives stream->ssl its socket, and makes its calls end in time. 0/-1 with OpenSSL's error queue.
 */
int tls_attach(struct stream *stream);

/*
 * ERR_TEMPORARY: lost, time-out, deadline; ERR_SIGNAL. ERR_UNAVAILABLE: the two sides do not agree;
 * or the server demands a client certificate (TLS 1.3 says so only after the handshake, before the
 * first byte is read).
 */
int tls_handshake(struct stream *stream, struct err *err);

/* Some of the bytes, at least one: how many, or -1. */
ssize_t tls_read(struct stream *stream, void *bytes, size_t n, struct err *err);
ssize_t tls_write(struct stream *stream, struct span bytes, struct err *err);

/* The same without waiting, of whole records that have been taken from the socket: 0 when there are
 * none. */
ssize_t tls_read_here(struct stream *stream, void *bytes, size_t n, struct err *err);

/* Whether bytes have been taken from the socket that tls_read() has not returned: poll(2) does not
 * see them. They may be no whole record yet. */
bool tls_has_bytes(const struct stream *stream);

/* What OpenSSL says of an error, of its own or of the system; never NULL. */
const char *tls_reason(unsigned long code);

#endif
