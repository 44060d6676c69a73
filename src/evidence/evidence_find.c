#include "evidence/evidence_find.h"

#include <limits.h>

#include "base/utf8.h"
#include "evidence/evidence_doubt.h"
#include "evidence/login_value.h"
#include "record/system_account.h"
#include "evidence/trail_host.h"
#include "mail/domain.h"

/* Bytes that the mark of a cut value adds to VALUE_MAX. */
#define VALUE_ELLIPSIS_MAX 3

static struct span evidence_read(
    struct evidence *evidence, struct field *field, enum field_reading how)
{
	return field_value(field, how, &evidence->reader, evidence->arena);
}

bool evidence_has_user(const struct evidence_input *in)
{
	return evidence_brand_last(in->evidence, BRAND_USERNAME, UINT_MAX) != NULL;
}

/* A part of the block as a value. */
static struct span evidence_clean(struct evidence *evidence, struct span part)
{
	unsigned defects = 0;

	return value_raw(&evidence->reader, part, evidence->arena, &defects);
}

struct span evidence_host(const struct evidence_input *in)
{
	struct evidence *evidence = in->evidence;

	if (evidence == NULL || in->host_is_known)
		return in->host;
	if (in->host_line != 0)
		return evidence_clean(evidence, trail_host(&evidence->trail, in->host_line - 1));
	if (in->host.n == 0)
		return SPAN_EMPTY;
	return evidence_clean(evidence, trail_host_named(&evidence->trail, in->host));
}

struct span evidence_host_of_login(const struct evidence_input *in, struct span login)
{
	struct span host = evidence_host(in);

	if (host.n != 0 || in->evidence == NULL)
		return host;
	return evidence_clean(in->evidence, trail_host_of_login(&in->evidence->trail, login));
}

struct span evidence_host_of_uid(const struct evidence_input *in, struct span uid)
{
	struct span host = evidence_host(in);

	if (host.n != 0 || in->evidence == NULL)
		return host;
	return evidence_clean(in->evidence, trail_host_of_uid(&in->evidence->trail, uid));
}

struct span evidence_handed_by(const struct evidence_input *in)
{
	return evidence_clean(in->evidence, trail_handed_by(&in->evidence->trail));
}

bool evidence_is_weak_uid(const struct evidence_input *in)
{
	struct trail *trail;

	if (system_account_is_uid(in->value))
		return true;
	if (in->evidence == NULL || in->host_line == 0)
		return false;
	trail = &in->evidence->trail;
	return trail_is_reinjected(trail, in->host_line - 1) && trail_origin(trail) < trail->count;
}

/* Whether the line is by that host, or by one below it: "mail.example.com" by "example.com". */
static bool line_is_by(struct trail *trail, unsigned line, struct span host)
{
	struct span by = trail_received(trail, line)->by;

	if (span_eq_nocase(by, host))
		return true;
	return domain_is_host(host) && by.n > host.n && span_ends_nocase(by, host) &&
	       by.p[by.n - host.n - 1] == '.';
}

bool evidence_wrote_beside(const struct evidence_input *in, struct span host)
{
	const struct evidence *evidence = in->evidence;
	struct trail *trail = &in->evidence->trail;
	/* With a filter's block the first line is the filter's, and its results are in the block.
	 */
	unsigned first = evidence->brand.n > 0 ? 1 : 0;
	unsigned number = in->field->number;
	unsigned below = 0;

	if (first > 0 && number > evidence->block_above && number < evidence->block_below)
		return false;
	while (below < trail->count && trail->line[below].field->number < number)
		below++;
	return (below < trail->count && below >= first && line_is_by(trail, below, host)) ||
	       (below > first && line_is_by(trail, below - 1, host));
}

struct span evidence_value_above(const struct evidence_input *in, unsigned steps)
{
	struct field *field = in->field->above;

	while (field != NULL && --steps > 0)
		field = field->above;
	return field != NULL ? evidence_read(in->evidence, field, FIELD_RAW) : SPAN_EMPTY;
}

struct field *evidence_brand_above(
    const struct evidence *evidence, struct field *field, unsigned limit)
{
	for (unsigned n = 0; field != NULL && n < EVIDENCE_MAX_OCCURRENCES; n++) {
		if (field->number < limit && (span_eq(field->brand, evidence->brand) ||
						 span_eq_nocase(field->brand, evidence->brand)))
			return field;
		field = field->above;
	}
	return NULL;
}

/* A value put together of several may be longer than one may be. */
static void rule_cut(struct evidence *evidence, struct finding *finding)
{
	struct span value = utf8_head(finding->found.value, VALUE_MAX);

	finding->found.value =
	    arena_printf(evidence->arena, "%.*s" UTF8_CUT, (int)value.n, value.p);
	finding->defects |= VALUE_CUT;
}

/* What the extractor of the rule makes of found; it is from a field, or NULL. Most rules have none,
 * and are not to pay for the input of one. */
__attribute__((noinline)) static void rule_extract(struct evidence *evidence,
    const struct evidence_rule *rule, const struct field *field, struct evidence_found *found)
{
	const struct evidence_input in = {.value = found->value,
	    .host = found->host,
	    .host_line = found->host_line,
	    .host_is_known = found->host_is_known,
	    .is_guess = found->is_guess,
	    .kind = found->kind,
	    .record = evidence->record,
	    .evidence = evidence,
	    .field = field,
	    .arena = evidence->arena};

	*found = rule->extract(&in);
	found->value = span_trim(found->value);
}

/* True when what was found gives the rule what it wants; finding_r->found has it. */
__attribute__((always_inline)) static inline bool rule_try(struct evidence *evidence,
    const struct evidence_rule *rule, const struct field *field, struct finding *finding_r)
{
	struct evidence_found *found = &finding_r->found;

	if (rule->extract != NULL && found->value.n != 0)
		rule_extract(evidence, rule, field, found);
	if (found->value.n == 0 ||
	    (rule->source != SOURCE_RECEIVED &&
		(rule->column == COLUMN_AUTH_USER || rule->column == COLUMN_AUTH_SENDER) &&
		login_value_is_fixed(found->value)))
		return false;
	if (found->kind == IDENTITY_UNKNOWN)
		found->kind = rule->kind;
	if (found->value.n > VALUE_MAX + VALUE_ELLIPSIS_MAX)
		rule_cut(evidence, finding_r);
	if (field != NULL) {
		finding_r->number = field->number;
		finding_r->defects |= field->defects;
	}
	return true;
}

bool evidence_is_relays(const struct evidence_input *in)
{
	return in->evidence != NULL && evidence_is_of_relay(in->evidence);
}

/* A login that the script itself wrote is none. */
__attribute__((noinline)) static bool rule_is_forged(struct evidence *evidence,
    const struct evidence_rule *rule, const struct field *field, struct span login)
{
	/* A webmail writes the login into a field that is known for that. */
	bool is_customers = rule->source != SOURCE_GUESS;

	if (evidence_is_local_user(evidence, login) ||
	    !evidence_is_of_script(evidence, field, is_customers))
		return false;
	evidence->is_forged = true;
	return true;
}

static bool column_is_login(enum column column)
{
	return column == COLUMN_AUTH_USER || column == COLUMN_AUTH_SENDER ||
	       column == COLUMN_AUTH_EMAIL;
}

static bool rule_try_field(struct evidence *evidence, const struct evidence_rule *rule,
    struct field *field, struct finding *finding_r)
{
	enum field_reading how = rule->reading == FIELD_TEXT ? FIELD_TEXT : FIELD_RAW;

	if (field == NULL)
		return false;
	finding_r->found = (struct evidence_found){.value = evidence_read(evidence, field, how)};
	return rule_try(evidence, rule, field, finding_r) &&
	       (evidence->script == 0 || field->number < evidence->script ||
		   !column_is_login(rule->column) ||
		   !rule_is_forged(evidence, rule, field, finding_r->found.value));
}

bool evidence_try_field(struct evidence *evidence, const struct evidence_rule *rule,
    struct field *field, struct finding *finding_r)
{
	return rule_try_field(evidence, rule, field, finding_r);
}

/* Between two values, the first of which may end in a comma of its own. */
static void join_next(struct buf *joined)
{
	while (
	    joined->n > 0 && (joined->p[joined->n - 1] == ',' || joined->p[joined->n - 1] == ' '))
		joined->n--;
	if (joined->n > 0)
		buf_add_text(joined, ", ");
}

static bool rule_try_all(struct evidence *evidence, const struct evidence_rule *rule,
    struct field *field, struct finding *finding_r)
{
	const struct field *first = field;
	struct buf *joined = &evidence->joined;

	if (field->below == NULL)
		return rule_try_field(evidence, rule, field, finding_r);
	buf_clear(joined);
	for (; field != NULL && joined->n <= VALUE_MAX + VALUE_ELLIPSIS_MAX; field = field->below) {
		struct span value = evidence_read(evidence, field, rule->reading);

		if (value.n > 0)
			join_next(joined);
		buf_add(joined, value);
		finding_r->defects |= field->defects;
	}
	finding_r->found.value = arena_copy_buf(evidence->arena, joined);
	return rule_try(evidence, rule, first, finding_r);
}

/* From the field on, downwards or upwards, until one yields. */
static bool rule_try_each(struct evidence *evidence, const struct evidence_rule *rule,
    struct field *field, bool up, struct finding *finding_r)
{
	for (unsigned n = 0; field != NULL; n++) {
		if (n == EVIDENCE_MAX_OCCURRENCES) {
			evidence->truncated = true;
			return false;
		}
		if (rule_try_field(evidence, rule, field, finding_r))
			return true;
		field = up ? field->above : field->below;
	}
	return false;
}

static bool rule_try_in_block(struct evidence *evidence, const struct evidence_rule *rule,
    struct field *field, struct finding *finding_r)
{
	while (field != NULL && field->number >= evidence->block_below)
		field = field->above;
	return field != NULL && field->number > evidence->block_above &&
	       rule_try_field(evidence, rule, field, finding_r);
}

static bool rule_find_field(
    struct evidence *evidence, const struct evidence_rule *rule, struct finding *finding_r)
{
	const struct field_slot *slot =
	    &evidence->fields.slot[evidence->rule_slot[rule - evidence_rules]];

	switch (rule->pick) {
	case PICK_FIRST:
		return rule_try_field(evidence, rule, slot->first, finding_r);
	case PICK_LAST:
		return rule_try_field(evidence, rule, slot->last, finding_r);
	case PICK_EACH:
		return rule_try_each(evidence, rule, slot->first, false, finding_r);
	case PICK_EACH_UP:
		return rule_try_each(evidence, rule, slot->last, true, finding_r);
	case PICK_ALL:
		return rule_try_all(evidence, rule, slot->first, finding_r);
	case PICK_IN_BLOCK:
		return rule_try_in_block(evidence, rule, slot->last, finding_r);
	}
	return false;
}

static bool rule_find_fact(
    struct evidence *evidence, const struct evidence_rule *rule, struct finding *finding_r)
{
	struct trail *trail = &evidence->trail;
	const struct trail_fact *fact = &trail->fact[rule->from];
	struct evidence_found *found = &finding_r->found;

	found->value =
	    value_raw(&evidence->reader, fact->value, evidence->arena, &finding_r->defects);
	found->host_line = fact->line + 1;
	if (!rule_try(evidence, rule, NULL, finding_r))
		return false;
	finding_r->number = trail->line[fact->line].field->number;
	return true;
}

static bool rule_find_client(
    struct evidence *evidence, const struct evidence_rule *rule, struct finding *finding_r)
{
	finding_r->found.value =
	    arena_copy(evidence->arena, trail_received(&evidence->trail, 0)->client);
	if (!rule_try(evidence, rule, NULL, finding_r))
		return false;
	finding_r->number = evidence->trail.line[0].field->number;
	return true;
}

static bool rule_find_origin(
    struct evidence *evidence, const struct evidence_rule *rule, struct finding *finding_r)
{
	struct trail *trail = &evidence->trail;
	unsigned line = trail_origin(trail);
	const struct trail_line *at;

	if (line == trail->count)
		return false;
	at = &trail->line[line];
	finding_r->found.value =
	    evidence_clean(evidence, rule->from == EVIDENCE_ORIGIN_UID ? at->uid : at->user);
	finding_r->found.host_line = line + 1;
	finding_r->found.kind = IDENTITY_USER;
	if (!rule_try(evidence, rule, NULL, finding_r))
		return false;
	finding_r->number = at->field->number;
	return true;
}

static bool rule_find_login(
    struct evidence *evidence, const struct evidence_rule *rule, struct finding *finding_r)
{
	struct trail *trail = &evidence->trail;
	const struct evidence_rule *identity = evidence->record->rule[COLUMN_IDENTITY];
	bool by_filter = identity != NULL && identity->source == SOURCE_COLUMN &&
			 identity->from == COLUMN_IP_USERNAME &&
			 evidence->found[COLUMN_IDENTITY].kind != IDENTITY_SERVER;
	unsigned line =
	    trail_login_line(trail, evidence->record->value[COLUMN_IDENTITY], by_filter);

	if (line == trail->count)
		return false;
	finding_r->found.value = arena_copy(evidence->arena, trail_received(trail, line)->client);
	if (!rule_try(evidence, rule, NULL, finding_r))
		return false;
	finding_r->number = trail->line[line].field->number;
	return true;
}

static bool rule_find_option(
    struct evidence *evidence, const struct evidence_rule *rule, struct finding *finding_r)
{
	for (unsigned i = 0; i < evidence->identity_count; i++)
		if (rule_try_field(evidence, rule,
			evidence->fields.slot[evidence->identity_slot[i]].first, finding_r))
			return true;
	return false;
}

static bool rule_find_column(
    struct evidence *evidence, const struct evidence_rule *rule, struct finding *finding_r)
{
	finding_r->found = evidence->found[rule->from];
	return rule_try(evidence, rule, NULL, finding_r);
}

/*
 * The last field of the filter's brand. Mail that an outgoing filter let through and an incoming
 * one of the same brand caught has two blocks: the fields of the upper one do not count.
 */
static struct field *rule_brand_field(struct evidence *evidence, enum brand_field which)
{
	struct field *field = evidence_brand_last(evidence, which, UINT_MAX);
	const struct field *incoming = NULL;

	if (which == BRAND_OUTGOING_EVIDENCE)
		incoming = evidence_brand_last(evidence, BRAND_EVIDENCE, UINT_MAX);
	else if (which == BRAND_OUTGOING_CLASS)
		incoming = evidence_brand_last(evidence, BRAND_CLASS, UINT_MAX);
	if (field != NULL && incoming != NULL && incoming->number > field->number)
		return NULL;
	return field;
}

bool evidence_find(
    struct evidence *evidence, const struct evidence_rule *rule, struct finding *finding_r)
{
	return !evidence_is_idle(evidence, rule) && evidence_try(evidence, rule, finding_r);
}

static bool rule_find_brand(
    struct evidence *evidence, const struct evidence_rule *rule, struct finding *finding_r)
{
	return rule_try_field(
	    evidence, rule, rule_brand_field(evidence, (enum brand_field)rule->from), finding_r);
}

static bool rule_find_guess(
    struct evidence *evidence, const struct evidence_rule *rule, struct finding *finding_r)
{
	return rule_try_each(evidence, rule, evidence->fields.guessed.last, true, finding_r);
}

static bool rule_find_saved(
    struct evidence *evidence, const struct evidence_rule *rule, struct finding *finding_r)
{
	(void)evidence;
	(void)rule;
	(void)finding_r;
	return false;
}

bool evidence_try(
    struct evidence *evidence, const struct evidence_rule *rule, struct finding *finding_r)
{
	static bool (*const find[EVIDENCE_SOURCES])(
	    struct evidence *, const struct evidence_rule *, struct finding *) = {
	    [SOURCE_FIELD] = rule_find_field,
	    [SOURCE_BRAND] = rule_find_brand,
	    [SOURCE_RECEIVED] = rule_find_fact,
	    [SOURCE_CLIENT] = rule_find_client,
	    [SOURCE_GUESS] = rule_find_guess,
	    [SOURCE_ORIGIN] = rule_find_origin,
	    [SOURCE_LOGIN] = rule_find_login,
	    [SOURCE_COLUMN] = rule_find_column,
	    [SOURCE_OPTION] = rule_find_option,
	    [SOURCE_SAVED] = rule_find_saved,
	};

	*finding_r = (struct finding){0};
	return find[rule->source](evidence, rule, finding_r);
}
