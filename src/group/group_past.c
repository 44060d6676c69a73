#include "group/group_past.h"

#include <stdlib.h>

#include "group/group_internal.h"

/* Days of a group stand together; they are below 2^32 for as long as time is. */
static Word_t past_index(uint32_t id, int64_t day)
{
	return (Word_t)id << 32 | (uint32_t)day;
}

void group_past_keep(struct grouping *grouping)
{
	grouping->keeps_past = true;
}

int64_t group_past_day_of(time_t when)
{
	return when / GROUP_PAST_DAY - (when % GROUP_PAST_DAY < 0);
}

/* Counts messages of a group on a day: 0, or -1 without memory. */
static int past_count(struct grouping *grouping, uint32_t id, int64_t day, uint64_t count)
{
	PPvoid_t slot;

	if (day < 0 || day > UINT32_MAX)
		return 0;
	slot = JudyLIns(&grouping->days, past_index(id, day), PJE0);
	if (slot == PPJERR)
		return -1;
	*(PWord_t)slot += count;
	return 0;
}

int group_past_count(struct grouping *grouping, time_t when)
{
	return past_count(grouping, grouping->last, group_past_day_of(when), 1);
}

/* The days of the report itself. */
static void past_take_report(struct grouping *grouping)
{
	Word_t index = 0;

	for (PPvoid_t slot = JudyLFirst(grouping->days, &index, PJE0); slot != NULL;
	     slot = JudyLNext(grouping->days, &index, PJE0))
		grouping->past[index >> 32].days++;
}

int group_past_begin(
    struct grouping *grouping, const struct group_past_terms *terms, struct err *err)
{
	if (grouping->count == 0)
		return 0;
	grouping->past = calloc(grouping->count, sizeof(*grouping->past));
	if (grouping->past == NULL)
		return err_nomem(err);
	grouping->terms = *terms;
	past_take_report(grouping);
	return 0;
}

/* A day that has begun before the report goes on in it. */
static void past_take_day(
    const struct grouping *grouping, uint32_t id, const struct group_past_day *day)
{
	struct group_past_facts *facts = &grouping->past[id];

	if (!facts->seen || day->first < facts->first)
		facts->first = day->first;
	if (!facts->seen || day->last > facts->last)
		facts->last = day->last;
	if ((!facts->seen || day->day != facts->last_day) &&
	    JudyLGet(grouping->days, past_index(id, day->day), PJE0) == NULL)
		facts->days++;
	facts->last_day = day->day;
	facts->before += day->recent;
	facts->seen = true;
}

/*
 * A report of what is new may have messages from before its time, and so has the history: what came
 * from the group's first one on is left out. False: that is all.
 */
static bool past_leave_own(const struct grouping *grouping, uint32_t id, struct group_past_day *day)
{
	const struct group *group = &grouping->groups[id];
	PPvoid_t slot;
	uint64_t own;

	if (!group_is_dated(group) || day->last < group->first)
		return true;
	if (day->first >= group->first)
		return false;
	slot = JudyLGet(grouping->days, past_index(id, day->day), PJE0);
	own = slot != NULL ? *(PWord_t)slot : 0;
	day->count = own < day->count ? day->count - own : 1;
	day->last = day->first;
	return true;
}

int group_past_add(struct group_set *set, struct grouping *grouping,
    const struct group_past_day *day, struct err *err)
{
	struct group_past_day before = *day;
	const int64_t first = group_past_day_of(grouping->terms.since) - GROUP_SPARK_DAYS;
	uint64_t hash;
	PPvoid_t slot;
	uint32_t id;

	if (grouping->past == NULL)
		return 0;
	if (group_set_hash(set, day->record, &grouping->key, &hash, err) != 0)
		return -1;
	slot = JudyLGet(grouping->ids, hash, PJE0);
	if (slot == NULL)
		return 0;
	id = (uint32_t)(*(PWord_t)slot - 1);
	if (!past_leave_own(grouping, id, &before))
		return 0;
	past_take_day(grouping, id, &before);
	if (day->day >= first && past_count(grouping, id, day->day, before.count) != 0)
		return err_nomem(err);
	return 0;
}

bool group_past_spark(
    const struct grouping *grouping, uint32_t id, int64_t last, uint32_t counts_r[GROUP_SPARK_DAYS])
{
	if (grouping->past == NULL)
		return false;
	for (unsigned i = 0; i < GROUP_SPARK_DAYS; i++) {
		const int64_t day = last - (GROUP_SPARK_DAYS - 1) + i;
		PPvoid_t slot =
		    day >= 0 ? JudyLGet(grouping->days, past_index(id, day), PJE0) : NULL;

		counts_r[i] = slot != NULL ? (uint32_t) * (PWord_t)slot : 0;
	}
	return true;
}

static enum group_new past_is_new(
    const struct group_past_facts *facts, const struct group_past_terms *terms)
{
	if (facts->seen && facts->last >= terms->new_since)
		return GROUP_NEW_NO;
	return terms->knows_new ? GROUP_NEW_YES : GROUP_NEW_UNKNOWN;
}

void group_past_take_row(const struct grouping *grouping, struct group_row *row)
{
	const struct group_past_terms *terms = &grouping->terms;
	const struct group_past_facts *facts;

	if (grouping->past == NULL)
		return;
	facts = &grouping->past[row->id];
	row->past = (struct group_past){
	    .known = (facts->seen || row->dated) && (facts->seen || terms->knows_first),
	    .days = facts->days,
	    .first = facts->seen && (!row->dated || facts->first < row->first) ? facts->first
									       : row->first,
	    .knows_before = terms->knows_before,
	    .before = facts->before,
	    .is_new = past_is_new(facts, terms),
	};
}
