/*
 * One message as the report knows it, and the table of everything that can be
 * said about a message. The table is the only list of columns: CSV header,
 * --columns, JSON keys and the man page come from it or are tested against it.
 */
#ifndef REPORT_RECORD_H
#define REPORT_RECORD_H

#include <stdint.h>
#include <time.h>

#include "base/buf.h"
#include "base/err.h"

/* The order of columns.md; the first twelve are the header row of the original script. New ones
 * come last. */
enum column {
	COLUMN_NUMBER,
	COLUMN_FROM,
	COLUMN_TO,
	COLUMN_REPLY_TO,
	COLUMN_QMAIL_UID,
	COLUMN_INVOKED_FOR,
	COLUMN_IP_USERNAME,
	COLUMN_EVIDENCE,
	COLUMN_PHP_SCRIPT,
	COLUMN_AUTH_SENDER,
	COLUMN_AUTH_USER,
	COLUMN_AUTH_EMAIL,
	COLUMN_DATE,
	COLUMN_FOLDER,
	COLUMN_UID,
	COLUMN_IDENTITY,
	COLUMN_DOMAIN,
	COLUMN_CLASS,
	COLUMN_SOURCE_IP,
	COLUMN_SUBJECT,
	COLUMN_MESSAGE_ID,
	COLUMN_RETURN_PATH,
	COLUMN_X_SOURCE,
	COLUMN_X_SOURCE_ARGS,
	COLUMN_X_SOURCE_DIR,
	COLUMN_PHP_SCRIPT_IP,
	COLUMN_VHOST,
	COLUMN_HOST,
	COLUMN_NOTES,
	COLUMN_SENDER_DOMAIN,
	COLUMN_COUNT
};

#define COLUMN_DEFAULT_COUNT (COLUMN_AUTH_EMAIL + 1)

enum column_kind {
	COLUMN_TEXT,
	COLUMN_COUNTED, /* a number of the report or of the server */
	COLUMN_TIME,    /* in the form of period_add_iso() */
};

struct column_info {
	const char *title;    /* header row, --columns (without case) */
	const char *json_key; /* lower case, words joined by '_' */
	enum column_kind kind;
};

extern const struct column_info record_columns[COLUMN_COUNT];

/* What a reader of the row must know; the texts of columns.md "Notes", in this order. */
enum note {
	NOTE_DUPLICATE_X_AUTHUSER = 1 << 0,
	NOTE_HEADER_TRUNCATED = 1 << 1,
	NOTE_INVALID_CHARSET = 1 << 2,
	NOTE_HEADER_SWALLOWED = 1 << 3,
	NOTE_SYSTEM_UID = 1 << 4,
	/* "also authenticated as X" has a value: record.also_authenticated */
};

struct account_place;
struct evidence_rule;

struct record {
	uint64_t number; /* running number of the run */
	uint32_t uid;
	time_t internal_date; /* only when COLUMN_DATE is not empty */
	unsigned notes;       /* enum note */
	bool is_bounce;
	uint32_t absent; /* bit (1 << column): a saved report does not have it, so it is unknown */
	struct account_place *place;     /* where it was found, and is counted */
	struct span explanation;         /* why it says what it says (explain.h), or empty */
	struct span also_authenticated;  /* or empty */
	struct span value[COLUMN_COUNT]; /* valid UTF-8, one line, in the message's arena */
	const struct evidence_rule *rule[COLUMN_COUNT]; /* which rule filled it; NULL: none */
	uint16_t origin[COLUMN_COUNT]; /* from which field of the section, from 1; 0: none or
					  another column */
};

/* Appends the notes as text, separated by "; ". */
void record_add_notes(struct buf *out, const struct record *record);

/* Which columns, in which order. */
struct column_list {
	unsigned count;
	enum column column[COLUMN_COUNT];
};

/*
 * Reads --columns: "default", "all", or titles separated by commas, without regard to case; a
 * column may stand once. ERR_USAGE names what is wrong and lists the titles.
 */
int column_list_parse(const char *text, struct column_list *list_r, struct err *err);

/* Reads --group-by: 1 to max titles; the running number is none, since it groups nothing. */
int column_list_parse_key(
    const char *text, unsigned max, struct column_list *list_r, struct err *err);

#endif
