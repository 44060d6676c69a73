/* top: who sends most, on a screen that stays. */
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "calendar/period.h"
#include "mode/live.h"
#include "mode/run.h"
#include "mode/top_part.h"
#include "sink/screen/screen_terminal.h"

/* Between two orders of the list, so many times what one takes: 5 percent of a processor. */
#define TOP_SHARE 20

/* Ticks in a row at which the terminal is readable, and has no key: nobody is there. */
#define TOP_MAX_IDLE 1000

/* --- When --- */

/* When rates end: now, or when a period is over, or with the newest message of a file. */
static time_t top_at(const struct top *top, time_t now)
{
	const struct account *account = top->shown->account;
	time_t newest = screen_model_newest(top->model);

	if (top->follows)
		return now;
	if (account->has_period)
		return account->until <= now ? account->until - 1 : now;
	return newest != 0 && newest < now ? newest : now;
}

static struct screen_scale top_scale(const struct top *top)
{
	const struct account *account = top->shown->account;

	if (top->follows)
		return screen_scale_sliding();
	if (account->has_period)
		return screen_scale_period(account->since, account->until);
	return screen_scale_open();
}

static void top_add_period(const struct top *top, struct buf *out)
{
	const struct account *account = top->shown->account;
	const struct period period = {account->since, account->until};

	if (account->has_period && top->follows) {
		buf_add_text(out, "since ");
		period_add_short(out, account->since);
	} else if (account->has_period) {
		period_add_text(out, &period);
	} else {
		buf_add_text(out, "all times");
	}
}

/* --- Where from --- */

static void top_add_place(const struct top *top, struct buf *out, const struct account_place *place)
{
	buf_add_text(out, place->host);
	if (place->name != NULL)
		buf_printf(out, ": %s", place->name);
	buf_printf(out, " %" PRIu64, place->counts.reported);
	/* What is missing is known at rest, and written by the source's thread before. */
	if (!top->rested)
		buf_add_text(out, ", being read");
	else if (place->missing != NULL)
		buf_printf(out, ", INCOMPLETE: %s", place->missing);
	else if (place->is_away)
		buf_add_text(out, ", AWAY");
	else
		buf_add_text(out, top->follows && !top->over ? ", followed" : ", all read");
}

/* Under the desk's lock. */
static void top_say_servers(struct top *top)
{
	const struct account *account = top->rested ? &top->account : top->shown->account;
	struct buf *out = &top->view.servers;

	buf_clear(out);
	for (unsigned i = 0; i < account->place_count && i < TOP_MAX_PLACES; i++) {
		if (i > 0)
			buf_add_text(out, "; ");
		top_add_place(top, out, &account->place[i]);
	}
	if (account->place_count > TOP_MAX_PLACES)
		buf_printf(out, "; and %u more", account->place_count - TOP_MAX_PLACES);
}

/* --- Of today --- */

static int top_make_model(struct top *top, time_t now, struct err *err)
{
	struct group_set *groups = group_set_new(err);
	struct screen_model *model;

	if (groups == NULL)
		return -1;
	if (top->options->api.log_search)
		group_set_be_small(groups);
	model = screen_model_new(groups, top_scale(top), now, err);
	if (model == NULL) {
		group_set_free(groups);
		return -1;
	}
	screen_model_free(top->model);
	group_set_free(top->groups);
	top->groups = groups;
	top->model = model;
	top->shown->report->groups = groups;
	top->shown->report->sinks = screen_model_sink(model);
	return 0;
}

/* When the day of this moment ends. */
static int top_find_day(struct top *top, time_t now, struct period *day_r, struct err *err)
{
	if (period_resolve(&(struct period_request){.today = true}, now, day_r, err) != 0)
		return -1;
	top->midnight = day_r->until;
	return 0;
}

/* Under the desk's lock: nothing has come as yet. */
static int top_begin_day(struct top *top, time_t now, struct err *err)
{
	struct account *account = top->shown->account;
	struct period day;

	if (top_find_day(top, now, &day, err) != 0 || top_make_model(top, now, err) != 0)
		return -1;
	account->since = day.since;
	account->until = day.until;
	for (unsigned i = 0; i < account->place_count; i++)
		account->place[i].counts = (struct account_counts){0};
	top->shown->report->number = 0;
	buf_clear(&top->view.period);
	top_add_period(top, &top->view.period);
	screen_view_set_model(&top->view, top->model);
	return screen_view_refresh(&top->view, err);
}

/* --- What the source's thread does --- */

/* At rest: its account is whole. */
static int top_rest(void *context, time_t now, struct err *err)
{
	struct top *top = context;
	const struct account *account = top->shown->account;
	struct account_place *places;

	report_pause(top->shown->report);
	if (top->midnight != 0 && now >= top->midnight && top_begin_day(top, now, err) != 0) {
		report_resume(top->shown->report);
		return -1;
	}
	places = reallocarray(top->places, account->place_count + 1, sizeof(*places));
	if (places != NULL) {
		top->places = places;
		top->account = *account;
		top->account.place = places;
		for (unsigned i = 0; i < account->place_count; i++)
			places[i] = account->place[i];
		top->rested = true;
		top_say_servers(top);
	}
	report_resume(top->shown->report);
	return places != NULL ? 0 : err_nomem(err);
}

/* --- The screen --- */

static int top_draw(struct top *top, time_t now, bool stale, struct err *err)
{
	unsigned width, height;
	int64_t began = clock_now();
	int result = 0;

	screen_terminal_size(&width, &height);
	screen_canvas_clear(&top->canvas, width, height);
	report_pause(top->shown->report);
	screen_model_set_now(top->model, now);
	if (!top->rested)
		top_say_servers(top);
	top->view.now = now;
	top->view.at = top_at(top, now);
	top->version = screen_model_version(top->model);
	top->second = now;
	if (stale)
		result = screen_view_refresh(&top->view, err);
	if (result == 0)
		screen_view_draw(&top->view, &top->canvas);
	report_resume(top->shown->report);
	if (result != 0)
		return -1;
	if (top->canvas.failed != 0)
		return err_nomem(err);
	screen_terminal_show(&top->canvas);
	if (stale)
		top->next = clock_now() + (clock_now() - began) * TOP_SHARE;
	return 0;
}

/* 1: the run is to end. */
static int top_do(struct top *top, enum screen_action action, struct err *err)
{
	switch (action) {
	case SCREEN_QUIT:
		return 1;
	case SCREEN_SAVE:
		top_save(top);
		return 0;
	case SCREEN_LOCK:
		top_show_lock(top);
		return 0;
	case SCREEN_RUN_LOCK:
		return top_run_lock(top, err);
	default:
		return 0;
	}
}

/* All keys that were typed. 1: the run is to end. */
static int top_take_keys(struct top *top, bool *changed, struct err *err)
{
	int result = 0;
	uint32_t key;

	while (result == 0 && screen_terminal_key(&key, changed)) {
		enum screen_action action;

		*changed = true;
		report_pause(top->shown->report);
		action = screen_view_key(&top->view, key);
		/* The next one means what is listed then. */
		if (top->view.stale && screen_view_refresh(&top->view, err) != 0)
			result = -1;
		report_resume(top->shown->report);
		if (result == 0)
			result = top_do(top, action, err);
	}
	return result;
}

/* What the run said meanwhile. */
static bool top_take_line(struct top *top)
{
	struct buf line;
	bool is_new;

	buf_init(&line, 0);
	is_new = top_log_newest(&top->log, &top->log_seen, &line);
	if (is_new)
		screen_view_note(&top->view, buf_span(&line));
	buf_fini(&line);
	return is_new;
}

static bool top_has_news(const struct top *top)
{
	uint64_t version;

	report_pause(top->shown->report);
	version = screen_model_version(top->model);
	report_resume(top->shown->report);
	return version != top->version;
}

static int top_tick(void *context, enum live_why why, time_t now, struct err *err)
{
	struct top *top = context;
	bool changed = false;
	bool stale;
	int result;

	if (why == LIVE_OVER)
		top->over = changed = true;
	result = top_take_keys(top, &changed, err);
	if (result != 0)
		return result;
	top->idle = why == LIVE_INPUT && !changed ? top->idle + 1 : 0;
	if (top->idle > TOP_MAX_IDLE)
		return err_set(err, ERR_IO, "nobody is at the terminal any more");
	changed = top_take_line(top) || changed;
	stale = why == LIVE_OVER || (why != LIVE_INPUT && clock_now() >= top->next &&
					(now != top->second || top_has_news(top)));
	return changed || stale ? top_draw(top, now, stale, err) : 0;
}

static void top_leave(void *context)
{
	struct top *top = context;

	screen_terminal_close();
	if (top->taken)
		top_log_stop(&top->log);
	top->taken = false;
}

static int top_open(struct top *top, struct err *err)
{
	bool color = top->options->color == OPTIONS_ALWAYS ||
		     (top->options->color == OPTIONS_AUTO && top->env->terminal_has_color);
	struct period day;

	if (top->follows && top->options->period.today &&
	    top_find_day(top, top->env->now, &day, err) != 0)
		return -1;
	if (top_make_model(top, top->env->now, err) != 0 || screen_terminal_open(color, err) != 0)
		return -1;
	top_log_start(&top->log);
	top->taken = true;
	screen_view_init(&top->view, top->model);
	screen_canvas_init(&top->canvas, !top->env->terminal_is_utf8);
	top->view.letter_bars = !top->env->terminal_is_utf8 || !screen_terminal_has_blocks();
	top_add_period(top, &top->view.period);
	return 0;
}

static int top_show(void *context, const struct run_shown *shown, struct err *err)
{
	struct top *top = context;
	const struct live_settings live = {
	    .source = shown->source,
	    .report = shown->report,
	    .env = top->env,
	    .interval = LIVE_GAP,
	    .stays = true,
	    .fd = STDIN_FILENO,
	    .tick = top_tick,
	    .rest = top_rest,
	    .leave = top_leave,
	    .context = top,
	};
	int number = 0;

	top->shown = shown;
	top->follows = shown->source->ops->wait != NULL;
	if (top_open(top, err) != 0)
		return -1;
	if (live_run(&live, &number, err) != 0 ||
	    (shown->source->ops->finish != NULL &&
		shown->source->ops->finish(shown->source, shown->report, err) != 0))
		return -1;
	return number != 0 ? interrupt_set(number, err) : 0;
}

static void top_fini(struct top *top)
{
	top_leave(top);
	if (top->model != NULL) {
		screen_view_fini(&top->view);
		screen_canvas_fini(&top->canvas);
	}
	screen_model_free(top->model);
	group_set_free(top->groups);
	free(top->places);
	buf_fini(&top->identity);
}

int run_top(const struct options *options, const struct env *env, struct err *err)
{
	struct options today = *options;
	struct env beside = *env;
	struct top top = {.options = &today, .env = &beside};
	const struct run_show show = {true, top_show, &top};
	int result;

	if (screen_terminal_check(err) != 0)
		return -1;
	/* Lines about what was read say nothing that the screen does not. */
	beside.stderr_is_terminal = false;
	if (options->file_count == 0 && !options_ask_for_period(options))
		today.period.today = true;
	buf_init(&top.identity, 0);
	top_log_init(&top.log);
	result = run_show(&today, &beside, &show, err);
	top_fini(&top);
	return result;
}
