#include "sink/store_rows.h"

#include <stdlib.h>

int store_rows_init(struct store_rows *rows, unsigned room, size_t bytes, struct err *err)
{
	*rows = (struct store_rows){.room = room, .most = bytes};
	rows->row = calloc(room, sizeof(*rows->row));
	if (rows->row == NULL)
		return err_nomem(err);
	arena_init(&rows->arena);
	return 0;
}

void store_rows_fini(struct store_rows *rows)
{
	if (rows->row == NULL)
		return;
	arena_fini(&rows->arena);
	free(rows->row);
	rows->row = NULL;
}

bool store_rows_are_full(const struct store_rows *rows)
{
	return rows->count >= rows->room || rows->bytes >= rows->most;
}

static struct span rows_copy(struct store_rows *rows, struct span text)
{
	rows->bytes += text.n;
	return arena_copy(&rows->arena, text);
}

int store_rows_add(struct store_rows *rows, const struct store_row *row, struct err *err)
{
	struct store_row *held = &rows->row[rows->count];
	struct store_key *key = &held->key;

	*held = *row;
	key->place.source = rows_copy(rows, row->key.place.source);
	key->place.host = rows_copy(rows, row->key.place.host);
	key->place.name = rows_copy(rows, row->key.place.name);
	key->queue_id = rows_copy(rows, row->key.queue_id);
	for (unsigned i = 0; i < STORE_TEXT_COUNT; i++)
		held->text[i] = rows_copy(rows, row->text[i]);
	if (rows->arena.failed)
		return arena_err(&rows->arena, err);
	rows->count++;
	return 0;
}

int store_rows_put(const struct store_rows *rows, struct store *store, struct err *err)
{
	for (unsigned i = 0; i < rows->count; i++)
		if (store->ops->put(store, &rows->row[i], err) != 0)
			return -1;
	return 0;
}

void store_rows_clear(struct store_rows *rows)
{
	rows->count = 0;
	rows->bytes = 0;
	arena_reset(&rows->arena);
}
