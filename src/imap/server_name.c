#include "imap/server_name.h"

#include <arpa/inet.h>
#include <idn2.h>
#include <net/if.h>
#include <netinet/in.h>

/* An address of this family in its usual form. Others that the resolver accepts do not count. */
static bool server_name_is_address(int family, struct span host, struct in6_addr *address_r)
{
	char text[INET6_ADDRSTRLEN];
	struct in6_addr address;

	if (host.n == 0 || host.n >= sizeof(text) || span_find(host, '\0') != SPAN_NPOS)
		return false;
	memcpy(text, host.p, host.n);
	text[host.n] = '\0';
	if (inet_pton(family, text, &address) != 1)
		return false;
	*address_r = address;
	return true;
}

struct span server_name_zone(struct span name)
{
	size_t percent = span_find(name, '%');

	return percent != SPAN_NPOS ? span_from(name, percent + 1) : SPAN_EMPTY;
}

/* The name or number of a network interface. */
static bool server_name_zone_ok(struct span zone)
{
	for (size_t i = 0; i < zone.n; i++)
		if (zone.p[i] <= ' ' || zone.p[i] > '~' || zone.p[i] == '/' || zone.p[i] == '%' ||
		    zone.p[i] == ']')
			return false;
	return zone.n > 0 && zone.n < IF_NAMESIZE;
}

bool server_name_is_ipv6(struct span host)
{
	size_t percent = span_find(host, '%');
	struct in6_addr address;

	if (!server_name_is_address(AF_INET6, span_head(host, percent), &address))
		return false;
	if (percent == SPAN_NPOS)
		return true;
	return IN6_IS_ADDR_LINKLOCAL(&address) && server_name_zone_ok(server_name_zone(host));
}

static bool server_name_label_ok(struct span label)
{
	for (size_t i = 0; i < label.n; i++)
		if (!span_is_alnum(label.p[i]) && label.p[i] != '-' && label.p[i] != '_')
			return false;
	return label.n > 0 && label.n <= SERVER_NAME_MAX_LABEL && label.p[0] != '-';
}

/*
 * A host name in ASCII, or an IPv4 address in its usual form: the resolver would read "127.1" as an
 * address as well, so a name must not end in a number.
 */
static bool server_name_ascii_ok(struct span host)
{
	struct span rest = host;
	struct span label;
	struct in6_addr address;
	uint64_t number;

	if (host.n > SERVER_NAME_MAX)
		return false;
	if (server_name_is_address(AF_INET, host, &address))
		return true;
	if (rest.n > 1 && rest.p[rest.n - 1] == '.')
		rest.n--;
	for (;;) {
		size_t dot = span_find(rest, '.');

		label = span_head(rest, dot);
		if (!server_name_label_ok(label))
			return false;
		if (dot == SPAN_NPOS)
			return span_number(label, &number) != label.n;
		rest = span_from(rest, dot + 1);
	}
}

static bool server_name_is_ascii(struct span host)
{
	for (size_t i = 0; i < host.n; i++)
		if ((unsigned char)host.p[i] > '~')
			return false;
	return true;
}

/* The A-labels of a name in UTF-8. */
static int server_name_convert(struct span host, struct buf *out, struct err *err)
{
	struct buf text;
	char *ascii = NULL;
	int status = IDN2_MALLOC;

	/* libidn2 stops at a NUL. */
	if (span_find(host, '\0') != SPAN_NPOS)
		return err_set(err, ERR_USAGE, "no host name or address");
	buf_init(&text, 0);
	buf_add(&text, host);
	buf_string(&text); /* so that the next one cannot fail */
	if (text.failed == 0)
		status = idn2_to_ascii_8z(
		    buf_string(&text), &ascii, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
	buf_fini(&text);
	if (status == IDN2_MALLOC)
		return err_nomem(err);
	if (status != IDN2_OK)
		return err_set(err, ERR_USAGE,
		    "no host name or address: it has no form in ASCII: %s", idn2_strerror(status));
	buf_add_text(out, ascii);
	idn2_free(ascii);
	return out->failed != 0 ? err_nomem(err) : 0;
}

int server_name_to_ascii(struct span host, struct buf *out, struct err *err)
{
	struct buf ascii;
	int result = 0;

	if (server_name_is_ipv6(host)) {
		buf_add(out, host);
		return out->failed != 0 ? err_nomem(err) : 0;
	}
	buf_init(&ascii, 0);
	if (host.n > 0 && host.n <= SERVER_NAME_MAX && !server_name_is_ascii(host))
		result = server_name_convert(host, &ascii, err);
	else
		buf_add(&ascii, host);
	if (result == 0 && ascii.failed == 0 && !server_name_ascii_ok(buf_span(&ascii)))
		result = err_set(err, ERR_USAGE, "no host name or address");
	if (result == 0) {
		buf_add_buf(out, &ascii);
		if (out->failed != 0)
			result = err_nomem(err);
	}
	buf_fini(&ascii);
	return result;
}

struct span server_name_in_certificate(struct span name)
{
	name = span_head(name, span_find(name, '%'));
	if (name.n > 1 && name.p[name.n - 1] == '.')
		name.n--;
	return name;
}

bool server_name_same(const char *a, const char *b)
{
	struct buf ascii[2];
	struct err err = ERR_INIT;
	bool same = span_eq_nocase(span_of(a), span_of(b));

	buf_init(&ascii[0], 0);
	buf_init(&ascii[1], 0);
	if (!same && server_name_to_ascii(span_of(a), &ascii[0], &err) == 0 &&
	    server_name_to_ascii(span_of(b), &ascii[1], &err) == 0)
		same = span_eq_nocase(buf_span(&ascii[0]), buf_span(&ascii[1]));
	buf_fini(&ascii[0]);
	buf_fini(&ascii[1]);
	return same;
}

void server_name_add_version(struct buf *out)
{
	buf_printf(out, "libidn2 %s\n", idn2_check_version(NULL));
}
