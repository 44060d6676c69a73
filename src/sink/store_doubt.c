#include "sink/store_doubt.h"

#include <stdlib.h>

#define DOUBT_FIRST_DAYS 32

void store_doubt_init(struct store_doubt *doubt, uint64_t reading)
{
	*doubt = (struct store_doubt){.reading = reading};
	store_places_init(&doubt->places);
}

void store_doubt_fini(struct store_doubt *doubt)
{
	store_places_fini(&doubt->places);
	free(doubt->day);
}

/* Nobody believes one of which no number is known. */
static int doubt_take_cover(void *context, const struct store_cover *cover, struct err *err)
{
	struct store_doubt *doubt = context;
	struct store_doubt_day *day;

	if (cover->reading == doubt->reading || cover->uid == 0)
		return 0;
	if (doubt->count == doubt->room) {
		const unsigned room = doubt->room != 0 ? doubt->room * 2 : DOUBT_FIRST_DAYS;

		day = reallocarray(doubt->day, room, sizeof(*day));
		if (day == NULL)
			return err_nomem(err);
		doubt->day = day;
		doubt->room = room;
	}
	day = &doubt->day[doubt->count++];
	*day = (struct store_doubt_day){doubt->places.count - 1, *cover};
	day->cover.place = (struct store_place){SPAN_EMPTY, SPAN_EMPTY, SPAN_EMPTY};
	return 0;
}

/* Reads its days when it comes for the first time. */
static int doubt_find_place(struct store_doubt *doubt, struct store *store,
    const struct store_place *place, unsigned *at_r, struct err *err)
{
	const struct store_query all = {.place = place, .until = STORE_MAX_TIME + 1};

	for (unsigned i = doubt->places.count; i > 0; i--)
		if (store_place_eq(&doubt->places.place[i - 1], place)) {
			*at_r = i - 1;
			return 0;
		}
	if (store_places_add(&doubt->places, place, err) != 0)
		return -1;
	*at_r = doubt->places.count - 1;
	return store->ops->covered(store, &all, doubt_take_cover, doubt, err);
}

static int doubt_note_day(
    struct store_doubt *doubt, struct store *store, unsigned at, struct err *err)
{
	struct store_cover cover = doubt->day[at].cover;

	cover.place = doubt->places.place[doubt->day[at].place];
	cover.uid = 0;
	cover.reading = 0;
	doubt->day[at] = doubt->day[--doubt->count];
	return store->ops->cover(store, &cover, err);
}

/* Rows with a higher number are not believed at any rate. */
static int doubt_row(struct store_doubt *doubt, struct store *store, const struct store_row *row,
    bool *has_noted, struct err *err)
{
	unsigned place;

	if (row->key.uid == 0)
		return 0;
	if (doubt_find_place(doubt, store, &row->key.place, &place, err) != 0)
		return -1;
	for (unsigned i = 0; i < doubt->count; i++) {
		const struct store_doubt_day *day = &doubt->day[i];

		if (day->place != place || day->cover.day != store_day(row->time) ||
		    day->cover.epoch != row->key.epoch || row->key.uid > day->cover.uid)
			continue;
		*has_noted = true;
		return doubt_note_day(doubt, store, i, err);
	}
	return 0;
}

int store_doubt_rows(
    struct store_doubt *doubt, struct store *store, const struct store_rows *rows, struct err *err)
{
	bool has_noted = false;
	int result = 0;

	for (unsigned i = 0; i < rows->count && result == 0; i++)
		result = doubt_row(doubt, store, &rows->row[i], &has_noted, err);
	if (result == 0 && has_noted)
		result = store->ops->commit(store, err);
	if (result != 0) { /* nobody knows what is noted */
		store_doubt_fini(doubt);
		store_doubt_init(doubt, doubt->reading);
	}
	return result;
}
