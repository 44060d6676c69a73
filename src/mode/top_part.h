/*
 * Parts of the command top. For top*.c.
 */
#ifndef MODE_TOP_PART_H
#define MODE_TOP_PART_H

#include "mode/run_parts.h"
#include "mode/top_log.h"
#include "report/report.h"
#include "sink/screen/screen_view.h"

/* Servers, or files, of which the screen says how they are; of more only how many there are. */
#define TOP_MAX_PLACES 16

struct top {
	const struct options *options;
	const struct env *env;
	const struct run_shown *shown;
	struct group_set *groups;
	struct screen_model *model;
	struct screen_view view;
	struct screen_canvas canvas;
	struct top_log log;
	uint64_t log_seen;
	bool follows;     /* more may come */
	time_t midnight;  /* when what is of today begins anew; 0: never */
	bool over;        /* the source has ended */
	bool taken;       /* the terminal is ours */
	unsigned idle;    /* ticks of an input that has no key */
	uint64_t version; /* of the model, as drawn */
	time_t second;    /* the same of the clock */
	int64_t next;     /* of clock_now(): the list is not put in order before */
	/* Under the desk's lock, a copy as of when the source was last at rest: */
	bool rested;
	struct account account;
	struct account_place *places;
	/* The identity that a yes is typed for. */
	struct buf identity;
};

/* Writes what is listed to a file, and says its name at the bottom. What goes wrong is said there,
 * too. */
void top_save(struct top *top);

/* Shows how the chosen identity is locked. */
void top_show_lock(struct top *top);

/* Leaves the screen, runs the command lock for the identity, which asks before it locks, and comes
 * back. -1: ERR_SIGNAL. */
int top_run_lock(struct top *top, struct err *err);

#endif
