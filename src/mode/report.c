/* The report: records from a source go through the desk to the outputs. */
#include "mode/run.h"

#include <errno.h>
#include <inttypes.h>

#include "base/clock.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "mode/run_report.h"
#include "source/files/files.h"

/* True when a line about what was done is wanted: at a terminal, or with -v. */
bool run_may_talk(const struct options *options, const struct env *env)
{
	return !options->quiet && (env->stderr_is_terminal || options->verbose);
}

void run_init(struct run *run, const struct options *options, const struct env *env,
    const struct run_show *show)
{
	*run = (struct run){
	    .show = show,
	    .options = options,
	    .env = env,
	    .deadline = run_deadline(options),
	    .account =
		{
		    .made = env->now,
		    .no_bounce = options->no_bounce,
		    .new_only = options->new_only && show == NULL,
		},
	    .bounces = filter_bounces(),
	    .unkept = ERR_INIT,
	    .stays = (options->mode->needs & MODE_LIVE) != 0,
	    .is_of_a_day = options->period.today,
	};
	/* What stays ends in order, not in the middle of what a server says. */
	run->servers = run_servers(options, env, run->stays ? 0 : run->deadline, &run->password);
	buf_init(&run->origin, 0);
	run_init_outputs(run);
	report_init(&run->report, &(const struct report_parts){
				      .filters = options->no_bounce ? &run->bounces : NULL,
				      .account = &run->account,
				  });
}

/* The password of whoever is asked for messages. */
static int run_log_in(struct run *run, struct err *err)
{
	if (run->options->offline)
		return 0;
	if (run->options->api.log_search)
		return act_open(&run->act, run->options, run->env, err);
	return run_find_password(run->options, run->env, &run->servers, &run->password, err);
}

/* Opens the state folder, which may first finish an earlier run, and loads what was reported
 * before. */
static int run_prepare(struct run *run, struct err *err)
{
	const struct options *options = run->options;

	if (run_is_of_files(run) || run->stays)
		return 0;
	if (run_open_state(options, run->env, run->deadline, &run->store, err) != 0)
		return -1;
	if (options->mail_to_count > 0)
		run_load_failure(run->store, run->account.made, &run->failure);
	if (!options->new_only)
		return 0;
	return run_load_states(run->store, run->source, &run->account, err);
}

/* Refuses to replace the report of a broken-off run that was finished just now. */
static int run_check_finished(struct run *run, struct err *err)
{
	struct deliver_file *files[FORMAT_COUNT];
	unsigned count = outputs_files(&run->outputs, files);

	for (unsigned i = 0; run->options->new_only && i < count; i++) {
		if (!state_has_finished(run->store, files[i]))
			continue;
		run->stage = RUN_NOTIFIED;
		return err_set(err, ERR_TEMPORARY,
		    "'%s' has just been finished for an earlier run that was broken off; what has "
		    "come since is left to the next run",
		    deliver_path(files[i]));
	}
	return 0;
}

/* Refuses, before anything is read, to replace a file that is to be read. */
static int run_check_replaced(struct run *run, struct err *err)
{
	for (unsigned i = 0; i < run->options->file_count; i++) {
		const char *output;
		struct stat found;

		if (files_stat(run->options->files[i], &found) !=
		    0) /* reading it gives the error */
			continue;
		output = outputs_replacing(&run->outputs, &found);
		if (output == NULL)
			continue;
		run->stage = RUN_CHECKING;
		return err_set(
		    err, ERR_USAGE, "the output '%s' would replace a file that is read", output);
	}
	return 0;
}

/* When nobody knows the end of the period, nobody can say who still sends at its end. */
void run_use_outputs(struct run *run)
{
	if (run->outputs.groups != NULL && run->account.has_period && !run->stays)
		group_set_watch(run->outputs.groups, run->account.recent);
	run->report.groups = run->outputs.groups;
	run->report.sinks = watch_join(&run->watch, run->outputs.sinks);
}

/* A file that cannot be made is an error before the password prompt. The display's header row comes
 * after it. */
int run_open(struct run *run, struct err *err)
{
	if (run->origin.failed != 0)
		return err_nomem(err);
	if (outputs_open_files(&run->outputs, err) != 0 || run_check_finished(run, err) != 0)
		return -1;
	if (run_keep_history(run, err) != 0)
		return -1;
	if (run_is_of_files(run) ? run_check_replaced(run, err) != 0 : run_log_in(run, err) != 0)
		return -1;
	if (outputs_open_display(&run->outputs, err) != 0)
		return -1;
	run_use_outputs(run);
	run_compare_history(run);
	return 0;
}

int run_deliver_report(struct run *run, struct err *err)
{
	struct letter_settings letter = run_letter_settings(run->options, run->deadline);
	const struct run_news news = {run->store, run->source};
	int result;

	if (run->account.failure.code == ERR_NONE && run->failure.told != 0)
		letter.failed_since = run->failure.since;
	run->stage = RUN_DELIVERING;
	result = run->options->new_only ? run_deliver_new(&run->outputs, &letter, &news, err)
					: run_deliver(&run->outputs, &letter, err);
	if (result == 0 || run->outputs.brief_sent)
		run->stage = RUN_NOTIFIED;
	return result;
}

/*
 * After the source has been read. When a server failed, standard error says what is missing; with
 * --partial the report is delivered, and marked. Saved reports are read as far as possible. Either
 * way the run has failed.
 */
static int run_close(struct run *run, struct err *err)
{
	const struct options *options = run->options;
	const struct err *failure = &run->account.failure;
	/* What a run that stays has seen by now nobody sees again. */
	bool deliver = options->partial || run->stays || !err_is_remote(failure);

	if (deliver || options->host_count > 1) {
		if ((!run->is_ended && report_end(&run->report, err) != 0) ||
		    (deliver && !run->outputs.delivered && run_deliver_report(run, err) != 0))
			return -1;
	}
	if (failure->code == ERR_NONE)
		return 0;
	if (run->unkept.code != ERR_NONE)
		log_warn("%s", run->unkept.text);
	*err = *failure;
	return options->api.log_search ? act_explain(&run->act, err) : -1;
}

/* Who manages the service has stopped it, and takes that for no failure. */
static bool run_was_told_to_end(const struct run *run)
{
	return run->stopped_by == SIGTERM && run->env->notify_socket != NULL;
}

int run_finish(const struct run *run, struct err *err)
{
	uint64_t unreadable = account_total(&run->account).unreadable;

	if (run->unkept.code != ERR_NONE) {
		*err = run->unkept;
		return -1;
	}
	if (unreadable == 0 && run->stopped_by != 0 && !run_was_told_to_end(run))
		return interrupt_set(run->stopped_by, err);
	if (unreadable == 0)
		return 0;
	return err_set(err, ERR_DATA, "%" PRIu64 " %s could not be read and %s not in the report",
	    unreadable, unreadable == 1 ? "message" : "messages", unreadable == 1 ? "is" : "are");
}

/* All steps of a run, in order. */
static int run_steps(struct run *run, struct err *err)
{
	run->source = run_new_source(run, err);
	if (run->source == NULL || run_resolve_period(run, err) != 0 ||
	    run->source->ops->open(run->source, err) != 0)
		return -1;
	run->stage = RUN_PREPARING;
	if (run_prepare(run, err) != 0)
		return -1;
	run->stage = RUN_WORKING;
	if (run_open(run, err) != 0 || run_read(run, err) != 0 || run_close(run, err) != 0)
		return -1;
	if (run->mailbox != NULL && run_may_talk(run->options, run->env))
		arf_mailbox_summarize(run->mailbox);
	return run_finish(run, err);
}

/* True when the recipients of the letter do not know of the failure yet. */
static bool run_may_notify(const struct run *run, const struct err *err)
{
	switch (run->stage) {
	case RUN_CHECKING:
	case RUN_NOTIFIED:
		return false;
	case RUN_PREPARING:  /* another run is under way, or an earlier letter has to wait */
	case RUN_DELIVERING: /* a letter that cannot be taken now; a notice is as unlikely */
		return err->code != ERR_TEMPORARY;
	case RUN_WORKING:
		break;
	}
	return true;
}

/* Frees everything; drops what is not committed. */
void run_fini(struct run *run)
{
	watch_close(&run->watch);
	outputs_fini(&run->outputs);
	if (run->report.past != NULL)
		past_fini(&run->past);
	run_history_close(&run->history);
	buf_fini(&run->origin);
	if (run->source != NULL)
		run->source->ops->free(run->source);
	arf_mailbox_free(run->mailbox);
	report_fini(&run->report);
	secret_wipe(&run->password);
	act_close(&run->act);
	state_close(run->store);
}

int run_report(const struct options *options, const struct env *env, struct err *err)
{
	struct run_end end = {.options = options, .began = clock_now()};
	struct run run;
	int result;

	run_init(&run, options, env, NULL);
	result = run_steps(&run, err);
	run.account.delivered = run.outputs.delivered;
	end.account = &run.account;
	end.deadline = run.deadline;
	end.notify = run_may_notify(&run, err);
	end.mailed = run.outputs.mailed;
	end.store = run.store;
	end.failure = run.failure;
	run_end(&end, result, err);
	run_history_end(&run.history, env, account_total(&run.account).found,
	    result == 0 ? 0 : err_exit_status(err));
	run_fini(&run);
	return result;
}

int run_print(struct span text, struct err *err)
{
	struct deliver_file *file = deliver_open("-", err);

	if (file == NULL)
		return -1;
	if (text.n > 0 && fwrite(text.p, 1, text.n, deliver_stream(file)) != text.n) {
		err_set_sys(err, ERR_IO, errno, "cannot write standard output");
		deliver_abort(file);
		return -1;
	}
	return deliver_commit(file, err);
}
