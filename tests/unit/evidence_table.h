/*
 * Rows for the evidence engine: a header section, and what it must and must
 * not fill.
 */
#ifndef TESTS_UNIT_EVIDENCE_TABLE_H
#define TESTS_UNIT_EVIDENCE_TABLE_H

#include "table.h"

#include "evidence/evidence.h"
#include "evidence/evidence_rules.h"

#define EVIDENCE_WANT_MAX 8

struct evidence_want {
	const char *rule; /* NULL ends the list; "" for a column that no rule may fill */
	enum column column;
	const char *value; /* "" : must be empty */
};

struct evidence_row {
	const char *block;
	struct evidence_want want[EVIDENCE_WANT_MAX];
};

static inline void evidence_check(
    const char *block, const struct record *record, const struct evidence_want *want)
{
	char label[2048];

	for (; want->rule != NULL; want++) {
		const struct evidence_rule *rule = record->rule[want->column];
		const char *name = rule != NULL ? rule->name : "";

		snprintf(
		    label, sizeof(label), "%s of\n%s", record_columns[want->column].title, block);
		assert_span_text(record->value[want->column], want->value, label);
		if (strcmp(name, want->rule) != 0)
			fail_msg("%s: by rule '%s', want '%s'", label, name, want->rule);
	}
}

/* Reads one section; the values stay in the arena. */
static inline struct record evidence_read_block(
    struct evidence *evidence, struct arena *arena, struct span block)
{
	struct record record = {0};
	struct err err = ERR_INIT;

	if (evidence_extract(evidence, block, arena, &record, &err) != 0)
		fail_msg("%.*s: %s", (int)block.n, block.p, err.text);
	return record;
}

/* hit, when not NULL, has a flag for each rule that filled a column. */
static inline void evidence_run_rows(const struct evidence_row *row, size_t count, bool *hit)
{
	struct err err = ERR_INIT;
	struct evidence *evidence = evidence_new(NULL, &err);
	struct arena arena;

	assert_non_null(evidence);
	arena_init(&arena);
	for (size_t i = 0; i < count; i++) {
		struct record record = evidence_read_block(evidence, &arena, span_of(row[i].block));

		evidence_check(row[i].block, &record, row[i].want);
		for (unsigned column = 0; hit != NULL && column < COLUMN_COUNT; column++)
			if (record.rule[column] != NULL)
				hit[record.rule[column] - evidence_rules] = true;
		arena_reset(&arena);
	}
	arena_fini(&arena);
	evidence_free(evidence);
}

#endif
