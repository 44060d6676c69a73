/*
 * Where records come from: the quarantine, saved reports. A source reads; what becomes of a record
 * is the desk's business (report.h). It lists its places in the account that it is made with.
 *
 * How far it got is a state of each place (state.h): a position in the source's own words, and what
 * it tries again. It is kept under the place's key, which the source makes and which stays the same
 * from run to run; a place without one is read from its beginning each time. Nobody but the source
 * knows what is in a position.
 */
#ifndef SOURCE_H
#define SOURCE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct account_place;
struct report;
struct source;
struct state;

struct source_ops {
	const char *name;
	/* Lists the places. Nothing is read; what is wrong with the place shows here. */
	int (*open)(struct source *source, struct err *err);
	/*
	 * --new-only, after open() and before read(), for each place that has a key: `before` is
	 * the state that earlier runs left, zeros when there is none, and what they handed on is
	 * not handed on again. False, with nothing changed, when it is no state of this source.
	 * NULL, as is progress(), when no place has a key.
	 */
	bool (*resume)(
	    struct source *source, const struct account_place *place, const struct state *before);
	/*
	 * Hands on what there is, to its present end. 0 also when a part is missing: then the
	 * account says of which place, and its failure is the run's. -1 is a failure of our own,
	 * after which no report can be made.
	 */
	int (*read)(struct source *source, struct report *report, struct err *err);
	/*
	 * --new-only, after each read() that returned 0: how far the source has got in a place that
	 * was resumed, which may lack a part. What is before that position has been handed on, but
	 * for what is open; the next run goes on behind it. False: there is nothing to note, and
	 * the place's state stays as it was.
	 */
	bool (*progress)(
	    const struct source *source, const struct account_place *place, struct state *now_r);
	/*
	 * After read(), of a source that was made to be followed: 1: more has come, for the next
	 * read(); 0: the time, as of clock_now(), is over; 2: nothing more can come; -1. NULL: it
	 * cannot be waited for.
	 */
	int (*wait)(struct source *source, int64_t until, struct err *err);
	/* Of a source that was followed, at the end of the run: hands on what it held back since
	 * more could have come to it. NULL: it holds nothing back. */
	int (*finish)(struct source *source, struct report *report, struct err *err);
	/*
	 * Of a source that goes on beside its read(): keeps it at rest, so that it neither hands on
	 * nor counts anything, until let_go(). False: it is not at rest now. NULL, as are let_go()
	 * and leave(): between two calls of read() it always is.
	 */
	bool (*hold)(struct source *source);
	void (*let_go)(struct source *source);
	/* After the last read(), by who called it, and before finish(): nothing goes on after that.
	 * Soon, once a signal has come (interrupt_stop()). */
	void (*leave)(struct source *source);
	/* After the report is in its place: it may take some time. */
	void (*free)(struct source *source);
};

/* The head of every source's structure. */
struct source {
	const struct source_ops *ops;
};

#endif
