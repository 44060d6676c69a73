/*
 * A set of numbers of texts, or of days: a bit for each. Numbers of texts are given one after the
 * other, so that even the set of all of them is an eighth of a byte for each.
 */
#ifndef STORE_SQLITE_IDS_H
#define STORE_SQLITE_IDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bits of a page, which is there when one of its numbers was. */
#define STORE_SQLITE_PAGE 4096

/* Above this one no file has a text: it would have some hundred gigabytes. */
#define STORE_SQLITE_MAX_ID UINT32_MAX

struct store_sqlite_page {
	bool is_used; /* by the numbers that are in the set now */
	uint64_t word[STORE_SQLITE_PAGE / 64];
};

/* Empty when it is all zero. */
struct store_sqlite_ids {
	struct store_sqlite_page **page;
	uint32_t *used; /* the pages that are */
	uint32_t room;
	uint32_t used_count;
};

/* 1: it is new, 0: it was there, -1: there is no memory. */
int store_sqlite_ids_add(struct store_sqlite_ids *ids, uint32_t id);

/* Empty again; its memory stays for the next one. */
void store_sqlite_ids_clear(struct store_sqlite_ids *ids);

void store_sqlite_ids_fini(struct store_sqlite_ids *ids);

#endif
