/*
 * How groups are kept: for group*.c only.
 *
 * What most groups have one of, stands in the group itself; the Judy arrays
 * hold the rest, for all groups of a grouping together.
 */
#ifndef REPORT_GROUP_INTERNAL_H
#define REPORT_GROUP_INTERNAL_H

#include <Judy.h>

#include "report/group.h"
#include "report/group_hash.h"
#include "report/group_text.h"

_Static_assert(sizeof(Word_t) >= sizeof(uint64_t), "Judy arrays must take 64-bit hashes");

enum group_leader_kind { GROUP_LEADER_SCRIPT, GROUP_LEADER_SOURCE_IP, GROUP_LEADER_COUNT };

/* The most frequent value. Its count is in the group; what grouping.counts has of it is out of
 * date. */
struct group_leader {
	uint64_t hash;
	struct group_text *text; /* NULL: no message has a value */
};

struct group {
	uint64_t recipients; /* a message can have many */
	time_t first;        /* behind last while no message has a time */
	time_t last;
	struct group_text *keys;
	struct group_text *sample_subject; /* or NULL */
	struct group_leader leader[GROUP_LEADER_COUNT];
	uint32_t leader_count[GROUP_LEADER_COUNT]; /* messages; in the leader it would be padded */
	uint32_t known;                            /* bit (1 << column): some message knew it */
	uint32_t count;
	uint32_t source_ips;
	uint32_t subjects;
	uint32_t sample_uid;
};

struct grouping {
	struct column_list key;
	struct group *groups;
	uint32_t count;
	uint32_t size; /* allocated */
	uint32_t last;
	uint32_t messages;
	uint32_t known; /* bit (1 << column): some record knew it */
	Pvoid_t ids;    /* JudyL: hash of the key -> id + 1 */
	/* Of group and value. Each kind has its own, since small arrays are quicker. */
	Pvoid_t recipients;                 /* Judy1 */
	Pvoid_t subjects;                   /* Judy1 */
	Pvoid_t counts[GROUP_LEADER_COUNT]; /* JudyL: messages */
	struct group_texts texts;
	uint32_t *order; /* ids by rank; NULL: a record came since */
};

static inline bool group_is_dated(const struct group *group)
{
	return group->first <= group->last;
}

struct grouping *grouping_new(const struct column_list *key, struct err *err);
void grouping_free(struct grouping *grouping);

/* Counts a record whose hashes are given. */
int grouping_add(struct grouping *grouping, const struct record *record,
    const struct group_hash *hash, struct err *err);

/* The same in its group, grouping->last. 0, or -1: no memory. */
int group_count_record(
    struct grouping *grouping, const struct record *record, const struct group_hash *hash);

#endif
