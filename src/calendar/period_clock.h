/*
 * Dates and times of day in digits, as numbers. For period.c.
 */
#ifndef PERIOD_CLOCK_H
#define PERIOD_CLOCK_H

#include <stdbool.h>

#include "calendar/period_zone.h"

/*
 * Matches text against a pattern in which '0' stands for a digit and everything else for itself;
 * collects the numbers.
 */
bool period_clock_scan(const char *text, const char *pattern, int numbers_r[]);

/* From year, month, day, hour, minute, second. False for a date that no calendar has. */
bool period_clock_make(const int numbers[6], period_clock *clock_r);

#endif
