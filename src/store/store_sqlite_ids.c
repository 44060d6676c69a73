#include "store/store_sqlite_ids.h"

#include <stdlib.h>
#include <string.h>

#define IDS_FIRST_ROOM 16

static int ids_grow(struct store_sqlite_ids *ids, uint32_t at)
{
	uint32_t room = ids->room > 0 ? ids->room : IDS_FIRST_ROOM;
	struct store_sqlite_page **page;
	uint32_t *used;

	while (room <= at)
		room *= 2;
	page = reallocarray(ids->page, room, sizeof(*page));
	if (page == NULL)
		return -1;
	memset(page + ids->room, 0, (room - ids->room) * sizeof(struct store_sqlite_page *));
	ids->page = page;
	used = reallocarray(ids->used, room, sizeof(*used));
	if (used == NULL)
		return -1;
	ids->used = used;
	ids->room = room;
	return 0;
}

/* The page of this number; NULL: there is no memory. */
static struct store_sqlite_page *ids_page(struct store_sqlite_ids *ids, uint32_t at)
{
	struct store_sqlite_page *page;

	if (at >= ids->room && ids_grow(ids, at) != 0)
		return NULL;
	page = ids->page[at];
	if (page == NULL)
		page = ids->page[at] = calloc(1, sizeof(*page));
	if (page != NULL && !page->is_used) {
		page->is_used = true;
		ids->used[ids->used_count++] = at;
	}
	return page;
}

int store_sqlite_ids_add(struct store_sqlite_ids *ids, uint32_t id)
{
	struct store_sqlite_page *page = ids_page(ids, id / STORE_SQLITE_PAGE);
	const uint64_t bit = (uint64_t)1 << id % 64;
	uint64_t *word;

	if (page == NULL)
		return -1;
	word = &page->word[id % STORE_SQLITE_PAGE / 64];
	if ((*word & bit) != 0)
		return 0;
	*word |= bit;
	return 1;
}

void store_sqlite_ids_clear(struct store_sqlite_ids *ids)
{
	while (ids->used_count > 0)
		memset(
		    ids->page[ids->used[--ids->used_count]], 0, sizeof(struct store_sqlite_page));
}

void store_sqlite_ids_fini(struct store_sqlite_ids *ids)
{
	for (uint32_t i = 0; i < ids->room; i++)
		free(ids->page[i]);
	free(ids->page);
	free(ids->used);
	*ids = (struct store_sqlite_ids){.page = NULL};
}
