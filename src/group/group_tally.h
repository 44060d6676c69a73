/*
 * How often a value came, of more values than can be counted one by one: a count-min sketch.
 *
 * Cormode, Muthukrishnan: "An improved data stream summary: the count-min sketch and its
 * applications", 2005, with the conservative update of Estan, Varghese: "New directions in traffic
 * measurement and accounting", 2002. It never tells less than there were; what it tells more is a
 * few of a million different values.
 */
#ifndef REPORT_GROUP_TALLY_H
#define REPORT_GROUP_TALLY_H

#include <stdint.h>

/* Independent rows of counters; the hash has 16 bits for each. */
#define GROUP_TALLY_ROWS 4
#define GROUP_TALLY_SIZE 65536

struct group_tally {
	uint32_t count[GROUP_TALLY_ROWS][GROUP_TALLY_SIZE];
};

/* Counts a value, by a hash with a key that nobody knows. Returns how often it came, this time
 * included. */
uint32_t group_tally_add(struct group_tally *tally, uint64_t hash);

/* It came so often as well. */
void group_tally_raise(struct group_tally *tally, uint64_t hash, uint32_t count);

#endif
