/* What is counted in a group: distinct values, the most frequent ones, times, a sample. */
#include <stdlib.h>

#include "group/group_internal.h"
#include "group/group_key.h"

#define GROUP_FIRST_ESTIMATES 16

/* Odd, so that it maps every 64-bit number to a different one. */
#define GROUP_MIX_FACTOR UINT64_C(0x9E3779B97F4A7C15)

/* A value of a group as one number. Each group moves a hash by a different amount; secret hashes
 * stay as good as random. */
static Word_t group_mix(uint64_t hash, uint32_t id)
{
	return hash + id * GROUP_MIX_FACTOR;
}

/* Whether another value of this kind gets a place of its own. Once false, it stays false. */
static bool group_may_keep(
    const struct grouping *grouping, const struct group *group, enum group_kind kind)
{
	unsigned kept = group->kept[kind];

	if (kept < GROUP_EXACT_LEAST)
		return true;
	return kept < GROUP_EXACT_MOST && grouping->shared->kept < grouping->shared->exact_total;
}

static void group_keep(struct grouping *grouping, struct group *group, enum group_kind kind)
{
	group->kept[kind]++;
	grouping->shared->kept++;
}

/* NULL: no memory. */
static struct group_estimate *group_make_estimate(struct grouping *grouping, struct group *group)
{
	if (group->estimate != 0)
		return group_estimate(grouping, group);
	if (grouping->estimate_count == grouping->estimate_size) {
		uint32_t size =
		    grouping->estimate_size + grouping->estimate_size / 2 + GROUP_FIRST_ESTIMATES;
		struct group_estimate *more =
		    reallocarray(grouping->estimates, size, sizeof(*more));

		if (more == NULL)
			return NULL;
		grouping->estimates = more;
		grouping->estimate_size = size;
	}
	grouping->estimates[grouping->estimate_count] = (struct group_estimate){0};
	group->estimate = ++grouping->estimate_count;
	return group_estimate(grouping, group);
}

static int group_sketch_value(
    struct grouping *grouping, struct group *group, enum group_kind kind, uint64_t hash)
{
	struct group_estimate *estimate = group_make_estimate(grouping, group);

	if (estimate == NULL)
		return -1;
	if (estimate->sketch[kind] == NULL)
		estimate->sketch[kind] = group_sketch_new(&grouping->shared->sketches);
	if (estimate->sketch[kind] == NULL)
		return -1;
	group_sketch_add(estimate->sketch[kind], hash);
	return 0;
}

/* Counts a value of a kind that has only a number of different values. */
static int group_count_distinct(struct grouping *grouping, enum group_kind kind, uint64_t hash)
{
	Pvoid_t *set = &grouping->distinct[kind];
	struct group *group = &grouping->groups[grouping->last];
	Word_t index = group_mix(hash, grouping->last);
	int added;

	if (!group_may_keep(grouping, group, kind)) {
		if (Judy1Test(*set, index, PJE0) == 1)
			return 0;
		return group_sketch_value(grouping, group, kind, hash);
	}
	added = Judy1Set(set, index, PJE0);
	if (added == JERR)
		return -1;
	if (added == 1)
		group_keep(grouping, group, kind);
	return 0;
}

static int group_count_recipients(struct grouping *grouping, const struct group_hash *hash)
{
	for (size_t i = 0; i < hash->recipient_count; i++)
		if (group_count_distinct(grouping, GROUP_KIND_RECIPIENT, hash->recipient[i]) != 0)
			return -1;
	return 0;
}

static int group_leader_set(struct grouping *grouping, struct group_leader *leader,
    enum group_kind kind, uint64_t hash, struct span value)
{
	static const enum column column[GROUP_KIND_LEADERS] = {
	    [GROUP_KIND_SCRIPT] = COLUMN_PHP_SCRIPT,
	    [GROUP_KIND_SOURCE_IP] = COLUMN_SOURCE_IP,
	};

	if (group_text_set(&grouping->shared->texts, column[kind], value, &leader->text) != 0)
		return -1;
	leader->hash = hash;
	return 0;
}

/* Puts the leader back among the others, with its count. */
static int group_demote_leader(struct grouping *grouping, struct group *group, enum group_kind kind)
{
	const struct group_estimate *estimate = group_estimate(grouping, group);
	Word_t index = group_mix(group->leader[kind].hash, grouping->last);
	PPvoid_t slot;

	if (estimate != NULL && estimate->leads[kind]) {
		group_tally_raise(grouping->tally[kind], index, group->leader_count[kind]);
		return 0;
	}
	slot = JudyLIns(&grouping->counts[kind], index, PJE0);
	if (slot == PPJERR)
		return -1;
	*(PWord_t)slot = group->leader_count[kind];
	return 0;
}

/* A value other than the leader, and how often it came. */
struct group_rival {
	uint64_t hash;
	struct span value;
	uint32_t count;
	bool tallied; /* it has no place of its own */
};

/* It becomes the leader when it came more often. */
static int group_update_leader(
    struct grouping *grouping, enum group_kind kind, const struct group_rival *rival)
{
	struct group *group = &grouping->groups[grouping->last];
	struct group_estimate *estimate = group_estimate(grouping, group);

	if (rival->count <= group->leader_count[kind])
		return 0;
	if (group_demote_leader(grouping, group, kind) != 0 ||
	    group_leader_set(grouping, &group->leader[kind], kind, rival->hash, rival->value) != 0)
		return -1;
	group->leader_count[kind] = rival->count;
	if (estimate != NULL)
		estimate->leads[kind] = rival->tallied;
	return 0;
}

/* Counts a value without a place of its own. */
static int group_count_tallied(
    struct grouping *grouping, enum group_kind kind, uint64_t hash, struct span value)
{
	struct group *group = &grouping->groups[grouping->last];
	struct group_estimate *estimate = group_make_estimate(grouping, group);
	struct group_rival rival = {.hash = hash, .value = value, .tallied = true};

	if (estimate == NULL)
		return -1;
	if (grouping->tally[kind] == NULL)
		grouping->tally[kind] = calloc(1, sizeof(*grouping->tally[kind]));
	if (grouping->tally[kind] == NULL)
		return -1;
	if (kind == GROUP_KIND_SOURCE_IP && group_sketch_value(grouping, group, kind, hash) != 0)
		return -1;
	rival.count = group_tally_add(grouping->tally[kind], group_mix(hash, grouping->last));
	estimate->tallied[kind]++;
	if (rival.count > estimate->tallied[kind]) /* the counters also hold other values */
		rival.count = estimate->tallied[kind];
	return group_update_leader(grouping, kind, &rival);
}

static int group_count_other(
    struct grouping *grouping, enum group_kind kind, uint64_t hash, struct span value)
{
	struct group *group = &grouping->groups[grouping->last];
	Pvoid_t *counts = &grouping->counts[kind];
	Word_t index = group_mix(hash, grouping->last);
	struct group_rival rival = {.hash = hash, .value = value};
	PPvoid_t slot;

	if (group_may_keep(grouping, group, kind))
		slot = JudyLIns(counts, index, PJE0);
	else
		slot = JudyLGet(*counts, index, PJE0);
	if (slot == PPJERR)
		return -1;
	if (slot == NULL)
		return group_count_tallied(grouping, kind, hash, value);
	rival.count = (uint32_t)(*(PWord_t)slot += 1);
	if (rival.count == 1)
		group_keep(grouping, group, kind);
	return group_update_leader(grouping, kind, &rival);
}

static void group_count_leader(
    const struct grouping *grouping, struct group *group, enum group_kind kind)
{
	struct group_estimate *estimate = group_estimate(grouping, group);

	if (++group->leader_count[kind] == 1)
		group->kept[kind] = 1;
	if (estimate != NULL && estimate->leads[kind])
		estimate->tallied[kind]++;
}

/* Counts a script or source address, which is not empty. */
static int group_count_value(
    struct grouping *grouping, enum group_kind kind, uint64_t hash, struct span value)
{
	struct group *group = &grouping->groups[grouping->last];
	struct group_leader *leader = &group->leader[kind];

	if (group->leader_count[kind] == 0 &&
	    group_leader_set(grouping, leader, kind, hash, value) != 0)
		return -1;
	if (leader->hash != hash)
		return group_count_other(grouping, kind, hash, value);
	group_count_leader(grouping, group, kind);
	return 0;
}

static int group_take_sample(
    struct grouping *grouping, struct group *group, const struct record *record)
{
	struct span subject = record_value(record, COLUMN_SUBJECT);

	if (group->sample_subject != NULL || (group->count > 0 && subject.n == 0))
		return 0;
	group->sample_uid = (uint32_t)record_number(record, COLUMN_UID);
	if (subject.n == 0)
		return 0;
	return group_text_share(
	    &grouping->shared->texts, COLUMN_SUBJECT, subject, &group->sample_subject);
}

static void group_take_time(
    struct group *group, const struct group_shared *shared, const struct record *record)
{
	time_t when = record->internal_date;

	if (record_value(record, COLUMN_DATE).n == 0)
		return;
	if (shared->watches && when >= shared->watched)
		group->recent++;
	if (!group_is_dated(group)) {
		group->first = group->last = when;
	} else {
		group->first = when < group->first ? when : group->first;
		group->last = when > group->last ? when : group->last;
	}
}

static void group_take_kind(struct group *group, const struct record *record)
{
	enum identity_kind kind = identity_kind_of(record_value(record, COLUMN_IDENTITY_KIND));

	if (kind != IDENTITY_UNKNOWN)
		group->identity_kinds |= (uint8_t)(1u << kind);
}

/* Counts a value, which is not empty. */
static int group_count_column(
    struct grouping *grouping, enum group_kind kind, uint64_t hash, struct span value)
{
	return kind < GROUP_KIND_LEADERS ? group_count_value(grouping, kind, hash, value)
					 : group_count_distinct(grouping, kind, hash);
}

/* Counts everything of a group but its number of messages. */
static int group_count_values(
    struct grouping *grouping, const struct record *record, const struct group_hash *hash)
{
	static const struct {
		enum column column;
		enum group_kind kind;
	} counted[] = {
	    {COLUMN_SUBJECT, GROUP_KIND_SUBJECT},
	    {COLUMN_LOGIN_IP, GROUP_KIND_LOGIN_IP},
	    {COLUMN_PHP_SCRIPT_IP, GROUP_KIND_CALLER},
	    {COLUMN_PHP_SCRIPT, GROUP_KIND_SCRIPT},
	    {COLUMN_SOURCE_IP, GROUP_KIND_SOURCE_IP},
	};

	if (group_count_recipients(grouping, hash) != 0)
		return -1;
	for (size_t i = 0; i < sizeof(counted) / sizeof(counted[0]); i++) {
		enum column column = counted[i].column;
		struct span value = hash->text[column];

		if (value.n > 0 &&
		    group_count_column(grouping, counted[i].kind, hash->value[column], value) != 0)
			return -1;
	}
	group_take_kind(&grouping->groups[grouping->last], record);
	return group_take_sample(grouping, &grouping->groups[grouping->last], record);
}

int group_count_record(
    struct grouping *grouping, const struct record *record, const struct group_hash *hash)
{
	struct group *group = &grouping->groups[grouping->last];

	if (!grouping->bare && group_count_values(grouping, record, hash) != 0)
		return -1;
	group_take_time(group, grouping->shared, record);
	if (grouping->keeps_past && record_value(record, COLUMN_DATE).n > 0 &&
	    group_past_count(grouping, record->internal_date) != 0)
		return -1;
	column_set_add_others(&group->known, &record->absent);
	group->count++;
	return 0;
}
