/*
 * Preloaded: the clock of the day is CLOCK_AHEAD seconds ahead, or as many as the file CLOCK_FILE
 * says at the time, or stands still at CLOCK_AT, for whatever starts so and all that it starts.
 * Other clocks stay, so that waiting takes as long as ever. (libfaketime breaks the sleep of
 * Python 3.11, which is up to a time of the monotonic clock.)
 */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

/* The file may be another one by now: that is how the clock jumps. */
static time_t clock_read_file(const char *path)
{
	char text[32] = "";
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd >= 0) {
		(void)!read(fd, text, sizeof(text) - 1);
		close(fd);
	}
	return (time_t)strtoll(text, NULL, 10);
}

static void clock_change(struct timespec *now)
{
	const char *ahead = getenv("CLOCK_AHEAD");
	const char *at = getenv("CLOCK_AT");
	const char *file = getenv("CLOCK_FILE");

	if (file != NULL)
		now->tv_sec += clock_read_file(file);
	if (ahead != NULL)
		now->tv_sec += (time_t)strtoll(ahead, NULL, 10);
	if (at != NULL)
		*now = (struct timespec){.tv_sec = (time_t)strtoll(at, NULL, 10)};
}

int clock_gettime(clockid_t clock, struct timespec *now)
{
	int result = (int)syscall(SYS_clock_gettime, clock, now);

	if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
		clock_change(now);
	return result;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone)
{
	struct timespec exact;

	(void)zone;
	clock_gettime(CLOCK_REALTIME, &exact);
	now->tv_sec = exact.tv_sec;
	now->tv_usec = exact.tv_nsec / 1000;
	return 0;
}

time_t time(time_t *now_r)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	if (now_r != NULL)
		*now_r = now.tv_sec;
	return now.tv_sec;
}
