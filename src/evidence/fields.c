#include "evidence/fields.h"

#include <stdlib.h>
#include <string.h>

#include "evidence/guessed_field.h"

int fields_init(struct fields *fields)
{
	*fields = (struct fields){.slot_count = BRAND_FIELD_COUNT};
	fields->pool = calloc(HEADER_MAX_FIELDS, sizeof(*fields->pool));
	return fields->pool != NULL ? 0 : -1;
}

void fields_fini(struct fields *fields)
{
	free(fields->pool);
	fields->pool = NULL;
}

int fields_add_name(struct fields *fields, struct span name, unsigned use)
{
	for (unsigned i = BRAND_FIELD_COUNT; i < fields->slot_count; i++) {
		if (span_eq_nocase(fields->slot[i].name, name)) {
			fields->slot[i].use |= use;
			return (int)i;
		}
	}
	if (fields->slot_count == FIELDS_MAX_SLOTS || name.n == 0 || name.n > FIELDS_NAME_MAX)
		return -1;
	fields->slot[fields->slot_count] = (struct field_slot){.name = name, .use = use};
	return (int)fields->slot_count++;
}

/* Length, last and middle letter, in either case, tell nearly all names apart. Not for "". */
static unsigned fields_bucket(struct span name)
{
	unsigned last = (unsigned char)name.p[name.n - 1] | 0x20u;
	unsigned middle = (unsigned char)name.p[name.n / 2] | 0x20u;

	return ((unsigned)name.n * 5 + last * 3 + middle) % FIELDS_BUCKETS;
}

void fields_index(struct fields *fields)
{
	unsigned at = 0;

	for (unsigned bucket = 0; bucket < FIELDS_BUCKETS; bucket++) {
		fields->start[bucket] = (uint8_t)at;
		for (unsigned i = BRAND_FIELD_COUNT; i < fields->slot_count; i++)
			if (fields_bucket(fields->slot[i].name) == bucket)
				fields->order[at++] = (uint8_t)i;
	}
	fields->start[FIELDS_BUCKETS] = (uint8_t)at;
}

/* The slot of a name or -1. Nearly every name is spelled as in the table: that is tried first. */
static inline int fields_find(const struct fields *fields, struct span name)
{
	unsigned bucket;

	if (name.n == 0)
		return -1;
	bucket = fields_bucket(name);
	for (unsigned i = fields->start[bucket]; i < fields->start[bucket + 1]; i++) {
		struct span known = fields->slot[fields->order[i]].name;

		if (span_eq(known, name) || span_eq_nocase(known, name))
			return fields->order[i];
	}
	return -1;
}

/* NULL: there is no more room. */
static inline struct field *fields_take_at(
    struct fields *fields, struct field_slot *at, struct span body, unsigned number)
{
	struct field *field;

	if (fields->used == HEADER_MAX_FIELDS) {
		fields->truncated = true;
		return NULL;
	}
	field = &fields->pool[fields->used++];
	field->body = body;
	field->brand = field->name = SPAN_EMPTY;
	field->above = at->last;
	field->below = NULL;
	field->number = (uint16_t)number;
	field->reading = FIELD_UNREAD;
	field->defects = 0;
	if (at->last != NULL)
		at->last->below = field;
	else
		at->first = field;
	at->last = field;
	return field;
}

static inline void fields_take(
    struct fields *fields, int slot, struct span brand, struct span body, unsigned number)
{
	unsigned at = (unsigned)slot;
	struct field *field = fields_take_at(fields, &fields->slot[at], body, number);

	if (field == NULL)
		return;
	fields->filled[at / 64] |= UINT64_C(1) << at % 64;
	field->brand = brand;
}

/* The next line of a body: a CR without LF ends one as well, as broken scripts write it. */
static int fields_line(struct span *rest, struct span *line_r)
{
	struct span whole = *rest, line;
	size_t cr;

	if (header_body_line(rest, &line) != 1)
		return 0;
	cr = span_find(line, '\r');
	if (cr != SPAN_NPOS) {
		line.n = cr;
		*rest = span_from(whole, (size_t)(line.p - whole.p) + cr + 1);
	}
	*line_r = line;
	return 1;
}

/* True behind a comma: what follows is the next item of a list, as in "To: a@b.example,\n c:d@e".
 */
static bool fields_is_in_list(struct span line)
{
	const char *p = line.p;

	do
		p--;
	while (span_is_blank(*p));
	return *p == ',';
}

/*
 * Splits a line that is `Name: value`, which must not be the first of its body; the colon must
 * follow the name. Without a blank behind it the name must be a known one: not every "word:" is a
 * field.
 */
static bool fields_glued(
    const struct fields *fields, struct span line, struct span *name_r, struct span *body_r)
{
	struct span whole = line;
	size_t n = 0;

	while (line.n > 0 && span_is_blank(line.p[0]))
		line = span_from(line, 1);
	while (n < line.n && (span_is_alnum(line.p[n]) || line.p[n] == '-' || line.p[n] == '_'))
		n++;
	if (n == 0 || n == line.n || line.p[n] != ':')
		return false;
	*name_r = span_head(line, n);
	*body_r = span_from(line, n + 1);
	return body_r->n == 0 || span_is_blank(body_r->p[0]) ||
	       (fields_find(fields, *name_r) >= 0 && !fields_is_in_list(whole));
}

static bool fields_has_swallowed(const struct fields *fields, struct span body)
{
	struct span line, name, rest;

	if (span_find(body, ':') == SPAN_NPOS)
		return false;
	fields_line(&body, &line);
	while (fields_line(&body, &line) == 1)
		if (fields_glued(fields, line, &name, &rest) && fields_find(fields, name) >= 0)
			return true;
	return false;
}

/*
 * Takes a field apart that swallowed others. Where one known name is glued in, every `Name: value`
 * line is taken for a field, so that no value goes on into a field nobody reads.
 */
static void fields_recover(struct fields *fields, int slot, struct span body, unsigned number)
{
	struct span rest = body, line, name, glued;

	fields_line(&rest, &line);
	while (fields_line(&rest, &line) == 1) {
		if (!fields_glued(fields, line, &name, &glued))
			continue;
		body.n = (size_t)(line.p - body.p);
		if (slot >= 0)
			fields_take(fields, slot, SPAN_EMPTY, span_trim(body), number);
		slot = fields_find(fields, name);
		body = rest.n > 0 ? (struct span){glued.p, (size_t)(rest.p + rest.n - glued.p)}
				  : glued;
	}
	if (slot >= 0)
		fields_take(fields, slot, SPAN_EMPTY, span_trim(body), number);
	fields->swallowed = true;
}

/* Fields whose continuation lines may look like others: lists of names, results, reports. */
static bool fields_is_prose(struct span name)
{
	static const struct span words[] = {{"Signature", 9}, {"DKIM", 4}, {"ARC-", 4},
	    {"Received", 8}, {"Results", 7}, {"Spam", 4}, {"X-MS-", 5}, {"Forefront", 9},
	    {"Microsoft", 9}, {"Filter", 6}, {"Report", 6}, {"Original", 8}, {"Subject", 7}};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (span_find_text_nocase(name, words[i]) != SPAN_NPOS)
			return true;
	return false;
}

/* What a value of From or Reply-To must have: a list of names has "From:Reply-To:To" as well. */
static bool fields_is_plausible(struct span name, struct span body)
{
	if (span_eq_nocase(name, SPAN("From")) || span_eq_nocase(name, SPAN("Reply-To")))
		return span_find(body, '@') != SPAN_NPOS;
	return true;
}

/*
 * The fields in one of which nothing is known: every line behind the first must be `Name: value`,
 * or go on with one that is, and one of them must be From, as scripts write it.
 */
static void fields_note_glued(
    struct fields *fields, const struct header_field *field, unsigned number)
{
	unsigned count = fields->glued_count;
	struct span body = field->body;
	bool has_from = false;
	struct span line, name, glued;

	fields_line(&body, &line);
	while (fields_line(&body, &line) == 1 && count < FIELDS_MAX_GLUED) {
		if (fields_glued(fields, line, &name, &glued)) {
			fields->glued[count].name = name;
			fields->glued[count].body = glued;
			fields->glued[count++].number = number;
			has_from = has_from || span_eq_nocase(name, SPAN("From"));
		} else if (count == fields->glued_count) {
			return;
		} else {
			struct span *last = &fields->glued[count - 1].body;

			last->n = (size_t)(line.p + line.n - last->p);
		}
	}
	if (!has_from || fields_is_prose(field->name))
		return;
	for (unsigned i = fields->glued_count; i < count; i++)
		if (!fields_is_plausible(fields->glued[i].name, fields->glued[i].body))
			return;
	fields->glued_count = count;
}

/* Those that the section has no field of its own for. */
static void fields_take_glued(struct fields *fields)
{
	for (unsigned i = 0; i < fields->glued_count; i++) {
		int slot = fields_find(fields, fields->glued[i].name);

		if (slot < 0 || (fields->slot[slot].use & FIELD_WANTED) == 0 ||
		    (fields->slot[slot].first != NULL &&
			fields->slot[slot].first->number != fields->glued[i].number))
			continue;
		fields_take(fields, slot, SPAN_EMPTY, span_trim(fields->glued[i].body),
		    fields->glued[i].number);
		fields->swallowed = true;
	}
}

static bool fields_may_swallow(const struct header_field *field)
{
	return field->is_folded || field->has_cr;
}

/* What a name in the slot is of use for besides its slot: FIELD_BRANDED, FIELD_FOREIGN or both. */
static inline unsigned fields_use(const struct fields *fields, int slot)
{
	if (slot < 0)
		return (unsigned)FIELD_BRANDED | FIELD_FOREIGN;
	return fields->slot[slot].use & ((unsigned)FIELD_BRANDED | FIELD_FOREIGN);
}

static void fields_read_shape(
    const struct fields *fields, struct fields_shape *shape, struct span name)
{
	struct span brand = SPAN_EMPTY;

	shape->slot = fields_find(fields, name);
	shape->which = BRAND_FIELD_COUNT;
	shape->is_guess = false;
	shape->is_plain = fields_use(fields, shape->slot) == 0;
	if (shape->is_plain)
		return;
	if (brand_split(name, &brand, &shape->which)) {
		shape->brand_at = (size_t)(brand.p - name.p);
		shape->brand_n = brand.n;
	}
	shape->is_guess = guessed_field_is(name);
}

static struct fields_shape *fields_shape(struct fields *fields, struct span name)
{
	struct fields_shape *shape = &fields->long_shape;

	if (name.n <= FIELDS_NAME_MAX) {
		shape = &fields->shape[fields_bucket(name) % FIELDS_SHAPES];
		if (shape->n == name.n && memcmp(shape->name, name.p, name.n) == 0)
			return shape;
		memcpy(shape->name, name.p, name.n);
		shape->n = name.n;
	}
	fields_read_shape(fields, shape, name);
	return shape;
}

/* A field that no rule reads. */
static void fields_add_unknown(
    struct fields *fields, const struct header_field *field, unsigned number, bool is_guess)
{
	struct field *taken;

	if (is_guess) {
		taken = fields_take_at(fields, &fields->guessed, field->body, number);
		if (taken != NULL)
			taken->name = field->name;
	}
	if (fields_may_swallow(field))
		fields_note_glued(fields, field, number);
}

/* A field that a rule reads. */
static inline void fields_add_known(
    struct fields *fields, const struct header_field *field, int slot, unsigned number)
{
	if (fields_may_swallow(field) && (fields->slot[slot].use & FIELD_PROSE) == 0 &&
	    fields_has_swallowed(fields, field->body))
		fields_recover(fields, slot, field->body, number);
	else
		fields_take(fields, slot, SPAN_EMPTY, field->body, number);
}

static void fields_add(struct fields *fields, const struct header_field *field,
    const struct fields_shape *shape, unsigned number)
{
	unsigned use;

	if (shape->is_plain) {
		fields_add_known(fields, field, shape->slot, number);
		return;
	}
	use = fields_use(fields, shape->slot);
	if (shape->which != BRAND_FIELD_COUNT && (use & FIELD_BRANDED) != 0)
		fields_take(fields, (int)shape->which,
		    (struct span){field->name.p + shape->brand_at, shape->brand_n}, field->body,
		    number);
	if ((use & FIELD_FOREIGN) != 0)
		fields_add_unknown(fields, field, number, shape->is_guess);
	else
		fields_add_known(fields, field, shape->slot, number);
}

/* Only few of the slots have anything in them. */
static void fields_clear(struct fields *fields)
{
	for (unsigned word = 0; word < FIELDS_SLOT_WORDS; word++) {
		for (uint64_t rest = fields->filled[word]; rest != 0; rest &= rest - 1) {
			struct field_slot *slot =
			    &fields->slot[word * 64 + (unsigned)__builtin_ctzll(rest)];

			slot->first = slot->last = NULL;
		}
		fields->filled[word] = 0;
	}
}

/* One message is much like the one before: after a name comes the one that came last time. */
static inline void fields_expect(struct header_iter *iter, const struct fields_shape *shape)
{
	iter->expected = shape != NULL ? (struct span){shape->name, shape->n} : SPAN_EMPTY;
}

void fields_collect(struct fields *fields, struct span block)
{
	struct fields_shape *shape = &fields->before;
	struct header_iter iter;
	struct header_field field;

	fields_clear(fields);
	fields->guessed.first = fields->guessed.last = NULL;
	fields->glued_count = 0;
	fields->used = 0;
	fields->truncated = false;
	fields->swallowed = false;
	header_iter_init(&iter, block);
	while (fields_expect(&iter, shape->next), header_next(&iter, &field) == 1) {
		shape->next = iter.is_expected ? shape->next : fields_shape(fields, field.name);
		shape = shape->next;
		fields_add(fields, &field, shape, iter.fields);
	}
	fields_take_glued(fields);
	if ((iter.defects & HEADER_TRUNCATED) != 0)
		fields->truncated = true;
}

void field_read(
    struct field *field, enum field_reading how, struct value_reader *reader, struct arena *arena)
{
	field->reading = (uint8_t)how;
	field->defects = 0;
	field->value = how == FIELD_TEXT ? value_text(reader, field->body, arena, &field->defects)
					 : value_raw(reader, field->body, arena, &field->defects);
}
