#include "evidence/explain.h"

#include "base/utf8.h"
#include "mail/header.h"
#include "text/escape.h"
#include "evidence/evidence_find.h"
#include "evidence/explain_unknown.h"

struct explain {
	struct buf *out;
	struct evidence *evidence;
	const struct record *record;
	struct escape_display how;
};

/* A field of the message among those of its name. */
struct explain_place {
	const struct field_slot *slot;
	const struct field *field; /* NULL: none */
};

static void explain_add_text(struct explain *explain, struct span text)
{
	if (text.n > EXPLAIN_MAX_TEXT) {
		text = utf8_head(text, EXPLAIN_MAX_TEXT);
		text = arena_printf(explain->evidence->arena, "%.*s" UTF8_CUT, (int)text.n, text.p);
	}
	escape_display(explain->out, text, &explain->how);
}

/* As it stands in the header, but on one line and with its bytes read as text. */
static void explain_add_body(struct explain *explain, struct span body)
{
	struct evidence *evidence = explain->evidence;
	unsigned defects = 0;

	explain_add_text(explain, value_raw(&evidence->reader, body, evidence->arena, &defects));
}

static const struct field *field_with_number(const struct field *field, unsigned number)
{
	while (field != NULL && field->number != number)
		field = field->below;
	return field;
}

static struct explain_place explain_place_of_option(
    const struct evidence *evidence, unsigned number)
{
	for (unsigned i = 0; i < evidence->identity_count; i++) {
		const struct field_slot *slot = &evidence->fields.slot[evidence->identity_slot[i]];

		if (slot->first != NULL && slot->first->number == number)
			return (struct explain_place){slot, slot->first};
	}
	return (struct explain_place){0};
}

/* Where the rule, which has found something, found it. */
static struct explain_place explain_place_of(
    struct evidence *evidence, const struct evidence_rule *rule, unsigned number)
{
	const struct field_slot *slots = evidence->fields.slot;
	const struct field_slot *slot = &slots[evidence->received_slot];
	const struct trail *trail = &evidence->trail;

	switch (rule->source) {
	case SOURCE_FIELD:
		slot = &slots[evidence->rule_slot[rule - evidence_rules]];
		return (struct explain_place){slot,
		    rule->pick == PICK_LAST ? slot->last : field_with_number(slot->first, number)};
	case SOURCE_BRAND:
		return (struct explain_place){&slots[rule->from],
		    evidence_brand_last(evidence, (enum brand_field)rule->from, number + 1)};
	case SOURCE_RECEIVED:
		return (struct explain_place){
		    slot, trail->line[trail->fact[rule->from].line].field};
	case SOURCE_GUESS:
		return (struct explain_place){&evidence->fields.guessed,
		    field_with_number(evidence->fields.guessed.first, number)};
	case SOURCE_ORIGIN:
	case SOURCE_CLIENT:
	case SOURCE_LOGIN:
		return (struct explain_place){slot, field_with_number(slot->first, number)};
	case SOURCE_OPTION:
		return explain_place_of_option(evidence, number);
	case SOURCE_COLUMN:
	case SOURCE_SAVED:
		break;
	}
	return (struct explain_place){0};
}

/* X-<Brand>-Username of another brand is another name. */
static bool field_has_same_name(const struct field *a, const struct field *b)
{
	return span_eq_nocase(a->brand, b->brand) && span_eq_nocase(a->name, b->name);
}

/* NAME (2 of 3): value */
static void explain_add_field(struct explain *explain, const struct explain_place *place, bool all)
{
	const struct field_slot *slot = place->slot;
	unsigned at = 0, count = 0;

	for (const struct field *field = slot->first; field != NULL; field = field->below) {
		count += field_has_same_name(field, place->field);
		if (field == place->field)
			at = count;
	}
	if (place->field->name.n != 0) {
		explain_add_body(explain, place->field->name);
	} else if (slot->name.n != 0) {
		buf_add(explain->out, slot->name);
	} else {
		buf_add_text(explain->out, "X-");
		explain_add_body(explain, place->field->brand);
		buf_printf(
		    explain->out, "-%s", brand_suffix[slot - explain->evidence->fields.slot]);
	}
	if (all && count > 1)
		buf_printf(explain->out, " (all %u)", count);
	else if (count > 1)
		buf_printf(explain->out, " (%u of %u)", at, count);
	buf_add_text(explain->out, ": ");
	explain_add_body(explain, place->field->body);
	buf_add_char(explain->out, '\n');
}

/*
 * The fields of the same name that were passed over because of where they stand: one of them may
 * be forged, or the one that counted.
 */
static void explain_add_unused(struct explain *explain, const struct explain_place *place)
{
	unsigned count = 0;

	for (const struct field *field = place->slot->first; field != NULL; field = field->below) {
		const struct explain_place unused = {place->slot, field};

		if (field == place->field || !field_has_same_name(field, place->field))
			continue;
		if (count++ >= EXPLAIN_MAX_UNUSED)
			continue;
		buf_add_text(explain->out, "    not used: ");
		explain_add_field(explain, &unused, false);
	}
	if (count > EXPLAIN_MAX_UNUSED)
		buf_printf(explain->out, "    and %u more\n", count - EXPLAIN_MAX_UNUSED);
}

static bool rule_passes_over(const struct evidence_rule *rule)
{
	return rule->source == SOURCE_BRAND || rule->source == SOURCE_OPTION ||
	       (rule->source == SOURCE_FIELD &&
		   (rule->pick == PICK_FIRST || rule->pick == PICK_LAST));
}

/* VALUE; RULE; where it is from */
static void explain_add_finding(
    struct explain *explain, const struct evidence_rule *rule, const struct finding *finding)
{
	struct explain_place place = explain_place_of(explain->evidence, rule, finding->number);

	explain_add_text(explain, finding->found.value);
	buf_printf(explain->out, "; %s; ", rule->name);
	if (place.field != NULL) {
		explain_add_field(explain, &place, rule->pick == PICK_ALL);
		if (rule_passes_over(rule))
			explain_add_unused(explain, &place);
		return;
	}
	buf_printf(explain->out, "column %s: ", record_columns[rule->from].title);
	explain_add_text(explain, explain->record->value[rule->from]);
	buf_add_char(explain->out, '\n');
}

/* What a further column makes of the same is explained where that column is. */
static bool adds_nothing(
    const struct evidence_rule *rule, const struct finding *finding, const struct record *record)
{
	return rule->source == SOURCE_COLUMN &&
	       span_eq_nocase(finding->found.value, record->value[rule->column]);
}

/* The rule that won and, behind it in the table, those that would have. */
static void explain_add_column(struct explain *explain, enum column column)
{
	const struct evidence_rule *won = explain->record->rule[column];
	struct finding finding;

	if (won == NULL || won->unlisted)
		return;
	for (unsigned i = 0; i < evidence_rule_count; i++) {
		const struct evidence_rule *rule = &evidence_rules[i];

		if (rule->column != column || rule < won ||
		    !evidence_find(explain->evidence, rule, &finding) ||
		    (rule != won && adds_nothing(rule, &finding, explain->record)))
			continue;
		if (rule == won)
			buf_printf(explain->out, "  %s: ", record_columns[column].title);
		else
			buf_add_text(explain->out, "    also: ");
		explain_add_finding(explain, rule, &finding);
	}
}

static void explain_add_unknown(struct explain *explain)
{
	struct header_iter iter;
	struct header_field field;
	unsigned count = 0;

	header_iter_init(&iter, explain->evidence->block);
	while (header_next(&iter, &field) == 1) {
		if (span_trim(field.body).n == 0 ||
		    !explain_is_unknown(explain->evidence, field.name, field.body))
			continue;
		if (count++ >= EXPLAIN_MAX_UNKNOWN)
			continue;
		buf_add_text(explain->out, "  unknown: ");
		explain_add_body(explain, field.name);
		buf_add_text(explain->out, ": ");
		explain_add_body(explain, field.body);
		buf_add_char(explain->out, '\n');
	}
	if (count > EXPLAIN_MAX_UNKNOWN)
		buf_printf(explain->out, "  and %u more\n", count - EXPLAIN_MAX_UNKNOWN);
}

void explain_add(
    struct buf *out, struct evidence *evidence, const struct record *record, bool ascii_only)
{
	struct explain explain = {
	    .out = out,
	    .evidence = evidence,
	    .record = record,
	    .how = {.delimiter = ';', .guard = ESCAPE_RAW, .ascii_only = ascii_only},
	};

	explain_add_column(&explain, COLUMN_FROM);
	explain_add_column(&explain, COLUMN_SUBJECT);
	for (unsigned i = 0; i < COLUMN_COUNT; i++)
		if (i != COLUMN_FROM && i != COLUMN_SUBJECT)
			explain_add_column(&explain, (enum column)i);
	if (record->value[COLUMN_NOTES].n != 0) {
		buf_add_text(out, "  Notes: ");
		explain_add_text(&explain, record->value[COLUMN_NOTES]);
		buf_add_char(out, '\n');
	}
	explain_add_unknown(&explain);
	buf_fail(out, evidence->arena->sys);
}
