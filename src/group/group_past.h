/*
 * What is known of the groups of a report from the time before it, out of a history: when they were
 * seen for the first time, on how many days, how many messages they had just before, and so whether
 * they are new.
 *
 * Nothing is taken for granted that was not looked for: what the history cannot say of a group is
 * not known, never 0. Days are those of UTC, as in a history, since 1970.
 */
#ifndef REPORT_GROUP_PAST_H
#define REPORT_GROUP_PAST_H

#include "group/group_set.h"

#define GROUP_PAST_DAY ((time_t)24 * 60 * 60)

/* The day of a time. */
int64_t group_past_day_of(time_t when);

/* Days that group_past_spark() goes back. */
#define GROUP_SPARK_DAYS 30

/* The days of this grouping are counted, and its reports have the columns about the past, which
 * are empty unless group_past_begin() says more. Before the first record. */
void group_past_keep(struct grouping *grouping);

/* The next grouping of the set that keeps days; *next is 0 at first. NULL: no more. */
struct grouping *group_past_next(struct group_set *set, unsigned *next);

/* What has been looked for. */
struct group_past_terms {
	time_t since;      /* the first second of the report: what comes is from before it */
	time_t new_since;  /* who has not been seen from here on is new */
	bool knows_new;    /* all of the time from there on is known */
	bool knows_before; /* all that is counted in `recent` is known, and the report is as long */
	bool knows_first;  /* nothing of the time between is missing: see --new-only */
};

/* After the last record and before rows are read, once. ERR_SYSTEM without memory. */
int group_past_begin(
    struct grouping *grouping, const struct group_past_terms *terms, struct err *err);

/* Messages of a day before the report that have the same values. */
struct group_past_day {
	const struct record *record; /* the key columns are set */
	int64_t day;
	uint64_t count;
	uint64_t recent; /* of them in as long a time as the report's, right before it */
	time_t first;
	time_t last;
};

/*
 * Adds them to their group; if there is none they are of no interest. Days come one after the
 * other; one may come in several parts, since values that are the same to a group can be spelled
 * differently. Messages of the report itself may be among them: only what came before the group's
 * first one counts. ERR_SYSTEM without memory.
 */
int group_past_add(struct group_set *set, struct grouping *grouping,
    const struct group_past_day *day, struct err *err);

/* Messages of a group on each of the days up to `last`, which is the last of counts_r; false: they
 * are not known. */
bool group_past_spark(const struct grouping *grouping, uint32_t id, int64_t last,
    uint32_t counts_r[GROUP_SPARK_DAYS]);

#endif
