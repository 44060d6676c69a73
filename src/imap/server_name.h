/*
 * The name of a server as a user writes it, and as the name service, TLS and
 * certificates want it.
 */
#ifndef IMAP_SERVER_NAME_H
#define IMAP_SERVER_NAME_H

#include "base/buf.h"
#include "base/err.h"

/* RFC 1035, 2.3.4: as text. */
#define SERVER_NAME_MAX       253
#define SERVER_NAME_MAX_LABEL 63

/*
 * Adds `host` in ASCII: a name in UTF-8 by IDNA 2008 (RFC 5891; UTS 46, nontransitional), anything
 * else as it is. Accepted are host names in any script, IPv4 addresses in their usual form, and
 * IPv6 addresses, link-local ones with a zone ("fe80::1%eth0"). Anything else is ERR_USAGE, "no
 * host name or address", with a reason if there is one.
 */
int server_name_to_ascii(struct span host, struct buf *out, struct err *err);

/* True for an IPv6 address, with or without a zone. */
bool server_name_is_ipv6(struct span host);

/* A name in ASCII as it stands in a certificate: no zone (RFC 6874, 2), no dot at the end. */
struct span server_name_in_certificate(struct span name);

/* The zone of an address, without the "%"; or empty. */
struct span server_name_zone(struct span name);

/* True when both are the same server, however they are written. */
bool server_name_same(const char *a, const char *b);

/* Adds the line "libidn2 X". */
void server_name_add_version(struct buf *out);

#endif
