#include "mode/history_known.h"

#include <stdlib.h>

/* Days that follow each other are one time. */
struct history_known_time {
	struct span host;
	struct span folder;
	int64_t since;
	int64_t until;
};

static bool history_known_is(
    const struct history_known_time *time, struct span host, struct span folder)
{
	return span_eq(time->folder, folder) && span_eq_nocase(time->host, host);
}

static int history_known_take(void *context, const struct store_cover *cover, struct err *err)
{
	struct history_known *known = context;
	struct history_known_time *last = known->count > 0 ? &known->time[known->count - 1] : NULL;

	if (last != NULL && last->until == cover->since &&
	    history_known_is(last, cover->place.host, cover->place.name)) {
		last->until = cover->until;
		return 0;
	}
	if (known->count == known->size) {
		const size_t size = known->size > 0 ? known->size * 2 : 64;
		struct history_known_time *grown = reallocarray(known->time, size, sizeof(*grown));

		if (grown == NULL)
			return err_nomem(err);
		known->time = grown;
		known->size = size;
	}
	known->time[known->count++] = (struct history_known_time){
	    .host = arena_copy(&known->arena, cover->place.host),
	    .folder = arena_copy(&known->arena, cover->place.name),
	    .since = cover->since,
	    .until = cover->until,
	};
	return known->arena.failed ? arena_err(&known->arena, err) : 0;
}

int history_known_read(struct history_known *known, struct store *store, struct err *err)
{
	const struct store_query all = {.until = STORE_MAX_TIME + 1};

	*known = (struct history_known){.count = 0};
	arena_init(&known->arena);
	return store->ops->covered(store, &all, history_known_take, known, err);
}

void history_known_fini(struct history_known *known)
{
	arena_fini(&known->arena);
	free(known->time);
}

bool history_known_has(
    const struct history_known *known, struct span host, struct span folder, int64_t time)
{
	for (size_t i = 0; i < known->count; i++)
		if (time >= known->time[i].since && time < known->time[i].until &&
		    history_known_is(&known->time[i], host, folder))
			return true;
	return false;
}
