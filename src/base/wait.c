#include "base/wait.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "base/clock.h"
#include "base/interrupt.h"

/* For poll(2). */
static int wait_milliseconds(int64_t until)
{
	int64_t left = until != 0 ? until - clock_now() : -1;

	if (until == 0)
		return -1;
	if (left <= 0)
		return 0;
	return left < INT_MAX ? (int)left : INT_MAX;
}

int wait_ready(struct pollfd *fds, unsigned count, int64_t until, struct err *err)
{
	struct pollfd all[WAIT_MAX + 1] = {{.fd = interrupt_fd(), .events = POLLIN}};

	if (count > 0)
		memcpy(all + 1, fds, count * sizeof(*fds));
	for (;;) {
		int n = poll(all, count + 1, wait_milliseconds(until));
		int sys = errno;

		if (interrupt_check(err) != 0)
			return -1;
		if (n < 0 && sys != EINTR)
			return err_set_sys(err, ERR_SYSTEM, sys, "poll");
		if (n > 0) {
			if (count > 0)
				memcpy(fds, all + 1, count * sizeof(*fds));
			return 1;
		}
		if (clock_is_over(until))
			return 0;
	}
}

int wait_pause(int64_t milliseconds, struct err *err)
{
	return wait_ready(NULL, 0, clock_now() + milliseconds, err) < 0 ? -1 : 0;
}
