#include "evidence/derive.h"

#include "evidence/evidence_rules.h"
#include "record/system_account.h"

/* In the order in which they are made: the kind needs the identity. */
static const struct {
	enum column column;
	bool certain; /* of a row that yields nothing there is none; else it stays unknown */
} derive_columns[] = {
    {COLUMN_IDENTITY, true},
    {COLUMN_IDENTITY_KIND, false},
    {COLUMN_SOURCE_IP, false},
    {COLUMN_SENDER_DOMAIN, true},
    {COLUMN_PHP_SCRIPT_IP, false},
};

#define DERIVE_COUNT (sizeof(derive_columns) / sizeof(derive_columns[0]))

/* True for a rule that makes this column of another one. */
static bool derive_is_by(const struct evidence_rule *rule, enum column column)
{
	return rule->column == column &&
	       (rule->source == SOURCE_COLUMN || rule->source == SOURCE_SAVED);
}

/* What the rule yields of a record's columns; the value may be empty. */
static struct evidence_found derive_by(
    const struct evidence_rule *rule, const struct record *record, struct arena *arena)
{
	struct evidence_input in = {
	    .value = record_value(record, rule->from), .record = record, .arena = arena};
	struct evidence_found found = {.value = in.value};

	if (rule->from == COLUMN_IP_USERNAME)
		in.host = record->value[COLUMN_DOMAIN];
	if (rule->from == COLUMN_AUTH_USER)
		in.is_guess = span_find_text(record_value(record, COLUMN_NOTES),
				  SPAN("guessed field")) != SPAN_NPOS;
	if (in.value.n != 0 && rule->extract != NULL)
		found = rule->extract(&in);
	if (found.kind == IDENTITY_UNKNOWN)
		found.kind = rule->kind;
	found.value = span_trim(found.value);
	return found;
}

/* The first that yields something. */
static struct evidence_found derive_value(
    const struct record *record, enum column column, struct arena *arena)
{
	struct evidence_found found = {0};

	for (unsigned i = 0; i < evidence_rule_count && found.value.n == 0; i++)
		if (derive_is_by(&evidence_rules[i], column))
			found = derive_by(&evidence_rules[i], record, arena);
	return found;
}

/* Whether the identity is what a rule made of a column, to which a host may have been added. */
static bool identity_is(struct span identity, struct span found)
{
	return found.n > 0 && span_starts_nocase(identity, found) &&
	       (identity.n == found.n ||
		   (identity.p[found.n] == '@' && span_find(found, '@') == SPAN_NPOS));
}

/* The kind of an identity that the report has, from the columns that it may have been made of. */
static struct span derive_kind(const struct record *record, struct arena *arena)
{
	struct span identity = record_value(record, COLUMN_IDENTITY);

	for (unsigned i = 0; i < evidence_rule_count; i++) {
		struct evidence_found found;

		if (!derive_is_by(&evidence_rules[i], COLUMN_IDENTITY))
			continue;
		found = derive_by(&evidence_rules[i], record, arena);
		if (identity_is(identity, found.value))
			return identity_kind_name(identity_kind_exact(found.kind, identity));
	}
	return derive_value(record, COLUMN_IDENTITY_KIND, arena).value;
}

/* Whether the rules have something to make the column of. */
static bool derive_can(const struct column_set *absent, enum column column)
{
	for (unsigned i = 0; i < evidence_rule_count; i++) {
		const struct evidence_rule *rule = &evidence_rules[i];

		if (derive_is_by(rule, column) && !column_set_has(absent, rule->from))
			return true;
		if (rule->column == column && column == COLUMN_IDENTITY_KIND)
			return derive_can(absent, COLUMN_IDENTITY);
	}
	return false;
}

/* Reports of before call the system's users as all others. */
static void derive_exact_kind(struct record *record)
{
	struct span kind = record_value(record, COLUMN_IDENTITY_KIND);

	if (identity_kind_of(kind) == IDENTITY_USER)
		record->value[COLUMN_IDENTITY_KIND] = identity_kind_name(
		    identity_kind_exact(IDENTITY_USER, record_value(record, COLUMN_IDENTITY)));
}

void derive_missing(struct record *record, struct arena *arena)
{
	const struct column_set absent = record->absent;

	derive_exact_kind(record);

	for (size_t i = 0; i < DERIVE_COUNT; i++) {
		enum column column = derive_columns[i].column;
		struct span value;

		if (!column_set_has(&absent, column) || !derive_can(&absent, column))
			continue;
		value = column == COLUMN_IDENTITY_KIND ? derive_kind(record, arena)
						       : derive_value(record, column, arena).value;
		if (value.n == 0 && !derive_columns[i].certain)
			continue;
		record->value[column] = value;
		column_set_remove(&record->absent, column);
	}
}

/* What a rule makes of a login or uid of the host, or of another column. */
static struct evidence_found derive_by_host(const struct evidence_rule *rule,
    const struct record *record, struct span host, enum identity_kind login, struct arena *arena)
{
	struct evidence_input in = {
	    .value = record->value[rule->from], .record = record, .arena = arena};
	struct evidence_found found = {.value = in.value};

	if (rule->from == COLUMN_AUTH_USER)
		in.kind = login;
	if (rule->from != COLUMN_IP_USERNAME)
		in.host = host;
	if (rule->extract != NULL)
		found = rule->extract(&in);
	if (found.kind == IDENTITY_UNKNOWN)
		found.kind = rule->kind;
	found.value = span_trim(found.value);
	return found;
}

void derive_rules_init(struct derive_rules *rules)
{
	rules->count = 0;
	for (unsigned i = 0; i < evidence_rule_count && rules->count < DERIVE_MAX_RULES; i++)
		if ((evidence_rules[i].column == COLUMN_IDENTITY &&
			evidence_rules[i].source == SOURCE_COLUMN) ||
		    derive_is_by(&evidence_rules[i], COLUMN_SENDER_DOMAIN))
			rules->rule[rules->count++] = &evidence_rules[i];
}

/* As derive_value(). */
static struct span derive_sender_domain(
    const struct derive_rules *rules, const struct record *record, struct arena *arena)
{
	struct evidence_found found = {0};

	for (unsigned i = 0; i < rules->count && found.value.n == 0; i++)
		if (rules->rule[i]->column == COLUMN_SENDER_DOMAIN)
			found = derive_by(rules->rule[i], record, arena);
	return found.value;
}

void derive_for_host(const struct derive_rules *rules, struct record *record, struct span host,
    enum identity_kind login, struct arena *arena)
{
	struct evidence_found found = {0};

	if (system_account_is_uid(record->value[COLUMN_QMAIL_UID]))
		record->notes |= NOTE_SYSTEM_UID;
	for (unsigned i = 0; i < rules->count && found.value.n == 0; i++) {
		const struct evidence_rule *rule = rules->rule[i];

		if (rule->column != COLUMN_IDENTITY || record->value[rule->from].n == 0)
			continue;
		found = derive_by_host(rule, record, host, login, arena);
		record->rule[COLUMN_IDENTITY] = rule;
	}
	record->value[COLUMN_IDENTITY] = found.value;
	if (found.value.n > 0)
		record->value[COLUMN_IDENTITY_KIND] =
		    identity_kind_name(identity_kind_exact(found.kind, found.value));
	else
		record->rule[COLUMN_IDENTITY] = NULL;
	record->value[COLUMN_SENDER_DOMAIN] = derive_sender_domain(rules, record, arena);
}

struct column_set derive_unknown(struct column_set absent)
{
	struct column_set unknown = absent;

	for (size_t i = 0; i < DERIVE_COUNT; i++)
		if (derive_can(&absent, derive_columns[i].column))
			column_set_remove(&unknown, derive_columns[i].column);
	return unknown;
}
