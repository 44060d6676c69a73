/*
 * The evidence engine: from a header section to a record, by the const table
 * of rules in evidence_rules.c. columns.md decides what fills which column;
 * headers.md has the dialects.
 *
 * A rule names a field, which occurrence counts, an extractor and a column;
 * among the rules of one column the earlier in the table wins. A new panel's
 * header is one row there and one row in its test.
 */
#ifndef REPORT_EVIDENCE_H
#define REPORT_EVIDENCE_H

#include "base/arena.h"
#include "evidence/brand.h"
#include "evidence/guessed_field.h"
#include "record/record.h"

/* How many occurrences of one field a rule looks at, from the end it begins with; more set
 * NOTE_HEADER_TRUNCATED. */
#define EVIDENCE_MAX_OCCURRENCES 64

#define EVIDENCE_MAX_IDENTITY_HEADERS 16

/* True when the name can be given as an identity header. */
bool evidence_is_identity_header(struct span name);

struct evidence_options {
	/* --identity-header: names in their order; they must outlive the engine. */
	const char *const *identity_headers;
	unsigned identity_header_count;
};

struct evidence;

/* options may be NULL. NULL when there is no memory, or a name is no field name (err: ERR_USAGE).
 */
struct evidence *evidence_new(const struct evidence_options *options, struct err *err);
void evidence_free(struct evidence *evidence);

/*
 * Fills values, notes, rule, origin and the flags of a record that the caller has zeroed, from one
 * header section; the columns that are not from headers (number, Date, Folder, UID, Host) are the
 * caller's. Nothing in a header makes it fail: -1 only when there is no memory, or no
 * descriptor for a character set (err: ERR_SYSTEM).
 * Values are in the arena.
 */
int evidence_extract(struct evidence *evidence, struct span block, struct arena *arena,
    struct record *record, struct err *err);

/*
 * What the section that was read last tells of further ones; it must still be there. The brand as
 * brand_find() finds it, or empty. True when the set has got a new name: those that a rule reads
 * are not added.
 */
struct span evidence_brand(const struct evidence *evidence);
bool evidence_learn_names(const struct evidence *evidence, struct guessed_fields *set);

/*
 * Appends the names of the header fields that the rules read, separated by spaces, without those of
 * the brands: the list for HEADER.FIELDS.
 */
void evidence_add_field_names(const struct evidence *evidence, struct buf *out);

#endif
