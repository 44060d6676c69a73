/*
 * Handshake, reading and writing through TLS: the only place that calls
 * OpenSSL for what it does on the network. OpenSSL goes on by itself as long
 * as records come, whatever is in them; here each call ends with its patience,
 * at the deadline of the run and on a signal.
 */
#ifndef IMAP_TLS_IO_H
#define IMAP_TLS_IO_H

#include <sys/types.h>

#include "imap/stream.h"

/* Gives stream->ssl its socket, and what makes its calls end. 0/-1 with OpenSSL's error queue. */
int tls_attach(struct stream *stream);

/*
 * ERR_TEMPORARY: lost, time-out, deadline; ERR_SIGNAL. ERR_UNAVAILABLE: the two do not agree, or,
 * until the first byte was read, the server refuses us for want of a certificate (with TLS 1.3 it
 * says so only after the handshake).
 */
int tls_handshake(struct stream *stream, struct err *err);

/* Some of the bytes, at least one: how many, or -1. */
ssize_t tls_read(struct stream *stream, void *bytes, size_t n, struct err *err);
ssize_t tls_write(struct stream *stream, struct span bytes, struct err *err);

/* What OpenSSL says of an error, of its own or of the system; never NULL. */
const char *tls_reason(unsigned long code);

#endif
