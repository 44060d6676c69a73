#include "store/store_gaps.h"

/* The days from `next` to the one before this one have not come. */
static void gaps_miss(struct store_gaps *gaps, int64_t day)
{
	if (gaps->next >= day)
		return;
	gaps->take(gaps->context, gaps->next, day - 1);
	gaps->next = day;
}

void store_gaps_begin(struct store_gaps *gaps)
{
	gaps->next = store_day(gaps->since);
}

void store_gaps_add(struct store_gaps *gaps, const struct store_cover *cover)
{
	const int64_t day = cover->day * STORE_DAY;
	const int64_t since = day > gaps->since ? day : gaps->since;
	const int64_t until = day + STORE_DAY < gaps->until ? day + STORE_DAY : gaps->until;

	gaps_miss(gaps, cover->day);
	if (cover->since > since || cover->until < until)
		gaps_miss(gaps, cover->day + 1);
	gaps->next = cover->day + 1;
}

void store_gaps_end(struct store_gaps *gaps)
{
	gaps_miss(gaps, store_day(gaps->until - 1) + 1);
}
