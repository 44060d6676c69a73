#include "sink/html/html_slots.h"

#include <stdlib.h>
#include <string.h>

#define HTML_SLOTS_FIRST_SIZE 4

void html_slots_fini(struct html_slots *slots)
{
	if (slots->size > 0)
		free(slots->many);
	*slots = (struct html_slots){0};
}

static struct html_slot *html_slots_all(struct html_slots *slots)
{
	return slots->size > 0 ? slots->many : &slots->one;
}

/* How many are before this one. Messages mostly come in order, so it begins at the end. */
static uint32_t html_slots_find(const struct html_slots *slots, uint32_t slot)
{
	const struct html_slot *all = slots->size > 0 ? slots->many : &slots->one;
	uint32_t i = slots->count;

	while (i > 0 && all[i - 1].slot >= slot)
		i--;
	return i;
}

static int html_slots_grow(struct html_slots *slots, struct err *err)
{
	uint32_t size = slots->size > 0 ? slots->size * 2 : HTML_SLOTS_FIRST_SIZE;
	struct html_slot *many =
	    reallocarray(slots->size > 0 ? slots->many : NULL, size, sizeof(*many));

	if (many == NULL)
		return err_nomem(err);
	if (slots->size == 0)
		many[0] = slots->one;
	slots->many = many;
	slots->size = size;
	return 0;
}

int html_slots_add(struct html_slots *slots, uint32_t slot, struct err *err)
{
	uint32_t i = html_slots_find(slots, slot);
	struct html_slot *all = html_slots_all(slots);

	if (i < slots->count && all[i].slot == slot) {
		all[i].count++;
		return 0;
	}
	if (slots->count >= (slots->size > 0 ? slots->size : 1) && html_slots_grow(slots, err) != 0)
		return -1;
	all = html_slots_all(slots);
	memmove(all + i + 1, all + i, (slots->count - i) * sizeof(*all));
	all[i] = (struct html_slot){slot, 1};
	slots->count++;
	return 0;
}

uint32_t html_slots_get(const struct html_slots *slots, uint32_t slot)
{
	const struct html_slot *all = slots->size > 0 ? slots->many : &slots->one;
	uint32_t i = html_slots_find(slots, slot);

	return i < slots->count && all[i].slot == slot ? all[i].count : 0;
}

uint64_t html_slots_since(const struct html_slots *slots, uint32_t slot)
{
	const struct html_slot *all = slots->size > 0 ? slots->many : &slots->one;
	uint64_t sum = 0;

	for (uint32_t i = html_slots_find(slots, slot); i < slots->count; i++)
		sum += all[i].count;
	return sum;
}

void html_slots_drop_before(struct html_slots *slots, uint32_t slot)
{
	uint32_t gone = html_slots_find(slots, slot);
	struct html_slot *all = html_slots_all(slots);

	if (gone == 0)
		return;
	slots->count -= gone;
	memmove(all, all + gone, slots->count * sizeof(*all));
}

void html_slots_lengthen(struct html_slots *slots, enum html_unit unit, enum html_unit longer)
{
	struct html_slot *all = html_slots_all(slots);
	uint32_t kept = 0;

	for (uint32_t i = 0; i < slots->count; i++) {
		struct html_slot slot = {
		    html_unit_slot_of(longer, unit, all[i].slot), all[i].count};

		if (kept > 0 && all[kept - 1].slot == slot.slot)
			all[kept - 1].count += slot.count;
		else
			all[kept++] = slot;
	}
	slots->count = kept;
}
