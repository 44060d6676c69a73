#include "imap/tls_io.h"

#include <errno.h>
#include <openssl/err.h>
#include <poll.h>
#include <string.h>

/* Bytes taken from the socket at a time: several records for one system call. */
#define TLS_READ_AHEAD (64 * 1024)

/* As patience.until: the socket is not read. */
#define TLS_LONG_OVER 1

/* The head of a record: its type, the version, and two bytes of length (RFC 8446, 5.1). */
#define TLS_RECORD_HEAD 5

/* One call of OpenSSL on a connection. */
struct tls_call {
	int (*run)(SSL *ssl, struct tls_call *call); /* as SSL_get_error() wants it */
	bool handshake; /* OpenSSL's state does not say so after a failure */
	void *in;
	struct span out;
	size_t n;    /* room at `in` */
	size_t done; /* bytes */
};

const char *tls_reason(unsigned long code)
{
	const char *text = NULL;

	if (code != 0 && ERR_SYSTEM_ERROR(code))
		text = strerror(ERR_GET_REASON(code));
	else if (code != 0)
		text = ERR_reason_error_string(code);
	return text != NULL ? text : "OpenSSL gives no reason";
}

/* OpenSSL keeps reading while records without data come (session tickets, new keys). Once the time
 * is over, this makes each of its reads from the socket end with "try again later". */
static long tls_before_read(BIO *bio, int operation, const char *bytes, size_t n, int argi,
    long argl, int result, size_t *done)
{
	const struct stream *stream = (const void *)BIO_get_callback_arg(bio);

	(void)bytes;
	(void)n;
	(void)argi;
	(void)argl;
	(void)done;
	if (operation != BIO_CB_READ || !patience_is_over(&stream->patience))
		return result;
	BIO_clear_retry_flags(bio);
	BIO_set_retry_read(bio);
	return -1;
}

/* OpenSSL's own read-ahead moves all that it holds to the front of its buffer for each record. */
static BIO *tls_read_ahead(struct stream *stream)
{
	BIO *ahead = BIO_new(BIO_f_buffer());
	BIO *socket = BIO_new_socket(stream->fd, BIO_NOCLOSE);

	if (ahead == NULL || socket == NULL ||
	    BIO_set_read_buffer_size(ahead, TLS_READ_AHEAD) != 1) {
		BIO_free(ahead);
		BIO_free(socket);
		return NULL;
	}
	BIO_set_callback_arg(socket, (char *)stream);
	BIO_set_callback_ex(socket, tls_before_read);
	return BIO_push(ahead, socket);
}

int tls_attach(struct stream *stream)
{
	BIO *in = tls_read_ahead(stream);
	BIO *out = BIO_new_socket(stream->fd, BIO_NOCLOSE);

	if (in == NULL || out == NULL) {
		BIO_free_all(in);
		BIO_free(out);
		return -1;
	}
	SSL_set_bio(stream->ssl, in, out);
	return 0;
}

/* True when the server demands a client certificate. */
static bool tls_is_refusal(int reason)
{
	switch (reason) {
	case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED:
	case SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE:
	case SSL_R_SSLV3_ALERT_NO_CERTIFICATE:
	case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
	case SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE:
	case SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED:
	case SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED:
	case SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN:
	case SSL_R_TLSV1_ALERT_UNKNOWN_CA:
	case SSL_R_TLSV1_ALERT_ACCESS_DENIED:
		return true;
	default:
		return false;
	}
}

static const char *tls_hint(const struct stream *stream, int reason)
{
	if (reason == SSL_R_WRONG_VERSION_NUMBER)
		return " (is that port for plain connections? then --tls=starttls)";
	if (reason == SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED ||
	    (stream->certificate_asked && tls_is_refusal(reason)))
		return " (the server demands a client certificate; this program has none)";
	return "";
}

/* Explains a failure of OpenSSL. After the first byte it is one of the network. */
static int tls_fail(const struct stream *stream, bool handshake, struct err *err)
{
	unsigned long code = ERR_peek_error();
	int reason = ERR_GET_LIB(code) == ERR_LIB_SSL ? ERR_GET_REASON(code) : 0;

	ERR_clear_error();
	if (reason == SSL_R_UNEXPECTED_EOF_WHILE_READING)
		return err_set(err, ERR_TEMPORARY, "the server closed the connection");
	if (!handshake && (stream->heard || !tls_is_refusal(reason)))
		return err_set(err, ERR_TEMPORARY, "TLS failed: %s", tls_reason(code));
	return err_set(err, ERR_UNAVAILABLE, "%s%s%s",
	    handshake ? "" : "TLS refused: ", tls_reason(code), tls_hint(stream, reason));
}

/* Waits for bytes, unless some are here: behind a record without data OpenSSL asks for more. */
static int tls_await_input(const struct stream *stream, struct err *err)
{
	if (BIO_pending(SSL_get_rbio(stream->ssl)) > 0)
		return patience_check(&stream->patience, err);
	return patience_wait(&stream->patience, stream->fd, POLLIN, err);
}

/* Waits for what a call needs. 0: call it again; -1: it failed. */
static int tls_go_on(
    const struct stream *stream, const struct tls_call *call, int status, int sys, struct err *err)
{
	switch (SSL_get_error(stream->ssl, status)) {
	case SSL_ERROR_WANT_READ:
		return tls_await_input(stream, err);
	case SSL_ERROR_WANT_WRITE:
		return patience_wait(&stream->patience, stream->fd, POLLOUT, err);
	case SSL_ERROR_ZERO_RETURN:
		return err_set(err, ERR_TEMPORARY, "the server closed the connection");
	case SSL_ERROR_SYSCALL:
		if (sys != 0)
			return err_set_sys(err, ERR_TEMPORARY, sys, "connection lost");
		return err_set(err, ERR_TEMPORARY, "the server closed the connection");
	default:
		return tls_fail(stream, call->handshake, err);
	}
}

/* SSL_get_error() wants to see no older ones. Clearing looks through 16 places, also when there is
 * nothing. */
static void tls_clear_errors(void)
{
	errno = 0;
	if (ERR_peek_error() != 0)
		ERR_clear_error();
}

static int tls_run(struct stream *stream, struct tls_call *call, struct err *err)
{
	stream->patience = patience_begin(stream->settings);
	for (;;) {
		int status;
		int sys;

		tls_clear_errors();
		status = call->run(stream->ssl, call);
		sys = errno;
		if (status == 1)
			return 0;
		if (tls_go_on(stream, call, status, sys, err) != 0)
			return -1;
	}
}

static int tls_run_handshake(SSL *ssl, struct tls_call *call)
{
	(void)call;
	return SSL_connect(ssl);
}

static int tls_run_read(SSL *ssl, struct tls_call *call)
{
	return SSL_read_ex(ssl, call->in, call->n, &call->done);
}

static int tls_run_write(SSL *ssl, struct tls_call *call)
{
	return SSL_write_ex(ssl, call->out.p, call->out.n, &call->done);
}

int tls_handshake(struct stream *stream, struct err *err)
{
	struct tls_call call = {.run = tls_run_handshake, .handshake = true};

	stream->heard = false;
	return tls_run(stream, &call, err);
}

ssize_t tls_read(struct stream *stream, void *bytes, size_t n, struct err *err)
{
	struct tls_call call = {.run = tls_run_read, .in = bytes, .n = n};

	return tls_run(stream, &call, err) == 0 ? (ssize_t)call.done : -1;
}

/* Whether a whole record has been taken from the socket. */
static bool tls_has_record(const struct stream *stream)
{
	BIO *in = SSL_get_rbio(stream->ssl);
	unsigned char head[TLS_RECORD_HEAD];
	int here = BIO_pending(in);

	return here >= TLS_RECORD_HEAD &&
	       BIO_buffer_peek(in, head, sizeof(head)) == TLS_RECORD_HEAD &&
	       here - TLS_RECORD_HEAD >= (head[3] << 8 | head[4]);
}

ssize_t tls_read_here(struct stream *stream, void *bytes, size_t n, struct err *err)
{
	struct tls_call call = {.run = tls_run_read, .in = bytes, .n = n};
	int sys;
	int status;

	if (!tls_has_record(stream))
		return 0;
	stream->patience = (struct patience){.until = TLS_LONG_OVER};
	tls_clear_errors();
	status = call.run(stream->ssl, &call);
	sys = errno;
	if (status == 1)
		return (ssize_t)call.done;
	switch (SSL_get_error(stream->ssl, status)) {
	case SSL_ERROR_WANT_READ:
	case SSL_ERROR_WANT_WRITE:
		return 0;
	default:
		return tls_go_on(stream, &call, status, sys, err);
	}
}

ssize_t tls_write(struct stream *stream, struct span bytes, struct err *err)
{
	struct tls_call call = {.run = tls_run_write, .out = bytes};

	return tls_run(stream, &call, err) == 0 ? (ssize_t)call.done : -1;
}

bool tls_has_bytes(const struct stream *stream)
{
	return SSL_has_pending(stream->ssl) || BIO_pending(SSL_get_rbio(stream->ssl)) > 0;
}
