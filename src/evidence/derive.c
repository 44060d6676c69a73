#include "evidence/derive.h"

#include "evidence/evidence_rules.h"
#include "record/system_account.h"

enum derive_column {
	DERIVE_IDENTITY,
	DERIVE_IDENTITY_KIND,
	DERIVE_SOURCE_IP,
	DERIVE_SENDER_DOMAIN,
	DERIVE_PHP_SCRIPT_IP,
};

/* In the order in which they are made: the kind needs the identity. */
static const struct {
	enum column column;
	bool certain; /* of a row that yields nothing there is none; else it stays unknown */
} derive_columns[DERIVE_COLUMNS] = {
    [DERIVE_IDENTITY] = {COLUMN_IDENTITY, true},
    [DERIVE_IDENTITY_KIND] = {COLUMN_IDENTITY_KIND, false},
    [DERIVE_SOURCE_IP] = {COLUMN_SOURCE_IP, false},
    [DERIVE_SENDER_DOMAIN] = {COLUMN_SENDER_DOMAIN, true},
    [DERIVE_PHP_SCRIPT_IP] = {COLUMN_PHP_SCRIPT_IP, false},
};

/* True for a rule that makes this column of another one. */
static bool derive_is_by(const struct evidence_rule *rule, enum column column)
{
	return rule->column == column &&
	       (rule->source == SOURCE_COLUMN || rule->source == SOURCE_SAVED);
}

void derive_rules_init(struct derive_rules *derive_r)
{
	*derive_r = (struct derive_rules){0};
	for (unsigned i = 0; i < evidence_rule_count; i++)
		for (unsigned k = 0; k < DERIVE_COLUMNS; k++)
			if (derive_is_by(&evidence_rules[i], derive_columns[k].column) &&
			    derive_r->count[k] < DERIVE_MAX_RULES)
				derive_r->rule[k][derive_r->count[k]++] = &evidence_rules[i];
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
static struct evidence_found derive_value(const struct derive_rules *derive,
    const struct record *record, enum derive_column column, struct arena *arena)
{
	struct evidence_found found = {0};

	for (unsigned i = 0; i < derive->count[column] && found.value.n == 0; i++)
		found = derive_by(derive->rule[column][i], record, arena);
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
static struct span derive_kind(
    const struct derive_rules *derive, const struct record *record, struct arena *arena)
{
	struct span identity = record_value(record, COLUMN_IDENTITY);

	for (unsigned i = 0; i < derive->count[DERIVE_IDENTITY]; i++) {
		const struct evidence_rule *rule = derive->rule[DERIVE_IDENTITY][i];
		struct evidence_found found = derive_by(rule, record, arena);

		if (identity_is(identity, found.value))
			return identity_kind_name(identity_kind_exact(found.kind, identity));
	}
	return derive_value(derive, record, DERIVE_IDENTITY_KIND, arena).value;
}

/* Whether the rules have something to make the column of. */
static bool derive_can(
    const struct derive_rules *derive, const struct column_set *absent, enum derive_column column)
{
	for (unsigned i = 0; i < derive->count[column]; i++)
		if (!column_set_has(absent, derive->rule[column][i]->from))
			return true;
	/* The kind is also told by what the identity is made of. */
	return column == DERIVE_IDENTITY_KIND && derive_can(derive, absent, DERIVE_IDENTITY);
}

/* Reports of before call the system's users as all others. */
static void derive_exact_kind(struct record *record)
{
	struct span kind = record_value(record, COLUMN_IDENTITY_KIND);

	if (identity_kind_of(kind) == IDENTITY_USER)
		record->value[COLUMN_IDENTITY_KIND] = identity_kind_name(
		    identity_kind_exact(IDENTITY_USER, record_value(record, COLUMN_IDENTITY)));
}

void derive_missing(const struct derive_rules *derive, struct record *record, struct arena *arena)
{
	const struct column_set absent = record->absent;

	derive_exact_kind(record);

	for (enum derive_column k = 0; k < DERIVE_COLUMNS; k++) {
		enum column column = derive_columns[k].column;
		struct span value;

		if (!column_set_has(&absent, column) || !derive_can(derive, &absent, k))
			continue;
		value = k == DERIVE_IDENTITY_KIND ? derive_kind(derive, record, arena)
						  : derive_value(derive, record, k, arena).value;
		if (value.n == 0 && !derive_columns[k].certain)
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

void derive_for_host(const struct derive_rules *derive, struct record *record, struct span host,
    enum identity_kind login, struct arena *arena)
{
	struct evidence_found found = {0};

	if (system_account_is_uid(record->value[COLUMN_QMAIL_UID]))
		record->notes |= NOTE_SYSTEM_UID;
	for (unsigned i = 0; i < derive->count[DERIVE_IDENTITY] && found.value.n == 0; i++) {
		const struct evidence_rule *rule = derive->rule[DERIVE_IDENTITY][i];

		if (rule->source != SOURCE_COLUMN || record->value[rule->from].n == 0)
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
	record->value[COLUMN_SENDER_DOMAIN] =
	    derive_value(derive, record, DERIVE_SENDER_DOMAIN, arena).value;
}

struct column_set derive_unknown(struct column_set absent)
{
	struct column_set unknown = absent;
	struct derive_rules derive;

	derive_rules_init(&derive);
	for (enum derive_column k = 0; k < DERIVE_COLUMNS; k++)
		if (derive_can(&derive, &absent, k))
			column_set_remove(&unknown, derive_columns[k].column);
	return unknown;
}
