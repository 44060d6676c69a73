/*
 * A certificate as text for a person.
 */
#ifndef IMAP_TLS_CERTIFICATE_H
#define IMAP_TLS_CERTIFICATE_H

#include <openssl/x509.h>

#include "base/buf.h"
#include "imap/tls_settings.h"

/* Names of a certificate that are shown; the rest are counted. */
#define TLS_MAX_NAMES_SHOWN 8

/*
 * Bytes of all shown names together (the first always is) and of a subject or issuer, so that an
 * error text of ERR_TEXT_MAX has room for reasons, dates, fingerprints and what to do.
 */
#define TLS_NAMES_MAX 256
#define TLS_NAME_MAX  112

/* Lines: names, issuer, dates, fingerprints; without a line break at the end. */
void tls_add_certificate(struct buf *out, X509 *certificate);

/* "from DATE to DATE" */
void tls_add_dates(struct buf *out, X509 *certificate);

/* The SHA-256 as --fingerprint takes it. */
void tls_add_fingerprint(struct buf *out, X509 *certificate, bool spki);

/* One that was given, in the same form. */
void tls_add_pin(struct buf *out, const struct tls_pin *pin);

/* The SHA-256 of the certificate, or of its public key; 0/-1. */
int tls_digest(X509 *certificate, bool spki, unsigned char digest[TLS_DIGEST_SIZE]);

#endif
