/*
 * From the addresses of a server to a connected socket, as RFC 8305 says: an
 * address that does not answer holds up the others for a moment only.
 */
#ifndef IMAP_CONNECT_H
#define IMAP_CONNECT_H

#include <netdb.h>

#include "imap/stream_settings.h"

/* Of a connection on which nobody speaks: seconds until the other side is asked whether it is still
 * there, between two questions, and how many remain without an answer before it is gone. */
#define CONNECT_KEEP_IDLE  60
#define CONNECT_KEEP_EVERY 15
#define CONNECT_KEEP_TIMES 4

/* Milliseconds that one attempt has for itself before the next address is tried beside it (RFC
 * 8305, section 8). */
#define CONNECT_ATTEMPT_DELAY 250

/* Addresses of a server that are tried; the error says how many were not. */
#define CONNECT_MAX_ADDRESSES 32

/* Addresses whose failure the error describes; it counts the rest. */
#define CONNECT_MAX_DESCRIBED 4

/*
 * Connects to the first address of `list` (of resolve_name()) that answers: the socket,
 * nonblocking, or -1. They are tried in their order, but IPv4 and IPv6 in turn; the next one begins
 * when one fails, and CONNECT_ATTEMPT_DELAY after the last one began; each may take
 * settings->timeout. ERR_TEMPORARY says which address failed with what, or that the deadline is
 * over; ERR_SIGNAL; ERR_SYSTEM.
 */
int connect_first(
    const struct stream_settings *settings, const struct addrinfo *list, struct err *err);

#endif
