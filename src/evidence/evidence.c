#include "evidence/evidence.h"

#include <stdlib.h>

#include "evidence/bounce.h"
#include "evidence/evidence_doubt.h"
#include "evidence/evidence_find.h"
#include "evidence/evidence_forwarded.h"
#include "record/system_account.h"

bool evidence_is_identity_header(struct span name)
{
	return name.n <= FIELDS_NAME_MAX && brand_is_atom(name);
}

static int evidence_add_identity(struct evidence *evidence, const char *name, struct err *err)
{
	struct span span = span_of(name), brand;
	enum brand_field which;
	unsigned use =
	    FIELD_WANTED | (brand_split(span, &brand, &which) ? (unsigned)FIELD_BRANDED : 0);
	int slot = evidence_is_identity_header(span) &&
			   evidence->identity_count < EVIDENCE_MAX_IDENTITY_HEADERS
		       ? fields_add_name(&evidence->fields, span, use)
		       : -1;

	if (slot < 0)
		return err_set(
		    err, ERR_USAGE, "not a header field name, or one too many: '%s'", name);
	evidence->identity_slot[evidence->identity_count++] = slot;
	return 0;
}

static void rule_set_add(struct rule_set *set, const struct rule_set *more)
{
	char *to = (char *)set->word;
	const char *from = (const char *)more->word;

	for (size_t i = 0; i < sizeof(set->word); i += BLOCK_SIZE)
		block_write(to + i, block_read(to + i) | block_read(from + i));
}

static void evidence_sort_rules(struct evidence *evidence)
{
	for (unsigned i = 0; i < evidence_rule_count; i++) {
		const struct evidence_rule *rule = &evidence_rules[i];
		struct rule_set *set = &evidence->of_source[rule->source];
		uint64_t bit = UINT64_C(1) << i % 64;

		if (rule->source == SOURCE_FIELD)
			set = &evidence->of_slot[evidence->rule_slot[i]];
		else if (rule->source == SOURCE_RECEIVED)
			set = &evidence->of_fact[rule->from];
		else if (rule->source == SOURCE_COLUMN)
			set = &evidence->of_column[rule->from];
		set->word[i / 64] |= bit;
		evidence->for_column[rule->column].word[i / 64] |= bit;
	}
}

static int evidence_add_names(
    struct evidence *evidence, const struct evidence_options *options, struct err *err)
{
	struct fields *fields = &evidence->fields;

	for (unsigned i = 0; i < evidence_rule_count; i++)
		if (evidence_rules[i].source == SOURCE_FIELD)
			evidence->rule_slot[i] =
			    fields_add_name(fields, span_of(evidence_rules[i].field), FIELD_WANTED);
	for (unsigned i = 0; i < evidence_name_count; i++)
		fields_add_name(fields, span_of(evidence_names[i].name), evidence_names[i].use);
	evidence->received_slot = fields_add_name(fields, SPAN("Received"), 0);
	evidence->content_type_slot = fields_add_name(fields, SPAN("Content-Type"), 0);
	evidence->authuser_slot = fields_add_name(fields, SPAN("X-AuthUser"), 0);
	evidence_doubt_add_names(evidence);
	evidence_forwarded_add_names(evidence);
	for (unsigned i = 0; options != NULL && i < options->identity_header_count; i++)
		if (evidence_add_identity(evidence, options->identity_headers[i], err) != 0)
			return -1;
	fields_index(fields);
	evidence_sort_rules(evidence);
	return 0;
}

struct evidence *evidence_new(const struct evidence_options *options, struct err *err)
{
	struct evidence *evidence = calloc(1, sizeof(*evidence));

	if (evidence == NULL) {
		err_nomem(err);
		return NULL;
	}
	buf_init(&evidence->joined, 0);
	if (value_reader_init(&evidence->reader) != 0 || fields_init(&evidence->fields) != 0)
		err_nomem(err);
	else if (evidence_add_names(evidence, options, err) == 0)
		return evidence;
	evidence_free(evidence);
	return NULL;
}

void evidence_free(struct evidence *evidence)
{
	if (evidence == NULL)
		return;
	value_reader_fini(&evidence->reader);
	fields_fini(&evidence->fields);
	buf_fini(&evidence->joined);
	free(evidence);
}

struct span evidence_brand(const struct evidence *evidence)
{
	return evidence->brand;
}

bool evidence_learn_names(const struct evidence *evidence, struct guessed_fields *set)
{
	bool added = false;

	for (const struct field *at = evidence->fields.guessed.first; at != NULL; at = at->below)
		added |= guessed_fields_add(set, at->name);
	return added;
}

void evidence_add_field_names(const struct evidence *evidence, struct buf *out)
{
	const struct fields *fields = &evidence->fields;
	const char *separator = "";

	for (unsigned i = 0; i < fields->slot_count; i++) {
		if ((fields->slot[i].use & FIELD_WANTED) == 0)
			continue;
		buf_add_text(out, separator);
		buf_add(out, fields->slot[i].name);
		separator = " ";
	}
}

static struct field *lower_of(struct field *a, struct field *b)
{
	if (a == NULL || b == NULL)
		return a != NULL ? a : b;
	return a->number > b->number ? a : b;
}

/*
 * Finds the filter's block: Domain, Username, Authentication-Results (not always), Class, Evidence,
 * in this order (headers.md, 1). Without Domain and Username the results must stand right above.
 */
static void evidence_find_block(struct evidence *evidence)
{
	const struct field_slot *slot = evidence->fields.slot;
	struct field *mark =
	    lower_of(lower_of(slot[BRAND_OUTGOING_CLASS].last, slot[BRAND_OUTGOING_EVIDENCE].last),
		lower_of(slot[BRAND_CLASS].last, slot[BRAND_EVIDENCE].last));
	struct field *user, *class;

	evidence->brand = mark != NULL ? mark->brand : SPAN_EMPTY;
	evidence->block_above = evidence->block_below = 0;
	if (mark == NULL)
		return;
	user = lower_of(evidence_brand_last(evidence, BRAND_USERNAME, mark->number),
	    evidence_brand_last(evidence, BRAND_DOMAIN, mark->number));
	class = lower_of(evidence_brand_last(evidence, BRAND_OUTGOING_CLASS, mark->number),
	    evidence_brand_last(evidence, BRAND_CLASS, mark->number));
	if (user == NULL && class != NULL && class->number + 1 == mark->number)
		mark = class;
	evidence->block_below = mark->number;
	evidence->block_above = mark->number >= 2 ? mark->number - 2u : 0;
	if (user != NULL)
		evidence->block_above = user->number;
}

static void evidence_fill(
    struct evidence *evidence, const struct evidence_rule *rule, const struct finding *finding)
{
	struct record *record = evidence->record;

	record->value[rule->column] = finding->found.value;
	record->rule[rule->column] = rule;
	record->origin[rule->column] = finding->number;
	evidence->found[rule->column] = finding->found;
	if ((finding->defects & VALUE_CUT) != 0)
		record->notes |= NOTE_HEADER_TRUNCATED;
	if ((finding->defects & VALUE_BAD_CHARSET) != 0)
		record->notes |= NOTE_INVALID_CHARSET;
}

/* The rules that have something to read, as evidence_is_idle() has it, but for those that read
 * columns. */
static struct rule_set evidence_choose_rules(const struct evidence *evidence)
{
	const struct rule_set *source = evidence->of_source;
	struct rule_set set = source[SOURCE_OPTION];

	if (evidence->brand.n != 0)
		rule_set_add(&set, &source[SOURCE_BRAND]);
	if (evidence->fields.guessed.first != NULL)
		rule_set_add(&set, &source[SOURCE_GUESS]);
	if (evidence->trail.has_local)
		rule_set_add(&set, &source[SOURCE_ORIGIN]);
	if (evidence->trail.count != 0) {
		rule_set_add(&set, &source[SOURCE_CLIENT]);
		rule_set_add(&set, &source[SOURCE_LOGIN]);
	}
	for (unsigned word = 0; word < FIELDS_SLOT_WORDS; word++)
		for (uint64_t rest = evidence->fields.filled[word]; rest != 0; rest &= rest - 1)
			rule_set_add(
			    &set, &evidence->of_slot[word * 64 + (unsigned)__builtin_ctzll(rest)]);
	for (unsigned fact = 0; fact < RECEIVED_FACT_COUNT; fact++)
		if (evidence->trail.fact[fact].value.n != 0)
			rule_set_add(&set, &evidence->of_fact[fact]);
	return set;
}

/*
 * In the order of the table. A column that is filled gives work to rules further down, and takes
 * it from those that would fill it, too.
 */
static void evidence_apply_rules(struct evidence *evidence)
{
	struct rule_set set = evidence_choose_rules(evidence), done = {0};
	struct finding finding;

	for (unsigned word = 0; word < EVIDENCE_MAX_RULES / 64; word++) {
		uint64_t behind = UINT64_MAX, rest;

		while ((rest = set.word[word] & ~done.word[word] & behind) != 0) {
			unsigned bit = (unsigned)__builtin_ctzll(rest);
			const struct evidence_rule *rule = &evidence_rules[word * 64 + bit];

			behind = (UINT64_MAX << bit) << 1;
			if (!evidence_try(evidence, rule, &finding))
				continue;
			evidence_fill(evidence, rule, &finding);
			rule_set_add(&set, &evidence->of_column[rule->column]);
			rule_set_add(&done, &evidence->for_column[rule->column]);
		}
	}
}

static void evidence_add_notes(struct evidence *evidence)
{
	const struct fields *fields = &evidence->fields;
	const struct field_slot *authuser = &fields->slot[evidence->authuser_slot];
	struct record *record = evidence->record;
	struct span other;
	unsigned defects = 0;

	if (authuser->first != authuser->last)
		record->notes |= NOTE_DUPLICATE_X_AUTHUSER;
	if (fields->truncated || evidence->trail.truncated || evidence->truncated)
		record->notes |= NOTE_HEADER_TRUNCATED;
	if (fields->swallowed)
		record->notes |= NOTE_HEADER_SWALLOWED;
	if (system_account_is_uid(record->value[COLUMN_QMAIL_UID]))
		record->notes |= NOTE_SYSTEM_UID;
	if (evidence->found[COLUMN_AUTH_USER].is_guess && record->value[COLUMN_AUTH_USER].n > 0)
		record->notes |= NOTE_GUESSED_FIELD;
	if (record->rule[COLUMN_IDENTITY] != NULL &&
	    record->rule[COLUMN_IDENTITY]->extract == extract_forwarder)
		record->notes |= NOTE_FORWARDED;
	record->sender_is_relay = evidence_is_of_relay(evidence);
	other = evidence_other_login(evidence);
	if (evidence->is_forged)
		record->notes |= NOTE_FORGED;
	if (evidence->is_forwarded)
		record->notes |= NOTE_FORWARDED;
	if (other.n != 0)
		record->also_authenticated =
		    value_raw(&evidence->reader, other, evidence->arena, &defects);
	if (record->notes == 0 && record->also_authenticated.n == 0)
		return;
	buf_clear(&evidence->joined);
	record_add_notes(&evidence->joined, record);
	record->value[COLUMN_NOTES] = arena_copy_buf(evidence->arena, &evidence->joined);
}

static bool evidence_is_bounce(const struct evidence *evidence)
{
	const struct field *type = evidence->fields.slot[evidence->content_type_slot].first;
	const struct bounce_signs signs = {
	    .from = evidence->record->value[COLUMN_FROM],
	    .envelope = bounce_asks_envelope(evidence->record->value[COLUMN_FROM])
			    ? trail_envelope(&evidence->trail)
			    : SPAN_EMPTY,
	    .qmail_mode = trail_qmail_mode(&evidence->trail),
	    .content_type = type != NULL ? span_head(type->body, VALUE_RAW_MAX) : SPAN_EMPTY,
	};

	return bounce_is(&signs, evidence->arena);
}

int evidence_extract(struct evidence *evidence, struct span block, struct arena *arena,
    struct record *record, struct err *err)
{
	evidence->block = block;
	evidence->arena = arena;
	evidence->record = record;
	evidence->truncated = false;
	fields_collect(&evidence->fields, block);
	evidence->script = evidence_script_number(evidence);
	trail_scan(&evidence->trail, evidence->fields.slot[evidence->received_slot].first,
	    evidence->script);
	evidence->is_forged = evidence->trail.is_forged;
	evidence->is_forwarded = false;
	evidence->foreign = 0;
	evidence->delivery = EVIDENCE_DELIVERY_UNKNOWN;
	evidence_find_block(evidence);
	evidence_apply_rules(evidence);
	evidence_add_notes(evidence);
	record->is_bounce = evidence_is_bounce(evidence);
	return arena->failed ? arena_err(arena, err) : 0;
}
