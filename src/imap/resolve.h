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
 * freeaddrinfo(3). Ends at settings->deadline and on a signal; a look-up that is still under way
 * then goes on in the background with what it owns and leaves nothing behind. The time-out does not
 * count: how long a name server is waited for is for resolv.conf(5) to say. ERR_NOHOST,
 * ERR_TEMPORARY, ERR_SIGNAL, ERR_SYSTEM.
 */
int resolve_name(const struct stream_settings *settings, const char *name, struct addrinfo **list_r,
    struct err *err);

#endif
