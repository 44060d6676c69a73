/*
 * A clock for time limits, not the time of day.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "base/err.h"

/* Milliseconds of a clock that is never set. */
int64_t clock_now(void);

/* The time of day now, since 1970: a run is about env.now, and a server is asked in terms of now. */
time_t clock_time(void);

/* True when a deadline, as of clock_now(), has passed; never when it is 0. */
bool clock_is_over(int64_t deadline);

/* The deadline of the run (--deadline) has passed: ERR_TEMPORARY. Returns -1. */
int clock_refuse(struct err *err);

#endif
