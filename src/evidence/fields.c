#include "evidence/fields.h"

#include <stdlib.h>
#include <string.h>

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
static int fields_find(const struct fields *fields, struct span name)
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

static void fields_take(
    struct fields *fields, int slot, struct span brand, struct span body, unsigned number)
{
	struct field_slot *at = &fields->slot[slot];
	struct field *field;

	if (fields->used == HEADER_MAX_FIELDS) {
		fields->truncated = true;
		return;
	}
	field = &fields->pool[fields->used++];
	*field = (struct field){
	    .body = body, .brand = brand, .above = at->last, .number = (uint16_t)number};
	if (at->last != NULL)
		at->last->below = field;
	else
		at->first = field;
	at->last = field;
}

/* Splits a continuation line that is `Name: value`; the colon must follow the name, and a blank it.
 */
static bool fields_glued(struct span line, struct span *name_r, struct span *body_r)
{
	size_t n = 0;

	while (line.n > 0 && span_is_blank(line.p[0]))
		line = span_from(line, 1);
	while (n < line.n && (span_is_alnum(line.p[n]) || line.p[n] == '-' || line.p[n] == '_'))
		n++;
	if (n == 0 || n == line.n || line.p[n] != ':' ||
	    (n + 1 < line.n && !span_is_blank(line.p[n + 1])))
		return false;
	*name_r = span_head(line, n);
	*body_r = span_from(line, n + 1);
	return true;
}

static bool fields_has_swallowed(const struct fields *fields, struct span body)
{
	struct span line, name, rest;

	header_body_line(&body, &line);
	while (header_body_line(&body, &line) == 1)
		if (fields_glued(line, &name, &rest) && fields_find(fields, name) >= 0)
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

	header_body_line(&rest, &line);
	while (header_body_line(&rest, &line) == 1) {
		if (!fields_glued(line, &name, &glued))
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

static void fields_add(struct fields *fields, const struct header_field *field, unsigned number)
{
	int slot = fields_find(fields, field->name);
	struct span brand;
	enum brand_field which;

	if ((slot < 0 || (fields->slot[slot].use & FIELD_BRANDED) != 0) &&
	    brand_split(field->name, &brand, &which))
		fields_take(fields, (int)which, brand, field->body, number);
	if (slot < 0)
		return;
	if ((fields->slot[slot].use & FIELD_PROSE) == 0 && field->is_folded &&
	    fields_has_swallowed(fields, field->body)) {
		fields_recover(fields, slot, field->body, number);
	} else {
		fields_take(fields, slot, SPAN_EMPTY, field->body, number);
	}
}

void fields_collect(struct fields *fields, struct span block)
{
	struct header_iter iter;
	struct header_field field;

	for (unsigned i = 0; i < fields->slot_count; i++)
		fields->slot[i].first = fields->slot[i].last = NULL;
	fields->used = 0;
	fields->truncated = false;
	fields->swallowed = false;
	header_iter_init(&iter, block);
	while (header_next(&iter, &field) == 1)
		fields_add(fields, &field, iter.fields);
	if ((iter.defects & HEADER_TRUNCATED) != 0)
		fields->truncated = true;
}

struct span field_value(
    struct field *field, enum field_reading how, struct value_reader *reader, struct arena *arena)
{
	unsigned defects = 0;

	if (field->reading != how) {
		field->value = how == FIELD_TEXT ? value_text(reader, field->body, arena, &defects)
						 : value_raw(reader, field->body, arena, &defects);
		field->reading = (uint8_t)how;
		field->defects = (uint8_t)defects;
	}
	return field->value;
}
