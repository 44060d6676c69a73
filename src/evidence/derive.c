#include "evidence/derive.h"

#include "mail/address.h"
#include "mail/received.h"
#include "evidence/evidence_extract.h"

/* The domain of the address in value, or empty. */
static struct span derive_domain_of(struct span value, struct arena *arena)
{
	struct address address;
	char *to;

	if (value.n == 0 || !address_first(value, arena, &address))
		return SPAN_EMPTY;
	to = arena_alloc(arena, address.domain.n);
	if (to == NULL)
		return SPAN_EMPTY;
	for (size_t i = 0; i < address.domain.n; i++)
		to[i] = span_lower(address.domain.p[i]);
	return (struct span){to, address.domain.n};
}

void derive_sender_domain(struct record *record, struct arena *arena)
{
	struct span domain = derive_domain_of(record->value[COLUMN_RETURN_PATH], arena);

	if (domain.n == 0)
		domain = derive_domain_of(record->value[COLUMN_FROM], arena);
	record->value[COLUMN_SENDER_DOMAIN] = domain;
}

/*
 * The column holds what one of five fields said (evidence_rules.c). X-PHP-Originating-Script has a
 * uid and the name of a file, X-Source-Args a command line: neither names an account.
 */
static struct evidence_found derive_from_script(const struct evidence_input *in)
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

static struct evidence_found derive_from_uid(const struct evidence_input *in)
{
	return (struct evidence_found){
	    .value = arena_printf(in->arena, "uid %.*s", (int)in->value.n, in->value.p)};
}

/* columns.md, "Identity": the first that yields something. */
static const struct {
	enum column from;
	evidence_extractor *extract; /* NULL: the value as it is */
} derive_identities[] = {
    {COLUMN_AUTH_USER, extract_identity},
    {COLUMN_AUTH_SENDER, extract_identity},
    {COLUMN_VHOST, NULL},
    {COLUMN_X_SOURCE_DIR, extract_account},
    {COLUMN_PHP_SCRIPT, derive_from_script},
    {COLUMN_QMAIL_UID, derive_from_uid},
    {COLUMN_IP_USERNAME, extract_identity},
};

#define DERIVE_IDENTITY_COUNT (sizeof(derive_identities) / sizeof(derive_identities[0]))

static struct span derive_identity(const struct record *record, struct arena *arena)
{
	struct span identity = SPAN_EMPTY;

	for (size_t i = 0; i < DERIVE_IDENTITY_COUNT && identity.n == 0; i++) {
		enum column from = derive_identities[i].from;
		struct evidence_input in = {
		    .value = record->value[from], .record = record, .arena = arena};

		if (in.value.n == 0)
			continue;
		if (from == COLUMN_IP_USERNAME)
			in.host = record->value[COLUMN_DOMAIN];
		identity = in.value;
		if (derive_identities[i].extract != NULL)
			identity = span_trim(derive_identities[i].extract(&in).value);
	}
	return identity;
}

static void derive_put(struct record *record, enum column column, struct span value)
{
	record->value[column] = value;
	column_set_remove(&record->absent, column);
}

static bool derive_can(
    const struct column_set *absent, const struct column_set *unknown, enum column column)
{
	return column_set_has(absent, column) && !column_set_has(unknown, column);
}

void derive_missing(struct record *record, struct arena *arena)
{
	const struct column_set absent = record->absent, unknown = derive_unknown(absent);

	if (derive_can(&absent, &unknown, COLUMN_IDENTITY))
		derive_put(record, COLUMN_IDENTITY, derive_identity(record, arena));
	if (derive_can(&absent, &unknown, COLUMN_SOURCE_IP) &&
	    received_is_ip(record->value[COLUMN_IP_USERNAME]))
		derive_put(record, COLUMN_SOURCE_IP, record->value[COLUMN_IP_USERNAME]);
	if (derive_can(&absent, &unknown, COLUMN_SENDER_DOMAIN)) {
		derive_sender_domain(record, arena);
		derive_put(record, COLUMN_SENDER_DOMAIN, record->value[COLUMN_SENDER_DOMAIN]);
	}
}

struct column_set derive_unknown(struct column_set absent)
{
	struct column_set unknown = absent;

	for (size_t i = 0; i < DERIVE_IDENTITY_COUNT; i++)
		if (!column_set_has(&absent, derive_identities[i].from))
			column_set_remove(&unknown, COLUMN_IDENTITY);
	if (!column_set_has(&absent, COLUMN_IP_USERNAME))
		column_set_remove(&unknown, COLUMN_SOURCE_IP);
	if (!column_set_has(&absent, COLUMN_RETURN_PATH) || !column_set_has(&absent, COLUMN_FROM))
		column_set_remove(&unknown, COLUMN_SENDER_DOMAIN);
	return unknown;
}
