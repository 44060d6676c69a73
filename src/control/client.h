/*
 * The client of the filter's API (the vendor's "Software API"): GET requests by http/client.h.
 */
#ifndef CONTROL_CLIENT_H
#define CONTROL_CLIENT_H

#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "http/client.h"

#define CONTROL_PATH "/cgi-bin/api"

/* Bytes of an answer that is kept as a whole, and of one that is read as it comes. */
#define CONTROL_MAX_BODY   ((size_t)16 * 1024 * 1024)
#define CONTROL_MAX_STREAM ((uint64_t)4 * 1024 * 1024 * 1024)

/* Bytes of the answer to a change that are kept and shown. */
#define CONTROL_MAX_REMARK ((size_t)4096)

/* Strings are the caller's, and outlive the client. */
struct control_settings {
	struct http_settings http;
	const char *client_username; /* who the filter's own log shall say it was */
};

struct control;

/* ERR_SYSTEM. Nothing is connected yet. The password is hidden from all that is shown. */
int control_open(
    const struct control_settings *settings, struct control **control_r, struct err *err);

/* Accepts NULL. Does not wait for anything. */
void control_close(struct control *control);

/* "https://HOST:PORT/PATH", for messages. */
const char *control_address(const struct control *control);

/* Puts address and call in front of an error about its answer; returns -1. Other errors, of whoever
 * takes the answer, stay as they are. */
int control_prefix(const struct control *control, const char *call, struct err *err);

/* True when the last failure was that the certificate is not trusted. */
bool control_is_untrusted(const struct control *control);

/* One call: its name, and arguments as they are added. */
struct control_call {
	const char *name;
	bool changes;  /* it is sent once, whatever happens, over a connection of its own */
	bool any_form; /* the answer may be HTML */
	struct buf query;
};

/* What the filter said to a change. */
struct control_remark {
	bool sent; /* the request may have reached the filter */
	struct buf text;
};

void control_call_init(struct control_call *call, const char *name);
void control_call_fini(struct control_call *call);

/* Adds NAME=VALUE, every byte of the value outside A-Za-z0-9-._~ as %XX. */
void control_call_add(struct control_call *call, const char *name, struct span value);
void control_call_add_text(struct control_call *call, const char *name, const char *value);
void control_call_add_number(struct control_call *call, const char *name, int64_t value);

/*
 * Makes the call; the body goes into `body`, which is empty and has a maximum.
 *
 * ERR_NOHOST; ERR_TEMPORARY: no connection, silence, a body that is shorter than announced, the
 * deadline, or the filter asks to come back later; ERR_UNAVAILABLE: the certificate
 * (control_is_untrusted()), the call is refused, or something broke on the other side; ERR_LOGIN:
 * refused, or sent to a page to log in; ERR_PROTOCOL: too long, or no text; ERR_SIGNAL.
 */
int control_fetch(
    struct control *control, struct control_call *call, struct buf *body, struct err *err);

/* Gets the body as it comes. -1 ends the call with this error. */
typedef int control_taker(void *context, struct span bytes, struct err *err);

/* The same for answers of any length. */
int control_stream(struct control *control, struct control_call *call, control_taker *take,
    void *context, struct err *err);

/*
 * A call that changes something. 0 when the status is that of success; what the filter said is in
 * the remark, and empty when it may have been done: only reading back can tell. -1 as above, with
 * `sent` when it may have been done all the same.
 */
int control_change(struct control *control, struct control_call *call,
    struct control_remark *remark, struct err *err);

#endif
