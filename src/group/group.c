#include "group/group.h"

#include <inttypes.h>
#include <stdlib.h>

#include "group/group_internal.h"
#include "group/group_key.h"

#define GROUP_FIRST_SIZE 64

struct grouping *grouping_new(
    const struct column_list *key, struct group_shared *shared, struct err *err)
{
	struct grouping *grouping = calloc(1, sizeof(*grouping));

	if (grouping == NULL) {
		err_nomem(err);
		return NULL;
	}
	grouping->key = *key;
	grouping->shared = shared;
	return grouping;
}

void grouping_free(struct grouping *grouping)
{
	if (grouping == NULL)
		return;
	JudyLFreeArray(&grouping->ids, PJE0);
	for (unsigned i = GROUP_KIND_LEADERS; i < GROUP_KINDS; i++)
		Judy1FreeArray(&grouping->distinct[i], PJE0);
	for (unsigned i = 0; i < GROUP_KIND_LEADERS; i++) {
		JudyLFreeArray(&grouping->counts[i], PJE0);
		free(grouping->tally[i]);
	}
	JudyLFreeArray(&grouping->days, PJE0);
	free(grouping->past);
	free(grouping->estimates);
	free(grouping->groups);
	free(grouping->order);
	free(grouping);
}

static int grouping_grow(struct grouping *grouping, struct err *err)
{
	size_t size = grouping->size != 0 ? grouping->size + grouping->size / 2 : GROUP_FIRST_SIZE;
	struct group *more;

	if (grouping->count == GROUP_MAX_GROUPS)
		return err_set(err, ERR_SYSTEM, "more than %" PRIu32 " groups", GROUP_MAX_GROUPS);
	if (grouping->count < grouping->size)
		return 0;
	if (size > GROUP_MAX_GROUPS)
		size = GROUP_MAX_GROUPS;
	more = reallocarray(grouping->groups, size, sizeof(*more));
	if (more == NULL)
		return err_nomem(err);
	grouping->groups = more;
	grouping->size = (uint32_t)size;
	return 0;
}

static int group_take_keys(
    const struct grouping *grouping, struct group *group, const struct record *record)
{
	const struct column_list *key = &grouping->key;
	struct group_texts *texts = &grouping->shared->texts;
	struct group_text **keys = &group->key;

	if (key->count > 1)
		group->keys = keys = group_texts_pointers(texts, key->count);
	if (keys == NULL)
		return -1;
	for (unsigned k = 0; k < key->count; k++)
		if (group_text_share(texts, key->column[k], group_key_value(record, key->column[k]),
			&keys[k]) != 0)
			return -1;
	return 0;
}

/* A group that has no message yet. */
static int grouping_append(struct grouping *grouping, const struct record *record, struct err *err)
{
	struct group *group;

	if (grouping_grow(grouping, err) != 0)
		return -1;
	group = &grouping->groups[grouping->count];
	*group = (struct group){.first = 1, .last = 0};
	if (group_take_keys(grouping, group, record) != 0)
		return err_nomem(err);
	grouping->count++;
	return 0;
}

/* Finds or makes the record's group: grouping->last. */
static int grouping_find(struct grouping *grouping, const struct record *record,
    const struct group_hash *hash, struct err *err)
{
	Word_t key = group_hash_columns(hash, &grouping->key);
	PPvoid_t slot = JudyLIns(&grouping->ids, key, PJE0);
	PWord_t id = (PWord_t)slot;

	if (slot == PPJERR)
		return err_nomem(err);
	if (*id == 0) {
		if (grouping_append(grouping, record, err) != 0)
			return -1;
		*id = grouping->count;
	}
	grouping->last = (uint32_t)(*id - 1);
	return 0;
}

int grouping_add(struct grouping *grouping, const struct record *record,
    const struct group_hash *hash, struct err *err)
{
	if (grouping->messages == GROUP_MAX_MESSAGES)
		return err_set(
		    err, ERR_SYSTEM, "more than %" PRIu32 " messages", GROUP_MAX_MESSAGES);
	if (grouping_find(grouping, record, hash, err) != 0)
		return -1;
	if (group_count_record(grouping, record, hash) != 0)
		return err_nomem(err);
	free(grouping->order);
	grouping->order = NULL;
	grouping->ranked = 0;
	grouping->messages++;
	column_set_add_others(&grouping->known, &record->absent);
	return 0;
}

const struct column_list *grouping_key(const struct grouping *grouping)
{
	return &grouping->key;
}

uint32_t grouping_last(const struct grouping *grouping)
{
	return grouping->last;
}

bool grouping_keeps_past(const struct grouping *grouping)
{
	return grouping->keeps_past;
}

uint32_t grouping_count(const struct grouping *grouping)
{
	return grouping->count;
}

uint64_t grouping_messages(const struct grouping *grouping)
{
	return grouping->messages;
}

bool grouping_knows(const struct grouping *grouping, enum column column)
{
	return grouping->messages == 0 || column_set_has(&grouping->known, column_origin(column));
}

bool grouping_knows_of(const struct grouping *grouping, uint32_t id, enum column column)
{
	return column_set_has(&grouping->groups[id].known, column_origin(column));
}
