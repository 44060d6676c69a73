/*
 * What a store knows of days is believed by who reads in the same way (store_cover.reading). A run
 * that reads in another way replaces rows of such days, and may not come to note what it has read:
 * it is killed, a message is unreadable, or it has begun in the middle (--new-only). So that nobody
 * takes its rows for his own, the days are noted before them as what they are then: read in several
 * ways.
 */
#ifndef STORE_DOUBT_H
#define STORE_DOUBT_H

#include "sink/store_rows.h"
#include "store/store_places.h"

/* A day that was read in another way. */
struct store_doubt_day {
	unsigned place;           /* its number in `places` */
	struct store_cover cover; /* without a place */
};

struct store_doubt {
	uint64_t reading;
	struct store_places places; /* of which the days are at hand */
	struct store_doubt_day *day;
	unsigned count;
	unsigned room;
};

/* For rows that are read in this way. */
void store_doubt_init(struct store_doubt *doubt, uint64_t reading);
void store_doubt_fini(struct store_doubt *doubt);

/* Before these are put. What is noted is committed; errors of the store, and ERR_SYSTEM: then it is
 * to be called again. */
int store_doubt_rows(
    struct store_doubt *doubt, struct store *store, const struct store_rows *rows, struct err *err);

#endif
