#include "mode/follow.h"

#include <inttypes.h>

#include "base/clock.h"
#include "base/interrupt.h"
#include "base/notify.h"
#include "mode/live.h"

struct follow {
	const struct follow_settings *settings;
	int64_t written; /* when the metrics were, as of clock_now() */
	time_t midnight; /* that ends the report's day; with is_daily */
};

/* The day of this moment. */
static int follow_find_day(time_t now, struct period *day_r, struct err *err)
{
	return period_resolve(&(struct period_request){.today = true}, now, day_r, err);
}

static int follow_begin_anew(
    const struct follow *follow, const struct follow_report *next, struct err *err)
{
	const struct follow_settings *settings = follow->settings;

	if (watch_rest(settings->watch, settings->report, true, err) != 0)
		return -1;
	return settings->begin_anew(settings->context, next, err);
}

static int follow_begin_day(struct follow *follow, time_t now, struct err *err)
{
	struct follow_report next = {.now = now, .is_of_a_day = true};
	struct period day;

	if (follow_find_day(now, &day, err) != 0)
		return -1;
	next.since = day.since;
	next.until = follow->midnight = day.until;
	return follow_begin_anew(follow, &next, err);
}

/* While the source is at rest. A clock that jumps over several midnights ends one report. */
static int follow_rest(void *context, time_t now, struct err *err)
{
	struct follow *follow = context;
	const struct follow_report next = {.now = now, .since = now, .until = now};

	if (watch_rest(follow->settings->watch, follow->settings->report, false, err) != 0)
		return -1;
	if (follow->settings->is_daily && now >= follow->midnight)
		return follow_begin_day(follow, now, err);
	return interrupt_take_hangup() ? follow_begin_anew(follow, &next, err) : 0;
}

static int follow_tick(void *context, enum live_why why, time_t now, struct err *err)
{
	struct follow *follow = context;
	int64_t interval = (int64_t)follow->settings->options->live.interval * 1000;

	(void)why;
	(void)err;
	if (clock_now() - follow->written >= env_pause(follow->settings->env, interval)) {
		watch_tick(follow->settings->watch, follow->settings->report, now);
		follow->written = clock_now();
	}
	notify_send(follow->settings->env->notify_socket, "WATCHDOG=1");
	return 0;
}

/* Milliseconds between ticks: of a service that is watched a sign comes twice in its time. */
static int64_t follow_interval(const struct follow_settings *settings)
{
	int64_t interval = (int64_t)settings->options->live.interval * 1000;
	int64_t watchdog = (int64_t)settings->env->watchdog / 2;

	if (watchdog > 0 && watchdog < interval)
		interval = watchdog;
	return interval > LIVE_GAP ? interval : LIVE_GAP;
}

/* Where there is a terminal, SIGHUP says that it has gone. */
static int follow_catch_hangup(const struct env *env, struct err *err)
{
	if (env->stdin_is_terminal || env->stdout_is_terminal || env->stderr_is_terminal)
		return 0;
	return interrupt_ask_by_hangup(err);
}

int follow_run(const struct follow_settings *settings, int *signal_r, struct err *err)
{
	const struct env *env = settings->env;
	struct follow follow = {.settings = settings};
	const struct live_settings live = {
	    .source = settings->source,
	    .report = settings->report,
	    .env = env,
	    .interval = follow_interval(settings),
	    .deadline = settings->deadline,
	    .fd = -1,
	    .tick = follow_tick,
	    .rest = follow_rest,
	    .context = &follow,
	};
	const struct source_ops *ops = settings->source->ops;
	struct period day = {0};

	if (ops->wait == NULL)
		return err_set(err, ERR_USAGE, "%s cannot be followed", ops->name);
	if (follow_find_day(env_time(env), &day, err) != 0 || follow_catch_hangup(env, err) != 0)
		return -1;
	follow.midnight = day.until;
	notify_send(env->notify_socket, "READY=1");
	if (live_run(&live, signal_r, err) != 0)
		return -1;
	notify_send(env->notify_socket, "STOPPING=1");
	if (ops->finish != NULL && ops->finish(settings->source, settings->report, err) != 0)
		return -1;
	if (watch_rest(settings->watch, settings->report, false, err) != 0)
		return -1;
	watch_tick(settings->watch, settings->report, env_time(env));
	return 0;
}
