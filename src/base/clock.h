/*
 * How much time has passed, for time limits: not the time of day.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

/* Milliseconds of a clock that nobody sets. */
int64_t clock_now(void);

/* Whether a deadline, as of clock_now(), is over; never when it is 0. */
bool clock_is_over(int64_t deadline);

/* Says that the deadline of the run (--deadline) is over: ERR_TEMPORARY, and -1. */
int clock_refuse(struct err *err);

#endif
