/*
 * TLS by OpenSSL: 1.2 or later, the chain and the name verified, or the
 * certificate pinned, all before a byte of the login is sent.
 */
#ifndef IMAP_TLS_H
#define IMAP_TLS_H

#include "imap/stream.h"

/*
 * Handshake on a connected stream. Without pins the chain must lead to a trusted CA and the
 * certificate must be for the host (RFC 6125; an address must stand in an iPAddress name). With
 * pins, one of them must be that of the certificate or of its public key; an expired one is
 * accepted then and warned of. ERR_UNAVAILABLE says which check failed, the names, dates and
 * fingerprints of the certificate and the option that would accept it. On failure the stream is of
 * no more use.
 */
int tls_start(struct stream *stream, struct err *err);

/* The certificate of a started stream, a line each: names, issuer, dates, fingerprints, the TLS
 * version. */
void tls_describe(const struct stream *stream, struct buf *out);

/* "TLSv1.3", or "no TLS"; a constant. */
const char *tls_version(const struct stream *stream);

/* Adds the line "OpenSSL X". */
void tls_add_version(struct buf *out);

#endif
