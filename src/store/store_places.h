/*
 * Places of the history that are kept. A store answers one question at a time, so who has something
 * to ask about each of its places lists them first.
 */
#ifndef STORE_PLACES_H
#define STORE_PLACES_H

#include "base/arena.h"
#include "store/store.h"

struct store_places {
	struct arena arena; /* of the texts */
	struct store_place *place;
	unsigned count;
	unsigned room;
};

void store_places_init(struct store_places *places);
void store_places_fini(struct store_places *places);

/* Adds a copy. ERR_SYSTEM without memory. */
int store_places_add(struct store_places *places, const struct store_place *place, struct err *err);

/* A copy in the arena, whose `failed` tells whether there was memory. */
struct store_place store_place_copy(struct arena *arena, const struct store_place *place);

/* A folder of saved reports, as store_past has it. */
bool store_place_is_saved(const struct store_place *place);

bool store_place_eq(const struct store_place *a, const struct store_place *b);

#endif
