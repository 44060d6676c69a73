/*
 * How often each of very many values came: a count-min sketch.
 *
 * Cormode, Muthukrishnan: "An improved data stream summary: the count-min
 * sketch and its applications", 2005, with the conservative update of Estan,
 * Varghese: "New directions in traffic measurement and accounting", 2002. A
 * count is never too low, and only a few too high with a million different
 * values.
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

/*
 * Counts a value, given as a hash with a secret key. Returns how often it came, this time included.
 */
uint32_t group_tally_add(struct group_tally *tally, uint64_t hash);

/* Raises the count of a value to at least `count`. */
void group_tally_raise(struct group_tally *tally, uint64_t hash, uint32_t count);

#endif
