#include "sink/sink_store.h"

#include <stdlib.h>

#include "sink/store_record.h"

struct sink_store {
	struct sink sink; /* first, so that a sink is a sink_store */
	struct store *store;
	uint64_t reading; /* store_cover.reading */
	struct store_record memory;
	struct store_row *row; /* SINK_STORE_ROWS */
	unsigned count;
	struct arena arena; /* what the rows are made of */
	size_t bytes;
};

struct sink_store_delivery {
	struct delivery delivery; /* first, the same */
	struct store *store;
};

static struct span sink_store_copy(struct sink_store *self, struct span text)
{
	self->bytes += text.n;
	return arena_copy(&self->arena, text);
}

/* Texts of a row are valid until the next record comes. */
static int sink_store_hold(struct sink_store *self, const struct store_row *row, struct err *err)
{
	struct store_row *held = &self->row[self->count];
	struct store_key *key = &held->key;

	*held = *row;
	key->place.source = sink_store_copy(self, row->key.place.source);
	key->place.host = sink_store_copy(self, row->key.place.host);
	key->place.name = sink_store_copy(self, row->key.place.name);
	key->queue_id = sink_store_copy(self, row->key.queue_id);
	for (unsigned i = 0; i < STORE_TEXT_COUNT; i++)
		held->text[i] = sink_store_copy(self, row->text[i]);
	self->count++;
	return self->arena.failed ? arena_err(&self->arena, err) : 0;
}

static int sink_store_put(struct sink_store *self, struct err *err)
{
	for (unsigned i = 0; i < self->count; i++)
		if (self->store->ops->put(self->store, &self->row[i], err) != 0)
			return -1;
	self->count = 0;
	self->bytes = 0;
	arena_reset(&self->arena);
	return 0;
}

static int sink_store_record(struct sink *sink, const struct record *record, struct err *err)
{
	struct sink_store *self = (struct sink_store *)sink;
	struct store_row row;

	if (store_record_write(&self->memory, record, &row, err) != 0 ||
	    sink_store_hold(self, &row, err) != 0)
		return -1;
	if (self->count < SINK_STORE_ROWS && self->bytes < SINK_STORE_BYTES)
		return 0;
	if (sink_store_put(self, err) != 0)
		return -1;
	return self->store->ops->commit(self->store, err);
}

static bool sink_store_knows(const struct account_place *place)
{
	return place->reach.since < place->reach.until && place->epoch != 0 &&
	       place->missing == NULL && place->counts.unreadable == 0;
}

/* What the history knows up to a number and behind its end, without a gap. */
struct sink_store_chain {
	uint64_t epoch, reading, after;
	int64_t since, ahead; /* the same: nothing */
	bool is_open;         /* its last day was not over when it was read */
};

static int sink_store_take_cover(void *context, const struct store_cover *cover, struct err *err)
{
	struct sink_store_chain *chain = context;
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
static int sink_store_join(struct sink_store *self, const struct account_place *place,
    const struct store_place *where, struct account_reach *reach, struct err *err)
{
	const int64_t at = (int64_t)reach->at;
	const struct store_query query = {
	    where, at - SINK_STORE_JOINED_DAYS * STORE_DAY, at + 2 * STORE_DAY};
	struct sink_store_chain chain = {
	    .epoch = place->epoch, .reading = self->reading, .after = reach->after};

	if (self->store->ops->covered(self->store, &query, sink_store_take_cover, &chain, err) != 0)
		return -1;
	reach->since = (time_t)chain.since;
	if (chain.since == chain.ahead || !chain.is_open)
		reach->until = reach->since;
	return 0;
}

/* One day of it; of one to come only that nothing of it is there yet. */
static int sink_store_cover_day(struct sink_store *self, const struct account_reach *reach,
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

static int sink_store_cover(
    struct sink_store *self, const struct account_place *place, struct err *err)
{
	struct account_reach reach = place->reach;
	struct store_cover cover = {
	    .epoch = place->epoch, .uid = reach.uid, .reading = self->reading};
	int64_t last;

	if (!sink_store_knows(place) || !store_record_place(place, &cover.place))
		return 0;
	if (reach.after != 0 && sink_store_join(self, place, &cover.place, &reach, err) != 0)
		return -1;
	last = store_day((int64_t)reach.until - 1);
	if (reach.since >= reach.until)
		return 0;
	if (last > store_day((int64_t)reach.at) + 1)
		last = store_day((int64_t)reach.at) + 1;
	cover.day = reach.since > 0 ? store_day((int64_t)reach.since) : 0;
	for (; cover.day <= last; cover.day++)
		if (sink_store_cover_day(self, &reach, &cover, err) != 0)
			return -1;
	return 0;
}

/* It is acknowledged with the delivery. */
static int sink_store_end(struct sink *sink, const struct account *account, struct err *err)
{
	struct sink_store *self = (struct sink_store *)sink;

	if (sink_store_put(self, err) != 0)
		return -1;
	for (unsigned i = 0; i < account->place_count; i++)
		if (sink_store_cover(self, &account->place[i], err) != 0)
			return -1;
	return 0;
}

static void sink_store_free(struct sink *sink)
{
	struct sink_store *self = (struct sink_store *)sink;

	store_record_fini(&self->memory);
	arena_fini(&self->arena);
	free(self->row);
	free(self);
}

static const struct sink_ops sink_store_ops = {
    .name = "history",
    .record = sink_store_record,
    .end = sink_store_end,
    .free = sink_store_free,
};

static int sink_store_commit(struct delivery *delivery, struct err *err)
{
	struct store *store = ((struct sink_store_delivery *)delivery)->store;

	return store->ops->commit(store, err);
}

static void sink_store_free_delivery(struct delivery *delivery)
{
	free(delivery);
}

static const struct delivery_ops sink_store_delivery_ops = {
    .commit = sink_store_commit,
    .free = sink_store_free_delivery,
};

int sink_store_new(const struct sink_store_settings *settings, struct sink **sink_r,
    struct delivery **delivery_r, struct err *err)
{
	struct sink_store *sink = calloc(1, sizeof(*sink));
	struct sink_store_delivery *delivery = calloc(1, sizeof(*delivery));
	struct store_row *row = calloc(SINK_STORE_ROWS, sizeof(*row));

	if (sink == NULL || delivery == NULL || row == NULL) {
		free(sink);
		free(delivery);
		free(row);
		return err_nomem(err);
	}
	sink->sink.ops = &sink_store_ops;
	sink->store = settings->store;
	sink->reading = settings->reading;
	sink->row = row;
	arena_init(&sink->arena);
	store_record_init(&sink->memory);
	sink->memory.privacy = settings->privacy;
	delivery->delivery.ops = &sink_store_delivery_ops;
	delivery->store = settings->store;
	*sink_r = &sink->sink;
	*delivery_r = &delivery->delivery;
	return 0;
}
