/* Which time of each mailbox the history knows after a run. */
#include "sink/store_reach.h"

#include "sink/store_record.h"

static bool reach_is_known(const struct account_place *place)
{
	return place->reach.since < place->reach.until && place->epoch != 0 &&
	       place->missing == NULL && place->counts.unreadable == 0;
}

/* What the history knows up to a number and behind its end, without a gap. */
struct reach_chain {
	uint64_t epoch, reading, after;
	int64_t since, ahead; /* the same: nothing */
	bool is_open;         /* its last day was not over when it was read */
};

static int reach_take_cover(void *context, const struct store_cover *cover, struct err *err)
{
	struct reach_chain *chain = context;
	const bool fits = cover->epoch == chain->epoch && cover->reading == chain->reading &&
			  cover->uid >= chain->after;

	(void)err;
	if (!fits)
		chain->ahead = chain->since;
	else if (chain->ahead == chain->since || cover->since > chain->ahead)
		chain->since = cover->since;
	if (fits)
		chain->ahead = cover->ahead;
	chain->is_open = fits && cover->until < cover->ahead;
	return 0;
}

/*
 * A run that goes on behind the last one has read all messages that came since, whatever their
 * time. Together with a history that knew all up to there, and ahead of its time, all is known from
 * where that begins; else nothing is.
 */
static int reach_join(const struct store_reach *self, const struct account_place *place,
    const struct store_place *where, struct account_reach *reach, struct err *err)
{
	const int64_t at = (int64_t)reach->at;
	const struct store_query query = {
	    where, at - STORE_REACH_JOINED_DAYS * STORE_DAY, at + 2 * STORE_DAY};
	struct reach_chain chain = {
	    .epoch = place->epoch, .reading = self->reading, .after = reach->after};

	if (self->store->ops->covered(self->store, &query, reach_take_cover, &chain, err) != 0)
		return -1;
	reach->since = (time_t)chain.since;
	if (chain.since == chain.ahead || !chain.is_open)
		reach->until = reach->since;
	return 0;
}

/* One day of it; of one to come only that nothing of it is there yet. */
static int reach_cover_day(const struct store_reach *self, const struct account_reach *reach,
    struct store_cover *cover, struct err *err)
{
	const int64_t begin = cover->day * STORE_DAY, end = begin + STORE_DAY;

	cover->since = (int64_t)reach->since > begin ? (int64_t)reach->since : begin;
	cover->ahead = (int64_t)reach->until < end ? (int64_t)reach->until : end;
	cover->until = (int64_t)reach->at < cover->ahead ? (int64_t)reach->at : cover->ahead;
	if (cover->until < cover->since)
		cover->until = cover->since;
	return self->store->ops->cover(self->store, cover, err);
}

static int reach_cover(
    const struct store_reach *self, const struct account_place *place, struct err *err)
{
	struct account_reach reach = place->reach;
	struct store_cover cover = {
	    .epoch = place->epoch, .uid = reach.uid, .reading = self->reading};
	int64_t last;

	if (!reach_is_known(place) || !store_record_place(place, &cover.place))
		return 0;
	if (reach.after != 0 && reach_join(self, place, &cover.place, &reach, err) != 0)
		return -1;
	last = store_day((int64_t)reach.until - 1);
	if (reach.since >= reach.until)
		return 0;
	if (last > store_day((int64_t)reach.at) + 1)
		last = store_day((int64_t)reach.at) + 1;
	cover.day = reach.since > 0 ? store_day((int64_t)reach.since) : 0;
	for (; cover.day <= last; cover.day++)
		if (reach_cover_day(self, &reach, &cover, err) != 0)
			return -1;
	return 0;
}

int store_reach_note(const struct store_reach *self, const struct account *account, struct err *err)
{
	for (unsigned i = 0; i < account->place_count; i++)
		if (reach_cover(self, &account->place[i], err) != 0)
			return -1;
	return 0;
}
