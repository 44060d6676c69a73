#include "base/headway.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "base/clock.h"
#include "base/span.h"

static struct {
	pthread_mutex_t lock; /* for the place */
	struct headway place; /* all but the counts below */
	uint64_t records_before;
} headway = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* Each is counted by whoever does the work, without the lock. */
static atomic_uint_fast64_t headway_done, headway_records, headway_bytes;

static void headway_count(atomic_uint_fast64_t *count, uint64_t more)
{
	atomic_fetch_add_explicit(count, more, memory_order_relaxed);
}

static uint64_t headway_read(atomic_uint_fast64_t *count)
{
	return atomic_load_explicit(count, memory_order_relaxed);
}

static void headway_copy(char to[HEADWAY_MAX_NAME], const char *name)
{
	struct span s = span_head(span_of(name != NULL ? name : ""), HEADWAY_MAX_NAME - 1);

	memcpy(to, s.p, s.n);
	to[s.n] = '\0';
}

void headway_reset(void)
{
	pthread_mutex_lock(&headway.lock);
	headway.place = (struct headway){0};
	headway.records_before = 0;
	headway_done = headway_records = headway_bytes = 0;
	pthread_mutex_unlock(&headway.lock);
}

void headway_enter(enum headway_phase phase, const char *host, const char *folder)
{
	pthread_mutex_lock(&headway.lock);
	headway.place.phase = phase;
	headway_copy(headway.place.host, host);
	headway_copy(headway.place.folder, folder);
	headway.place.size = 0;
	headway.place.since = clock_now();
	headway.records_before = headway_read(&headway_records);
	headway_bytes = 0;
	pthread_mutex_unlock(&headway.lock);
}

void headway_set_size(uint64_t bytes)
{
	pthread_mutex_lock(&headway.lock);
	headway.place.size = bytes;
	pthread_mutex_unlock(&headway.lock);
}

void headway_expect(uint64_t messages)
{
	pthread_mutex_lock(&headway.lock);
	if (headway.place.expected == 0)
		headway.place.expected_since = clock_now();
	headway.place.expected += messages;
	pthread_mutex_unlock(&headway.lock);
}

void headway_add_uncounted(unsigned places)
{
	pthread_mutex_lock(&headway.lock);
	headway.place.uncounted += places;
	pthread_mutex_unlock(&headway.lock);
}

void headway_settle_count(void)
{
	pthread_mutex_lock(&headway.lock);
	if (headway.place.uncounted > 0)
		headway.place.uncounted--;
	pthread_mutex_unlock(&headway.lock);
}

void headway_add_done(void)
{
	headway_count(&headway_done, 1);
}

void headway_add_record(void)
{
	headway_count(&headway_records, 1);
}

void headway_add_bytes(uint64_t bytes)
{
	headway_count(&headway_bytes, bytes);
}

void headway_look(struct headway *headway_r)
{
	pthread_mutex_lock(&headway.lock);
	*headway_r = headway.place;
	headway_r->done = headway_read(&headway_done);
	headway_r->all_records = headway_read(&headway_records);
	headway_r->records = headway_r->all_records - headway.records_before;
	headway_r->bytes = headway_read(&headway_bytes);
	pthread_mutex_unlock(&headway.lock);
}
