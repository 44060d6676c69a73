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

#define FACTS_MAX_FOLDERS 2

/* Every message of the period is in exactly one of the last four. */
struct folder_counts {
	uint64_t found;
	uint64_t reported;
	uint64_t bounces;  /* filtered by --no-bounce */
	uint64_t vanished; /* gone from the folder while we read it */
	uint64_t unreadable;
};

struct facts_folder {
	const char *host;
	const char *name; /* UTF-8 */
	struct folder_counts counts;
};

/* Strings are owned by the options. */
struct report_facts {
	time_t made;     /* when the run began */
	bool has_period; /* false for saved reports: their rows tell */
	time_t since;    /* the first second of the period */
	time_t until;    /* the first behind it */
	bool no_bounce;  /* bounces were filtered */
	unsigned saved;  /* how many saved reports were read instead of folders */
	unsigned folder_count;
	struct facts_folder folder[FACTS_MAX_FOLDERS];
};

#endif
