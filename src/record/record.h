/*
 * One message as the report knows it.
 */
#ifndef REPORT_RECORD_H
#define REPORT_RECORD_H

#include <stdint.h>
#include <time.h>

#include "base/buf.h"
#include "record/column.h"
#include "record/column_set.h"

/* What a reader of the row must know; the texts of columns.md "Notes", in this order. */
enum note {
	NOTE_DUPLICATE_X_AUTHUSER = 1 << 0,
	NOTE_HEADER_TRUNCATED = 1 << 1,
	NOTE_INVALID_CHARSET = 1 << 2,
	NOTE_HEADER_SWALLOWED = 1 << 3,
	NOTE_SYSTEM_UID = 1 << 4,
	NOTE_GUESSED_FIELD = 1 << 5,
	NOTE_FORWARDED = 1 << 6,
	NOTE_FORGED = 1 << 7,
	/* "also authenticated as X" has a value: record.also_authenticated */
};

/* What an identity names; the texts of columns.md "Identity kind". */
enum identity_kind {
	IDENTITY_UNKNOWN, /* no identity, or a saved report does not say */
	IDENTITY_ACCOUNT, /* of a customer: a login, an address, a number */
	IDENTITY_SITE,    /* a web site, or a domain */
	IDENTITY_SCRIPT,  /* host and path */
	IDENTITY_USER,    /* a uid or local user of a server */
	IDENTITY_SERVER,  /* only an address is known */
	IDENTITY_SYSTEM,  /* a user of a server that is nobody's, such as www-data */
	IDENTITY_KINDS
};

/* The text in COLUMN_IDENTITY_KIND; empty for IDENTITY_UNKNOWN. */
struct span identity_kind_name(enum identity_kind kind);

/* Of a user of a server, whether it is the system's; any other kind as it is. */
enum identity_kind identity_kind_exact(enum identity_kind kind, struct span identity);

/* The kind with this name; IDENTITY_UNKNOWN for any other text. */
enum identity_kind identity_kind_of(struct span name);

struct account_place;
struct evidence_rule;

struct record {
	uint64_t number; /* running number of the run */
	uint32_t uid;
	time_t internal_date; /* only when COLUMN_DATE is not empty */
	unsigned notes;       /* enum note */
	bool is_bounce;
	bool login_may_be_told;   /* a customer's process may have written the login in Identity */
	bool sender_is_relay;     /* Auth.sender is a server's login at a relay, which tells so */
	struct column_set absent; /* a saved report does not have it, so it is unknown */
	struct account_place *place;         /* where it was found, and is counted */
	struct span explanation;             /* why it says what it says (explain.h), or empty */
	struct span also_authenticated;      /* or empty */
	struct span value[COLUMN_KEY_COUNT]; /* valid UTF-8, one line, in the message's arena */
	const struct evidence_rule *rule[COLUMN_COUNT]; /* the rule that filled it; NULL: none */
	uint16_t origin[COLUMN_COUNT]; /* the field of the section that it is from, counted from 1;
					  0: none or another column */
};

/* The value, empty when the record does not know the column. */
static inline struct span record_value(const struct record *record, enum column column)
{
	return column_set_has(&record->absent, column) ? SPAN_EMPTY : record->value[column];
}

/* The number in a column of KIND_NUMBER; 0 when it is empty or the record does not know it. */
static inline uint64_t record_number(const struct record *record, enum column column)
{
	if (column_set_has(&record->absent, column))
		return 0;
	return column == COLUMN_NUMBER ? record->number : record->uid;
}

/* Appends the notes as text, separated by "; ". */
void record_add_notes(struct buf *out, const struct record *record);

/* The notes (enum note) in such a text; what has a value of its own is none of them. */
unsigned record_read_notes(struct span text);

#endif
