/*
 * How groups are kept: for group*.c only.
 *
 * The group itself holds what most groups have one of; Judy arrays hold the
 * rest, for all groups of a grouping together. Values beyond the bounds of
 * group.h have no place of their own: a sketch estimates how many different
 * ones there are, a tally how often they came.
 */
#ifndef REPORT_GROUP_INTERNAL_H
#define REPORT_GROUP_INTERNAL_H

#include <Judy.h>

#include "group/group.h"
#include "group/group_hash.h"
#include "group/group_past.h"
#include "group/group_sketch.h"
#include "group/group_tally.h"
#include "group/group_text.h"

_Static_assert(sizeof(Word_t) >= sizeof(uint64_t), "Judy arrays must take 64-bit hashes");

/* Kinds of values that a group counts. */
enum group_kind {
	GROUP_KIND_SCRIPT,
	GROUP_KIND_SOURCE_IP,
	GROUP_KIND_LEADERS, /* those above have a most frequent value */
	GROUP_KIND_RECIPIENT = GROUP_KIND_LEADERS,
	GROUP_KIND_SUBJECT,
	GROUP_KIND_LOGIN_IP,
	GROUP_KIND_CALLER,
	GROUP_KINDS
};

_Static_assert(GROUP_EXACT_MOST <= UINT16_MAX, "kept values are counted in 16 bits");

/* The most frequent value. Its count is in the group; the one in grouping.counts is out of date. */
struct group_leader {
	uint64_t hash;
	struct group_text *text; /* NULL: no message has a value */
};

/* For a group that has values without a place of their own. */
struct group_estimate {
	struct group_sketch
	    *sketch[GROUP_KINDS]; /* NULL: all values are exact; always NULL for scripts */
	uint32_t tallied[GROUP_KIND_LEADERS]; /* messages with such a value */
	bool leads[GROUP_KIND_LEADERS];       /* the leader is one of them */
};

struct group {
	time_t first; /* later than `last` while no message has a time */
	time_t last;
	union {
		struct group_text *key;   /* the only one */
		struct group_text **keys; /* of several */
	};
	struct group_text *sample_subject;
	struct group_leader leader[GROUP_KIND_LEADERS];
	uint32_t leader_count[GROUP_KIND_LEADERS]; /* messages; it stands here to save padding */
	uint16_t kept[GROUP_KINDS];                /* different values with a place of their own */
	uint8_t identity_kinds;                    /* bit (1 << enum identity_kind) */
	struct column_set known;                   /* some message knew it */
	uint32_t count;
	uint32_t recent; /* messages since shared->watched */
	uint32_t sample_uid;
	uint32_t estimate; /* in grouping->estimates, + 1; 0: all is exact */
};

/* What has been found of a group in the time before the report. */
struct group_past_facts {
	time_t first;
	time_t last;
	int64_t last_day; /* the one that came last */
	uint64_t before;
	uint32_t days; /* those of the report, too */
	bool seen;
};

/* Shared by all groupings of a run. */
struct group_shared {
	struct group_texts texts;
	struct group_sketches sketches;
	uint32_t kept;        /* values in Judy arrays */
	uint32_t exact_total; /* and how many there may be */
	time_t watched;       /* group_set_watch() */
	bool watches;
};

struct grouping {
	struct column_list key;
	bool bare; /* only messages are counted */
	bool keeps_past;
	struct group_shared *shared;
	struct group *groups;
	uint32_t count;
	uint32_t size; /* allocated */
	uint32_t last;
	uint32_t messages;
	struct column_set known; /* some record knew it */
	Pvoid_t ids;             /* JudyL: hash of the key -> id + 1 */
	/* By group and value. Each kind has an array of its own, since small arrays are quicker. */
	Pvoid_t distinct[GROUP_KINDS];      /* Judy1; for kinds without a most frequent value */
	Pvoid_t counts[GROUP_KIND_LEADERS]; /* JudyL: messages */
	struct group_tally *tally[GROUP_KIND_LEADERS];
	struct group_estimate *estimates;
	uint32_t estimate_count;
	uint32_t estimate_size; /* allocated */
	uint32_t *order;        /* ids by rank; NULL: not ranked since the last record */
	uint32_t ranked;        /* so many are in order at its front */
	/* Of one that keeps the past: */
	Pvoid_t days;                  /* JudyL: messages by group and day */
	struct group_past_facts *past; /* of each group; NULL: nothing has been looked for */
	struct group_past_terms terms;
};

static inline bool group_is_dated(const struct group *group)
{
	return group->first <= group->last;
}

/* The group's estimates; NULL: all is exact. */
static inline struct group_estimate *group_estimate(
    const struct grouping *grouping, const struct group *group)
{
	return group->estimate != 0 ? &grouping->estimates[group->estimate - 1] : NULL;
}

/* Key k of the group. */
static inline struct span group_key(
    const struct grouping *grouping, const struct group *group, unsigned k)
{
	return group_text_get(grouping->key.count == 1 ? group->key : group->keys[k]);
}

/* `shared` is the caller's and outlives the grouping. */
struct grouping *grouping_new(
    const struct column_list *key, struct group_shared *shared, struct err *err);
void grouping_free(struct grouping *grouping);

/* Counts a record whose hashes are given. */
int grouping_add(struct grouping *grouping, const struct record *record,
    const struct group_hash *hash, struct err *err);

/* The same in its group, grouping->last. 0, or -1: no memory. */
int group_count_record(
    struct grouping *grouping, const struct record *record, const struct group_hash *hash);

/* Counts the last record's day, of a grouping that keeps the past. 0, or -1: no memory. */
int group_past_count(struct grouping *grouping, time_t when);

/* Fills in row->past of a group. */
void group_past_take_row(const struct grouping *grouping, struct group_row *row);

/* The hash of a record's key, as grouping->ids has it. */
int group_set_hash(struct group_set *set, const struct record *record,
    const struct column_list *key, uint64_t *hash_r, struct err *err);

#endif
