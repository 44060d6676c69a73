/*
 * What a screen of offenders knows: the groups of each grouping it can show, when their messages
 * came, and the latest of these. It is filled as a sink, and knows no terminal.
 *
 * Records come from other threads: whoever reads it meanwhile does so between report_pause() and
 * report_resume().
 */
#ifndef SCREEN_MODEL_H
#define SCREEN_MODEL_H

#include "group/group_set.h"
#include "sink/screen/screen_latest.h"
#include "sink/screen/screen_times.h"
#include "sink/sink.h"

/* What groups can be by, in the order of the keys 1 to 4. */
enum screen_by {
	SCREEN_BY_IDENTITY,
	SCREEN_BY_SCRIPT,
	SCREEN_BY_SOURCE_IP,
	SCREEN_BY_SENDER_DOMAIN,
	SCREEN_BYS
};

_Static_assert(SCREEN_BYS == SCREEN_GROUPINGS, "each has its list of messages");

/* The columns of the list; all but the course can be sorted by. */
enum screen_column {
	SCREEN_COUNT,
	SCREEN_PERCENT, /* sorted as the count */
	SCREEN_RATE_1,  /* messages a minute, of so many minutes */
	SCREEN_RATE_5,
	SCREEN_RATE_15,
	SCREEN_COURSE_BARS,
	SCREEN_KEY,
	SCREEN_RECIPIENTS,
	SCREEN_IPS,
	SCREEN_TOP_SCRIPT,
	SCREEN_LAST_SUBJECT,
	SCREEN_FIRST_SEEN,
	SCREEN_COLUMNS
};

struct screen_model;

/* What may be ahead of the clock: a message that says it is later has no time. */
#define SCREEN_AHEAD 60

/*
 * Its groupings are the set's, which outlives it. `scale` is that of the courses. `now` is when the
 * run began. NULL: ERR_SYSTEM.
 */
struct screen_model *screen_model_new(
    struct group_set *set, struct screen_scale scale, time_t now, struct err *err);
void screen_model_free(struct screen_model *model);

/* Where records go; the model's. */
struct sink *screen_model_sink(struct screen_model *model);

/* The time of day, of a run that stays: what is later by more than SCREEN_AHEAD is undated. */
void screen_model_set_now(struct screen_model *model, time_t now);

/* Changes with each record. */
uint64_t screen_model_version(const struct screen_model *model);

/* When the newest message came; 0: none has a time. */
time_t screen_model_newest(const struct screen_model *model);

struct grouping *screen_model_grouping(const struct screen_model *model, enum screen_by by);

/* Of all messages. */
uint64_t screen_model_late(const struct screen_model *model, time_t at, unsigned minutes);
void screen_model_course(
    const struct screen_model *model, time_t at, uint32_t bars_r[SCREEN_ALL_BARS]);

/* Seconds of a bar of that course, and of a group's. */
time_t screen_model_bar(const struct screen_model *model);

/* Of a group; `id` as grouping_last() has it. */
uint64_t screen_model_group_late(
    const struct screen_model *model, enum screen_by by, uint32_t id, time_t at, unsigned minutes);
void screen_model_group_course(const struct screen_model *model, enum screen_by by, uint32_t id,
    time_t at, uint32_t bars_r[SCREEN_BARS]);

/* The newest message; NULL: none is kept. */
const struct screen_message *screen_model_latest(
    const struct screen_model *model, enum screen_by by, uint32_t id);

/* Which groups are listed, and in which order. */
struct screen_choice {
	enum screen_by by;
	enum screen_column sort;
	bool reverse;       /* numbers: the least first; texts: from z to a */
	struct span filter; /* without case; in the key, the top script or the last subject */
	time_t at;          /* when rates end */
};

/* Zeroed, it is empty; free(3) frees order. */
struct screen_order {
	uint32_t *order; /* all groups: the listed ones, then the others */
	uint32_t size;   /* allocated */
	uint32_t listed;
	uint64_t messages; /* of those listed */
};

/* ERR_SYSTEM without memory. */
int screen_model_order(const struct screen_model *model, const struct screen_choice *choice,
    struct screen_order *order, struct err *err);

#endif
