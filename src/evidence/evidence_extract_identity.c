#include "evidence/evidence_extract.h"

#include "mail/address.h"
#include "mail/received.h"

struct evidence_found extract_address(const struct evidence_input *in)
{
	return span_find(in->value, '@') != SPAN_NPOS && address_is(in->value)
		   ? (struct evidence_found){.value = in->value}
		   : (struct evidence_found){0};
}

/* login@host is a name for an account; nobody says that mail to it arrives. */
struct evidence_found extract_identity_address(const struct evidence_input *in)
{
	return in->host.n == 0 ? extract_address(in) : (struct evidence_found){0};
}

static bool is_ip_or_network(struct span s)
{
	return received_is_ip(span_head(s, span_find(s, '/')));
}

/* login@host with the host in lower case. */
static struct span identity_join(struct span login, struct span host, struct arena *arena)
{
	struct address address = {login, host};

	return address_normal(&address, arena);
}

struct evidence_found extract_identity(const struct evidence_input *in)
{
	struct span value = in->value, host;
	struct address address;
	size_t at;

	if (span_find(value, '<') != SPAN_NPOS && address_first(value, in->arena, &address))
		value = address_normal(&address, in->arena);
	at = span_rfind(value, '@');
	if (at != SPAN_NPOS && at + 1 < value.n)
		value = identity_join(span_head(value, at), span_from(value, at + 1), in->arena);
	if (at != SPAN_NPOS || span_find(value, ' ') != SPAN_NPOS || is_ip_or_network(value))
		return (struct evidence_found){.value = value};
	host = evidence_host(in);
	if (host.n != 0)
		value = identity_join(value, host, in->arena);
	return (struct evidence_found){.value = value, .host = host};
}

struct evidence_found extract_uid(const struct evidence_input *in)
{
	struct span host = evidence_host(in);
	struct span value;

	if (host.n == 0)
		host = evidence_handed_by(in);
	value = arena_printf(in->arena, "uid %.*s%s%.*s", (int)in->value.n, in->value.p,
	    host.n != 0 ? "@" : "", (int)host.n, host.n != 0 ? host.p : "");
	return (struct evidence_found){.value = value, .host = host};
}

struct evidence_found extract_domain(const struct evidence_input *in)
{
	struct address address;
	char *to;

	if (!address_first(in->value, in->arena, &address))
		return (struct evidence_found){0};
	to = arena_alloc(in->arena, address.domain.n);
	if (to == NULL)
		return (struct evidence_found){0};
	for (size_t i = 0; i < address.domain.n; i++)
		to[i] = span_lower(address.domain.p[i]);
	return (struct evidence_found){.value = {to, address.domain.n}};
}

/*
 * The column holds what one of five fields said (evidence_rules.c). X-PHP-Originating-Script has a
 * uid and the name of a file, X-Source-Args a command line: neither names an account.
 */
struct evidence_found extract_saved_script(const struct evidence_input *in)
{
	struct span name = in->value;
	char behind = '\0';

	if (extract_php_ip(in).value.n != 0)
		return extract_php_place(in);
	for (size_t i = 0; i < name.n && behind == '\0'; i++)
		if (name.p[i] == '/' || name.p[i] == ':' || name.p[i] == ' ') {
			behind = name.p[i];
			name.n = i;
		}
	if (name.n == 0)
		return extract_account(in);
	if (span_find(name, '.') == SPAN_NPOS)
		return (struct evidence_found){0};
	if (behind == ':')
		return extract_account(in);
	return (struct evidence_found){.value = behind == '/' ? in->value : SPAN_EMPTY};
}

struct evidence_found extract_saved_ip(const struct evidence_input *in)
{
	return (struct evidence_found){.value = received_is_ip(in->value) ? in->value : SPAN_EMPTY};
}
