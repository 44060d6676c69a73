/*
 * When the messages of a group came: how many a minute of late, and their course over time. The
 * size is the same for every group, however many messages it has.
 */
#ifndef SCREEN_TIMES_H
#define SCREEN_TIMES_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

/* Seconds that are counted together for rates, and for how many minutes. A rate over N minutes is
 * of the quarter of a minute that has begun, and of those before it. */
#define SCREEN_QUARTER  15
#define SCREEN_MINUTES  15
#define SCREEN_QUARTERS (SCREEN_MINUTES * 60 / SCREEN_QUARTER)

/* Bars of a course: of a group, and of all messages. The second is a multiple of the first. */
#define SCREEN_BARS     20
#define SCREEN_ALL_BARS 60

/* Seconds that a course shows of a run that stays, up to now. */
#define SCREEN_COURSE ((time_t)60 * 60)

/* About so many seconds are shown at most where the period is not known: a message that says it is
 * older is in no bar, so that one with a wrong date does not make all others one bar. */
#define SCREEN_LONGEST ((time_t)92 * 24 * 60 * 60)

/* The same scale for all courses of a run. */
struct screen_scale {
	time_t origin; /* where the first bar begins, unless it slides */
	time_t width;  /* seconds of a group's bar, a multiple of SCREEN_ALL_BARS / SCREEN_BARS */
	bool slides;   /* the newest bars are kept, and older ones forgotten */
};

/* The last SCREEN_COURSE. */
struct screen_scale screen_scale_sliding(void);

/* A period that is known. */
struct screen_scale screen_scale_period(time_t since, time_t until);

/* One that is not: it begins with bars of a minute, and is made longer as messages come. */
struct screen_scale screen_scale_open(void);

/* A ring of counters: those of the newest slots. Zeroed, it is empty. */
struct screen_ring {
	bool used;
	int64_t newest; /* slot */
};

struct screen_times {
	struct screen_ring late;
	struct screen_ring course;
	uint32_t quarter[SCREEN_QUARTERS];
	uint32_t bar[SCREEN_BARS];
};

/* The same of all messages. */
struct screen_all_times {
	struct screen_ring late;
	struct screen_ring course;
	uint32_t quarter[SCREEN_QUARTERS];
	uint32_t bar[SCREEN_ALL_BARS];
};

void screen_times_add(struct screen_times *times, const struct screen_scale *scale, time_t when);
void screen_all_times_add(
    struct screen_all_times *times, const struct screen_scale *scale, time_t when);

/* False when a message of that time has no bar, unless bars are made longer. */
bool screen_scale_fits(
    const struct screen_scale *scale, const struct screen_all_times *all, time_t when);

/* Makes bars twice as long: the scale last. */
void screen_times_lengthen(struct screen_times *times);
void screen_all_times_lengthen(struct screen_all_times *times);
void screen_scale_lengthen(struct screen_scale *scale);

/* Messages of the last minutes (at most SCREEN_MINUTES) before `now`. */
uint64_t screen_times_late(const struct screen_times *times, time_t now, unsigned minutes);
uint64_t screen_all_times_late(const struct screen_all_times *times, time_t now, unsigned minutes);

/* The first bar of all courses, in slots of a group's bar, as of this time. */
int64_t screen_scale_first(
    const struct screen_scale *scale, const struct screen_all_times *all, time_t now);

/* The courses from that bar on, the oldest first. */
void screen_times_course(
    const struct screen_times *times, int64_t first, uint32_t bars_r[SCREEN_BARS]);
void screen_all_times_course(
    const struct screen_all_times *all, int64_t first, uint32_t bars_r[SCREEN_ALL_BARS]);

#endif
