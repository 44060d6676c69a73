/* How a run reads: once, or for as long as it stays, with one report behind the other. */
#include "mode/run_report.h"

#include "mode/follow.h"
#include "mode/headway_show.h"

/* The counts of another report; with the desk at rest. */
static void run_reset_counts(struct run *run, time_t since, time_t until, time_t now)
{
	struct account *account = &run->account;

	for (unsigned i = 0; i < account->place_count; i++)
		account->place[i].counts = (struct account_counts){0};
	run->bounces.dropped = 0;
	run->report.number = 0;
	account->made = now;
	account->since = since;
	account->until = until;
	account->delivered = false;
	run->is_ended = false;
	run->before++;
}

/* Delivers what has come by now, and begins another report; with the desk at rest. */
static int run_roll(struct run *run, const struct follow_report *next, struct err *err)
{
	if (!run->is_of_a_day)
		run->account.until = next->now;
	run->is_ended = true;
	if (report_end(&run->report, err) != 0 || run_deliver_report(run, err) != 0)
		return -1;
	outputs_fini(&run->outputs);
	run->report.sinks = NULL;
	run->report.groups = NULL;
	run_reset_counts(run, next->since, next->until, next->now);
	run->is_of_a_day = next->is_of_a_day;
	buf_clear(&run->origin);
	run_init_outputs(run);
	run->stage = RUN_WORKING;
	if (run->origin.failed != 0)
		return err_nomem(err);
	if (outputs_open_files(&run->outputs, err) != 0 ||
	    outputs_open_display(&run->outputs, err) != 0)
		return -1;
	run_use_outputs(run);
	return 0;
}

static int run_begin_anew(void *context, const struct follow_report *next, struct err *err)
{
	struct run *run = context;
	int result;

	report_pause(&run->report);
	result = run_roll(run, next, err);
	report_resume(&run->report);
	return result;
}

static int run_read_once(struct run *run, struct err *err)
{
	struct headway_show *show = headway_show_start(run->options, run->env);
	int result = run->source->ops->read(run->source, &run->report, err);

	headway_show_stop(show);
	return result;
}

/* A run that ended by itself, at its deadline, has not done what it was asked for when something
 * was never read. */
static void run_note_unread(struct run *run)
{
	const struct account_place *place;
	unsigned next = 0;

	if (run->stopped_by != 0 || run->account.failure.code != ERR_NONE)
		return;
	place = account_next_missing(&run->account, &next);
	if (place != NULL)
		err_set(
		    &run->account.failure, ERR_TEMPORARY, "%s: %s", place->host, place->missing);
}

/* Reads the source, once or for as long as the run stays. */
int run_read(struct run *run, struct err *err)
{
	const struct follow_settings follow = {
	    .options = run->options,
	    .env = run->env,
	    .source = run->source,
	    .report = &run->report,
	    .account = &run->account,
	    .watch = &run->watch,
	    .deadline = run->deadline,
	    .is_daily = run->options->period.today,
	    .begin_anew = run_begin_anew,
	    .context = run,
	};

	if (!run->stays)
		return run_read_once(run, err);
	if (watch_open(&run->watch, run->options, run->env, &run->account, err) != 0)
		return -1;
	run_use_outputs(run);
	run->patience.waits = true;
	if (follow_run(&follow, &run->stopped_by, err) != 0)
		return -1;
	run_note_unread(run);
	/* Said at the end: what has come is delivered all the same. */
	(void)run_history_settle(&run->history, &run->account, &run->unkept);
	run->patience.waits = false;
	run->report.sinks = run->outputs.sinks;
	watch_close(&run->watch);
	if (!run->is_of_a_day)
		run->account.until = env_time(run->env);
	return 0;
}
