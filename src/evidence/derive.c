#include "evidence/derive.h"

#include "mail/address.h"
#include "mail/received.h"
#include "evidence/evidence_extract.h"

#define DERIVE_BIT(column) (UINT32_C(1) << (column))

_Static_assert(COLUMN_COUNT <= 32, "record.absent has 32 bits");

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
	record->absent &= ~DERIVE_BIT(column);
}

void derive_missing(struct record *record, struct arena *arena)
{
	uint32_t known = record->absent & ~derive_unknown(record->absent);

	if ((known & DERIVE_BIT(COLUMN_IDENTITY)) != 0)
		derive_put(record, COLUMN_IDENTITY, derive_identity(record, arena));
	if ((known & DERIVE_BIT(COLUMN_SOURCE_IP)) != 0 &&
	    received_is_ip(record->value[COLUMN_IP_USERNAME]))
		derive_put(record, COLUMN_SOURCE_IP, record->value[COLUMN_IP_USERNAME]);
	if ((known & DERIVE_BIT(COLUMN_SENDER_DOMAIN)) != 0) {
		derive_sender_domain(record, arena);
		derive_put(record, COLUMN_SENDER_DOMAIN, record->value[COLUMN_SENDER_DOMAIN]);
	}
}

uint32_t derive_unknown(uint32_t absent)
{
	uint32_t there = ~absent, identities = 0;

	for (size_t i = 0; i < DERIVE_IDENTITY_COUNT; i++)
		identities |= DERIVE_BIT(derive_identities[i].from);
	if ((there & identities) != 0)
		absent &= ~DERIVE_BIT(COLUMN_IDENTITY);
	if ((there & DERIVE_BIT(COLUMN_IP_USERNAME)) != 0)
		absent &= ~DERIVE_BIT(COLUMN_SOURCE_IP);
	if ((there & (DERIVE_BIT(COLUMN_RETURN_PATH) | DERIVE_BIT(COLUMN_FROM))) != 0)
		absent &= ~DERIVE_BIT(COLUMN_SENDER_DOMAIN);
	return absent;
}
