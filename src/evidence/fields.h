/*
 * The fields of one header section that matter to the rules, sorted by name,
 * in one pass. Names are looked up in a table that is made once, from the
 * rules themselves, so that a new field is named in one place.
 *
 * A field that a PHP line-ending fault glued into another one's continuation
 * (headers.md, 0.5) comes out as a field of its own. Glued into one that the
 * rules do not read, it counts only when the section has no field of its name:
 * the sender may have written it that way to mislead.
 */
#ifndef REPORT_FIELDS_H
#define REPORT_FIELDS_H

#include "mail/header.h"
#include "mail/value.h"
#include "evidence/brand.h"

#define FIELDS_MAX_SLOTS  128
#define FIELDS_SLOT_WORDS (FIELDS_MAX_SLOTS / 64)
#define FIELDS_NAME_MAX   64 /* the longest name that is looked up */
#define FIELDS_BUCKETS    256

/* How a value was read, if it was. */
enum field_reading {
	FIELD_UNREAD,
	FIELD_RAW,  /* value_raw() */
	FIELD_TEXT, /* value_text() */
};

/* One occurrence. */
struct field {
	struct span body;
	struct span brand;   /* X-<Brand>-… only */
	struct span name;    /* of a guessed field only: their names differ */
	struct span value;   /* once it was read, in the message's arena */
	struct field *above; /* the occurrences of the same name around it */
	struct field *below;
	uint16_t number;  /* in the section, from 1; a recovered field has that of its host */
	uint8_t reading;  /* enum field_reading */
	unsigned defects; /* enum value_defect, of the reading */
};

/* What a name is for. */
enum field_use {
	FIELD_WANTED = 1 << 0,  /* to be fetched from a server */
	FIELD_PROSE = 1 << 1,   /* written by a server or running text: swallows nothing */
	FIELD_FOREIGN = 1 << 3, /* no rule reads it: of use only for what is glued into it */
	FIELD_BRANDED = 1 << 2, /* X-<Brand>-...: counts among the fields of its brand as well */
};

struct field_slot {
	struct span name;
	struct field *first;
	struct field *last;
	unsigned use; /* enum field_use */
};

/* Fields that were glued into one of which nothing is known, and wait for the end of the section.
 */
#define FIELDS_MAX_GLUED 64

/* What is known of a name, which takes long to find out. */
struct fields_shape {
	char name[FIELDS_NAME_MAX]; /* in the case that it was met in */
	size_t n;                   /* of the name; 0: none is remembered */
	struct fields_shape *next;  /* what the field behind it had the last time; may be NULL */
	int slot;                   /* -1: none */
	bool is_plain;              /* it has one, and is of no use besides */
	/* Of a name that no rule reads, or that counts for its brand as well: */
	enum brand_field which;   /* BRAND_FIELD_COUNT: of no brand */
	size_t brand_at, brand_n; /* where in the name the brand is */
	bool is_guess;            /* guessed_field.h */
};

/* Names come again in the next message: so many are remembered, a new one in place of an old. */
#define FIELDS_SHAPES 128

struct fields {
	unsigned slot_count; /* slots below BRAND_FIELD_COUNT are those of enum brand_field */
	struct field_slot slot[FIELDS_MAX_SLOTS];
	uint64_t filled[FIELDS_SLOT_WORDS]; /* a bit for each slot that has a field */
	/* Slots by a hash of their names: order[start[n]] up to order[start[n + 1]]. */
	uint8_t order[FIELDS_MAX_SLOTS];
	uint8_t start[FIELDS_BUCKETS + 1];
	struct fields_shape shape[FIELDS_SHAPES]; /* by the hash of the name */
	struct fields_shape long_shape;           /* of a name too long to be remembered */
	struct fields_shape before;               /* the first field: its `next` is that field's */
	struct field *pool;                       /* HEADER_MAX_FIELDS of them */
	unsigned used;
	bool truncated;            /* there were more fields than the pool holds */
	bool swallowed;            /* a field was recovered */
	struct field_slot guessed; /* guessed_field.h */
	struct {
		struct span name, body;
		unsigned number;
	} glued[FIELDS_MAX_GLUED];
	unsigned glued_count;
};

/* 0 or -1 (no memory). fields_fini() accepts one that failed. */
int fields_init(struct fields *fields);
void fields_fini(struct fields *fields);

/* The slot of a name, which must outlive fields; a new one when there is none, -1 when there are
 * too many or it is too long. */
int fields_add_name(struct fields *fields, struct span name, unsigned use);

/* Makes the table for look-ups; once, after the last name. */
void fields_index(struct fields *fields);

/* Forgets the section before and reads this one. Fields point into the block. */
void fields_collect(struct fields *fields, struct span block);

/* Reads a value, as field_value() asks. */
void field_read(
    struct field *field, enum field_reading how, struct value_reader *reader, struct arena *arena);

/* The value of a field, read once; it stays in the arena. */
static inline struct span field_value(
    struct field *field, enum field_reading how, struct value_reader *reader, struct arena *arena)
{
	if (field->reading != how)
		field_read(field, how, reader, arena);
	return field->value;
}

#endif
