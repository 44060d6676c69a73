#include "imap/tls.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "base/log.h"
#include "imap/server_name.h"
#include "imap/tls_certificate.h"
#include "imap/tls_io.h"

/* Failures of one verification that the message names. */
#define TLS_MAX_FAILURES 8

struct tls_failures {
	unsigned count;
	int code[TLS_MAX_FAILURES];
};

/* Lets the handshake go on, so that the certificate can be shown. tls_check() refuses it before
 * anything is sent. */
static int tls_collect_failure(int ok, X509_STORE_CTX *store)
{
	SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
	struct stream *stream = ssl != NULL ? SSL_get_app_data(ssl) : NULL;
	struct tls_failures *failures = stream != NULL ? stream->failures : NULL;
	int code = X509_STORE_CTX_get_error(store);

	if (ok)
		return 1;
	if (failures == NULL)
		return 0;
	for (unsigned i = 0; i < failures->count; i++)
		if (failures->code[i] == code)
			return 1;
	if (failures->count < TLS_MAX_FAILURES)
		failures->code[failures->count++] = code;
	return 1;
}

/* The server asks for a client certificate. We have none; later it may refuse us for that. */
static int tls_note_demand(SSL *ssl, X509 **certificate, EVP_PKEY **key)
{
	struct stream *stream = SSL_get_app_data(ssl);

	(void)certificate;
	(void)key;
	stream->certificate_asked = true;
	return 0;
}

/* ERR_UNAVAILABLE: what is wrong, what the certificate says, what would accept it. */
static int tls_refuse(
    const struct stream *stream, X509 *certificate, const char *reason, struct err *err)
{
	const char *option = stream->settings->tls->pin_option;
	struct buf text;

	buf_init(&text, 0);
	tls_add_certificate(&text, certificate);
	buf_printf(&text,
	    "\nIf you have made sure that this is the certificate of your %s, accept it with"
	    "\n--%s=",
	    option != NULL ? "filter" : "quarantine", option != NULL ? option : "fingerprint");
	tls_add_fingerprint(&text, certificate, option != NULL);
	err_set(err, ERR_UNAVAILABLE, "the certificate of %s is not trusted: %s\n%s",
	    stream->settings->host, reason, buf_string(&text));
	if (text.failed != 0)
		err_nomem(err);
	buf_fini(&text);
	return -1;
}

/*
 * ERR_UNAVAILABLE: another certificate than the one that was once looked at. It must not read like
 * a first contact: nothing is offered to paste.
 */
static int tls_alarm(const struct stream *stream, X509 *certificate, struct err *err)
{
	const struct tls_settings *tls = stream->settings->tls;
	struct buf text;

	buf_init(&text, 0);
	tls_add_certificate(&text, certificate);
	buf_add_text(&text, "\nexpected instead: ");
	tls_add_pin(&text, &tls->pin[0]);
	if (tls->pin_count > 1)
		buf_printf(&text, ", or one of %u more", tls->pin_count - 1);
	buf_add_text(&text,
	    "\nThis may be an attack, or the certificate has been renewed. Ask those "
	    "who run the server for its fingerprint, and not over this connection.");
	err_set(err, ERR_UNAVAILABLE,
	    "the certificate of %s is not the one that was expected: it has none of the given "
	    "fingerprints\n%s",
	    stream->settings->host, buf_string(&text));
	if (text.failed != 0)
		err_nomem(err);
	buf_fini(&text);
	return -1;
}

static int tls_check_pins(const struct stream *stream, X509 *certificate, struct err *err)
{
	const struct tls_settings *tls = stream->settings->tls;
	struct buf dates;

	for (unsigned i = 0; i < tls->pin_count; i++) {
		unsigned char digest[TLS_DIGEST_SIZE];

		if (tls_digest(certificate, tls->pin[i].spki, digest) != 0 ||
		    CRYPTO_memcmp(digest, tls->pin[i].digest, sizeof(digest)) != 0)
			continue;
		if (X509_cmp_current_time(X509_get0_notAfter(certificate)) > 0 &&
		    X509_cmp_current_time(X509_get0_notBefore(certificate)) < 0)
			return 0;
		buf_init(&dates, 0);
		tls_add_dates(&dates, certificate);
		log_warn("the certificate of %s matches its fingerprint but is not valid now: %s",
		    stream->settings->host, buf_string(&dates));
		buf_fini(&dates);
		return 0;
	}
	return tls_alarm(stream, certificate, err);
}

static int tls_check_chain(const struct stream *stream, X509 *certificate,
    const struct tls_failures *failures, struct err *err)
{
	long result = SSL_get_verify_result(stream->ssl);
	struct buf reasons;

	if (result == X509_V_OK && failures->count == 0)
		return 0;
	buf_init(&reasons, 0);
	for (unsigned i = 0; i < failures->count; i++) {
		buf_add_text(&reasons, i > 0 ? "; " : "");
		buf_add_text(&reasons, X509_verify_cert_error_string(failures->code[i]));
	}
	if (failures->count == 0)
		buf_add_text(&reasons, X509_verify_cert_error_string(result));
	tls_refuse(stream, certificate, buf_string(&reasons), err);
	if (reasons.failed != 0)
		err_nomem(err);
	buf_fini(&reasons);
	return -1;
}

static int tls_check(
    const struct stream *stream, const struct tls_failures *failures, struct err *err)
{
	X509 *certificate = SSL_get0_peer_certificate(stream->ssl);

	if (certificate == NULL)
		return err_set(
		    err, ERR_UNAVAILABLE, "%s has shown no certificate", stream->settings->host);
	if (stream->settings->tls->pin_count > 0)
		return tls_check_pins(stream, certificate, err);
	return tls_check_chain(stream, certificate, failures, err);
}

static int tls_openssl_error(struct err *err, const char *what)
{
	err_set(err, ERR_SYSTEM, "%s: %s", what, tls_reason(ERR_peek_error()));
	ERR_clear_error();
	return -1;
}

static int tls_make_context(struct stream *stream, struct err *err)
{
	const char *ca_file = stream->settings->tls->ca_file;
	SSL_CTX *context = SSL_CTX_new(TLS_client_method());

	stream->ssl_context = context;
	if (context == NULL || SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) != 1)
		return tls_openssl_error(err, "cannot set up TLS");
	SSL_CTX_set_mode(
	    context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	/* Empty records are read one at a time, so that a flood of them cannot hold us; see
	 * tls_io.h. */
	SSL_CTX_clear_mode(context, SSL_MODE_AUTO_RETRY);
	SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION);
	SSL_CTX_set_verify(context, SSL_VERIFY_PEER, tls_collect_failure);
	SSL_CTX_set_client_cert_cb(context, tls_note_demand);
	if (ca_file == NULL && SSL_CTX_set_default_verify_paths(context) != 1)
		return tls_openssl_error(err, "cannot load the system's certificates");
	if (ca_file != NULL && SSL_CTX_load_verify_file(context, ca_file) != 1) {
		tls_openssl_error(err, ca_file);
		err->code = ERR_USAGE;
		return err_prefix(err, "cannot read certificates");
	}
	return 0;
}

/* Sets the name that the certificate must have. SNI is for names only (RFC 6066, 3). */
static int tls_set_name(SSL *ssl, const char *name)
{
	X509_VERIFY_PARAM *param = SSL_get0_param(ssl);
	unsigned char address[sizeof(struct in6_addr)];

	if (inet_pton(AF_INET, name, address) == 1 || inet_pton(AF_INET6, name, address) == 1)
		return X509_VERIFY_PARAM_set1_ip_asc(param, name) == 1 ? 0 : -1;
	SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	if (SSL_set1_host(ssl, name) != 1 || SSL_set_tlsext_host_name(ssl, name) != 1)
		return -1;
	return 0;
}

static int tls_set_host(const struct stream *stream)
{
	struct buf name;
	int result = -1;

	buf_init(&name, 0);
	buf_add(&name, server_name_in_certificate(span_of(stream->name)));
	buf_string(&name); /* so that the next one cannot fail */
	if (name.failed == 0)
		result = tls_set_name(stream->ssl, buf_string(&name));
	buf_fini(&name);
	return result;
}

int tls_start(struct stream *stream, struct err *err)
{
	struct tls_failures failures = {0};
	int result;

	if (tls_make_context(stream, err) != 0)
		return -1;
	stream->ssl = SSL_new(stream->ssl_context);
	if (stream->ssl == NULL || SSL_set_app_data(stream->ssl, stream) != 1 ||
	    tls_set_host(stream) != 0 || tls_attach(stream) != 0)
		return tls_openssl_error(err, "cannot set up TLS");
	stream->failures = &failures;
	result = tls_handshake(stream, err);
	stream->failures = NULL;
	if (result != 0) {
		stream->latch = *err; /* after a failed handshake no close_notify is sent */
		return err_prefix(err, "TLS handshake with %s", stream->settings->host);
	}
	SSL_set_verify(stream->ssl, SSL_VERIFY_PEER, NULL);
	return tls_check(stream, &failures, err);
}

const char *tls_version(const struct stream *stream)
{
	return stream->ssl != NULL ? SSL_get_version(stream->ssl) : "no TLS";
}

void tls_describe(const struct stream *stream, struct buf *out)
{
	X509 *certificate;

	buf_add_text(out, tls_version(stream));
	if (stream->ssl == NULL)
		return;
	buf_printf(out, ", %s\n", SSL_get_cipher_name(stream->ssl));
	certificate = SSL_get0_peer_certificate(stream->ssl);
	if (certificate != NULL)
		tls_add_certificate(out, certificate);
}

void tls_add_version(struct buf *out)
{
	buf_printf(out, "%s\n", OpenSSL_version(OPENSSL_VERSION));
}
