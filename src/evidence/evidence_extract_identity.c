#include "evidence/evidence_extract.h"

#include "evidence/login_value.h"
#include "record/system_account.h"
#include "mail/address.h"
#include "mail/domain.h"
#include "mail/php_script.h"
#include "mail/received.h"

static bool is_address(struct span value)
{
	return span_find(value, '@') != SPAN_NPOS && address_is(value);
}

struct evidence_found extract_address(const struct evidence_input *in)
{
	return is_address(in->value) && !evidence_is_foreign(in)
		   ? (struct evidence_found){.value = in->value}
		   : (struct evidence_found){0};
}

/* login@host is a name for an account; nobody says that mail to it arrives. */
struct evidence_found extract_identity_address(const struct evidence_input *in)
{
	return in->host.n == 0 && is_address(in->value)
		   ? (struct evidence_found){.value = in->value}
		   : (struct evidence_found){0};
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

/* "localhost" and its like: the login is a bare one, of the host that says so. */
static bool is_no_host(struct span host)
{
	if (host.n > 2 && host.p[0] == '[' && host.p[host.n - 1] == ']')
		host = (struct span){host.p + 1, host.n - 2};
	return span_eq_nocase(host, SPAN("localhost")) ||
	       span_starts_nocase(host, SPAN("localhost.")) || received_is_loopback(host);
}

/* Exim's "user+domain@host", where the host was only added: user@domain. */
static struct span without_own_host(const struct evidence_input *in, struct span value, size_t at)
{
	struct span login = span_head(value, at), mailbox;

	if (in->evidence == NULL || span_find(login, '+') == SPAN_NPOS)
		return value;
	mailbox = login_value_mailbox(login, in->arena);
	return mailbox.n > 0 && mailbox.p != login.p &&
		       span_eq_nocase(span_from(value, at + 1), evidence_handed_by(in))
		   ? mailbox
		   : value;
}

/* What to call the account of a login; with_host: one without a host gets it. */
static struct evidence_found identity_of(const struct evidence_input *in, bool with_host)
{
	enum identity_kind kind = in->kind != IDENTITY_UNKNOWN ? in->kind : IDENTITY_ACCOUNT;
	struct span value = in->value, host = SPAN_EMPTY;
	struct address address;
	size_t at;

	if (value.n > 2 && value.p[0] == '"' && span_find(span_from(value, 1), '"') == value.n - 2)
		value = (struct span){value.p + 1, value.n - 2};
	if (span_find(value, '<') != SPAN_NPOS && address_first(value, in->arena, &address))
		value = address_normal(&address, in->arena);
	value = login_value_mailbox(value, in->arena);
	at = span_rfind(value, '@');
	if (at != SPAN_NPOS && at > 0 && is_no_host(span_from(value, at + 1))) {
		value = span_head(value, at);
		at = SPAN_NPOS;
	}
	if (at != SPAN_NPOS) {
		value = without_own_host(in, value, at);
		at = span_rfind(value, '@');
	}
	if (at != SPAN_NPOS && at + 1 < value.n)
		value = identity_join(span_head(value, at), span_from(value, at + 1), in->arena);
	if (is_ip_or_network(value))
		return (struct evidence_found){.value = value, .kind = IDENTITY_SERVER};
	if (at != SPAN_NPOS || span_find(value, ' ') != SPAN_NPOS || kind == IDENTITY_SITE)
		return (struct evidence_found){.value = value, .kind = kind};
	host = with_host ? evidence_host_of_login(in, value) : evidence_host(in);
	if (host.n != 0)
		value = identity_join(value, host, in->arena);
	return (struct evidence_found){.value = value, .host = host, .kind = kind};
}

struct evidence_found extract_identity(const struct evidence_input *in)
{
	return identity_of(in, true);
}

struct evidence_found extract_filter_login(const struct evidence_input *in)
{
	return identity_of(in, false);
}

struct evidence_found extract_login(const struct evidence_input *in)
{
	if (in->is_guess || system_account_is_login(in->value) || evidence_is_foreign(in))
		return (struct evidence_found){0};
	return identity_of(in, true);
}

struct evidence_found extract_sender_login(const struct evidence_input *in)
{
	return evidence_is_relays(in) ? (struct evidence_found){0} : extract_login(in);
}

struct evidence_found extract_guessed_login(const struct evidence_input *in)
{
	return in->is_guess && !system_account_is_login(in->value) ? identity_of(in, true)
								   : (struct evidence_found){0};
}

struct evidence_found extract_system_login(const struct evidence_input *in)
{
	struct evidence_found found = {0};

	if (system_account_is_login(in->value) && !evidence_is_foreign(in)) {
		found = identity_of(in, true);
		found.kind = IDENTITY_USER;
	}
	return found;
}

/* uid N@host; the host is that of the input, or else the one that the uid is known at. */
static struct evidence_found uid_identity(const struct evidence_input *in, struct span uid)
{
	struct span host = evidence_host_of_uid(in, uid);
	struct span value;

	if (evidence_is_foreign(in) || evidence_host_is_foreign(in, host))
		return (struct evidence_found){0};
	value = arena_printf(in->arena, "uid %.*s%s%.*s", (int)uid.n, uid.p, host.n != 0 ? "@" : "",
	    (int)host.n, host.n != 0 ? host.p : "");
	return (struct evidence_found){.value = value, .host = host, .kind = IDENTITY_USER};
}

struct evidence_found extract_any_uid(const struct evidence_input *in)
{
	return uid_identity(in, in->value);
}

struct evidence_found extract_uid(const struct evidence_input *in)
{
	return evidence_is_weak_uid(in) ? (struct evidence_found){0} : extract_any_uid(in);
}

struct evidence_found extract_weak_uid(const struct evidence_input *in)
{
	return evidence_is_weak_uid(in) ? extract_any_uid(in) : (struct evidence_found){0};
}

struct evidence_found extract_php_owner(const struct evidence_input *in)
{
	struct span process = record_value(in->record, COLUMN_QMAIL_UID);
	struct span owner = extract_php_uid(in).value;

	if (owner.n == 0 || !system_account_is_uid(process) || system_account_is_uid(owner))
		return (struct evidence_found){0};
	return uid_identity(in, owner);
}

/*
 * Who has the mail of others sent on did not write it, and the field may be that of a forwarder
 * before: it says more than a server's address, and less than all else.
 */
struct evidence_found extract_forwarder(const struct evidence_input *in)
{
	struct span user = record_value(in->record, COLUMN_IP_USERNAME);
	struct evidence_input forwarder = *in;

	if ((user.n > 0 && user.p[0] != '@' && !is_ip_or_network(user)) ||
	    evidence_is_of_client(in))
		return (struct evidence_found){0};
	if (forwarder.value.n > 2 && forwarder.value.p[0] == '<')
		forwarder.value = span_trim(
		    span_head(span_from(in->value, 1), span_find(span_from(in->value, 1), '>')));
	if (!received_is_ip(forwarder.value) && domain_is_host(forwarder.value))
		forwarder.kind = IDENTITY_SITE;
	else if (!is_address(forwarder.value))
		return (struct evidence_found){0};
	return identity_of(&forwarder, false);
}

struct evidence_found extract_delivered(const struct evidence_input *in)
{
	return evidence_is_delivery(in) ? extract_forwarder(in) : (struct evidence_found){0};
}

struct evidence_found extract_forwarder_owner(const struct evidence_input *in)
{
	struct evidence_input owner = *in;

	if (!evidence_is_owners(in))
		return (struct evidence_found){0};
	owner.value = extract_sender_via(in).value;
	return is_address(owner.value) ? identity_of(&owner, false) : (struct evidence_found){0};
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

	return (struct evidence_found){
	    .value = identity_kind_name(identity_kind_exact(kind, in->value))};
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
	span_copy_lower(to, address.domain);
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
	    .value = behind == '/' ? php_script_file(place.value) : SPAN_EMPTY,
	    .kind = IDENTITY_SCRIPT};
}

struct evidence_found extract_saved_ip(const struct evidence_input *in)
{
	return (struct evidence_found){.value = received_is_ip(in->value) ? in->value : SPAN_EMPTY};
}
