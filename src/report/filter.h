/*
 * Which messages count: a filter leaves some out, whatever their source, and knows how many.
 */
#ifndef FILTER_H
#define FILTER_H

#include "record/record.h"

struct filter {
	const char *name;
	/* Any thread may ask, without a lock. */
	bool (*keeps)(const struct filter *filter, const struct record *record);
	uint64_t dropped;    /* messages left out; the desk counts them */
	struct filter *next; /* a message that one drops, those behind it do not see */
};

/* --no-bounce: leaves out the bounces of columns.md. */
struct filter filter_bounces(void);

/* The first filter of the list that leaves the record out; NULL: it is kept. */
struct filter *filter_find(struct filter *first, const struct record *record);

#endif
