#include "mode/live.h"

#include <errno.h>
#include <stdatomic.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/interrupt.h"
#include "base/team.h"
#include "base/wait.h"

struct live {
	const struct live_settings *settings;
	int rested;        /* the source has something to show: eventfd(2) */
	atomic_bool ended; /* the source's thread has, and what follows may be read */
	int result;
	struct err err;
};

static void live_note_rest(struct live *live)
{
	/* It holds 2^64 - 2, so that this cannot fail. */
	(void)!eventfd_write(live->rested, 1);
}

static int live_rest(const struct live *live, struct err *err)
{
	const struct live_settings *settings = live->settings;
	struct source *source = settings->source;
	int result;

	if (settings->rest == NULL || (source->ops->hold != NULL && !source->ops->hold(source)))
		return 0;
	result = settings->rest(settings->context, env_time(settings->env), err);
	if (source->ops->let_go != NULL)
		source->ops->let_go(source);
	return result;
}

/* 1: more has come; 2: nothing more can come; -1. */
static int live_await(const struct live *live, struct err *err)
{
	struct source *source = live->settings->source;
	int more;

	if (source->ops->wait == NULL)
		return 2;
	do {
		more = source->ops->wait(
		    source, clock_now() + env_pause(live->settings->env, LIVE_STEP), err);
		if (more == 0 && live_rest(live, err) != 0)
			return -1;
	} while (more == 0);
	return more;
}

static int live_follow(struct live *live, struct err *err)
{
	struct source *source = live->settings->source;
	int more;

	do {
		if (source->ops->read(source, live->settings->report, err) != 0 ||
		    live_rest(live, err) != 0)
			return -1;
		live_note_rest(live);
		more = live_await(live, err);
	} while (more == 1);
	return more < 0 ? -1 : 0;
}

/* The source's thread. */
static void live_work(void *context)
{
	struct live *live = context;
	struct source *source = live->settings->source;

	live->result = live_follow(live, &live->err);
	live->ended = true;
	live_note_rest(live);
	if (source->ops->leave != NULL)
		source->ops->leave(source);
}

/* 1: the run is to end. */
static int live_tick(const struct live *live, enum live_why why, struct err *err)
{
	const struct live_settings *settings = live->settings;
	time_t now = env_time(settings->env);

	if (report_tick(settings->report, now, err) != 0)
		return -1;
	return settings->tick != NULL ? settings->tick(settings->context, why, now, err) : 0;
}

/* Waits until a tick is due; `more`: the source has something to show. -1: ERR_SIGNAL. */
static int live_next(
    const struct live *live, int64_t last, bool *more, enum live_why *why_r, struct err *err)
{
	const struct live_settings *settings = live->settings;
	int64_t until = last + env_pause(settings->env, *more ? LIVE_GAP : settings->interval);
	struct pollfd fds[] = {
	    {.fd = *more ? -1 : live->rested, .events = POLLIN},
	    {.fd = settings->fd, .events = POLLIN},
	};
	int ready;
	eventfd_t count;

	if (settings->deadline != 0 && settings->deadline < until)
		until = settings->deadline;
	ready = wait_ready(fds, 2, until, err);
	if (ready < 0)
		return -1;
	*why_r = LIVE_TIME;
	if (ready > 0 && fds[1].revents != 0) {
		*why_r = LIVE_INPUT;
		return 1;
	}
	if (ready > 0) {
		*more = eventfd_read(live->rested, &count) == 0;
		return 0;
	}
	if (*more)
		*why_r = LIVE_MORE;
	*more = false;
	return 1;
}

/* Until the end. 0: a signal, or the mode, or the source. */
static int live_show(struct live *live, struct err *err)
{
	int64_t last = clock_now() - LIVE_GAP;
	bool more = false, over = false;
	int result = 0;

	while (result == 0 && !clock_is_over(live->settings->deadline)) {
		enum live_why why;
		int due = live_next(live, last, &more, &why, err);

		if (due < 0)
			return err->code == ERR_SIGNAL ? 0 : -1;
		if (live->ended && !over) {
			over = true;
			if (live->result != 0 || !live->settings->stays)
				return 0;
			why = LIVE_OVER;
			due = 1;
		}
		if (due == 0)
			continue;
		result = live_tick(live, why, err);
		last = clock_now();
	}
	return result < 0 ? -1 : 0;
}

/* What the two threads came to. */
static int live_finish(const struct live *live, bool stopped, int *signal_r, struct err *err)
{
	int number = interrupt_signal();

	if (number == SIGPIPE)
		return interrupt_check(err);
	*signal_r = stopped ? 0 : number;
	if (number != 0 && interrupt_forget(err) != 0)
		return -1;
	if (live->result == 0 || live->err.code == ERR_SIGNAL)
		return 0;
	*err = live->err;
	if (number != 0 && err->code == ERR_IO && err->sys == EINTR)
		interrupt_set(number, err); /* it broke off a write */
	return -1;
}

int live_run(const struct live_settings *settings, int *signal_r, struct err *err)
{
	struct live live = {.settings = settings, .err = ERR_INIT};
	struct team_side *side;
	bool stopped;
	int result;

	live.rested = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (live.rested < 0)
		return err_set_sys(err, ERR_SYSTEM, errno, "cannot make an eventfd");
	side = team_side_start(live_work, &live, err);
	if (side == NULL) {
		close(live.rested);
		return -1;
	}
	result = live_show(&live, err);
	if (settings->leave != NULL)
		settings->leave(settings->context);
	/* What goes on beside the source's thread is not over with it. */
	stopped = interrupt_signal() == 0 && (!live.ended || settings->source->ops->leave != NULL);
	if (stopped)
		interrupt_stop(SIGINT);
	team_side_join(side);
	close(live.rested);
	if (result != 0) {
		struct err unused = ERR_INIT;

		if (stopped)
			interrupt_forget(&unused);
		return -1;
	}
	return live_finish(&live, stopped, signal_r, err);
}
