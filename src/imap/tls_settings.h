/*
 * How a connection is secured: plain data, so that the command line can fill
 * it in without knowing OpenSSL.
 */
#ifndef IMAP_TLS_SETTINGS_H
#define IMAP_TLS_SETTINGS_H

#include <stdbool.h>

#include "base/err.h"

#define TLS_PORT_IMPLICIT 993 /* imaps */
#define TLS_PORT_STARTTLS 143 /* imap; also without TLS */

#define TLS_DIGEST_SIZE 32 /* SHA-256 */
#define TLS_MAX_PINS    16

enum tls_mode {
	TLS_IMPLICIT,
	TLS_STARTTLS,
	TLS_OFF,
};

struct tls_pin {
	bool spki; /* of the public key (SubjectPublicKeyInfo), else of the whole certificate */
	unsigned char digest[TLS_DIGEST_SIZE];
};

struct tls_settings {
	enum tls_mode mode;
	unsigned port;        /* 0: the mode's own */
	const char *ca_file;  /* PEM; NULL: the system's */
	bool allow_plaintext; /* TLS_OFF to a host that is not loopback */
	/* The option that the refusal of a certificate shows, with the fingerprint of the public
	 * key; NULL: --fingerprint, with that of the certificate. */
	const char *pin_option;
	unsigned pin_count;
	struct tls_pin
	    pin[TLS_MAX_PINS]; /* one of them must match; they replace CA and name checks */
};

/* The port to connect to. */
unsigned tls_settings_port(const struct tls_settings *settings);

/*
 * "[spki:]hex", any case; colons may stand between the bytes, as openssl x509 -fingerprint prints
 * them. ERR_USAGE names what is wrong.
 */
int tls_pin_parse(const char *text, struct tls_pin *pin_r, struct err *err);

#endif
