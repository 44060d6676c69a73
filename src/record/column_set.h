/*
 * A set of columns, however many there are. A zeroed one is empty.
 */
#ifndef REPORT_COLUMN_SET_H
#define REPORT_COLUMN_SET_H

#include <stdbool.h>
#include <stdint.h>

#include "record/column.h"

/* How many columns there may be in a set; a test has more than the table. */
#ifndef COLUMN_SET_MEMBERS
#define COLUMN_SET_MEMBERS ((unsigned)COLUMN_COUNT)
#endif

#define COLUMN_SET_BITS  32u
#define COLUMN_SET_WORDS ((COLUMN_SET_MEMBERS + COLUMN_SET_BITS - 1) / COLUMN_SET_BITS)

/* Those that are only to group by are in no set that is asked for its columns, but may be looked
 * for. */
_Static_assert(
    COLUMN_KEY_COUNT <= COLUMN_SET_WORDS * COLUMN_SET_BITS || COLUMN_SET_MEMBERS > COLUMN_KEY_COUNT,
    "each has a bit");

struct column_set {
	uint32_t word[COLUMN_SET_WORDS]; /* no bit is set behind the last column */
};

static inline uint32_t column_set_bit(unsigned column)
{
	return UINT32_C(1) << column % COLUMN_SET_BITS;
}

static inline void column_set_add(struct column_set *set, unsigned column)
{
	set->word[column / COLUMN_SET_BITS] |= column_set_bit(column);
}

static inline void column_set_remove(struct column_set *set, unsigned column)
{
	set->word[column / COLUMN_SET_BITS] &= ~column_set_bit(column);
}

static inline bool column_set_has(const struct column_set *set, unsigned column)
{
	return (set->word[column / COLUMN_SET_BITS] & column_set_bit(column)) != 0;
}

/* Adds every column of the other one. */
static inline void column_set_add_all(struct column_set *set, const struct column_set *other)
{
	for (unsigned i = 0; i < COLUMN_SET_WORDS; i++)
		set->word[i] |= other->word[i];
}

/* Adds every column that is not in the other one. */
static inline void column_set_add_others(struct column_set *set, const struct column_set *other)
{
	const uint32_t last =
	    UINT32_MAX >> (COLUMN_SET_WORDS * COLUMN_SET_BITS - COLUMN_SET_MEMBERS);

	for (unsigned i = 0; i < COLUMN_SET_WORDS; i++)
		set->word[i] |= ~other->word[i] & (i + 1 < COLUMN_SET_WORDS ? UINT32_MAX : last);
}

/* Every column that is not in the set. */
static inline struct column_set column_set_others(const struct column_set *set)
{
	struct column_set others = {0};

	column_set_add_others(&others, set);
	return others;
}

static inline bool column_set_equal(const struct column_set *a, const struct column_set *b)
{
	for (unsigned i = 0; i < COLUMN_SET_WORDS; i++)
		if (a->word[i] != b->word[i])
			return false;
	return true;
}

static inline bool column_set_is_empty(const struct column_set *set)
{
	return column_set_equal(set, &(struct column_set){0});
}

/* The first column of the set from this one on; COLUMN_SET_MEMBERS: there is none. */
static inline unsigned column_set_next(const struct column_set *set, unsigned column)
{
	while (column < COLUMN_SET_MEMBERS) {
		uint32_t rest = set->word[column / COLUMN_SET_BITS] >> column % COLUMN_SET_BITS;

		if (rest != 0)
			return column + (unsigned)__builtin_ctz(rest);
		column = (column / COLUMN_SET_BITS + 1) * COLUMN_SET_BITS;
	}
	return COLUMN_SET_MEMBERS;
}

#endif
