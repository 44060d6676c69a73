/*
 * The rules of evidence as data. The order of the table is the rank: of the
 * rows of one column the first that yields a value fills it. A row may read
 * columns that rows further up have filled. Those that read columns are also
 * what makes a column of a saved row, in the same order.
 */
#ifndef REPORT_EVIDENCE_RULES_H
#define REPORT_EVIDENCE_RULES_H

#include "evidence/evidence_extract.h"
#include "evidence/evidence_received.h"

enum evidence_source {
	SOURCE_FIELD, /* the header field `field` */
	SOURCE_BRAND, /* X-<Brand>-…, `from` is an enum brand_field; the last of the filter's brand
		       */
	SOURCE_RECEIVED, /* `from` is an enum received_fact; the uppermost line that states it */
	SOURCE_CLIENT,   /* the client address of the uppermost Received */
	SOURCE_GUESS,    /* a field that guessed_field.h takes, from the end, until one yields */
	SOURCE_ORIGIN,   /* trail_origin(); `from` is an enum evidence_origin */
	SOURCE_LOGIN,    /* the client address of the line of Received that shows the login */
	SOURCE_COLUMN,   /* `from` is an enum column */
	SOURCE_OPTION,   /* the fields that --identity-header names, in their order */
	SOURCE_SAVED,    /* the same as SOURCE_COLUMN, of a saved row only: where there are fields,
			    they    tell more (derive.h) */
};

#define EVIDENCE_SOURCES (SOURCE_SAVED + 1)

enum evidence_origin { EVIDENCE_ORIGIN_UID, EVIDENCE_ORIGIN_USER };

/* Which occurrence of a field counts. */
enum evidence_pick {
	PICK_FIRST,    /* the uppermost */
	PICK_LAST,     /* the lowest: the filter and Exim append their fields */
	PICK_EACH,     /* from the top, until one yields */
	PICK_EACH_UP,  /* from the end, until one yields */
	PICK_ALL,      /* all of them, joined with ", " */
	PICK_IN_BLOCK, /* the last within the filter's own block */
};

struct evidence_rule {
	const char *name; /* stable: users see it in explanations and write it in reports */
	enum column column;
	enum evidence_source source;
	const char *field;
	unsigned from;
	enum evidence_pick pick;
	evidence_extractor *extract; /* NULL: the value as it is */
	enum field_reading reading;  /* FIELD_UNREAD stands for FIELD_RAW */
	enum identity_kind kind;     /* of what it finds, unless its extractor says so */
	bool unlisted; /* neither explanations nor the rules in JSON name it, whose form is fixed */
};

extern const struct evidence_rule evidence_rules[];
extern const unsigned evidence_rule_count;

/* More than there are rules. */
#define EVIDENCE_MAX_RULES 256

/* Names that no rule reads. */
struct evidence_name {
	const char *name;
	unsigned use; /* enum field_use */
};

extern const struct evidence_name evidence_names[];
extern const unsigned evidence_name_count;

#endif
