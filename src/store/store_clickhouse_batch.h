/*
 * Rows on their way to a ClickHouse server, compressed as they come: what waits is a fraction of
 * them. Pure: no network.
 */
#ifndef STORE_CLICKHOUSE_BATCH_H
#define STORE_CLICKHOUSE_BATCH_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"

struct clickhouse_batch {
	void *stream;     /* zlib's; NULL: nothing is being written */
	struct buf gzip;  /* RFC 1952 */
	unsigned rows;    /* lines behind the first */
	size_t bytes;     /* uncompressed */
	bool is_finished; /* nothing can be added */
};

void clickhouse_batch_init(struct clickhouse_batch *batch);
void clickhouse_batch_fini(struct clickhouse_batch *batch);

/* Empties it; the statement is its first line. ERR_SYSTEM without memory, as below. */
int clickhouse_batch_begin(struct clickhouse_batch *batch, struct span statement, struct err *err);

/* A row, with its end. */
int clickhouse_batch_add(struct clickhouse_batch *batch, struct span line, struct err *err);

/* Then `gzip` is whole. */
int clickhouse_batch_finish(struct clickhouse_batch *batch, struct err *err);

/* Calls take() for each line of a finished one, with its end; the first is the statement. */
typedef int clickhouse_take_line(void *context, struct span line, struct err *err);
int clickhouse_batch_read(
    struct span gzip, clickhouse_take_line *take, void *context, struct err *err);

#endif
