/* -s HOST[:PORT]: what is a name, an address, a loopback address. */
#include "options_table.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#define OPTION_MAX_LABEL 63 /* RFC 1035, 2.3.4 */

#define LOOPBACK_NET 127u /* 127.0.0.0/8 */

static bool host_label_ok(struct span label)
{
	for (size_t i = 0; i < label.n; i++)
		if (!span_is_alnum(label.p[i]) && label.p[i] != '-' && label.p[i] != '_')
			return false;
	return label.n > 0 && label.n <= OPTION_MAX_LABEL && label.p[0] != '-';
}

static bool host_is_address(int family, struct span host)
{
	unsigned char address[sizeof(struct in6_addr)];
	char text[INET6_ADDRSTRLEN];

	if (host.n >= sizeof(text))
		return false;
	memcpy(text, host.p, host.n);
	text[host.n] = '\0';
	return inet_pton(family, text, address) == 1;
}

/*
 * A host name in ASCII, or an IPv4 address in its usual form: the resolver would read "127.1" as an
 * address as well, so a name must not end in a number.
 */
static bool host_name_ok(struct span host)
{
	struct span rest = host;
	struct span label;
	uint64_t number;

	if (host.n > OPTIONS_MAX_HOST)
		return false;
	if (host_is_address(AF_INET, host))
		return true;
	if (rest.n > 1 && rest.p[rest.n - 1] == '.')
		rest.n--;
	for (;;) {
		size_t dot = span_find(rest, '.');

		label = span_head(rest, dot);
		if (!host_label_ok(label))
			return false;
		if (dot == SPAN_NPOS)
			return span_number(label, &number) != label.n;
		rest = span_from(rest, dot + 1);
	}
}

bool option_host_is_loopback(const char *host)
{
	unsigned char four[4];
	struct in6_addr six;

	if (span_eq_nocase(span_of(host), SPAN("localhost")))
		return true;
	if (inet_pton(AF_INET, host, four) == 1)
		return four[0] == LOOPBACK_NET;
	return inet_pton(AF_INET6, host, &six) == 1 && IN6_IS_ADDR_LOOPBACK(&six);
}

/* Cuts HOST, HOST:PORT, [V6], [V6]:PORT or V6 in two; false when it is none of them. */
static bool host_split(struct span text, struct span *host_r, struct span *port_r)
{
	size_t colon = span_find(text, ':');
	size_t end;

	*port_r = SPAN_EMPTY;
	*host_r = text;
	if (text.n > 0 && text.p[0] == '[') {
		end = span_find(text, ']');
		if (end == SPAN_NPOS)
			return false;
		*host_r = span_from(span_head(text, end), 1);
		*port_r = span_from(text, end + 1);
		return host_is_address(AF_INET6, *host_r);
	}
	if (host_is_address(AF_INET6, text))
		return true;
	if (colon != SPAN_NPOS) {
		*host_r = span_head(text, colon);
		*port_r = span_from(text, colon);
	}
	return host_name_ok(*host_r);
}

int option_set_host(
    struct options *options, const struct option_row *row, char *value, struct err *err)
{
	struct span host;
	struct span port;
	uint64_t number = 0;
	char *name;

	if (options->host_count == OPTIONS_MAX_HOSTS)
		return err_set(
		    err, ERR_USAGE, "--%s: at most %d of them", row->name, OPTIONS_MAX_HOSTS);
	if (!host_split(span_of(value), &host, &port))
		return err_set(
		    err, ERR_USAGE, "--%s=%s is no host name or address", row->name, value);
	/* Its first byte is the colon. */
	if (port.n > 0 && (port.p[0] != ':' || port.n == 1 ||
			      span_number(span_from(port, 1), &number) != port.n - 1 ||
			      number < 1 || number > UINT16_MAX))
		return err_set(err, ERR_USAGE,
		    "--%s=%s: expected a port from 1 to %d behind the host", row->name, value,
		    UINT16_MAX);
	name = arena_alloc(&options->strings, host.n + 1);
	if (name == NULL)
		return err_nomem(err);
	memcpy(name, host.p, host.n);
	name[host.n] = '\0';
	options->hosts[options->host_count++] =
	    (struct options_host){.name = name, .port = (unsigned)number};
	return 0;
}
