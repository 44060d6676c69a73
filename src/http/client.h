/*
 * A client of HTTP, by libcurl, for the servers that a run speaks to: GET and POST with Basic
 * authentication (RFC 7617), over https unless the settings say otherwise. No redirect is followed,
 * no proxy, no .netrc and no cookie is used; certificates are verified, or pinned.
 *
 * What a status means is the caller's business; here is what every server can do wrong.
 */
#ifndef HTTP_CLIENT_H
#define HTTP_CLIENT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "secret/secret.h"

#define HTTP_PIN_SIZE 32 /* SHA-256 of a public key (SubjectPublicKeyInfo) */
#define HTTP_MAX_PINS 16

/* Bytes of the header section of an answer. */
#define HTTP_MAX_HEADER ((size_t)64 * 1024)

/* Bytes of an answer's text that a trace shows of each part that comes in. */
#define HTTP_MAX_TRACED ((size_t)4096)

/* Strings are the caller's, and outlive the client. */
struct http_settings {
	const char *peer;    /* "the filter", for messages */
	const char *host;    /* in ASCII, an IPv6 address without brackets */
	unsigned port;       /* 0: the usual one */
	const char *path;    /* begins with / */
	bool plaintext;      /* http */
	bool gzip;           /* answers may come compressed */
	const char *ca_file; /* PEM; NULL: the system's */
	unsigned pin_count;  /* any of them will do; they replace CA and name checks */
	unsigned char pin[HTTP_MAX_PINS][HTTP_PIN_SIZE];
	const char *username;          /* without a colon; NULL: there is nobody to authenticate */
	const struct secret *password; /* without CR, LF, NUL; of the user, if there is one */
	uint64_t max_body;             /* bytes of an answer */
	unsigned timeout;              /* seconds without a byte */
	int64_t deadline;              /* as of clock_now(); 0: none */
	bool trace;                    /* on standard error, without secrets */
};

struct http;

/* ERR_SYSTEM. Nothing is connected yet. The password is hidden from all that is shown. */
int http_open(const struct http_settings *settings, struct http **http_r, struct err *err);

/* Accepts NULL. Does not wait for anything. */
void http_close(struct http *http);

/* "https://HOST:PORT/PATH", for messages. */
const char *http_address(const struct http *http);

/* True when the last failure was that the certificate is not trusted. */
bool http_is_untrusted(const struct http *http);

/* What is known of an answer. */
struct http_answer {
	long status; /* 0: none has come */
	bool is_html;
	bool sent; /* the request may have reached the server */
};

/* Gets the body as it comes, that of any status. -1 ends the call with this error. */
typedef int http_taker(
    void *context, const struct http_answer *answer, struct span bytes, struct err *err);

struct http_call {
	const char *target;   /* path and query */
	struct span body;     /* of a POST; p NULL: it is a GET */
	const char *encoding; /* of the body: "gzip", or NULL */
	bool once;            /* it is sent once, whatever happens, over a connection of its own */
	http_taker *take;
	void *context;
};

/*
 * Makes the call. 0: an answer has come, of whatever status; all of its body when that is 200.
 *
 * -1: ERR_NOHOST; ERR_TEMPORARY: no connection, silence, a body that is shorter than announced, the
 * deadline; ERR_UNAVAILABLE: the certificate (http_is_untrusted()); ERR_PROTOCOL: no HTTP, or too
 * long; ERR_SIGNAL; what `take` said, which cannot make another call. *answer_r has what came until
 * then.
 */
int http_run(
    struct http *http, const struct http_call *call, struct http_answer *answer_r, struct err *err);

#endif
