#include "group/group_set.h"

#include <stdlib.h>

#include "group/group_internal.h"
#include "group/group_time.h"

struct group_set {
	struct grouping *grouping[GROUP_SET_MAX];
	unsigned count;
	bool started; /* a record came */
	struct group_hash hash;
	struct group_shared shared;
	bool has_times;  /* some grouping is by Day, Hour or Week */
	struct buf time; /* those of the last record */
};

struct group_set *group_set_new(struct err *err)
{
	struct group_set *set = calloc(1, sizeof(*set));

	if (set == NULL) {
		err_nomem(err);
		return NULL;
	}
	group_texts_init(&set->shared.texts);
	group_sketches_init(&set->shared.sketches);
	set->shared.exact_total = GROUP_EXACT_TOTAL;
	buf_init(&set->time, 0);
	if (group_hash_init(&set->hash, err) != 0) {
		group_set_free(set);
		return NULL;
	}
	return set;
}

void group_set_free(struct group_set *set)
{
	if (set == NULL)
		return;
	for (unsigned i = 0; i < set->count; i++)
		grouping_free(set->grouping[i]);
	group_texts_fini(&set->shared.texts);
	group_sketches_fini(&set->shared.sketches);
	group_hash_fini(&set->hash);
	buf_fini(&set->time);
	free(set);
}

static bool group_set_same_key(const struct column_list *a, const struct column_list *b)
{
	if (a->count != b->count)
		return false;
	for (unsigned i = 0; i < a->count; i++)
		if (a->column[i] != b->column[i])
			return false;
	return true;
}

static struct grouping *group_set_find(const struct group_set *set, const struct column_list *key)
{
	for (unsigned i = 0; i < set->count; i++)
		if (group_set_same_key(grouping_key(set->grouping[i]), key))
			return set->grouping[i];
	return NULL;
}

struct grouping *group_set_get_bare(
    struct group_set *set, const struct column_list *key, struct err *err)
{
	struct grouping *grouping = group_set_find(set, key);

	if (grouping != NULL)
		return grouping;
	if (set->started || set->count == GROUP_SET_MAX || key->count == 0 ||
	    key->count > GROUP_MAX_KEYS) {
		err_set(err, ERR_INTERNAL, "a grouping that cannot be made");
		return NULL;
	}
	grouping = grouping_new(key, &set->shared, err);
	if (grouping == NULL)
		return NULL;
	for (unsigned i = 0; i < key->count; i++)
		group_hash_want(&set->hash, key->column[i]);
	grouping->bare = true;
	set->has_times = set->has_times || column_list_has_time(key);
	set->grouping[set->count++] = grouping;
	return grouping;
}

struct grouping *group_set_get(
    struct group_set *set, const struct column_list *key, struct err *err)
{
	struct grouping *grouping = group_set_get_bare(set, key, err);

	if (grouping != NULL && grouping->bare && set->started) {
		err_set(err, ERR_INTERNAL, "a grouping that has not counted everything");
		return NULL;
	}
	if (grouping != NULL)
		grouping->bare = false;
	return grouping;
}

void group_set_watch(struct group_set *set, time_t since)
{
	set->shared.watched = since;
	set->shared.watches = true;
}

void group_set_be_small(struct group_set *set)
{
	set->shared.exact_total = GROUP_SMALL_EXACT_TOTAL;
	set->shared.sketches.max_bytes = GROUP_SKETCH_SMALL_BYTES;
}

struct grouping *group_past_next(struct group_set *set, unsigned *next)
{
	while (*next < set->count) {
		struct grouping *grouping = set->grouping[(*next)++];

		if (grouping->keeps_past)
			return grouping;
	}
	return NULL;
}

int group_set_hash(struct group_set *set, const struct record *record,
    const struct column_list *key, uint64_t *hash_r, struct err *err)
{
	if (group_hash_set_columns(&set->hash, record, key, err) != 0)
		return -1;
	*hash_r = group_hash_columns(&set->hash, key);
	return 0;
}

unsigned group_set_error(const struct group_set *set)
{
	for (unsigned i = 0; i < set->count; i++)
		if (set->grouping[i]->estimate_count > 0)
			return group_sketches_error(&set->shared.sketches);
	return 0;
}

static int group_set_add_all(struct group_set *set, const struct record *record, struct err *err)
{
	if (group_hash_set(&set->hash, record, err) != 0)
		return -1;
	group_texts_next(&set->shared.texts);
	for (unsigned i = 0; i < set->count; i++)
		if (grouping_add(set->grouping[i], record, &set->hash, err) != 0)
			return -1;
	return 0;
}

int group_set_add(struct group_set *set, const struct record *record, struct err *err)
{
	struct record timed;

	set->started = true;
	if (set->count == 0)
		return 0;
	if (!set->has_times)
		return group_set_add_all(set, record, err);
	timed = *record;
	group_time_fill(&timed, &set->time);
	if (set->time.failed != 0)
		return err_nomem(err);
	return group_set_add_all(set, &timed, err);
}
