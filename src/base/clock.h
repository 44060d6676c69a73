/*
 * How much time has passed, for time limits: not the time of day.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

/* Milliseconds of a clock that nobody sets. */
int64_t clock_now(void);

#endif
