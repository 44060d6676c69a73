/*
 * What a report says about itself besides its rows: which time, which folders,
 * and the account of every message. The run fills it in as it goes; sinks that
 * show it read it at their end.
 */
#ifndef REPORT_FACTS_H
#define REPORT_FACTS_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

/* Every message of the period is in exactly one of the last four. */
struct folder_counts {
	uint64_t found;
	uint64_t reported;
	uint64_t bounces;  /* filtered by --no-bounce */
	uint64_t vanished; /* gone from the folder while we read it */
	uint64_t unreadable;
};

/* Of a run over saved reports: one that says itself that it is not complete. */
struct facts_folder {
	const char *host; /* of a saved report its file */
	const char *name; /* UTF-8; NULL: a saved report */
	struct folder_counts counts;
	const char *missing; /* why its messages are not all here; NULL: they are */
	bool anew; /* --new-only: made anew since the last run, so that the period is reported */
};

/* Strings are owned by the options. */
struct report_facts {
	time_t made;     /* when the run began */
	bool has_period; /* false for saved reports: their rows tell */
	time_t since;    /* the first second of the period */
	time_t until;    /* the first behind it */
	bool no_bounce;  /* bounces were filtered */
	bool new_only;  /* only what came since the last run: the period is that of the first one */
	bool delivered; /* the files have got their names, whatever came then */
	unsigned saved; /* how many saved reports were read instead of folders */
	unsigned folder_count;
	struct facts_folder
	    *folder; /* hosts in the order they were given, outgoing before incoming */
};

/* True when folders had messages to tell of, or not all that they had can be told. */
bool facts_has_news(const struct report_facts *facts);

/* The counts of all folders together. */
struct folder_counts facts_total(const struct report_facts *facts);

#endif
