#include "imap/patience.h"

#include "base/clock.h"
#include "base/interrupt.h"
#include "base/wait.h"

struct patience patience_begin(const struct stream_settings *settings)
{
	struct patience patience = {
	    .until = clock_now() + (int64_t)settings->timeout * 1000,
	    .timeout = settings->timeout,
	};

	if (settings->deadline != 0 && settings->deadline < patience.until) {
		patience.until = settings->deadline;
		patience.deadline = true;
	}
	return patience;
}

bool patience_is_over(const struct patience *patience)
{
	return interrupt_signal() != 0 || clock_is_over(patience->until);
}

static int patience_refuse(const struct patience *patience, struct err *err)
{
	if (patience->deadline)
		return clock_refuse(err);
	return err_set(err, ERR_TEMPORARY, "no answer for %u seconds", patience->timeout);
}

int patience_check(const struct patience *patience, struct err *err)
{
	if (interrupt_check(err) != 0)
		return -1;
	return clock_is_over(patience->until) ? patience_refuse(patience, err) : 0;
}

int patience_wait(const struct patience *patience, int fd, short events, struct err *err)
{
	struct pollfd fds = {.fd = fd, .events = events};

	if (patience_check(patience, err) != 0)
		return -1;
	switch (wait_ready(&fds, 1, patience->until, err)) {
	case 0:
		return patience_refuse(patience, err);
	case 1:
		return 0;
	default:
		return -1;
	}
}

bool patience_is_silence(const struct patience *patience, const struct err *err)
{
	return err->code == ERR_TEMPORARY && !patience->deadline;
}
