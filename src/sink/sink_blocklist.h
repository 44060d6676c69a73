/*
 * What a list of addresses to block is made with. The list itself is a format (formats.h).
 */
#ifndef SINK_BLOCKLIST_H
#define SINK_BLOCKLIST_H

#include "text/network.h"

enum blocklist_form {
	BLOCKLIST_POSTFIX, /* "192.0.2.1 REJECT" */
	BLOCKLIST_CSF,     /* "192.0.2.1 # quarantine-report" */
	BLOCKLIST_PLAIN,   /* "192.0.2.1" */
};

/*
 * An address that more identities than this logged in from is a webmail, a gateway or an office.
 * Not so with failed logins: who guesses passwords tries many names.
 */
#define BLOCKLIST_MAX_LOGINS 5

/* Networks of --exempt-net. */
#define BLOCKLIST_MAX_EXEMPT 64

struct blocklist_settings {
	enum blocklist_form form;
	const struct network *exempt; /* addresses in them are in no list; the caller's */
	unsigned exempt_count;
	bool failed_logins; /* rows are logins that failed; many names are no excuse then */
};

#endif
