/*
 * Converts between instants and what clocks in the process's time zone show.
 * For period.c.
 */
#ifndef PERIOD_ZONE_H
#define PERIOD_ZONE_H

#include <time.h>

#define PERIOD_DAY ((time_t)24 * 60 * 60)

/* What the clocks of the zone show, as a number: seconds as if the zone were UTC. */
typedef time_t period_clock;

struct tm period_zone_local(time_t when);
period_clock period_zone_clock(time_t when);

/*
 * The first instant at which the clocks show `clock` or later: of a time that comes twice the
 * first, and where clocks skip the time the moment they do. So days follow each other without a gap
 * and without an overlap.
 */
time_t period_zone_instant(period_clock clock);

#endif
