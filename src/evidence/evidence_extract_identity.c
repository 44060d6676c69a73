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
