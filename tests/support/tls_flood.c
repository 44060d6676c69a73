/*
 * tls_flood CERT KEY KIND
 *
 * A TLS server that never says a byte of data and never stops: it floods each
 * client with records of the kind that TLS itself is made of. Listens on
 * 127.0.0.1 at a port of the kernel's choice, prints the port, then
 * "flooding" for each connection. Ends by a signal, or after a minute.
 *
 *   early      TLS 1.2: HelloRequest instead of ServerHello, not encrypted
 *   hello      TLS 1.2: HelloRequest behind the handshake
 *   ticket     TLS 1.3: NewSessionTicket
 *   update     TLS 1.3: KeyUpdate
 *   requested  TLS 1.3: KeyUpdate that wants one in return
 *   alert      TLS 1.2: alerts of level warning, not encrypted, instead of ServerHello
 */
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

#define FLOOD_SECONDS 60

/* Bytes that are sent at a time. */
#define FLOOD_PIECE (256 * 1024)

/* Records that are sent at a time, those without encryption. */
#define FLOOD_COPIES 4096

struct flood {
	const char *name;
	int version;
	int (*one)(SSL *ssl); /* 1, or the client has gone */
	const char *record;   /* instead: the bytes, before any handshake */
	size_t record_n;
};

static int flood_hello(SSL *ssl)
{
	return SSL_renegotiate(ssl) == 1 && SSL_do_handshake(ssl) == 1;
}

static int flood_ticket(SSL *ssl)
{
	return SSL_new_session_ticket(ssl) == 1 && SSL_do_handshake(ssl) == 1;
}

static int flood_update(SSL *ssl)
{
	return SSL_key_update(ssl, SSL_KEY_UPDATE_NOT_REQUESTED) == 1 && SSL_do_handshake(ssl) == 1;
}

static int flood_requested(SSL *ssl)
{
	return SSL_key_update(ssl, SSL_KEY_UPDATE_REQUESTED) == 1 && SSL_do_handshake(ssl) == 1;
}

static const struct flood floods[] = {
    {"early", TLS1_2_VERSION, NULL, "\x16\x03\x03\x00\x04\x00\x00\x00\x00", 9},
    {"alert", TLS1_2_VERSION, NULL, "\x15\x03\x03\x00\x02\x01\x5a", 7},
    {"hello", TLS1_2_VERSION, flood_hello, NULL, 0},
    {"ticket", TLS1_3_VERSION, flood_ticket, NULL, 0},
    {"update", TLS1_3_VERSION, flood_update, NULL, 0},
    {"requested", TLS1_3_VERSION, flood_requested, NULL, 0},
};

static SSL_CTX *flood_context(const struct flood *flood, const char *cert, const char *key)
{
	SSL_CTX *context = SSL_CTX_new(TLS_server_method());

	if (context == NULL || SSL_CTX_use_certificate_chain_file(context, cert) != 1 ||
	    SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) != 1 ||
	    SSL_CTX_set_min_proto_version(context, flood->version) != 1 ||
	    SSL_CTX_set_max_proto_version(context, flood->version) != 1) {
		ERR_print_errors_fp(stderr);
		exit(EXIT_FAILURE);
	}
	return context;
}

static int flood_listen(void)
{
	struct sockaddr_in address = {
	    .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t n = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&address, n) != 0 || listen(fd, 16) != 0 ||
	    getsockname(fd, (struct sockaddr *)&address, &n) != 0) {
		perror("tls_flood");
		exit(EXIT_FAILURE);
	}
	printf("%u\n", ntohs(address.sin_port));
	fflush(stdout);
	return fd;
}

/* For whoever waits until it has begun. */
static void flood_tell(void)
{
	puts("flooding");
	fflush(stdout);
}

static void flood_records(int fd, const struct flood *flood)
{
	static char bytes[FLOOD_COPIES * 16];
	size_t n = 0;

	for (size_t i = 0; i < FLOOD_COPIES; i++) {
		memcpy(bytes + n, flood->record, flood->record_n);
		n += flood->record_n;
	}
	flood_tell();
	while (send(fd, bytes, n, MSG_NOSIGNAL) == (ssize_t)n)
		continue;
}

/* What a client answers is of no interest, but must not stop it. */
static void flood_drain(int fd)
{
	char bytes[FLOOD_PIECE];

	while (recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT) > 0)
		continue;
}

/* Many records at a time, so that the client is not faster than they come. */
static int flood_piece(SSL *ssl, BIO *records, int fd, const struct flood *flood)
{
	char *bytes;
	size_t n;

	while (BIO_pending(records) < FLOOD_PIECE)
		if (flood->one(ssl) != 1)
			return -1;
	n = (size_t)BIO_get_mem_data(records, &bytes);
	flood_drain(fd);
	if (send(fd, bytes, n, MSG_NOSIGNAL) != (ssize_t)n)
		return -1;
	return BIO_reset(records) == 1 ? 0 : -1;
}

static void flood_tls(SSL_CTX *context, int fd, const struct flood *flood)
{
	SSL *ssl = SSL_new(context);
	BIO *records = BIO_new(BIO_s_mem());
	BIO *nothing = BIO_new(BIO_s_mem());

	if (ssl == NULL || records == NULL || nothing == NULL)
		exit(EXIT_FAILURE);
	if (SSL_set_fd(ssl, fd) == 1 && SSL_accept(ssl) == 1) {
		BIO_up_ref(records);
		SSL_set0_wbio(ssl, records);
		BIO_set_mem_eof_return(nothing, -1);
		BIO_up_ref(nothing);
		SSL_set0_rbio(ssl, nothing);
		flood_tell();
		while (flood_piece(ssl, records, fd, flood) == 0)
			continue;
	}
	ERR_clear_error();
	SSL_free(ssl);
	BIO_free(records);
	BIO_free(nothing);
}

int main(int argc, char **argv)
{
	const struct flood *flood = NULL;
	SSL_CTX *context;
	int listener;

	for (size_t i = 0; i < sizeof(floods) / sizeof(floods[0]); i++)
		if (argc == 4 && strcmp(argv[3], floods[i].name) == 0)
			flood = &floods[i];
	if (flood == NULL) {
		fputs("tls_flood CERT KEY KIND\n", stderr);
		return EXIT_FAILURE;
	}
	signal(SIGPIPE, SIG_IGN);
	alarm(FLOOD_SECONDS);
	context = flood_context(flood, argv[1], argv[2]);
	listener = flood_listen();
	for (;;) {
		int fd = accept(listener, NULL, NULL);

		if (fd < 0)
			continue;
		if (flood->record != NULL)
			flood_records(fd, flood);
		else
			flood_tls(context, fd, flood);
		close(fd);
	}
}
