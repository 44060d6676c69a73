/*
 * A run that stays: the source is read to its present end, and waited for, in a thread of its own,
 * while the caller's thread shows what has come. What a mode shows is all that differs between
 * modes that stay.
 *
 * Two threads call the mode: the caller's, and the source's. What both look at belongs under the
 * desk's lock (report_pause()).
 */
#ifndef LIVE_H
#define LIVE_H

#include "base/env.h"
#include "report/report.h"
#include "source/source.h"

/* Milliseconds between ticks at least, but for what is typed: five a second. */
#define LIVE_GAP 200

/* Milliseconds between two calls of rest() at most, while the source waits. */
#define LIVE_STEP 1000

/* Why there is a tick. */
enum live_why {
	LIVE_TIME,  /* the interval is over */
	LIVE_MORE,  /* the source has read something, to its present end */
	LIVE_INPUT, /* the descriptor is readable */
	LIVE_OVER,  /* the source has ended, and the run stays */
};

struct live_settings {
	struct source *source;
	struct report *report;
	const struct env *env;
	int64_t interval; /* milliseconds between ticks when nothing comes; not below LIVE_GAP */
	int64_t deadline; /* of the run, as of clock_now(): it ends then; 0: none */
	bool stays;       /* also when nothing more can come from the source */
	int fd;           /* a terminal to be read; -1: none */
	/*
	 * In the caller's thread, each time after report_tick(); NULL: that is all. 1: the run is
	 * to end; 0; -1.
	 */
	int (*tick)(void *context, enum live_why why, time_t now, struct err *err);
	/*
	 * In the source's thread, while the source is at rest: after each read(), and every
	 * LIVE_STEP while it waits; not as long as it cannot be held (source_ops). All that was
	 * found has been handed on then, so that counts add up. NULL: none.
	 */
	int (*rest)(void *context, time_t now, struct err *err);
	/* In the caller's thread, as soon as the run is to end: before the source's thread, which
	 * may take its time, is waited for. NULL: none. */
	void (*leave)(void *context);
	void *context;
};

/*
 * Returns when a signal has come, when tick() says so, at the deadline, or when the source has
 * ended and the run does not stay. 0: *signal_r is SIGINT, SIGTERM or SIGHUP, or 0 when it was
 * none; it is forgotten, so that what is left to be done can be broken off by another one
 * (interrupt_forget()). -1: a failure of the source, an output or the mode; ERR_SIGNAL when who
 * read standard output has gone.
 */
int live_run(const struct live_settings *settings, int *signal_r, struct err *err);

#endif
