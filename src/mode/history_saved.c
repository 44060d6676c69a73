#include "mode/history_saved.h"

#include <stdlib.h>

#include "base/interrupt.h"
#include "sink/store_record.h"
#include "store/store_places.h"

struct history_saved_row {
	struct store_row row; /* its texts are copies */
	bool is_known;
};

struct history_saved {
	struct sink sink; /* first, so that a sink is a history_saved */
	struct store *store;
	const struct history_known *known;
	struct history_counts *counts;
	struct store_record memory;
	struct arena arena;
	struct history_saved_row *row; /* HISTORY_SAVED_ROWS */
	unsigned count;
	struct store_place place; /* that is looked at */
};

static int history_saved_order(const void *a, const void *b)
{
	const struct store_row *x = &((const struct history_saved_row *)a)->row;
	const struct store_row *y = &((const struct history_saved_row *)b)->row;

	return (x->key.uid > y->key.uid) - (x->key.uid < y->key.uid);
}

/* Rows with this number stand together. */
static void history_saved_mark(struct history_saved *self, uint64_t uid, int64_t time)
{
	unsigned low = 0, high = self->count;

	while (low < high) {
		const unsigned middle = low + (high - low) / 2;

		if (self->row[middle].row.key.uid < uid)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < self->count && self->row[low].row.key.uid == uid; low++) {
		struct history_saved_row *row = &self->row[low];

		if (row->row.time == time && span_eq(row->row.key.queue_id, self->place.name) &&
		    span_eq_nocase(row->row.key.place.host, self->place.host))
			row->is_known = true;
	}
}

static int history_saved_take_row(void *context, const struct store_row *row, struct err *err)
{
	history_saved_mark(context, row->key.uid, row->time);
	return interrupt_check(err);
}

/* The times of the rows of this place; false: there is none. */
static bool history_saved_times(
    const struct history_saved *self, const struct store_place *place, struct store_query *query_r)
{
	bool is_any = false;

	*query_r = (struct store_query){.place = place, .since = INT64_MAX};
	for (unsigned i = 0; i < self->count; i++) {
		const struct store_row *row = &self->row[i].row;

		if (!span_eq(row->key.queue_id, place->name) ||
		    !span_eq_nocase(row->key.place.host, place->host))
			continue;
		is_any = true;
		if (row->time < query_r->since)
			query_r->since = row->time;
		if (row->time >= query_r->until)
			query_r->until = row->time + 1;
	}
	return is_any;
}

static int history_saved_take_place(void *context, const struct store_place *place, struct err *err)
{
	return span_eq(place->source, SPAN(STORE_SAVED)) ? 0
							 : store_places_add(context, place, err);
}

/* Marks what the history has from the server, whatever its epoch was. */
static int history_saved_look(struct history_saved *self, struct err *err)
{
	struct store_places places;
	int result;

	store_places_init(&places);
	result = self->store->ops->places(self->store, history_saved_take_place, &places, err);
	for (unsigned i = 0; i < places.count && result == 0; i++) {
		struct store_query query;

		self->place = places.place[i];
		if (history_saved_times(self, &self->place, &query))
			result = self->store->ops->read(
			    self->store, &query, history_saved_take_row, self, err);
	}
	store_places_fini(&places);
	return result;
}

static int history_saved_flush(struct history_saved *self, struct err *err)
{
	qsort(self->row, self->count, sizeof(*self->row), history_saved_order);
	if (self->count > 0 && history_saved_look(self, err) != 0)
		return -1;
	for (unsigned i = 0; i < self->count; i++) {
		if (self->row[i].is_known)
			self->counts->known++;
		else if (self->store->ops->put(self->store, &self->row[i].row, err) == 0)
			self->counts->taken++;
		else
			return -1;
	}
	self->count = 0;
	arena_reset(&self->arena);
	return 0;
}

/* Texts of a row are valid until the next record comes. */
static int history_saved_hold(
    struct history_saved *self, const struct record *record, struct err *err)
{
	struct history_saved_row *held = &self->row[self->count];
	struct store_row *row = &held->row;

	if (store_record_write(&self->memory, record, row, err) != 0)
		return -1;
	held->is_known = false;
	row->key = (struct store_key){
	    .place = {.source = SPAN(STORE_SAVED),
		.host = arena_copy(&self->arena, record_value(record, COLUMN_HOST))},
	    .epoch = (uint64_t)row->time,
	    .uid = record->uid,
	    .queue_id = arena_copy(&self->arena, record_value(record, COLUMN_FOLDER)),
	};
	for (unsigned i = 0; i < STORE_TEXT_COUNT; i++)
		row->text[i] = arena_copy(&self->arena, row->text[i]);
	self->count++;
	return self->arena.failed ? arena_err(&self->arena, err) : 0;
}

static bool history_saved_has_name(const struct record *record)
{
	return record_value(record, COLUMN_HOST).n > 0 &&
	       record_value(record, COLUMN_FOLDER).n > 0 && record->uid != 0 &&
	       record_value(record, COLUMN_DATE).n > 0 && record->internal_date > 0 &&
	       (int64_t)record->internal_date <= STORE_MAX_TIME;
}

static int history_saved_record(struct sink *sink, const struct record *record, struct err *err)
{
	struct history_saved *self = (struct history_saved *)sink;

	if (interrupt_check(err) != 0)
		return -1;
	if (!history_saved_has_name(record)) {
		self->counts->unnamed++;
		return 0;
	}
	if (history_known_has(self->known, record_value(record, COLUMN_HOST),
		record_value(record, COLUMN_FOLDER), (int64_t)record->internal_date)) {
		self->counts->known++;
		return 0;
	}
	if (history_saved_hold(self, record, err) != 0)
		return -1;
	return self->count < HISTORY_SAVED_ROWS ? 0 : history_saved_flush(self, err);
}

static int history_saved_end(struct sink *sink, const struct account *account, struct err *err)
{
	(void)account;
	return history_saved_flush((struct history_saved *)sink, err);
}

static void history_saved_free(struct sink *sink)
{
	struct history_saved *self = (struct history_saved *)sink;

	store_record_fini(&self->memory);
	arena_fini(&self->arena);
	free(self->row);
	free(self);
}

static const struct sink_ops history_saved_ops = {
    .name = "import",
    .record = history_saved_record,
    .end = history_saved_end,
    .free = history_saved_free,
};

struct sink *history_saved_new(const struct history_saved_settings *settings, struct err *err)
{
	struct history_saved *self = calloc(1, sizeof(*self));

	if (self != NULL)
		self->row = calloc(HISTORY_SAVED_ROWS, sizeof(*self->row));
	if (self == NULL || self->row == NULL) {
		free(self);
		err_nomem(err);
		return NULL;
	}
	self->sink.ops = &history_saved_ops;
	self->store = settings->store;
	self->known = settings->known;
	self->counts = settings->counts;
	store_record_init(&self->memory);
	self->memory.privacy = settings->privacy;
	arena_init(&self->arena);
	return &self->sink;
}
