/*
 * From the name of a server to its addresses. getaddrinfo(3) knows no time
 * limit and no signal, so it runs in a thread that can be left behind.
 */
#ifndef IMAP_RESOLVE_H
#define IMAP_RESOLVE_H

#include <netdb.h>

#include "imap/stream_settings.h"

/*
 * The addresses of `name` (settings->host in ASCII), with the port of the settings, for
 * freeaddrinfo(3). Ends at settings->deadline and on a signal; a look-up under way then ends in the
 * background and frees what it owns. The time-out does not apply: resolv.conf(5) has one for name
 * servers. ERR_NOHOST, ERR_TEMPORARY, ERR_SIGNAL, ERR_SYSTEM.
 */
int resolve_name(const struct stream_settings *settings, const char *name, struct addrinfo **list_r,
    struct err *err);

#endif
