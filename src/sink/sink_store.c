#include "sink/sink_store.h"

#include <stdlib.h>

#include "sink/store_record.h"

struct sink_store {
	struct sink sink; /* first, so that a sink is a sink_store */
	struct store *store;
	struct store_record memory;
};

struct sink_store_delivery {
	struct delivery delivery; /* first, the same */
	struct store *store;
};

static int sink_store_record(struct sink *sink, const struct record *record, struct err *err)
{
	struct sink_store *self = (struct sink_store *)sink;
	struct store_row row;

	if (store_record_write(&self->memory, record, &row, err) != 0)
		return -1;
	return self->store->ops->put(self->store, &row, err);
}

static void sink_store_free(struct sink *sink)
{
	struct sink_store *self = (struct sink_store *)sink;

	store_record_fini(&self->memory);
	free(self);
}

static const struct sink_ops sink_store_ops = {
    .name = "history",
    .record = sink_store_record,
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

int sink_store_new(
    struct store *store, struct sink **sink_r, struct delivery **delivery_r, struct err *err)
{
	struct sink_store *sink = calloc(1, sizeof(*sink));
	struct sink_store_delivery *delivery = calloc(1, sizeof(*delivery));

	if (sink == NULL || delivery == NULL) {
		free(sink);
		free(delivery);
		return err_nomem(err);
	}
	sink->sink.ops = &sink_store_ops;
	sink->store = store;
	store_record_init(&sink->memory);
	delivery->delivery.ops = &sink_store_delivery_ops;
	delivery->store = store;
	*sink_r = &sink->sink;
	*delivery_r = &delivery->delivery;
	return 0;
}
