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
	GROUP_COLUMN_COUNT
};

struct group_column_info {
	const char *title; /* NULL for GROUP_KEY */
	const char *json_key;
};

extern const struct group_column_info group_columns[GROUP_COLUMN_COUNT];

/* "(no identity)" for Identity, "(none)" for others: what stands for a key without a value. */
struct span group_no_value(enum column column);

/*
 * Appends key k of a row as a reader sees it: the value, group_no_value(), or, in the row of the
 * others, "(N others)" for the first key and nothing for the rest.
 */
void group_add_key(
    struct buf *out, const struct grouping *grouping, const struct group_row *row, unsigned k);

/*
 * Appends the text of any other column: numbers without grouping marks, percents as "12.5", times
 * as period_add_iso(). Nothing where it is unknown (grouping_knows_of(), the row of the others).
 */
void group_add_value(struct buf *out, const struct grouping *grouping, const struct group_row *row,
    enum group_column column);

/* An estimate, in a column of numbers; of a most frequent value, that it may be another one. */
bool group_is_estimate(const struct group_row *row, enum group_column column);

/* What people see in front of a number that is an estimate. */
#define GROUP_ABOUT "~"

/* The same as group_add_value() for a column of numbers, with that in front where it is due. */
void group_add_number(struct buf *out, const struct grouping *grouping, const struct group_row *row,
    enum group_column column);

/* part of whole in tenths of a percent, rounded half up; 0 when whole is 0. */
unsigned group_permille(uint64_t part, uint64_t whole);

#endif
