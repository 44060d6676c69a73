#include "sink/sink_store.h"

#include <stdlib.h>

#include "sink/store_doubt.h"
#include "sink/store_reach.h"
#include "sink/store_record.h"
#include "sink/store_rows.h"

struct sink_store {
	struct sink sink; /* first, so that a sink is a sink_store */
	struct store_reach reach;
	struct store_record memory;
	struct store_rows rows;
	struct store_doubt doubt;
};

struct sink_store_delivery {
	struct delivery delivery; /* first, the same */
	struct store *store;
};

static int sink_store_put(struct sink_store *self, struct err *err)
{
	struct store *store = self->reach.store;

	if (store_doubt_rows(&self->doubt, store, &self->rows, err) != 0 ||
	    store_rows_put(&self->rows, store, err) != 0)
		return -1;
	store_rows_clear(&self->rows);
	return 0;
}

static int sink_store_record(struct sink *sink, const struct record *record, struct err *err)
{
	struct sink_store *self = (struct sink_store *)sink;
	struct store_row row;

	if (store_record_write(&self->memory, record, &row, err) != 0 ||
	    store_rows_add(&self->rows, &row, err) != 0)
		return -1;
	if (!store_rows_are_full(&self->rows))
		return 0;
	if (sink_store_put(self, err) != 0)
		return -1;
	return self->reach.store->ops->commit(self->reach.store, err);
}

/* It is acknowledged with the delivery. */
static int sink_store_end(struct sink *sink, const struct account *account, struct err *err)
{
	struct sink_store *self = (struct sink_store *)sink;

	if (sink_store_put(self, err) != 0)
		return -1;
	return store_reach_note(&self->reach, account, err);
}

static void sink_store_free(struct sink *sink)
{
	struct sink_store *self = (struct sink_store *)sink;

	store_record_fini(&self->memory);
	store_rows_fini(&self->rows);
	store_doubt_fini(&self->doubt);
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

	if (sink == NULL || delivery == NULL) {
		free(sink);
		free(delivery);
		return err_nomem(err);
	}
	if (store_rows_init(&sink->rows, SINK_STORE_ROWS, SINK_STORE_BYTES, err) != 0) {
		free(sink);
		free(delivery);
		return -1;
	}
	sink->sink.ops = &sink_store_ops;
	sink->reach = (struct store_reach){settings->store, settings->reading};
	store_doubt_init(&sink->doubt, settings->reading);
	store_record_init(&sink->memory);
	sink->memory.privacy = settings->privacy;
	delivery->delivery.ops = &sink_store_delivery_ops;
	delivery->store = settings->store;
	*sink_r = &sink->sink;
	*delivery_r = &delivery->delivery;
	return 0;
}
