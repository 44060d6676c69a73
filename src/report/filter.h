/*
 * Which messages count: a filter leaves some out, whatever their source, and
 * counts them.
 */
#ifndef FILTER_H
#define FILTER_H

#include "record/record.h"

struct filter {
	const char *name;
	/* Called by any thread, without a lock. */
	bool (*keeps)(const struct filter *filter, const struct record *record);
	uint64_t dropped;    /* messages left out; the desk counts them */
	struct filter *next; /* not asked about a message that an earlier one dropped */
};

/* --no-bounce: leaves out the bounces of columns.md. */
struct filter filter_bounces(void);

/* The first filter of the list that leaves the record out; NULL: it is kept. */
struct filter *filter_find(struct filter *first, const struct record *record);

#endif
