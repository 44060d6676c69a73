/* A run that is looked at (top). */
#include "mode/run_report.h"

/* Whether more may come that belongs to it. */
static bool run_may_follow(const struct options *options)
{
	return !options->api.log_search && !options->merge && !options->recursive &&
	       !options->failed_logins && !options->new_only && options->period.date == NULL &&
	       options->period.until == NULL;
}

static int run_open_source(struct run *run, struct err *err)
{
	run->source = run_new_source(run, err);
	return run->source != NULL && run_resolve_period(run, err) == 0
		   ? run->source->ops->open(run->source, err)
		   : -1;
}

/* Files that cannot be followed are read once. */
static int run_open_to_show(struct run *run, struct err *err)
{
	struct err unused = ERR_INIT;

	run->stays = run->show->follows && run_may_follow(run->options);
	if (!run->stays || !run_is_of_files(run))
		return run_open_source(run, err);
	if (run_open_source(run, &unused) == 0)
		return 0;
	if (run->source != NULL)
		run->source->ops->free(run->source);
	run->source = NULL;
	run->stays = false;
	return run_open_source(run, err);
}

/* What somebody looks at leaves nothing behind, so there is no state, nor a letter. */
static int run_show_steps(struct run *run, struct err *err)
{
	struct run_shown shown = {
	    .account = &run->account,
	    .report = &run->report,
	    .outputs = &run->outputs,
	};

	if (run_open_to_show(run, err) != 0 || run_open(run, err) != 0)
		return -1;
	shown.source = run->source;
	if (run->show->show(run->show->context, &shown, err) != 0)
		return -1;
	if (run->account.failure.code == ERR_NONE)
		return run_finish(run, err);
	*err = run->account.failure;
	return run->options->api.log_search ? act_explain(&run->act, err) : -1;
}

int run_show(const struct options *options, const struct env *env, const struct run_show *show,
    struct err *err)
{
	struct run run;
	int result;

	run_init(&run, options, env, show);
	result = run_show_steps(&run, err);
	run_fini(&run);
	return result;
}
