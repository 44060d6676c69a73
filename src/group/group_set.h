/*
 * The groupings of a run. Each record is hashed once for all of them, and
 * outputs that group by the same columns share one.
 */
#ifndef REPORT_GROUP_SET_H
#define REPORT_GROUP_SET_H

#include "group/group.h"

/* Different groupings in one run: the one asked for, the identity report's, the blocklist's, and
 * the page's. */
#define GROUP_SET_MAX 12

struct group_set;

/* NULL when there is no memory or no randomness for the key of the hashes (err: ERR_SYSTEM). */
struct group_set *group_set_new(struct err *err);
void group_set_free(struct group_set *set);

/*
 * The grouping by these columns, made if there is none yet; owned by the set. NULL without memory;
 * or with ERR_INTERNAL when a new one comes after the first record, is one too many, or has no or
 * too many columns.
 */
struct grouping *group_set_get(
    struct group_set *set, const struct column_list *key, struct err *err);

/*
 * The same for an output that shows messages and times of each group only: nothing else is counted,
 * unless another output asks for it.
 */
struct grouping *group_set_get_bare(
    struct group_set *set, const struct column_list *key, struct err *err);

/* Messages of this time and later are counted apart, too (group_row.recent). Before the first
 * record. */
void group_set_watch(struct group_set *set, time_t since);

/* Less room for numbers of different values, which become estimates sooner: for sources that have
 * very many rows. Before the first record. */
void group_set_be_small(struct group_set *set);

/* The standard error of estimates in tenths of a percent; 0: there are none, all is exact. */
unsigned group_set_error(const struct group_set *set);

/* Counts a record in every grouping. */
int group_set_add(struct group_set *set, const struct record *record, struct err *err);

#endif
