/*
 * The version of a run: what it puts replaces what those of lower ones put. It is when the run
 * began, in microseconds since 1970, unless the clock of another one was ahead.
 */
#ifndef STORE_VERSION_H
#define STORE_VERSION_H

#include <stdint.h>

/* Versions of a second. */
#define STORE_VERSION_SECOND 1000000

/*
 * Seconds that the clocks of machines may differ. What a run says to have read of a later time than
 * that by our clock, nobody can have read: its clock was ahead, and the messages of that time are
 * to come.
 */
#define STORE_VERSION_SKEW 600

/*
 * `version` as it is; or behind `last`, the highest that was noted, when that is of a time that has
 * not come by our clock: what a clock that was ahead has written would stay otherwise, whatever
 * later runs say. A run that has begun since this one did, by a clock that is right, comes later
 * indeed. Two runs that count on from the same one get versions of their own, most likely.
 */
uint64_t store_version_behind(uint64_t version, uint64_t last);

/* The version that a run is noted with: its own, or, of an import, which has none, the last one of
 * the second in which it began. */
uint64_t store_version_noted(uint64_t version, int64_t began);

#endif
