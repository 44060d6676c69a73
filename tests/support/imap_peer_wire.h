/*
 * One connection of the IMAP peer, with or without TLS. Every line that comes
 * in is logged, and so is how the TLS handshake went.
 */
#ifndef TESTS_IMAP_PEER_WIRE_H
#define TESTS_IMAP_PEER_WIRE_H

#include <stdio.h>

#include <openssl/ssl.h>

#include "base/buf.h"

/* The longest line, or literal, that a client may send. */
#define WIRE_MAX_LINE ((size_t)256 * 1024)

struct wire {
	int fd;
	unsigned number; /* of the connection, from 1: the first word of each line of the log */
	FILE *log;
	SSL_CTX *tls;           /* NULL: the peer has no certificate */
	SSL *ssl;               /* NULL: plaintext */
	bool tls_due;           /* the next byte either way begins with a handshake */
	size_t split;           /* at most so many bytes a write; 0: no limit */
	unsigned long pause_ms; /* between two such writes */
	char in[4096];
	size_t in_at;
	size_t in_n;
};

/* A context for the certificate chain and key in PEM files; tls_1_1: speak nothing newer. NULL
 * after a complaint. */
SSL_CTX *wire_new_tls(const char *cert, const char *key, bool tls_1_1);

/* Writes "NUMBER EVENT: TEXT" with everything unprintable as \xHH. */
void wire_log(struct wire *wire, const char *event, struct span text);

/* 0, or -1 when the client has gone. */
int wire_handshake(struct wire *wire);
int wire_send(struct wire *wire, struct span bytes);

/* A line without CR LF into *line; 1, 0 at the end, -1 on failure. What stood before the end is
 * logged. */
int wire_read_line(struct wire *wire, struct buf *line);

/* Appends exactly n bytes to *out; 0/-1. */
int wire_read_bytes(struct wire *wire, size_t n, struct buf *out);

/* Says nothing until the client leaves. */
void wire_stall(struct wire *wire);

/* FIN, after which the client may finish what it says; or RST. */
void wire_close(struct wire *wire);
void wire_reset(struct wire *wire);

void wire_sleep(unsigned long ms);

#endif
