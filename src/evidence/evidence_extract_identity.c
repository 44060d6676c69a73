#include "evidence/evidence_extract.h"

#include "mail/address.h"
#include "mail/php_script.h"
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
	enum identity_kind kind = in->kind != IDENTITY_UNKNOWN ? in->kind : IDENTITY_ACCOUNT;
	struct span value = in->value, host;
	struct address address;
	size_t at;

	if (span_find(value, '<') != SPAN_NPOS && address_first(value, in->arena, &address))
		value = address_normal(&address, in->arena);
	at = span_rfind(value, '@');
	if (at != SPAN_NPOS && at + 1 < value.n)
		value = identity_join(span_head(value, at), span_from(value, at + 1), in->arena);
	if (is_ip_or_network(value))
		return (struct evidence_found){.value = value, .kind = IDENTITY_SERVER};
	if (at != SPAN_NPOS || span_find(value, ' ') != SPAN_NPOS)
		return (struct evidence_found){.value = value, .kind = kind};
	host = evidence_host(in);
	if (host.n != 0)
		value = identity_join(value, host, in->arena);
	return (struct evidence_found){.value = value, .host = host, .kind = kind};
}

struct evidence_found extract_uid(const struct evidence_input *in)
{
	struct span host = evidence_host(in);
	struct span value;

	if (host.n == 0)
		host = evidence_handed_by(in);
	value = arena_printf(in->arena, "uid %.*s%s%.*s", (int)in->value.n, in->value.p,
	    host.n != 0 ? "@" : "", (int)host.n, host.n != 0 ? host.p : "");
	return (struct evidence_found){.value = value, .host = host, .kind = IDENTITY_USER};
}

/* Of an identity whose rule is not known any more, what its text tells. */
static enum identity_kind kind_of_text(struct span identity)
{
	if (is_ip_or_network(identity))
		return IDENTITY_SERVER;
	if (span_starts_nocase(identity, SPAN("uid ")))
		return IDENTITY_USER;
	return span_find(identity, '@') == SPAN_NPOS && span_find(identity, '/') != SPAN_NPOS
		   ? IDENTITY_SCRIPT
		   : IDENTITY_UNKNOWN;
}

struct evidence_found extract_identity_kind(const struct evidence_input *in)
{
	enum identity_kind kind = in->kind != IDENTITY_UNKNOWN ? in->kind : kind_of_text(in->value);

	return (struct evidence_found){.value = identity_kind_name(kind)};
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
	struct evidence_input place = *in;
	struct span name, callers = SPAN_EMPTY;
	char behind = '\0';

	php_script_split(in->value, &place.value, &callers);
	name = place.value;
	if (callers.n != 0 && name.p[0] != '/')
		return extract_php_place(&place);
	for (size_t i = 0; i < name.n && behind == '\0'; i++)
		if (name.p[i] == '/' || name.p[i] == ':' || name.p[i] == ' ') {
			behind = name.p[i];
			name.n = i;
		}
	if (name.n == 0 || (behind == ':' && span_find(name, '.') != SPAN_NPOS))
		return extract_account(&place);
	if (span_find(name, '.') == SPAN_NPOS)
		return (struct evidence_found){0};
	return (struct evidence_found){
	    .value = behind == '/' ? place.value : SPAN_EMPTY, .kind = IDENTITY_SCRIPT};
}

struct evidence_found extract_saved_ip(const struct evidence_input *in)
{
	return (struct evidence_found){.value = received_is_ip(in->value) ? in->value : SPAN_EMPTY};
}
