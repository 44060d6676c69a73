#include "imap/tls.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <string.h>
#include <time.h>

#include "base/log.h"

/* Failures of one verification that the message names; the rest say nothing new. */
#define TLS_MAX_FAILURES 8

/* Bytes taken from the socket at a time: several records for one system call. */
#define TLS_READ_AHEAD ((size_t)64 * 1024)

/* The longest name or subject shown. */
#define TLS_NAME_MAX 256

struct tls_failures {
	unsigned count;
	int code[TLS_MAX_FAILURES];
};

/*
 * Lets the handshake go on whatever is found, so that the certificate can be shown; tls_check()
 * refuses it before anything is sent through the connection.
 */
static int tls_collect_failure(int ok, X509_STORE_CTX *store)
{
	SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
	struct tls_failures *failures = ssl != NULL ? SSL_get_app_data(ssl) : NULL;
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

static int tls_digest_spki(X509 *certificate, unsigned char digest[TLS_DIGEST_SIZE])
{
	unsigned char *der = NULL;
	int n = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der);
	int status = -1;

	if (n > 0 && EVP_Digest(der, (size_t)n, digest, NULL, EVP_sha256(), NULL) == 1)
		status = 0;
	OPENSSL_free(der);
	return status;
}

static int tls_digest(X509 *certificate, bool spki, unsigned char digest[TLS_DIGEST_SIZE])
{
	if (spki)
		return tls_digest_spki(certificate, digest);
	return X509_digest(certificate, EVP_sha256(), digest, NULL) == 1 ? 0 : -1;
}

static void tls_add_hex(struct buf *out, const unsigned char digest[TLS_DIGEST_SIZE])
{
	for (size_t i = 0; i < TLS_DIGEST_SIZE; i++)
		buf_printf(out, "%02x", digest[i]);
}

static void tls_add_fingerprint(struct buf *out, X509 *certificate, bool spki)
{
	unsigned char digest[TLS_DIGEST_SIZE];

	if (tls_digest(certificate, spki, digest) != 0) {
		buf_add_text(out, "(cannot be computed)");
		return;
	}
	buf_add_text(out, spki ? "spki:" : "");
	tls_add_hex(out, digest);
}

static void tls_add_name(struct buf *out, const X509_NAME *name)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *text = NULL;
	long n;

	if (bio == NULL)
		return;
	X509_NAME_print_ex(bio, name, 0, XN_FLAG_ONELINE & ~ASN1_STRFLGS_ESC_MSB);
	n = BIO_get_mem_data(bio, &text);
	if (n > 0)
		log_escape(out, span_head((struct span){text, (size_t)n}, TLS_NAME_MAX));
	BIO_free(bio);
}

static void tls_add_alternative_name(struct buf *out, const GENERAL_NAME *name)
{
	const ASN1_STRING *string;
	char address[INET6_ADDRSTRLEN];
	int family;

	if (name->type == GEN_DNS) {
		string = name->d.dNSName;
		log_escape(out, span_head((struct span){(const char *)ASN1_STRING_get0_data(string),
					      (size_t)ASN1_STRING_length(string)},
				    TLS_NAME_MAX));
	} else if (name->type == GEN_IPADD) {
		string = name->d.iPAddress;
		family = ASN1_STRING_length(string) == 4 ? AF_INET : AF_INET6;
		if ((ASN1_STRING_length(string) == 4 || ASN1_STRING_length(string) == 16) &&
		    inet_ntop(family, ASN1_STRING_get0_data(string), address, sizeof(address)) !=
			NULL)
			buf_add_text(out, address);
	}
}

/* The names that a host is compared with: subjectAltName, and the subject for the reader. */
static void tls_add_names(struct buf *out, X509 *certificate)
{
	GENERAL_NAMES *names = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
	int count = names != NULL ? sk_GENERAL_NAME_num(names) : 0;

	for (int i = 0; i < count; i++) {
		size_t before = out->n;

		tls_add_alternative_name(out, sk_GENERAL_NAME_value(names, i));
		if (out->n > before)
			buf_add_text(out, ", ");
	}
	buf_add_text(out, "subject ");
	tls_add_name(out, X509_get_subject_name(certificate));
	GENERAL_NAMES_free(names);
}

static void tls_add_time(struct buf *out, const ASN1_TIME *when)
{
	struct tm tm;

	if (ASN1_TIME_to_tm(when, &tm) == 1)
		buf_printf(out, "%04d-%02d-%02d %02d:%02d UTC", tm.tm_year + 1900, tm.tm_mon + 1,
		    tm.tm_mday, tm.tm_hour, tm.tm_min);
	else
		buf_add_text(out, "(unreadable)");
}

static void tls_add_dates(struct buf *out, X509 *certificate)
{
	buf_add_text(out, "from ");
	tls_add_time(out, X509_get0_notBefore(certificate));
	buf_add_text(out, " to ");
	tls_add_time(out, X509_get0_notAfter(certificate));
}

static void tls_add_certificate(struct buf *out, X509 *certificate)
{
	buf_add_text(out, "names: ");
	tls_add_names(out, certificate);
	buf_add_text(out, "\nissuer: ");
	tls_add_name(out, X509_get_issuer_name(certificate));
	buf_add_text(out, "\nvalid: ");
	tls_add_dates(out, certificate);
	buf_add_text(out, "\nSHA-256 of the certificate: ");
	tls_add_fingerprint(out, certificate, false);
	buf_add_text(out, "\nSHA-256 of its public key: ");
	tls_add_fingerprint(out, certificate, true);
}

/* ERR_UNAVAILABLE: what is wrong, what the certificate says, what would accept it. */
static int tls_refuse(
    const struct stream *stream, X509 *certificate, const char *reason, struct err *err)
{
	struct buf text;

	buf_init(&text, ERR_TEXT_MAX);
	tls_add_certificate(&text, certificate);
	buf_add_text(&text, "\nIf you have made sure that this is the certificate of your "
			    "quarantine, accept it with"
			    "\n--fingerprint=");
	tls_add_fingerprint(&text, certificate, false);
	err_set(err, ERR_UNAVAILABLE, "the certificate of %s is not trusted: %s\n%s",
	    stream->settings->host, reason, buf_string(&text));
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
	return tls_refuse(stream, certificate, "it has none of the given fingerprints", err);
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
	unsigned long reason = ERR_peek_error();

	err_set(err, ERR_SYSTEM, "%s: %s", what,
	    reason != 0 ? ERR_reason_error_string(reason) : "OpenSSL failed");
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
	SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION);
	SSL_CTX_set_read_ahead(context, 1);
	SSL_CTX_set_default_read_buffer_len(context, TLS_READ_AHEAD);
	SSL_CTX_set_verify(context, SSL_VERIFY_PEER, tls_collect_failure);
	if (ca_file == NULL && SSL_CTX_set_default_verify_paths(context) != 1)
		return tls_openssl_error(err, "cannot load the system's certificates");
	if (ca_file != NULL && SSL_CTX_load_verify_file(context, ca_file) != 1) {
		tls_openssl_error(err, ca_file);
		err->code = ERR_USAGE;
		return err_prefix(err, "cannot read certificates");
	}
	return 0;
}

/* Whom the certificate must name; SNI for names only (RFC 6066, 3). */
static int tls_set_host(SSL *ssl, const char *host)
{
	X509_VERIFY_PARAM *param = SSL_get0_param(ssl);
	unsigned char address[sizeof(struct in6_addr)];

	if (inet_pton(AF_INET, host, address) == 1 || inet_pton(AF_INET6, host, address) == 1)
		return X509_VERIFY_PARAM_set1_ip_asc(param, host) == 1 ? 0 : -1;
	SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	if (SSL_set1_host(ssl, host) != 1 || SSL_set_tlsext_host_name(ssl, host) != 1)
		return -1;
	return 0;
}

static int tls_handshake(struct stream *stream, struct err *err)
{
	for (;;) {
		unsigned long reason;
		int status;

		ERR_clear_error();
		status = SSL_connect(stream->ssl);
		if (status == 1)
			return 0;
		switch (SSL_get_error(stream->ssl, status)) {
		case SSL_ERROR_WANT_READ:
			if (stream_wait(stream, POLLIN, err) != 0)
				return -1;
			break;
		case SSL_ERROR_WANT_WRITE:
			if (stream_wait(stream, POLLOUT, err) != 0)
				return -1;
			break;
		case SSL_ERROR_SYSCALL:
			return err_set(err, ERR_TEMPORARY, "connection lost");
		default:
			reason = ERR_peek_error();
			ERR_clear_error();
			if (ERR_GET_REASON(reason) == SSL_R_UNEXPECTED_EOF_WHILE_READING)
				return err_set(err, ERR_TEMPORARY, "connection lost");
			return err_set(err, ERR_UNAVAILABLE, "%s%s",
			    reason != 0 ? ERR_reason_error_string(reason) : "no reason given",
			    ERR_GET_REASON(reason) == SSL_R_WRONG_VERSION_NUMBER
				? " (is that port for plain connections? then --tls=starttls)"
				: "");
		}
	}
}

int tls_start(struct stream *stream, struct err *err)
{
	struct tls_failures failures = {0};

	if (tls_make_context(stream, err) != 0)
		return -1;
	stream->ssl = SSL_new(stream->ssl_context);
	if (stream->ssl == NULL || SSL_set_app_data(stream->ssl, &failures) != 1 ||
	    tls_set_host(stream->ssl, stream->settings->host) != 0 ||
	    SSL_set_fd(stream->ssl, stream->fd) != 1)
		return tls_openssl_error(err, "cannot set up TLS");
	if (tls_handshake(stream, err) != 0) {
		stream->latch = *err; /* no close_notify into a handshake that failed */
		return err_prefix(err, "TLS handshake with %s", stream->settings->host);
	}
	SSL_set_app_data(stream->ssl, NULL);
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
