#include "imap_peer_wire.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <openssl/err.h>

/* How long a client may go on talking after our FIN; most close then. */
#define WIRE_LINGER_SECONDS 30

/* The server name that the client asks for, also when the handshake then fails. */
static int wire_on_server_name(SSL *ssl, int *alert, void *unused)
{
	const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);

	(void)alert;
	(void)unused;
	wire_log(SSL_get_app_data(ssl), "sni", span_of(name == NULL ? "-" : name));
	return SSL_TLSEXT_ERR_OK;
}

SSL_CTX *wire_new_tls(const char *cert, const char *key, bool tls_1_1)
{
	SSL_CTX *tls = SSL_CTX_new(TLS_server_method());

	if (tls == NULL || SSL_CTX_use_certificate_chain_file(tls, cert) != 1 ||
	    SSL_CTX_use_PrivateKey_file(tls, key, SSL_FILETYPE_PEM) != 1)
		goto fail;
	/* Security level 0: OpenSSL 3 has no TLS 1.1 above it. */
	if (tls_1_1 && (SSL_CTX_set_max_proto_version(tls, TLS1_1_VERSION) != 1 ||
			   SSL_CTX_set_min_proto_version(tls, TLS1_VERSION) != 1 ||
			   SSL_CTX_set_cipher_list(tls, "ALL:@SECLEVEL=0") != 1))
		goto fail;
	SSL_CTX_set_tlsext_servername_callback(tls, wire_on_server_name);
	return tls;
fail:
	ERR_print_errors_fp(stderr);
	SSL_CTX_free(tls);
	return NULL;
}

void wire_log(struct wire *wire, const char *event, struct span text)
{
	fprintf(wire->log, "%u %s: ", wire->number, event);
	for (size_t i = 0; i < text.n; i++) {
		unsigned char c = (unsigned char)text.p[i];

		if (c >= ' ' && c < 0x7f && c != '\\')
			putc(c, wire->log);
		else
			fprintf(wire->log, "\\x%02x", c);
	}
	putc('\n', wire->log);
	fflush(wire->log);
}

void wire_sleep(unsigned long ms)
{
	struct timespec time = {(time_t)(ms / 1000), (long)(ms % 1000) * 1000000};

	while (nanosleep(&time, &time) == -1)
		continue;
}

int wire_handshake(struct wire *wire)
{
	wire->tls_due = false;
	if (wire->tls == NULL || wire->ssl != NULL)
		return -1;
	wire->ssl = SSL_new(wire->tls);
	if (wire->ssl == NULL)
		abort();
	SSL_set_fd(wire->ssl, wire->fd);
	SSL_set_app_data(wire->ssl, wire);
	if (SSL_accept(wire->ssl) != 1) {
		const char *reason = ERR_reason_error_string(ERR_peek_error());

		wire_log(wire, "tls-failed", span_of(reason == NULL ? "end of file" : reason));
		ERR_clear_error();
		return -1;
	}
	wire_log(wire, "tls", span_of(SSL_get_version(wire->ssl)));
	return 0;
}

/* What the socket takes of it: at least one byte, or -1. */
static int wire_send_some(struct wire *wire, struct span bytes, size_t *sent_r)
{
	if (wire->ssl != NULL) {
		ERR_clear_error();
		return SSL_write_ex(wire->ssl, bytes.p, bytes.n, sent_r) == 1 ? 0 : -1;
	}
	ssize_t n = send(wire->fd, bytes.p, bytes.n, MSG_NOSIGNAL);
	if (n <= 0)
		return -1;
	*sent_r = (size_t)n;
	return 0;
}

int wire_send(struct wire *wire, struct span bytes)
{
	if (wire->tls_due && wire_handshake(wire) == -1)
		return -1;
	while (bytes.n != 0) {
		size_t n;

		if (wire_send_some(
			wire, wire->split == 0 ? bytes : span_head(bytes, wire->split), &n) == -1)
			return -1;
		bytes = span_from(bytes, n);
		if (wire->pause_ms != 0)
			wire_sleep(wire->pause_ms);
	}
	return 0;
}

/* 1 with fresh input in wire->in, 0 at the end, -1. */
static int wire_fill(struct wire *wire)
{
	if (wire->tls_due && wire_handshake(wire) == -1)
		return -1;
	wire->in_at = wire->in_n = 0;
	if (wire->ssl != NULL) {
		ERR_clear_error();
		return SSL_read_ex(wire->ssl, wire->in, sizeof(wire->in), &wire->in_n) == 1 ? 1 : 0;
	}
	ssize_t n = recv(wire->fd, wire->in, sizeof(wire->in), 0);
	if (n <= 0)
		return (int)n;
	wire->in_n = (size_t)n;
	return 1;
}

int wire_read_line(struct wire *wire, struct buf *line)
{
	for (;;) {
		while (wire->in_at < wire->in_n) {
			char c = wire->in[wire->in_at++];

			if (c == '\n') {
				if (line->n != 0 && line->p[line->n - 1] == '\r')
					line->n--;
				wire_log(wire, "C", buf_span(line));
				return 1;
			}
			if (line->n == WIRE_MAX_LINE)
				return -1;
			buf_add_char(line, c);
		}
		int got = wire_fill(wire);
		if (got != 1) {
			if (line->n != 0)
				wire_log(wire, "C-unfinished", buf_span(line));
			return got;
		}
	}
}

int wire_read_bytes(struct wire *wire, size_t n, struct buf *out)
{
	if (n > WIRE_MAX_LINE)
		return -1;
	for (; n != 0; n--) {
		if (wire->in_at == wire->in_n && wire_fill(wire) != 1)
			return -1;
		buf_add_char(out, wire->in[wire->in_at++]);
	}
	return 0;
}

/* Whoever stalls before the handshake does not answer it either; what comes then are no lines. */
static void wire_ignore_handshake(struct wire *wire)
{
	wire->tls_due = false;
	while (wire_fill(wire) == 1)
		continue;
	wire->in_n = 0;
}

void wire_stall(struct wire *wire)
{
	struct buf line;

	if (wire->tls_due)
		wire_ignore_handshake(wire);
	buf_init(&line, 0);
	while (wire_read_line(wire, &line) == 1)
		buf_clear(&line);
	buf_fini(&line);
}

static void wire_free(struct wire *wire)
{
	SSL_free(wire->ssl);
	wire->ssl = NULL;
	close(wire->fd);
	wire->fd = -1;
}

void wire_close(struct wire *wire)
{
	struct timeval linger = {.tv_sec = WIRE_LINGER_SECONDS};

	if (wire->ssl != NULL)
		SSL_shutdown(wire->ssl);
	shutdown(wire->fd, SHUT_WR);
	/* To close with unread input would send RST, and what we said last could be lost. */
	setsockopt(wire->fd, SOL_SOCKET, SO_RCVTIMEO, &linger, sizeof(linger));
	wire_stall(wire);
	wire_free(wire);
}

void wire_reset(struct wire *wire)
{
	struct linger none = {.l_onoff = 1};

	setsockopt(wire->fd, SOL_SOCKET, SO_LINGER, &none, sizeof(none));
	if (wire->ssl != NULL)
		SSL_set_quiet_shutdown(wire->ssl, 1);
	wire_free(wire);
}
