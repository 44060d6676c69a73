#include "base/clock.h"

#include <time.h>

int64_t clock_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

time_t clock_time(void)
{
	return time(NULL);
}

bool clock_is_over(int64_t deadline)
{
	return deadline != 0 && clock_now() >= deadline;
}

int clock_refuse(struct err *err)
{
	return err_set(err, ERR_TEMPORARY, "the deadline of the run has passed");
}
