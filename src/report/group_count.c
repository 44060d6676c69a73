/* What is counted in a group: distinct values, the most frequent ones, times, a sample. */
#include "report/group_internal.h"

/* Odd: it takes each number of 64 bits to another one. */
#define GROUP_MIX_FACTOR UINT64_C(0x9E3779B97F4A7C15)

/*
 * A value of a group as one number. Each group moves a hash by another amount; hashes that nobody
 * knows stay as good as random by that.
 */
static Word_t group_mix(uint64_t hash, uint32_t id)
{
	return hash + id * GROUP_MIX_FACTOR;
}

static int group_count_recipients(
    struct grouping *grouping, struct group *group, const struct group_hash *hash)
{
	for (size_t i = 0; i < hash->recipient_count; i++) {
		int added = Judy1Set(
		    &grouping->recipients, group_mix(hash->recipient[i], grouping->last), PJE0);

		if (added == JERR)
			return -1;
		group->recipients += (unsigned)added;
	}
	return 0;
}

static int group_count_subject(
    struct grouping *grouping, struct group *group, const struct group_hash *hash)
{
	Word_t index = group_mix(hash->value[COLUMN_SUBJECT], grouping->last);
	int added = Judy1Set(&grouping->subjects, index, PJE0);

	if (added == JERR)
		return -1;
	group->subjects += (unsigned)added;
	return 0;
}

static int group_leader_set(
    struct grouping *grouping, struct group_leader *leader, uint64_t hash, struct span value)
{
	if (group_text_set(&grouping->texts, &leader->text, value) != 0)
		return -1;
	leader->hash = hash;
	return 0;
}

/* Another value than the leader's. When it becomes the more frequent one, they change places. */
static int group_count_other(
    struct grouping *grouping, enum group_leader_kind kind, uint64_t hash, struct span value)
{
	struct group *group = &grouping->groups[grouping->last];
	struct group_leader *leader = &group->leader[kind];
	Pvoid_t *counts = &grouping->counts[kind];
	PPvoid_t slot = JudyLIns(counts, group_mix(hash, grouping->last), PJE0);
	Word_t count;

	if (slot == PPJERR)
		return -1;
	count = ++*(PWord_t)slot;
	if (count > group->leader_count[kind]) {
		slot = JudyLIns(counts, group_mix(leader->hash, grouping->last), PJE0);
		if (slot == PPJERR || group_leader_set(grouping, leader, hash, value) != 0)
			return -1;
		*(PWord_t)slot = group->leader_count[kind];
		group->leader_count[kind] = (uint32_t)count;
	}
	return count == 1;
}

/* Counts a script or source address. 1: it is new in the group; 0: it is not; -1: no memory. */
static int group_count_value(
    struct grouping *grouping, enum group_leader_kind kind, uint64_t hash, struct span value)
{
	struct group *group = &grouping->groups[grouping->last];
	struct group_leader *leader = &group->leader[kind];

	if (value.n == 0)
		return 0;
	if (group->leader_count[kind] == 0 && group_leader_set(grouping, leader, hash, value) != 0)
		return -1;
	if (leader->hash == hash)
		return ++group->leader_count[kind] == 1;
	return group_count_other(grouping, kind, hash, value);
}

static int group_take_sample(
    struct grouping *grouping, struct group *group, const struct record *record)
{
	struct span subject = group_value(record, COLUMN_SUBJECT);

	if (group->sample_subject != NULL || (group->count > 0 && subject.n == 0))
		return 0;
	group->sample_uid = (record->absent & (UINT32_C(1) << COLUMN_UID)) == 0 ? record->uid : 0;
	if (subject.n == 0)
		return 0;
	return group_text_set(&grouping->texts, &group->sample_subject, subject);
}

static void group_take_time(struct group *group, const struct record *record)
{
	time_t when = record->internal_date;

	if (group_value(record, COLUMN_DATE).n == 0)
		return;
	if (!group_is_dated(group)) {
		group->first = group->last = when;
	} else {
		group->first = when < group->first ? when : group->first;
		group->last = when > group->last ? when : group->last;
	}
}

int group_count_record(
    struct grouping *grouping, const struct record *record, const struct group_hash *hash)
{
	struct group *group = &grouping->groups[grouping->last];
	int source_ip;

	if (group_count_recipients(grouping, group, hash) != 0 ||
	    (group_value(record, COLUMN_SUBJECT).n > 0 &&
		group_count_subject(grouping, group, hash) != 0) ||
	    group_count_value(grouping, GROUP_LEADER_SCRIPT, hash->value[COLUMN_PHP_SCRIPT],
		group_value(record, COLUMN_PHP_SCRIPT)) < 0)
		return -1;
	source_ip = group_count_value(grouping, GROUP_LEADER_SOURCE_IP,
	    hash->value[COLUMN_SOURCE_IP], group_value(record, COLUMN_SOURCE_IP));
	if (source_ip < 0 || group_take_sample(grouping, group, record) != 0)
		return -1;
	group->source_ips += (unsigned)source_ip;
	group_take_time(group, record);
	group->known |= ~record->absent;
	group->count++;
	return 0;
}
