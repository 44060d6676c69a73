/*
 * Where a stream goes, and how long it may take: plain data.
 */
#ifndef IMAP_STREAM_SETTINGS_H
#define IMAP_STREAM_SETTINGS_H

#include <stdint.h>

#include "imap/tls_settings.h"

/* A server as the user names it. */
struct stream_host {
	const char *name; /* as in stream_settings */
	unsigned port;    /* 0: that of the TLS settings, or the usual one */
};

struct stream_settings {
	/* A name, in ASCII or UTF-8, or an address, without brackets; see server_name.h. */
	const char *host;
	const struct tls_settings *tls;
	unsigned
	    timeout; /* seconds that one read, write, connect or handshake may take; patience.h */
	int64_t deadline; /* clock_now() at which the run ends; 0: none */
	bool trace;       /* protocol trace, see stream_trace() */
	/* What the trace calls the host when there are several at a time; NULL: nothing. */
	const char *trace_label;
};

#endif
