/*
 * Rows that wait for being put into a store, with copies of their texts: no transaction is open
 * meanwhile.
 */
#ifndef STORE_ROWS_H
#define STORE_ROWS_H

#include "base/arena.h"
#include "store/store.h"

struct store_rows {
	struct store_row *row;
	unsigned count;
	unsigned room;
	struct arena arena; /* what the rows are made of */
	size_t bytes;       /* of their texts */
	size_t most;
};

/* For so many rows, of so many bytes together. ERR_SYSTEM; then nothing is to be freed. */
int store_rows_init(struct store_rows *rows, unsigned room, size_t bytes, struct err *err);
void store_rows_fini(struct store_rows *rows);

/* No more are to be added. */
bool store_rows_are_full(const struct store_rows *rows);

/* Not when they are full. ERR_SYSTEM: then it is not added. */
int store_rows_add(struct store_rows *rows, const struct store_row *row, struct err *err);

/* All of them, which stay: what is not committed can be put again. Errors of the store. */
int store_rows_put(const struct store_rows *rows, struct store *store, struct err *err);

void store_rows_clear(struct store_rows *rows);

#endif
