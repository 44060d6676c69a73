/*
 * Where records come from: the quarantine, saved reports. A source reads; what becomes of a record
 * is the desk's business (report.h). It lists its places in the account that it is made with.
 */
#ifndef SOURCE_H
#define SOURCE_H

#include <stdint.h>

#include "base/err.h"

struct report;
struct source;

struct source_ops {
	const char *name;
	/* Lists the places. Nothing is read; what is wrong with the place shows here. */
	int (*open)(struct source *source, struct err *err);
	/*
	 * Hands on what there is, to its present end. 0 also when a part is missing: then the
	 * account says of which place, and its failure is the run's. -1 is a failure of our own,
	 * after which no report can be made.
	 */
	int (*read)(struct source *source, struct report *report, struct err *err);
	/* 1: more has come; 0: the time, as of clock_now(), is over; -1. NULL: it cannot be waited
	 * for. */
	int (*wait)(struct source *source, int64_t until, struct err *err);
	/* After the report is in its place: it may take some time to say good-bye. */
	void (*free)(struct source *source);
};

/* The head of every source's structure. */
struct source {
	const struct source_ops *ops;
};

#endif
