#include "sink/screen/screen_times.h"

#include <string.h>

#define SCREEN_SHARE (SCREEN_ALL_BARS / SCREEN_BARS)

_Static_assert(SCREEN_ALL_BARS % SCREEN_BARS == 0, "bars of all messages are parts of a group's");
_Static_assert(SCREEN_COURSE % SCREEN_ALL_BARS == 0, "a bar has whole seconds");

struct screen_scale screen_scale_sliding(void)
{
	return (struct screen_scale){.width = SCREEN_COURSE / SCREEN_BARS, .slides = true};
}

struct screen_scale screen_scale_period(time_t since, time_t until)
{
	time_t part = (until - since + SCREEN_ALL_BARS - 1) / SCREEN_ALL_BARS;

	return (struct screen_scale){since, (part > 0 ? part : 1) * SCREEN_SHARE, false};
}

struct screen_scale screen_scale_open(void)
{
	return (struct screen_scale){.width = 60};
}

/* --- Rings --- */

/* The number of a slot, rounded down also before the origin. */
static int64_t slot_of(time_t when, time_t origin, time_t width)
{
	int64_t since = (int64_t)(when - origin);

	return since >= 0 ? since / width : -((-since + width - 1) / width);
}

static unsigned ring_index(int64_t slot, unsigned size)
{
	int64_t index = slot % (int64_t)size;

	return (unsigned)(index >= 0 ? index : index + (int64_t)size);
}

/* Forgets the slots that are too old beside this one. */
static void ring_advance(struct screen_ring *ring, uint32_t *count, unsigned size, int64_t slot)
{
	if (!ring->used || slot - ring->newest >= (int64_t)size)
		memset(count, 0, size * sizeof(*count));
	else
		for (int64_t i = ring->newest + 1; i <= slot; i++)
			count[ring_index(i, size)] = 0;
	ring->used = true;
	ring->newest = slot;
}

static void ring_add(struct screen_ring *ring, uint32_t *count, unsigned size, int64_t slot)
{
	if (!ring->used || slot > ring->newest)
		ring_advance(ring, count, size, slot);
	if (slot > ring->newest - (int64_t)size)
		count[ring_index(slot, size)]++;
}

static uint32_t ring_get(
    const struct screen_ring *ring, const uint32_t *count, unsigned size, int64_t slot)
{
	if (!ring->used || slot > ring->newest || slot <= ring->newest - (int64_t)size)
		return 0;
	return count[ring_index(slot, size)];
}

/* From this slot on. */
static uint64_t ring_since(
    const struct screen_ring *ring, const uint32_t *count, unsigned size, int64_t slot)
{
	uint64_t sum = 0;

	if (!ring->used)
		return 0;
	if (slot <= ring->newest - (int64_t)size)
		slot = ring->newest - (int64_t)size + 1;
	for (; slot <= ring->newest; slot++)
		sum += count[ring_index(slot, size)];
	return sum;
}

/* Two slots become one. `size` is at most SCREEN_ALL_BARS. */
static void ring_lengthen(struct screen_ring *ring, uint32_t *count, unsigned size)
{
	const struct screen_ring old = *ring;
	uint32_t before[SCREEN_ALL_BARS];

	if (!ring->used)
		return;
	memcpy(before, count, size * sizeof(*count));
	memset(count, 0, size * sizeof(*count));
	ring->newest = slot_of(old.newest, 0, 2);
	for (int64_t slot = old.newest - (int64_t)size + 1; slot <= old.newest; slot++)
		count[ring_index(slot_of(slot, 0, 2), size)] += ring_get(&old, before, size, slot);
}

/* --- Times --- */

static time_t all_width(const struct screen_scale *scale)
{
	return scale->width / SCREEN_SHARE;
}

void screen_times_add(struct screen_times *times, const struct screen_scale *scale, time_t when)
{
	ring_add(&times->late, times->quarter, SCREEN_QUARTERS, slot_of(when, 0, SCREEN_QUARTER));
	ring_add(
	    &times->course, times->bar, SCREEN_BARS, slot_of(when, scale->origin, scale->width));
}

void screen_all_times_add(
    struct screen_all_times *times, const struct screen_scale *scale, time_t when)
{
	ring_add(&times->late, times->quarter, SCREEN_QUARTERS, slot_of(when, 0, SCREEN_QUARTER));
	ring_add(&times->course, times->bar, SCREEN_ALL_BARS,
	    slot_of(when, scale->origin, all_width(scale)));
}

/* The first slot of a course that ends with this bar of all messages. */
static int64_t course_first(int64_t last)
{
	return slot_of(last, 0, SCREEN_SHARE) - SCREEN_BARS + 1;
}

/* The oldest bar with messages. */
static int64_t course_oldest(const struct screen_all_times *all)
{
	int64_t oldest = all->course.newest;

	for (int64_t i = oldest; i > all->course.newest - SCREEN_ALL_BARS; i--)
		if (ring_get(&all->course, all->bar, SCREEN_ALL_BARS, i) > 0)
			oldest = i;
	return oldest;
}

bool screen_scale_fits(
    const struct screen_scale *scale, const struct screen_all_times *all, time_t when)
{
	int64_t slot = slot_of(when, scale->origin, all_width(scale));

	if (scale->slides || scale->origin != 0 || !all->course.used ||
	    scale->width * SCREEN_BARS >= SCREEN_LONGEST)
		return true;
	if (slot <= all->course.newest)
		return slot >= course_first(all->course.newest) * SCREEN_SHARE;
	return course_oldest(all) >= course_first(slot) * SCREEN_SHARE;
}

void screen_times_lengthen(struct screen_times *times)
{
	ring_lengthen(&times->course, times->bar, SCREEN_BARS);
}

void screen_all_times_lengthen(struct screen_all_times *times)
{
	ring_lengthen(&times->course, times->bar, SCREEN_ALL_BARS);
}

void screen_scale_lengthen(struct screen_scale *scale)
{
	scale->width *= 2;
}

static int64_t late_slot(time_t now, unsigned minutes)
{
	return slot_of(now, 0, SCREEN_QUARTER) - (int64_t)minutes * 60 / SCREEN_QUARTER + 1;
}

uint64_t screen_times_late(const struct screen_times *times, time_t now, unsigned minutes)
{
	return ring_since(&times->late, times->quarter, SCREEN_QUARTERS, late_slot(now, minutes));
}

uint64_t screen_all_times_late(const struct screen_all_times *times, time_t now, unsigned minutes)
{
	return ring_since(&times->late, times->quarter, SCREEN_QUARTERS, late_slot(now, minutes));
}

int64_t screen_scale_first(
    const struct screen_scale *scale, const struct screen_all_times *all, time_t now)
{
	if (scale->slides)
		return slot_of(now, scale->origin, scale->width) - SCREEN_BARS + 1;
	return scale->origin != 0 ? 0 : course_first(all->course.newest);
}

void screen_times_course(
    const struct screen_times *times, int64_t first, uint32_t bars_r[SCREEN_BARS])
{
	for (unsigned i = 0; i < SCREEN_BARS; i++)
		bars_r[i] = ring_get(&times->course, times->bar, SCREEN_BARS, first + i);
}

void screen_all_times_course(
    const struct screen_all_times *all, int64_t first, uint32_t bars_r[SCREEN_ALL_BARS])
{
	for (unsigned i = 0; i < SCREEN_ALL_BARS; i++)
		bars_r[i] =
		    ring_get(&all->course, all->bar, SCREEN_ALL_BARS, first * SCREEN_SHARE + i);
}
