#include "group/group_tally.h"

_Static_assert(GROUP_TALLY_ROWS * 16 <= 64, "a hash has bits for each row");
_Static_assert(GROUP_TALLY_SIZE == 1 << 16, "16 bits name a counter");

static uint32_t *group_tally_counter(struct group_tally *tally, uint64_t hash, unsigned row)
{
	return &tally->count[row][hash >> (16 * row) & (GROUP_TALLY_SIZE - 1)];
}

void group_tally_raise(struct group_tally *tally, uint64_t hash, uint32_t count)
{
	for (unsigned row = 0; row < GROUP_TALLY_ROWS; row++) {
		uint32_t *counter = group_tally_counter(tally, hash, row);

		if (*counter < count)
			*counter = count;
	}
}

uint32_t group_tally_add(struct group_tally *tally, uint64_t hash)
{
	uint32_t least = UINT32_MAX - 1;

	for (unsigned row = 0; row < GROUP_TALLY_ROWS; row++) {
		uint32_t count = *group_tally_counter(tally, hash, row);

		if (count < least)
			least = count;
	}
	group_tally_raise(tally, hash, least + 1);
	return least + 1;
}
