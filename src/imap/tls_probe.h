/*
 * A look at the certificate of a server that is spoken to by others than us: the filter's API, by
 * libcurl, whose words about a certificate help nobody.
 */
#ifndef IMAP_TLS_PROBE_H
#define IMAP_TLS_PROBE_H

#include "base/buf.h"
#include "imap/stream_settings.h"

/*
 * Connects, with TLS_IMPLICIT, says nothing, and adds lines about the certificate: names, issuer,
 * dates, fingerprints, the TLS version. ERR_UNAVAILABLE when it is not trusted, with all of that
 * and the option that would accept it (tls_settings.pin_option); other errors as of stream_open().
 */
int tls_probe(const struct stream_settings *settings, struct buf *out, struct err *err);

#endif
