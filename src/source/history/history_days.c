#include "source/history/history_days.h"

#include <stdlib.h>

#define HISTORY_FIRST_DAYS 32

static int history_days_add(void *context, const struct store_cover *cover, struct err *err)
{
	struct history_days *days = context;

	if (days->count == days->room) {
		const unsigned room = days->room != 0 ? days->room * 2 : HISTORY_FIRST_DAYS;
		struct store_cover *grown = reallocarray(days->cover, room, sizeof(*grown));

		if (grown == NULL)
			return err_nomem(err);
		days->cover = grown;
		days->room = room;
	}
	days->cover[days->count] = *cover;
	days->cover[days->count++].place = (struct store_place){SPAN_EMPTY, SPAN_EMPTY, SPAN_EMPTY};
	return 0;
}

int history_days_load(struct history_days *days, struct store *store,
    const struct store_query *query, struct err *err)
{
	days->count = 0;
	return store->ops->covered(store, query, history_days_add, days, err);
}

void history_days_fini(struct history_days *days)
{
	free(days->cover);
}

/* The one of this day; NULL: there is none. */
static const struct store_cover *history_days_find(const struct history_days *days, int64_t day)
{
	unsigned first = 0, last = days->count;

	while (first < last) {
		const unsigned middle = first + (last - first) / 2;

		if (days->cover[middle].day == day)
			return &days->cover[middle];
		if (days->cover[middle].day < day)
			first = middle + 1;
		else
			last = middle;
	}
	return NULL;
}

static bool history_cover_has(const struct store_cover *cover, int64_t time)
{
	return time >= cover->since && time < cover->ahead;
}

bool history_days_replace(const struct history_days *days, const struct store_row *row)
{
	const struct store_cover *cover = history_days_find(days, store_day(row->time));

	return cover != NULL && cover->epoch != row->key.epoch &&
	       history_cover_has(cover, row->time);
}

/* What is known of the period, day by day. */
struct history_walk {
	const struct history_wish *wish;
	const struct store_cover *first, *last; /* that are believed */
	uint64_t epoch;
	uint64_t uid; /* the lowest of them */
	int64_t next; /* up to here there is no gap */
	bool has_gap;
};

static bool history_walk_believes(const struct history_walk *walk, const struct store_cover *cover)
{
	return cover->reading == walk->wish->reading && cover->epoch == walk->epoch;
}

static void history_walk_on(struct history_walk *walk, const struct store_cover *cover)
{
	if (!history_walk_believes(walk, cover))
		return;
	if (walk->first == NULL) {
		walk->first = cover;
		walk->uid = cover->uid;
	}
	walk->last = cover;
	if (cover->uid < walk->uid)
		walk->uid = cover->uid;
	if (cover->since > walk->next)
		walk->has_gap = true;
	else if (cover->ahead > walk->next)
		walk->next = cover->ahead;
}

/* That of the last day that was read as we do it. */
static uint64_t history_days_epoch(const struct history_days *days, uint64_t reading)
{
	unsigned i = days->count;

	while (i > 0 && days->cover[i - 1].reading != reading)
		i--;
	return i > 0 ? days->cover[i - 1].epoch : 0;
}

int64_t history_days_until(const struct period *period, time_t now)
{
	const int64_t until = (int64_t)period->until;
	const int64_t ahead = (store_day((int64_t)now) + 2) * STORE_DAY;

	return until >= (int64_t)now && until < ahead ? ahead : until;
}

/* What the period's days come to. What is read ahead of it is known only if it was read ahead
 * before, too: there may be messages of that time already. */
static struct history_walk history_days_walk(
    const struct history_days *days, const struct history_wish *wish)
{
	struct history_walk walk = {
	    .wish = wish,
	    .epoch = history_days_epoch(days, wish->reading),
	    .next = (int64_t)wish->period->since,
	};

	for (unsigned i = 0; i < days->count; i++)
		history_walk_on(&walk, &days->cover[i]);
	if (walk.next < history_days_until(wish->period, wish->now))
		walk.has_gap = true;
	return walk;
}

/* The numbers that are known. */
struct history_gathering {
	const struct history_days *days;
	const struct history_walk *walk;
	struct uidset *uids;
};

/* A row with a higher number than its day knows may be of a mailbox that was restored since. */
static int history_take_uid(void *context, uint32_t uid, int64_t time, struct err *err)
{
	const struct history_gathering *gathering = context;
	const struct store_cover *cover = history_days_find(gathering->days, store_day(time));

	if (cover == NULL || !history_walk_believes(gathering->walk, cover) ||
	    !history_cover_has(cover, time) || uid > cover->uid)
		return 0;
	return uidset_add(gathering->uids, uid) == 0 ? 0 : err_nomem(err);
}

/*
 * All of the touched days that is known is looked at behind `uid`, so that the number of these days
 * is a new one afterwards. The clock of a server may be ahead of ours.
 */
static struct period history_walk_period(const struct history_walk *walk)
{
	struct period period = *walk->wish->period;

	period.until = (time_t)history_days_until(&period, walk->wish->now);
	if (walk->first != NULL && walk->first->since < (int64_t)period.since)
		period.since = (time_t)walk->first->since;
	if (walk->last != NULL && walk->last->ahead > (int64_t)period.until)
		period.until = (time_t)walk->last->ahead;
	return period;
}

int history_days_learn(const struct history_days *days, const struct store_place *place,
    const struct history_wish *wish, struct folder_known *known_r, struct err *err)
{
	const struct history_walk walk = history_days_walk(days, wish);
	struct history_gathering gathering = {days, &walk, &known_r->uids};
	struct store_uids which = {.place = *place, .epoch = walk.epoch};

	*known_r = (struct folder_known){.period = history_walk_period(&walk)};
	if (walk.first == NULL || walk.epoch > UINT32_MAX)
		return 0;
	known_r->epoch = (uint32_t)walk.epoch;
	known_r->uid = walk.has_gap ? 0 : (uint32_t)walk.uid;
	which.after = known_r->uid;
	which.since = (int64_t)known_r->period.since;
	which.until = (int64_t)known_r->period.until;
	if (wish->store->ops->uids(wish->store, &which, history_take_uid, &gathering, err) != 0)
		return -1;
	uidset_sort(&known_r->uids);
	return 0;
}
