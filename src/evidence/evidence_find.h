/*
 * The inside of the engine: its state for the message being read, and what
 * one rule yields of that message. Filling a record and explaining one are
 * two ways of asking this.
 */
#ifndef REPORT_EVIDENCE_FIND_H
#define REPORT_EVIDENCE_FIND_H

#include <limits.h>

#include "base/block.h"
#include "evidence/evidence.h"
#include "evidence/evidence_rules.h"
#include "evidence/trail.h"

/* Of those in evidence_doubt.c and evidence_forwarded.c. */
#define EVIDENCE_PHP_FIELDS      2
#define EVIDENCE_DELIVERY_FIELDS 7

/* What struct evidence's `delivery` is until somebody asks. */
#define EVIDENCE_DELIVERY_UNKNOWN UINT_MAX

/* A bit for each rule. */
struct rule_set {
	uint64_t word[EVIDENCE_MAX_RULES / 64];
} __attribute__((aligned(BLOCK_SIZE))); /* sets are joined by blocks */

struct evidence {
	struct value_reader reader;
	struct fields fields;
	struct trail trail;
	struct buf joined;
	int rule_slot[EVIDENCE_MAX_RULES]; /* of the field that the rule reads */
	/* Most rules have nothing to read in most messages: those that read a field, a fact, a
	 * column, and those of the sources that have no more than one thing. */
	struct rule_set of_slot[FIELDS_MAX_SLOTS];
	struct rule_set of_fact[RECEIVED_FACT_COUNT];
	struct rule_set of_column[COLUMN_COUNT];
	struct rule_set of_source[EVIDENCE_SOURCES];
	struct rule_set for_column[COLUMN_COUNT]; /* those that fill it */
	int identity_slot[EVIDENCE_MAX_IDENTITY_HEADERS];
	unsigned identity_count;
	int received_slot, content_type_slot, authuser_slot, from_slot, relay_slot, panel_slot;
	int php_slot[EVIDENCE_PHP_FIELDS], delivery_slot[EVIDENCE_DELIVERY_FIELDS];

	/* The message being read; all of it is void when the next one is read. */
	struct span block; /* its header section */
	struct arena *arena;
	struct record *record;
	struct evidence_found found[COLUMN_COUNT]; /* as the record's value, with the host */
	bool truncated;    /* there were more occurrences than a rule looks at */
	struct span brand; /* of the filter's block; empty: there is no block */
	/* Numbers of the fields between which the filter's Authentication-Results stands. */
	unsigned block_above, block_below;
	/* Numbers of PHP's first field, and of the one below which the message stands as it was
	 * delivered or sent on; 0: there is none. For evidence_doubt.c and evidence_forwarded.c. */
	unsigned script, delivery;
	bool is_forged;    /* it wrote what would be evidence */
	bool is_forwarded; /* another provider's account is named, which is not the sender here */
	unsigned foreign;  /* the number of the line of Received that does so; 0: none */
};

/* What a rule yields. */
struct finding {
	struct evidence_found found;
	uint16_t number;  /* of the field, see record.origin */
	unsigned defects; /* enum value_defect */
};

/* The same as evidence_brand_last(), from that field up. */
struct field *evidence_brand_above(
    const struct evidence *evidence, struct field *field, unsigned limit);

/* The last field of the filter's brand whose number is below the limit, or NULL. */
static inline struct field *evidence_brand_last(
    const struct evidence *evidence, enum brand_field which, unsigned limit)
{
	struct field *last = evidence->fields.slot[which].last;

	return last != NULL ? evidence_brand_above(evidence, last, limit) : NULL;
}

/* True when the rule has nothing to read: most rules in most messages. */
static inline bool evidence_is_idle(
    const struct evidence *evidence, const struct evidence_rule *rule)
{
	switch (rule->source) {
	case SOURCE_FIELD:
		return evidence->fields.slot[evidence->rule_slot[rule - evidence_rules]].first ==
		       NULL;
	case SOURCE_BRAND:
		return evidence->brand.n == 0;
	case SOURCE_RECEIVED:
		return evidence->trail.fact[rule->from].value.n == 0;
	case SOURCE_GUESS:
		return evidence->fields.guessed.first == NULL;
	case SOURCE_ORIGIN:
		return !evidence->trail.has_local;
	case SOURCE_CLIENT:
	case SOURCE_LOGIN:
		return evidence->trail.count == 0;
	case SOURCE_COLUMN:
		return evidence->record->value[rule->from].n == 0;
	case SOURCE_OPTION:
		return evidence->identity_count == 0;
	case SOURCE_SAVED:
		return true;
	}
	return true;
}

/* The same as evidence_find() of a rule that is not idle. */
bool evidence_try(
    struct evidence *evidence, const struct evidence_rule *rule, struct finding *finding_r);

/* The same of one field of those that the rule reads. */
bool evidence_try_field(struct evidence *evidence, const struct evidence_rule *rule,
    struct field *field, struct finding *finding_r);

/* What the rule yields of this message, whichever rules stand above it; false: nothing. */
bool evidence_find(
    struct evidence *evidence, const struct evidence_rule *rule, struct finding *finding_r);

#endif
