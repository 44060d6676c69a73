#include "text/network.h"

#include <arpa/inet.h>
#include <string.h>

#define NETWORK_BITS   128u
#define NETWORK_MAPPED 96u /* bits in front of an IPv4 address */

static const unsigned char network_mapped[NETWORK_MAPPED / 8] = {[10] = 0xFF, [11] = 0xFF};

bool network_read_address(struct span text, struct network_address *address_r)
{
	char copy[INET6_ADDRSTRLEN];
	struct network_address address = {0};

	if (text.n == 0 || text.n >= sizeof(copy) || span_find(text, '\0') != SPAN_NPOS)
		return false;
	memcpy(copy, text.p, text.n);
	copy[text.n] = '\0';
	if (span_find(text, ':') == SPAN_NPOS) {
		memcpy(address.byte, network_mapped, sizeof(network_mapped));
		if (inet_pton(AF_INET, copy, address.byte + sizeof(network_mapped)) != 1)
			return false;
	} else if (inet_pton(AF_INET6, copy, address.byte) != 1) {
		return false;
	}
	*address_r = address;
	return true;
}

static bool network_is_ipv4(const struct network_address *address)
{
	return memcmp(address->byte, network_mapped, sizeof(network_mapped)) == 0;
}

/* Bits from the first that is not `prefix` on are zero. */
static struct network_address network_mask(const struct network_address *address, unsigned prefix)
{
	struct network_address masked = {0};
	unsigned whole = prefix / 8;

	memcpy(masked.byte, address->byte, whole);
	if (whole < sizeof(masked.byte))
		masked.byte[whole] = (unsigned char)(address->byte[whole] & ~(0xFFu >> prefix % 8));
	return masked;
}

bool network_read(struct span text, struct network *network_r)
{
	size_t slash = span_find(text, '/');
	struct span digits = slash == SPAN_NPOS ? SPAN_EMPTY : span_from(text, slash + 1);
	struct network network = {.prefix = NETWORK_BITS};
	struct network_address masked;
	uint64_t prefix;
	bool dotted;

	if (!network_read_address(span_head(text, slash), &network.address))
		return false;
	dotted = span_find(text, ':') == SPAN_NPOS;
	if (slash != SPAN_NPOS) {
		if (digits.n == 0 || span_number(digits, &prefix) != digits.n ||
		    prefix > (dotted ? NETWORK_BITS - NETWORK_MAPPED : NETWORK_BITS))
			return false;
		network.prefix = (unsigned)prefix + (dotted ? NETWORK_MAPPED : 0);
	}
	masked = network_mask(&network.address, network.prefix);
	if (memcmp(&masked, &network.address, sizeof(masked)) != 0)
		return false;
	*network_r = network;
	return true;
}

void network_add_address(struct buf *out, const struct network_address *address)
{
	char text[INET6_ADDRSTRLEN] = "";

	if (network_is_ipv4(address))
		inet_ntop(AF_INET, address->byte + sizeof(network_mapped), text, sizeof(text));
	else
		inet_ntop(AF_INET6, address->byte, text, sizeof(text));
	buf_add_text(out, text);
}

void network_add(struct buf *out, const struct network *network)
{
	bool dotted = network_is_ipv4(&network->address) && network->prefix >= NETWORK_MAPPED;

	network_add_address(out, &network->address);
	if (network->prefix < NETWORK_BITS)
		buf_printf(out, "/%u", network->prefix - (dotted ? NETWORK_MAPPED : 0));
}

bool network_has(const struct network *network, const struct network_address *address)
{
	struct network_address masked = network_mask(address, network->prefix);

	return memcmp(&masked, &network->address, sizeof(masked)) == 0;
}

const char *network_special(const struct network_address *address)
{
	static const struct {
		const char *network;
		const char *why;
	} rows[] = {
	    {"0.0.0.0/8", "no host"},
	    {"10.0.0.0/8", "private"},
	    {"100.64.0.0/10", "shared by customers"}, /* RFC 6598 */
	    {"127.0.0.0/8", "loopback"},
	    {"169.254.0.0/16", "link-local"},
	    {"172.16.0.0/12", "private"},
	    {"192.0.0.0/24", "reserved"},
	    {"192.0.2.0/24", "documentation"},
	    {"192.88.99.0/24", "reserved"},
	    {"192.168.0.0/16", "private"},
	    {"198.18.0.0/15", "benchmarks"},
	    {"198.51.100.0/24", "documentation"},
	    {"203.0.113.0/24", "documentation"},
	    {"224.0.0.0/4", "multicast"},
	    {"240.0.0.0/4", "reserved"},
	    {"::/128", "no host"},
	    {"::1/128", "loopback"},
	    {"64:ff9b::/96", "translated"}, /* RFC 6052: as many hosts as IPv4 has */
	    {"64:ff9b:1::/48", "translated"},
	    {"100::/64", "reserved"},
	    {"2001::/23", "reserved"},
	    {"2001:db8::/32", "documentation"},
	    {"2002::/16", "translated"},
	    {"3fff::/20", "documentation"},
	    {"5f00::/16", "reserved"},
	    {"fc00::/7", "private"},
	    {"fe80::/10", "link-local"},
	    {"ff00::/8", "multicast"},
	};
	struct network network;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (network_read(span_of(rows[i].network), &network) &&
		    network_has(&network, address))
			return rows[i].why;
	return NULL;
}
