/* The source of a run, and its period, as the options say. */
#include "mode/run_report.h"

#include "base/log.h"
#include "settings/table.h"
#include "source/files/files.h"
#include "source/logsearch/logsearch.h"
#include "source/quarantine/follow.h"

bool run_is_of_files(const struct run *run)
{
	return run->options->file_count > 0;
}

static struct reader_options run_reader_options(const struct run *run)
{
	const struct options *options = run->options;

	return (struct reader_options){
	    .identity_headers = options->identity_headers,
	    .identity_header_count = options->identity_header_count,
	    .explain = run->show != NULL || options->output[FORMAT_EXPLAIN].wanted,
	    .explain_ascii = run->env->stdout_is_terminal && !run->env->terminal_is_utf8,
	};
}

static struct source *run_new_files(struct run *run, struct err *err)
{
	const struct options *options = run->options;
	const struct period_request log_end = {.date = options->log_end};
	struct period last_day = {0};
	struct files_settings settings = {
	    .files = options->files,
	    .file_count = options->file_count,
	    .input = options_input(options),
	    .recursive = options->recursive,
	    .saved = options->merge,
	    .auth_failures = options->auth_failures,
	    .failed_logins = options->failed_logins,
	    .log_host = span_of(options->log_host != NULL ? options->log_host : ""),
	    .filter_uid = options->filter_uid,
	    .period = options_ask_for_period(options) ? &run->period : NULL,
	    .needed = &options->group_by,
	    .reader = run_reader_options(run),
	    .account = &run->account,
	    .now = run->env->now,
	    .deadline = run->deadline,
	    .talk = run_may_talk(options, run->env),
	    .follow = run->stays ? run->env : NULL,
	};

	if (options->log_end != NULL) {
		if (period_resolve(&log_end, run->env->now, &last_day, err) != 0) {
			err_prefix(err, "--log-end");
			return NULL;
		}
		settings.log_end = last_day.until - 1;
	}
	return files_new(&settings, err);
}

static struct source *run_new_quarantine(struct run *run, struct err *err)
{
	const struct options *options = run->options;
	const struct env *env = run->env;
	struct quarantine_settings settings = {
	    .servers = run->servers,
	    .period = &run->period,
	    .now = env->now,
	    .reader = run_reader_options(run),
	    .account = &run->account,
	    .talk = run_may_talk(options, env),
	    .brief = !options->verbose,
	    .follow = run->stays ? env : NULL,
	    .interval = options->live.interval,
	};

	if (run->sync != NULL)
		settings.known = sync_knowledge(run->sync);
	if (options->arf) {
		run->mailbox = arf_mailbox_new(env->now, options->auth_failures, err);
		if (run->mailbox == NULL)
			return NULL;
		settings.taker = arf_mailbox_taker(run->mailbox);
	}
	return run->stays ? quarantine_follow_new(&settings, err) : quarantine_new(&settings, err);
}

/*
 * Whether the history need not be told again what it knows. What it does not have is a reason to
 * read all: explanations, and the reports in messages; and --new-only has a memory of its own.
 */
static bool run_syncs(const struct run *run)
{
	const struct options *options = run->options;

	return options->history.wanted && !run_history_is_private(options) && !options->new_only &&
	       !options->arf && !run->stays && run->show == NULL &&
	       !options->output[FORMAT_EXPLAIN].wanted;
}

static struct source *run_new_sync(struct run *run, struct err *err)
{
	const struct sync_settings settings = {
	    .period = &run->period,
	    .now = run->env->now,
	    .account = &run->account,
	    .reading = run_history_reading(run->options),
	    .partial = run->options->partial,
	    .talk = run_may_talk(run->options, run->env),
	    .brief = !run->options->verbose,
	};
	struct source *servers;

	run->sync = sync_new(&settings, err);
	if (run->sync == NULL)
		return NULL;
	servers = run_new_quarantine(run, err);
	sync_set_servers(run->sync, servers);
	if (servers != NULL)
		return sync_source(run->sync);
	sync_source(run->sync)->ops->free(sync_source(run->sync));
	run->sync = NULL;
	return NULL;
}

/* The column was asked for by its name. */
static bool run_names(const struct options *options, enum column column)
{
	for (unsigned i = 0; i < options->columns.count; i++)
		if (options->columns.column[i] == column)
			return true;
	for (unsigned i = 0; i < options->group_by.count; i++)
		if (options->group_by.column[i] == column)
			return true;
	return false;
}

/* The page groups by it, and JSON of messages has all columns. */
static bool run_wants_sender_domain(const struct options *options)
{
	return run_names(options, COLUMN_SENDER_DOMAIN) || options->output[FORMAT_HTML].wanted ||
	       (options->output[FORMAT_JSON].wanted && options->group_by.count == 0);
}

static struct source *run_new_logsearch(struct run *run, struct err *err)
{
	const struct options_api *api = &run->options->api;
	const struct logsearch_settings settings = {
	    .control = &run->act.control,
	    .host = api->host.name,
	    .port = api->host.port,
	    .domains = api->domains.text,
	    .domain_count = api->domains.count,
	    .classification = api->classification,
	    .user_column = api->user_column,
	    .with_subject = run->show != NULL || run_names(run->options, COLUMN_SUBJECT),
	    .with_sender_domain = run->show != NULL || run_wants_sender_domain(run->options),
	    .period = &run->period,
	    .account = &run->account,
	    .talk = run_may_talk(run->options, run->env),
	};

	return logsearch_new(&settings, err);
}

static struct run_history_wish run_history_wish(struct run *run)
{
	return (struct run_history_wish){
	    .options = run->options,
	    .env = run->env,
	    .servers = &run->servers,
	    .period = &run->period,
	    .account = &run->account,
	    .stays = run->stays,
	};
}

/* All that is read goes there. */
int run_keep_history(struct run *run, struct err *err)
{
	const struct run_history_wish wish = run_history_wish(run);

	if (!run->options->history.wanted || run->options->offline)
		return 0;
	if (run->options->merge &&
	    option_level(run->options, OPTION(history)) == OPTIONS_COMMAND_LINE)
		log_warn("messages of saved reports come into the history by the command "
			 "'history import' only: the server's own would be there twice");
	if (run_history_keep(&run->history, &wish, &run->outputs, err) != 0)
		return -1;
	if (run->sync != NULL)
		sync_set_store(run->sync, run->history.store, run->history.sink);
	else
		run->report.all = run->history.sink;
	return 0;
}

/* The table of groups says itself what it does not know. */
static bool run_saves_groups(const struct options *options)
{
	return options->group_by.count > 0 &&
	       (options->output[FORMAT_CSV].wanted || options->output[FORMAT_TSV].wanted ||
		   options->output[FORMAT_JSON].wanted);
}

void run_compare_history(struct run *run)
{
	/* What a run that stays shows has no end to which it could be compared. */
	if (run->history.store == NULL || run->show != NULL || run->stays)
		return;
	past_init(&run->past, &(const struct past_settings){
				  .unkept = run_history_unkept(run->options),
				  .store = run->history.store,
				  .account = &run->account,
				  .new_after = run->options->new_after,
				  .otherwise = run->options->offline ? PAST_ALL : PAST_NO_BOXES,
				  .has_no_boxes = run->options->arf,
				  .warns = run_saves_groups(run->options),
				  .talks = run_may_talk(run->options, run->env),
			      });
	run->report.past = &run->past;
}

struct source *run_new_source(struct run *run, struct err *err)
{
	const struct run_history_wish wish = run_history_wish(run);

	if (run->options->offline)
		return run_history_source(&run->history, &wish, err);
	if (run_is_of_files(run))
		return run_new_files(run, err);
	if (run->options->api.log_search)
		return run_new_logsearch(run, err);
	return run_syncs(run) ? run_new_sync(run, err) : run_new_quarantine(run, err);
}

/* What files hold tells the period, unless one is asked for. */
int run_resolve_period(struct run *run, struct err *err)
{
	bool asked = options_ask_for_period(run->options);
	bool open = run_is_of_files(run) && !asked;
	struct period *period = open ? NULL : &run->period;

	if (options_resolve_period(run->options, run->env->now, period, err) != 0)
		return -1;
	if (open)
		return 0;
	if (run->options->new_only)
		run->period.until = run->env->now;
	if (run->stays && !asked)
		run->period = (struct period){run->env->now, run->env->now};
	run->account.has_period = true;
	run->account.since = run->period.since;
	run->account.until = run->period.until;
	run->account.recent =
	    (run->period.until < run->env->now ? run->period.until : run->env->now) -
	    ACCOUNT_RECENT;
	if (run->stays)
		run->period.until = PERIOD_END;
	return 0;
}
