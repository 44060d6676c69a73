#include "evidence/derive.h"

#include "evidence/evidence_rules.h"

static const struct {
	enum column column;
	bool certain; /* of a row that yields nothing there is none; else it stays unknown */
} derive_columns[] = {
    {COLUMN_IDENTITY, true},
    {COLUMN_SOURCE_IP, false},
    {COLUMN_SENDER_DOMAIN, true},
};

#define DERIVE_COUNT (sizeof(derive_columns) / sizeof(derive_columns[0]))

/* True for a rule that makes this column of another one. */
static bool derive_is_by(const struct evidence_rule *rule, enum column column)
{
	return rule->column == column &&
	       (rule->source == SOURCE_COLUMN || rule->source == SOURCE_SAVED);
}

/* What the rule yields of a record's columns, or empty. */
static struct span derive_by(
    const struct evidence_rule *rule, const struct record *record, struct arena *arena)
{
	struct evidence_input in = {
	    .value = record->value[rule->from], .record = record, .arena = arena};

	if (in.value.n == 0 || rule->extract == NULL)
		return in.value;
	if (rule->from == COLUMN_IP_USERNAME)
		in.host = record->value[COLUMN_DOMAIN];
	return span_trim(rule->extract(&in).value);
}

static struct span derive_value(
    const struct record *record, enum column column, struct arena *arena)
{
	struct span value = SPAN_EMPTY;

	for (unsigned i = 0; i < evidence_rule_count && value.n == 0; i++)
		if (derive_is_by(&evidence_rules[i], column))
			value = derive_by(&evidence_rules[i], record, arena);
	return value;
}

/* Whether the rules have something to make the column of. */
static bool derive_can(const struct column_set *absent, enum column column)
{
	for (unsigned i = 0; i < evidence_rule_count; i++)
		if (derive_is_by(&evidence_rules[i], column) &&
		    !column_set_has(absent, evidence_rules[i].from))
			return true;
	return false;
}

void derive_missing(struct record *record, struct arena *arena)
{
	const struct column_set absent = record->absent;

	for (size_t i = 0; i < DERIVE_COUNT; i++) {
		enum column column = derive_columns[i].column;
		struct span value;

		if (!column_set_has(&absent, column) || !derive_can(&absent, column))
			continue;
		value = derive_value(record, column, arena);
		if (value.n == 0 && !derive_columns[i].certain)
			continue;
		record->value[column] = value;
		column_set_remove(&record->absent, column);
	}
}

struct column_set derive_unknown(struct column_set absent)
{
	struct column_set unknown = absent;

	for (size_t i = 0; i < DERIVE_COUNT; i++)
		if (derive_can(&absent, derive_columns[i].column))
			column_set_remove(&unknown, derive_columns[i].column);
	return unknown;
}
