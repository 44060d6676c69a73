/*
 * Groups: one for each distinct value of the key columns, with what a desk
 * needs to decide whom to shut down first.
 *
 * Memory grows with the groups, not with the messages or their contents.
 * Distinct recipients, subjects, addresses and scripts are kept as 64-bit
 * hashes with a key of the process (SipHash), so that nobody can choose values
 * that collide. Beyond a bound they are estimated (group_sketch.h,
 * group_tally.h), and the rows say so. Two different values of one group count
 * as the same with a probability of 2^-64.
 */
#ifndef REPORT_GROUP_H
#define REPORT_GROUP_H

#include "record/record.h"

#define GROUP_MAX_KEYS 8

/* Bytes kept of a key value, a sample subject, a script; a longer text ends in "…". Groups differ
 * by the whole value. */
#define GROUP_MAX_TEXT 512

/* Most groups and messages of a grouping (ERR_SYSTEM beyond). */
#define GROUP_MAX_GROUPS   UINT32_C(0x7FFFFFFF)
#define GROUP_MAX_MESSAGES UINT32_MAX

/* Different values of a kind that a group counts exactly, and that all groups of a run count
 * exactly together; a group's first few are always exact. */
#define GROUP_EXACT_MOST  4096
#define GROUP_EXACT_TOTAL (UINT32_C(1) << 20)
#define GROUP_EXACT_LEAST 8

/* The second of these after group_set_be_small(). */
#define GROUP_SMALL_EXACT_TOTAL (UINT32_C(1) << 15)

/* Instead of a kind of identity: the messages of the group have several. */
#define GROUP_MIXED "mixed"

/* An estimate is rounded to so many digits. */
#define GROUP_ESTIMATE_DIGITS 3

struct grouping;

/* The columns, in order; column_list.count is 1 to GROUP_MAX_KEYS. */
const struct column_list *grouping_key(const struct grouping *grouping);

/* The group of the record that was added last: 0, 1, 2... in the order in which they appeared. */
uint32_t grouping_last(const struct grouping *grouping);

/* Whether its reports have the columns about the past: group_past_keep(). */
bool grouping_keeps_past(const struct grouping *grouping);

/* How many groups there are, and messages in them. */
uint32_t grouping_count(const struct grouping *grouping);
uint64_t grouping_messages(const struct grouping *grouping);

/* Which groups are shown. */
struct group_limits {
	unsigned top;       /* at most so many groups; 0: all */
	unsigned min_count; /* only groups of at least so many messages; 0 and 1: all */
};

/*
 * The most frequent value of a group's messages; of several, the one that reached the count first.
 */
struct group_top {
	struct span value; /* empty: no message has one */
	uint64_t count;
	bool
	    estimated; /* the count may be a few too high, and another value may be more frequent */
};

/* How many different values there are. */
struct group_distinct {
	uint64_t count;
	bool estimated;
};

/* Whether it had not been seen for some time before the report. */
enum group_new { GROUP_NEW_UNKNOWN, GROUP_NEW_NO, GROUP_NEW_YES };

/* What a history knows of a group (group_past.h). */
struct group_past {
	bool known;    /* the first two are */
	time_t first;  /* ever */
	uint32_t days; /* of UTC on which it was seen, those of the report, too */
	bool knows_before;
	uint64_t before; /* messages in as long a time as the report's, right before it */
	enum group_new is_new;
};

/*
 * A row of a grouped report. Spans are the grouping's, until the next record.
 */
struct group_row {
	uint64_t
	    others;  /* 0: a group; else this row stands for that many groups that were cut off */
	uint32_t id; /* as in grouping_last(); of a group only */
	uint64_t count;  /* messages */
	uint64_t total;  /* messages of the whole grouping, for percents */
	uint64_t recent; /* messages since the time of group_set_watch(); 0 without it */
	bool dated;      /* some message has a time */
	time_t first;
	time_t last;
	/* Only of a group, not of the others: */
	struct span key[GROUP_MAX_KEYS]; /* as the first message spelled it; empty: no value */
	/* Numbers of different values, as far as they are known: see grouping_knows_of(). */
	struct group_distinct recipients; /* addresses in To */
	struct group_distinct source_ips;
	struct group_distinct subjects;
	struct group_distinct login_ips;
	struct group_distinct callers; /* who called the PHP scripts: the first of PHP script IP */
	struct span identity_kind;     /* of all messages that have one, GROUP_MIXED, or empty */
	struct group_top script;       /* PHP script */
	struct group_top source_ip;
	struct span sample_subject; /* of the first message with a subject, else the first */
	uint32_t sample_uid;        /* 0: unknown */
	struct group_past past;     /* nothing is known without a history */
};

/* The rows of a grouping; of group_view_init() most messages first, groups of one size by their
 * first key, then the second... in bytes. */
struct group_view {
	const struct grouping *grouping;
	const uint32_t *order; /* ids: the groups shown, then those cut off */
	uint32_t shown;        /* groups */
	uint32_t rows;         /* shown, and one more when something was cut off */
	uint64_t others;       /* groups cut off */
};

/*
 * Groups by Day, Hour or Week: the same are shown, in the order of their keys up to the last time;
 * times by time, groups of one time with most messages first. A view is valid until the next one of
 * its grouping.
 *
 * Ranks the groups, once after the last record (a later call is cheap), and says which rows there
 * are. ERR_SYSTEM without memory.
 */
int group_view_init(struct group_view *view_r, struct grouping *grouping,
    const struct group_limits *limits, struct err *err);

/*
 * The same of groups that the caller has chosen and put in order: `order` has the ids of all of
 * them, and outlives the view, the first `shown` are shown.
 */
struct group_view group_view_of(
    const struct grouping *grouping, const uint32_t *order, uint32_t shown);

/* Row i of view->rows; the row of the others comes last. */
void group_view_row(const struct group_view *view, uint32_t i, struct group_row *row_r);

/* False when no record knew the column (record.absent), since saved reports may lack some: what is
 * counted from it is then unknown, not zero. */
bool grouping_knows(const struct grouping *grouping, enum column column);

/* The same of the messages of one group; `id` as in struct group_row. */
bool grouping_knows_of(const struct grouping *grouping, uint32_t id, enum column column);

#endif
