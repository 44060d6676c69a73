/*
 * The names resellers put into the filter's headers: X-<Brand>-Username and
 * its siblings. Nobody knows them beforehand (headers.md, section 0), so they
 * are learned from the messages themselves.
 */
#ifndef REPORT_BRAND_H
#define REPORT_BRAND_H

#include "base/buf.h"

/* Brands remembered in a run; more are still read in full, only slower. */
#define BRAND_MAX      16
#define BRAND_NAME_MAX 64

/* X-<Brand>-Username … in the order of brand_suffix[]. */
enum brand_field {
	BRAND_USERNAME,
	BRAND_DOMAIN,
	BRAND_OUTGOING_CLASS,
	BRAND_OUTGOING_EVIDENCE,
	BRAND_CLASS,
	BRAND_EVIDENCE,
	BRAND_FIELD_COUNT
};

extern const char *const brand_suffix[BRAND_FIELD_COUNT]; /* "Username", "Domain", … */

struct brand_set {
	unsigned count;
	char name[BRAND_MAX][BRAND_NAME_MAX + 1];
};

/*
 * True when the name is X-<Brand>-<suffix> for one of the suffixes; the brand may hold dots and
 * hyphens ("X-PT.Example-Outgoing-Class" has the suffix Outgoing-Class, not Class).
 */
bool brand_split(struct span field_name, struct span *brand_r, enum brand_field *field_r);

/*
 * The brand of the filter's block in a header section: that of the last field with
 * -Outgoing-Evidence, -Outgoing-Class, -Evidence or -Class, since the filter writes its block at
 * the end. What stands above is from another filter on the way, or forged. False when the section
 * has no such field.
 */
bool brand_find(struct span block, struct span *brand_r);

bool brand_known(const struct brand_set *set, struct span brand);

/* True when the bytes can stand in a field name within an IMAP command as they are (RFC 3501, 9:
 * atom). */
bool brand_is_atom(struct span name);

/* Adds a brand; true when it is new and there was room. Brands with bytes that cannot stand in a
 * field name of an IMAP command are not added. */
bool brand_add(struct brand_set *set, struct span brand);

#endif
