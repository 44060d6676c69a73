#include "store/store_places.h"

#include <stdlib.h>

#define PLACES_FIRST 8

void store_places_init(struct store_places *places)
{
	*places = (struct store_places){.place = NULL};
	arena_init(&places->arena);
}

void store_places_fini(struct store_places *places)
{
	free(places->place);
	arena_fini(&places->arena);
}

int store_places_add(struct store_places *places, const struct store_place *place, struct err *err)
{
	if (places->count == places->room) {
		const unsigned room = places->room > 0 ? places->room * 2 : PLACES_FIRST;
		struct store_place *grown = reallocarray(places->place, room, sizeof(*grown));

		if (grown == NULL)
			return err_nomem(err);
		places->place = grown;
		places->room = room;
	}
	places->place[places->count++] = store_place_copy(&places->arena, place);
	return places->arena.failed ? arena_err(&places->arena, err) : 0;
}

struct store_place store_place_copy(struct arena *arena, const struct store_place *place)
{
	return (struct store_place){
	    .source = arena_copy(arena, place->source),
	    .host = arena_copy(arena, place->host),
	    .name = arena_copy(arena, place->name),
	};
}

bool store_place_is_saved(const struct store_place *place)
{
	return span_eq(place->source, SPAN(STORE_SAVED)) && place->name.n > 0;
}

bool store_place_eq(const struct store_place *a, const struct store_place *b)
{
	return span_eq(a->source, b->source) && span_eq(a->host, b->host) &&
	       span_eq(a->name, b->name);
}
