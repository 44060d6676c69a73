/*
 * The columns of a grouped report: the only list of them. CSV, display, JSON,
 * the page and the manual come from it or are tested against it.
 */
#ifndef REPORT_GROUP_COLUMN_H
#define REPORT_GROUP_COLUMN_H

#include "group/group.h"

enum group_column {
	GROUP_COUNT,
	GROUP_PERCENT, /* of all messages reported, with one decimal */
	GROUP_KEY,     /* stands for the key columns, which have titles of their own */
	GROUP_FIRST_SEEN,
	GROUP_LAST_SEEN,
	GROUP_RECIPIENTS,
	GROUP_SOURCE_IPS,
	GROUP_SUBJECTS,
	GROUP_TOP_SCRIPT,
	GROUP_TOP_SCRIPT_PERCENT, /* of the messages of the group */
	GROUP_TOP_IP,
	GROUP_TOP_IP_PERCENT,
	GROUP_SAMPLE_SUBJECT,
	GROUP_SAMPLE_UID,
	GROUP_IDENTITY_KIND,
	GROUP_LOGIN_IPS,
	GROUP_CALLERS, /* of PHP scripts */
	/* Of groupings that keep the past: */
	GROUP_FIRST_EVER,
	GROUP_DAYS,   /* of UTC on which it was seen, up to the end of the report */
	GROUP_BEFORE, /* messages in as long a time as the report's, right before it */
	GROUP_CHANGE, /* Count less Before: so it is Count where there was nothing before */
	GROUP_NEW,    /* not seen for some time before the report */
	GROUP_COLUMN_COUNT
};

/* The columns of a grouping are those up to this one. */
unsigned group_column_count(const struct grouping *grouping);

struct group_column_info {
	const char *title; /* NULL for GROUP_KEY */
	const char *json_key;
	enum column_kind kind;
	bool of_many; /* the row of the others has it as well */
	bool rare;    /* most groups have 0 of it: people are shown an empty cell instead */
	/* For a most frequent value: the column with its share of the messages; 0: none. */
	enum group_column percent;
};

extern const struct group_column_info group_columns[GROUP_COLUMN_COUNT];

/* What stands for a key without a value: "(no identity)" for Identity, "(none)" for others. */
struct span group_no_value(enum column column);

/*
 * Appends key k of a row as a reader sees it: the value, group_no_value(), or, in the row of the
 * others, "(N others)" or "(1 other)" for the first key and nothing for the rest.
 */
void group_add_key(
    struct buf *out, const struct grouping *grouping, const struct group_row *row, unsigned k);

/* The value of a column in a row; the kind says which member is set. */
struct group_value {
	enum column_kind kind;
	bool known;     /* false: no value, or it is not known (grouping_knows_of()) */
	bool estimated; /* the number is an estimate; a most frequent value may be another one */
	union {
		struct span text;
		uint64_t number;
		int64_t change;
		bool flag;
		time_t time;
		struct {
			uint64_t part;
			uint64_t whole;
		} share;
		const struct span *list; /* the row's keys, as many as grouping_key() has */
	};
};

struct group_value group_value(
    const struct grouping *grouping, const struct group_row *row, enum group_column column);

/*
 * Appends a value as text: numbers without grouping marks, a change with a sign only when it is
 * negative, a flag as "yes" or "no", shares as percents like "12.5", times as period_add_iso().
 * Nothing when it is not known, or for a list: see group_add_key().
 */
void group_value_add(struct buf *out, const struct group_value *value);

/* Stands in front of estimates that people read. */
#define GROUP_ABOUT "~"

/* The same for people, and a narrow table: times as period_add_short(), GROUP_ABOUT before
 * estimates, "+" before what is more. */
void group_value_add_short(struct buf *out, const struct group_value *value);

/* Both in one. */
void group_add_value(struct buf *out, const struct grouping *grouping, const struct group_row *row,
    enum group_column column);

/* part of whole in tenths of a percent, rounded half up; 0 when whole is 0. */
unsigned group_permille(uint64_t part, uint64_t whole);

#endif
