/*
 * Networks in CIDR notation (RFC 4632, 3.1; RFC 4291, 2.3), and which addresses are no single host
 * of the Internet.
 */
#ifndef TEXT_NETWORK_H
#define TEXT_NETWORK_H

#include <stdbool.h>

#include "base/buf.h"

/* An address; IPv4 in its mapped form (RFC 4291, 2.5.5.2), so that all compare alike. */
struct network_address {
	unsigned char byte[16];
};

struct network {
	struct network_address address; /* zero behind the prefix */
	unsigned prefix;                /* bits: 0 to 128; of IPv4 96 more */
};

/* False when it is no IPv4 or IPv6 address as inet_pton(3) reads it, without brackets, port, zone.
 */
bool network_read_address(struct span text, struct network_address *address_r);

/* ADDRESS or ADDRESS/PREFIX; bits behind the prefix must be zero. False for anything else. */
bool network_read(struct span text, struct network *network_r);

/* In its usual form: dotted, or as RFC 5952 has it. */
void network_add_address(struct buf *out, const struct network_address *address);

/* ADDRESS, or ADDRESS/PREFIX. */
void network_add(struct buf *out, const struct network *network);

bool network_has(const struct network *network, const struct network_address *address);

/*
 * Why nobody on the Internet has this address, or more than one machine may: "private", "loopback",
 * "documentation"... by the special-purpose registries (RFC 6890 and its updates) and multicast.
 * NULL: it is an ordinary one.
 */
const char *network_special(const struct network_address *address);

#endif
