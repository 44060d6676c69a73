/*
 * Waits for descriptors or for time to pass. Every wait ends in time and on a
 * signal.
 */
#ifndef BASE_WAIT_H
#define BASE_WAIT_H

#include <poll.h>
#include <stdint.h>

#include "base/err.h"

/* Descriptors that can be waited for at a time. */
#define WAIT_MAX 64

/*
 * Waits until one of the `count` descriptors is ready as its `events` say (poll(2)), but not beyond
 * `until` (as of clock_now(); 0: for ever), nor beyond a signal that ends the program. Looks once
 * when the time is over already. 1: `revents` say which are ready; 0: the time is over; -1:
 * ERR_SIGNAL or ERR_SYSTEM.
 */
int wait_ready(struct pollfd *fds, unsigned count, int64_t until, struct err *err);

/* Lets this many milliseconds pass. -1 as above. */
int wait_pause(int64_t milliseconds, struct err *err);

#endif
