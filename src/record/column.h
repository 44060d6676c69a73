/*
 * The table of everything that can be said about a message. It is the only
 * list of columns: CSV header, --columns, JSON keys and the man page come from
 * it or are tested against it.
 */
#ifndef REPORT_COLUMN_H
#define REPORT_COLUMN_H

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
	COLUMN_IDENTITY_KIND,
	COLUMN_LOGIN_IP,
	COLUMN_FEEDBACK_TYPE,
	COLUMN_REPORTER,
	COLUMN_ENVELOPE_ID,
	COLUMN_QUEUE_ID,
	COLUMN_COUNT,
	/* Only to group by, in the zone of the process: group/group_time.h makes them. */
	COLUMN_DAY = COLUMN_COUNT,
	COLUMN_HOUR,
	COLUMN_WEEK,
	COLUMN_KEY_COUNT
};

static inline bool column_is_time(enum column column)
{
	return column >= COLUMN_COUNT;
}

/* What a column is made from: itself, or the date. */
static inline enum column column_origin(enum column column)
{
	return column_is_time(column) ? COLUMN_DATE : column;
}

#define COLUMN_DEFAULT_COUNT (COLUMN_AUTH_EMAIL + 1)

/* What values of a column are; a format renders kinds. Columns of groups have them as well. */
enum column_kind {
	KIND_TEXT,
	KIND_NUMBER,
	KIND_TIME,   /* as text in the form of period_add_iso() */
	KIND_SHARE,  /* so many of so many */
	KIND_LIST,   /* texts */
	KIND_CHANGE, /* a number with a sign: so many more */
	KIND_FLAG,   /* yes or no */
};

struct column_info {
	const char *title;    /* header row, --columns (without case) */
	const char *json_key; /* lower case, words joined by '_'; --columns takes it as well */
	enum column_kind kind;
};

extern const struct column_info record_columns[COLUMN_KEY_COUNT];

/* Which columns, in which order. */
struct column_list {
	unsigned count;
	enum column column[COLUMN_KEY_COUNT];
};

bool column_list_has(const struct column_list *list, enum column column);

/*
 * Reads --columns: "default", "all", or titles or JSON keys separated by commas, without regard to
 * case; a column may stand once. ERR_USAGE names what is wrong, and the column that was probably
 * meant, or all of them.
 */
int column_list_parse(const char *text, struct column_list *list_r, struct err *err);

/* Whether one of them is Day, Hour or Week. */
bool column_list_has_time(const struct column_list *list);

/* Reads --group-by: 1 to max titles, also Day, Hour and Week, but not the running number, which
 * would group nothing. */
int column_list_parse_key(
    const char *text, unsigned max, struct column_list *list_r, struct err *err);

#endif
