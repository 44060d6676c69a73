/*
 * The command follow: a report that stays. Its outputs show what has come at each tick; files get
 * their names at its end, at midnight with -t, and on SIGHUP, after which another report begins.
 */
#ifndef FOLLOW_H
#define FOLLOW_H

#include "base/env.h"
#include "mode/watch.h"
#include "record/account.h"
#include "report/report.h"
#include "settings/options.h"
#include "source/source.h"

/* The report that begins when another one is delivered. */
struct follow_report {
	time_t now;
	time_t since;
	time_t until;
	bool is_of_a_day; /* and the first of its day */
};

struct follow_settings {
	const struct options *options;
	const struct env *env;
	struct source *source; /* open */
	struct report *report;
	const struct account *account;
	struct watch *watch; /* open, and in front of the outputs */
	int64_t deadline;    /* as of clock_now(); 0: none */
	bool is_daily;       /* -t: each day has a report of its own */
	/* Delivers the report, and begins another. Nothing is being read meanwhile. */
	int (*begin_anew)(void *context, const struct follow_report *next, struct err *err);
	void *context;
};

/* Reads and waits until a signal comes, which is in *signal_r, or nothing more can come (0). What
 * the source held back has been handed on then. Errors as of live_run(). */
int follow_run(const struct follow_settings *settings, int *signal_r, struct err *err);

#endif
