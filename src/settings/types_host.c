/* -s HOST[:PORT]: what is a name, an address, a loopback address. */
#include "settings/table.h"

#include <arpa/inet.h>
#include <string.h>

#include "imap/server_name.h"

#define LOOPBACK_NET 127u /* 127.0.0.0/8 */

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

bool option_url_is_loopback(const char *url)
{
	const char *host = strstr(url, "://");
	char name[64];
	size_t n;

	if (host == NULL)
		return false;
	host += 3;
	n = *host == '[' ? strcspn(++host, "]") : strcspn(host, ":/?#");
	/* "localhost@example.com" is example.com. */
	if (n >= sizeof(name) || memchr(host, '@', strcspn(host, "/?#")) != NULL)
		return false;
	memcpy(name, host, n);
	name[n] = '\0';
	return option_host_is_loopback(name);
}

/* Cuts HOST, HOST:PORT, [V6], [V6]:PORT or V6 in two; false when brackets hold something else. */
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
		return server_name_is_ipv6(*host_r);
	}
	if (colon != SPAN_NPOS && !server_name_is_ipv6(text)) {
		*host_r = span_head(text, colon);
		*port_r = span_from(text, colon);
	}
	return true;
}

/* "imaps://host:993": what is to be written instead. In front of an @ there may be a password. */
static int host_refuse_url(const struct option_row *row, struct span url, struct err *err)
{
	struct span host = span_from(url, span_find_text(url, SPAN("://")) + 3);
	size_t at;

	for (size_t i = 0; i < host.n; i++)
		if (strchr("/?#", host.p[i]) != NULL)
			host = span_head(host, i);
	at = span_rfind(host, '@');
	host = span_from(host, at != SPAN_NPOS ? at + 1 : 0);
	return err_set(err, ERR_USAGE, "--%s takes no URL: write --%s=%.*s", row->name, row->name,
	    (int)host.n, host.p);
}

/* Checks that the host can be looked up. The user's spelling is kept. */
static int host_check(
    const struct option_row *row, const char *value, struct span host, struct err *err)
{
	struct err why = ERR_INIT;
	struct buf ascii;
	int result;

	buf_init(&ascii, 0);
	result = server_name_to_ascii(host, &ascii, &why);
	buf_fini(&ascii);
	if (result == 0)
		return 0;
	if (why.code != ERR_USAGE)
		return err_nomem(err);
	return err_set(err, ERR_USAGE, "--%s=%s is %s", row->name, value, why.text);
}

/* HOST[:PORT] */
int option_read_host(struct options *options, const struct option_row *row, const char *value,
    struct stream_host *host_r, struct err *err)
{
	struct span host;
	struct span port;
	uint64_t number = 0;
	char *name;

	if (span_find_text(span_of(value), SPAN("://")) != SPAN_NPOS)
		return host_refuse_url(row, span_of(value), err);
	if (!host_split(span_of(value), &host, &port))
		return err_set(
		    err, ERR_USAGE, "--%s=%s is no host name or address", row->name, value);
	if (host_check(row, value, host, err) != 0)
		return -1;
	/* port begins with the colon. */
	if (port.n > 0 && (port.p[0] != ':' || port.n == 1 ||
			      span_number(span_from(port, 1), &number) != port.n - 1 ||
			      number < 1 || number > UINT16_MAX))
		return err_set(err, ERR_USAGE,
		    "--%s=%s: expected a port from 1 to %d behind the host", row->name, value,
		    UINT16_MAX);
	name = arena_string(&options->strings, host);
	if (name == NULL)
		return err_nomem(err);
	*host_r = (struct stream_host){.name = name, .port = (unsigned)number};
	return 0;
}

int option_set_host(
    struct options *options, const struct option_row *row, char *value, struct err *err)
{
	if (options->host_count == OPTIONS_MAX_HOSTS)
		return err_set(
		    err, ERR_USAGE, "--%s: at most %d of them", row->name, OPTIONS_MAX_HOSTS);
	if (option_read_host(options, row, value, &options->hosts[options->host_count], err) != 0)
		return -1;
	options->host_count++;
	return 0;
}

int option_set_api_host(
    struct options *options, const struct option_row *row, char *value, struct err *err)
{
	const bool again = option_level(options, row) == OPTIONS_COMMAND_LINE;
	struct stream_host host = {0};

	if (option_read_host(options, row, value, &host, err) != 0)
		return -1;
	/* Servers of quarantines may be several: whoever takes filters for the same would think
	 * that something has been done at both. */
	if (again &&
	    (strcmp(host.name, options->api.host.name) != 0 || host.port != options->api.host.port))
		return err_set(
		    err, ERR_USAGE, "--%s is given twice: one run is of one filter", row->name);
	options->api.host = host;
	return 0;
}
