/* The report: records from a source go through the desk to the outputs. */
#include "mode/run.h"

#include <errno.h>
#include <inttypes.h>

#include "base/clock.h"
#include "base/interrupt.h"
#include "deliver/deliver_file.h"
#include "mode/act.h"
#include "mode/follow.h"
#include "mode/headway_show.h"
#include "mode/run_history.h"
#include "report/report.h"
#include "source/files/arf_mailbox.h"
#include "source/files/files.h"
#include "source/logsearch/logsearch.h"
#include "source/quarantine/follow.h"
#include "mode/run_parts.h"

/* How far a run has come. Whether a failure is mailed depends on it. */
enum run_stage {
	RUN_CHECKING,   /* options and period; a failure is not mailed, as --mail-to itself may be
			   wrong */
	RUN_PREPARING,  /* the state */
	RUN_WORKING,    /* outputs, password, source */
	RUN_DELIVERING, /* files and letter */
	RUN_NOTIFIED,   /* the recipients of the letter know already */
};

_Static_assert(OPTIONS_MAX_HOSTS <= HOSTS_MAX_SERVERS, "every server that can be named is read");

struct run {
	const struct options *options;
	const struct env *env;
	enum run_stage stage;
	struct period period;
	int64_t deadline;          /* as of clock_now(); 0: none */
	struct state_store *store; /* NULL: none is needed */
	struct secret password;
	struct hosts_settings servers;
	struct state_failure failure; /* of the runs before this one */
	struct account account;
	struct act act; /* --log-search: the filter's API */
	struct source *source;
	struct arf_mailbox *mailbox; /* --arf: what takes the messages */
	struct filter bounces;
	struct report report;
	struct outputs outputs;
	const struct run_show *show; /* NULL: outputs are what is made of it */
	struct run_history history;
	struct buf origin; /* the servers and the user, for the names of files */
	bool stays;
	/* Of a run that stays: */
	unsigned before;  /* reports that it has delivered */
	bool is_of_a_day; /* this one is that of a day (-t) */
	bool is_ended;    /* report_end() has been called for this one */
	struct deliver_patience patience;
	struct watch watch;
	int stopped_by; /* the signal that ended it; 0: none */
};

/* Before somebody is asked for a password. */
struct run_look {
	const struct hosts_settings *servers;
	bool needed; /* all of them */
};

static int run_look(void *context, struct err *err)
{
	const struct run_look *look = context;

	return hosts_look(look->servers, look->needed, err);
}

int run_find_password(const struct options *options, const struct env *env,
    const struct hosts_settings *servers, struct secret *password_r, struct err *err)
{
	const bool is_report = (options->mode->takes & MODE_OUTPUTS) != 0;
	struct run_look look = {servers, is_report && !options->partial};
	const struct secret_sources sources = {
	    .given = &options->password,
	    .file = options->password_file,
	    .command = options->password_command,
	    .credentials_first = options->password_from_file,
	    .credentials_directory = env->credentials_directory,
	    .username = options->username,
	    .deadline = servers->deadline,
	    .before_asking = run_look,
	    .context = &look,
	};

	if (secret_find(&sources, password_r, err) != 0)
		return -1;
	return secret_hide(password_r, options->username, err);
}

int64_t run_deadline(const struct options *options)
{
	return options->deadline != 0 ? clock_now() + (int64_t)options->deadline * 1000 : 0;
}

/* True when a line about what was done is wanted: at a terminal, or with -v. */
static bool run_may_talk(const struct options *options, const struct env *env)
{
	return !options->quiet && (env->stderr_is_terminal || options->verbose);
}

struct hosts_settings run_servers(const struct options *options, const struct env *env,
    int64_t deadline, const struct secret *password)
{
	return (struct hosts_settings){
	    .host = options->hosts,
	    .count = options->host_count,
	    .tls = &options->tls,
	    .username = options->username,
	    .password = password,
	    .outgoing_folder = options->arf        ? options->arf_folder
			       : options->outgoing ? options->outgoing_folder
						   : NULL,
	    .incoming_folder = options->incoming && !options->arf ? options->incoming_folder : NULL,
	    .connections = options->connections,
	    .timeout = options->timeout,
	    .deadline = deadline,
	    .retries = options->retries,
	    .pause_second = env->pause_second,
	    .trace = options->trace,
	};
}

/* What default names of files call the source. */
static const char *run_name_source(const struct options *options)
{
	if (options->file_count > 0)
		return options->merge ? "merged" : "files";
	if (options->arf)
		return "reports";
	if (options->api.log_search)
		return "log";
	if (!options->incoming)
		return "outgoing";
	return options->outgoing ? "all" : "incoming";
}

/* Adds the user and the servers. */
static const char *run_name_origin(struct run *run)
{
	const struct hosts_settings *servers = &run->servers;

	if (run->options->file_count > 0)
		return NULL;
	if (run->options->api.log_search) {
		buf_printf(
		    &run->origin, "%s@%s", run->options->api.user, run->options->api.host.name);
		return run->origin.failed == 0 ? buf_string(&run->origin) : NULL;
	}
	if (run->options->offline && servers->count == 0)
		return "history";
	buf_printf(&run->origin, "%s@", servers->username);
	for (unsigned i = 0; i < servers->count; i++) {
		buf_printf(&run->origin, "%s%s", i > 0 ? "," : "", servers->host[i].name);
		if (servers->host[i].port != 0)
			buf_printf(&run->origin, ":%u", servers->host[i].port);
	}
	return run->origin.failed == 0 ? buf_string(&run->origin) : NULL;
}

static bool run_has_color(const struct options *options, const struct env *env)
{
	if (options->color != OPTIONS_AUTO)
		return options->color == OPTIONS_ALWAYS;
	return env->stdout_is_terminal && env->terminal_has_color;
}

static void run_init_outputs(struct run *run)
{
	const struct options *options = run->options;
	const struct env *env = run->env;
	static const struct format_request none[FORMAT_COUNT];
	const struct outputs_settings settings = {
	    .requests = run->show != NULL ? none : options->output,
	    .form =
		{
		    .group_by = options->group_by,
		    .limits = options->limits,
		    .columns = options->columns,
		    .blocklist = {(enum blocklist_form)options->blocklist_form, options->exempt_net,
			options->exempt_net_count, options->failed_logins},
		    .lock = run_lock_command(options),
		    .delimiter = options->delimiter,
		    .bom = options->csv_bom,
		    .raw = options->raw_csv,
		    .ascii_only = env->stdout_is_terminal && !env->terminal_is_utf8,
		    .width = env->terminal_width,
		    .bars = env->stdout_is_terminal || options->color == OPTIONS_ALWAYS,
		    .color = run_has_color(options, env),
		},
	    .identities = run->show == NULL && options->mail_to_count > 0,
	    .small_groups = options->api.log_search,
	    .naming =
		{
		    .what = run_name_source(options),
		    .profile = options->profile,
		    .per_run = options->new_only || run->show != NULL ||
			       (run->stays && !run->is_of_a_day),
		    .origin = run_name_origin(run),
		},
	    .before = run->before,
	    .patience = run->stays ? &run->patience : NULL,
	    .talk = run_may_talk(options, env),
	    .deadline = run->deadline,
	    .account = &run->account,
	};

	outputs_init(&run->outputs, &settings);
}

static void run_init(struct run *run, const struct options *options, const struct env *env,
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

static bool run_is_of_files(const struct run *run)
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

	if (options->arf) {
		run->mailbox = arf_mailbox_new(env->now, options->auth_failures, err);
		if (run->mailbox == NULL)
			return NULL;
		settings.taker = arf_mailbox_taker(run->mailbox);
	}
	return run->stays ? quarantine_follow_new(&settings, err) : quarantine_new(&settings, err);
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
	};
}

/* All that is read goes there. */
static int run_keep_history(struct run *run, struct err *err)
{
	const struct run_history_wish wish = run_history_wish(run);

	if (!run->options->history.wanted || run->options->offline)
		return 0;
	return run_history_keep(&run->history, &wish, &run->outputs, &run->report, err);
}

static struct source *run_new_source(struct run *run, struct err *err)
{
	const struct run_history_wish wish = run_history_wish(run);

	if (run->options->offline)
		return run_history_source(&run->history, &wish, err);
	if (run_is_of_files(run))
		return run_new_files(run, err);
	return run->options->api.log_search ? run_new_logsearch(run, err)
					    : run_new_quarantine(run, err);
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

/* What files hold tells the period, unless one is asked for. */
static int run_resolve_period(struct run *run, struct err *err)
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
static void run_use_outputs(struct run *run)
{
	if (run->outputs.groups != NULL && run->account.has_period && !run->stays)
		group_set_watch(run->outputs.groups, run->account.recent);
	run->report.groups = run->outputs.groups;
	run->report.sinks = watch_join(&run->watch, run->outputs.sinks);
}

/* A file that cannot be made is an error before the password prompt. The display's header row comes
 * after it. */
static int run_open(struct run *run, struct err *err)
{
	if (outputs_open_files(&run->outputs, err) != 0 || run_check_finished(run, err) != 0)
		return -1;
	if (run_keep_history(run, err) != 0)
		return -1;
	if (run_is_of_files(run) ? run_check_replaced(run, err) != 0 : run_log_in(run, err) != 0)
		return -1;
	if (outputs_open_display(&run->outputs, err) != 0)
		return -1;
	run_use_outputs(run);
	return 0;
}

static int run_deliver_report(struct run *run, struct err *err)
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
	*err = *failure;
	return options->api.log_search ? act_explain(&run->act, err) : -1;
}

/* Who manages the service has stopped it, and takes that for no failure. */
static bool run_was_told_to_end(const struct run *run)
{
	return run->stopped_by == SIGTERM && run->env->notify_socket != NULL;
}

static int run_finish(const struct run *run, struct err *err)
{
	uint64_t unreadable = account_total(&run->account).unreadable;

	if (unreadable == 0 && run->stopped_by != 0 && !run_was_told_to_end(run))
		return interrupt_set(run->stopped_by, err);
	if (unreadable == 0)
		return 0;
	return err_set(err, ERR_DATA, "%" PRIu64 " %s could not be read and %s not in the report",
	    unreadable, unreadable == 1 ? "message" : "messages", unreadable == 1 ? "is" : "are");
}

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

/* Reads the source, once or for as long as the run stays. */
static int run_read(struct run *run, struct err *err)
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
	run->patience.waits = false;
	run->report.sinks = run->outputs.sinks;
	watch_close(&run->watch);
	if (!run->is_of_a_day)
		run->account.until = env_time(run->env);
	return 0;
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
static void run_fini(struct run *run)
{
	watch_close(&run->watch);
	outputs_fini(&run->outputs);
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
	run_fini(&run);
	return result;
}

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

int run_print(struct span text, struct err *err)
{
	struct deliver_file *file = deliver_open("-", err);

	if (file == NULL)
		return -1;
	if (fwrite(text.p, 1, text.n, deliver_stream(file)) != text.n) {
		err_set_sys(err, ERR_IO, errno, "cannot write standard output");
		deliver_abort(file);
		return -1;
	}
	return deliver_commit(file, err);
}
