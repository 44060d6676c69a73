#include "mode/run.h"

#include <errno.h>
#include <inttypes.h>

#include "base/clock.h"
#include "base/log.h"
#include "deliver/deliver_file.h"
#include "source/quarantine/hosts.h"
#include "mode/run_parts.h"

struct run {
	const struct options *options;
	const struct env *env;
	struct period period;
	struct state_store *store; /* NULL: none is needed */
	struct filter bounces;
	struct report report;
	struct secret password;
	struct arena arena; /* texts of the account */
	struct account_place folder[HOSTS_MAX_FOLDERS];
	struct state state[HOSTS_MAX_FOLDERS]; /* with --new-only, of each folder */
	struct account account;
	struct hosts_job hosts;
	struct outputs outputs;
	bool told; /* as run_end.told */
};

int run_find_password(const struct options *options, const struct env *env, int64_t deadline,
    struct secret *password_r, struct err *err)
{
	const struct secret_sources sources = {
	    .given = &options->password,
	    .file = options->password_file,
	    .command = options->password_command,
	    .credentials_first = options->password_from_file,
	    .credentials_directory = env->credentials_directory,
	    .username = options->username,
	    .deadline = deadline,
	};

	if (secret_find(&sources, password_r, err) != 0)
		return -1;
	return secret_hide(password_r, options->username, err);
}

int64_t run_deadline(const struct options *options)
{
	return options->deadline != 0 ? clock_now() + (int64_t)options->deadline * 1000 : 0;
}

bool run_may_talk(const struct options *options, const struct env *env)
{
	return !options->quiet && (env->stderr_is_terminal || options->verbose);
}

static void run_init(struct run *run, const struct options *options, const struct env *env)
{
	*run = (struct run){
	    .options = options,
	    .env = env,
	    .account =
		{
		    .made = env->now,
		    .no_bounce = options->no_bounce,
		    .new_only = options->new_only,
		    .place = run->folder,
		},
	    .hosts = {.deadline = run_deadline(options), .now = env->now},
	    .outputs = {.options = options, .env = env, .account = &run->account},
	};
	run->outputs.deadline = run->hosts.deadline;
	arena_init(&run->arena);
}

static int run_resolve_period(struct run *run, struct err *err)
{
	if (options_resolve_period(run->options, run->env->now, &run->period, err) != 0)
		return -1;
	if (run->options->new_only)
		run->period.until = run->env->now;
	run->account.has_period = true;
	run->account.since = run->period.since;
	run->account.until = run->period.until;
	return 0;
}

/* The state folder, which may have an earlier run to finish, and what was reported by then. */
static int run_prepare(struct run *run, struct err *err)
{
	const struct options *options = run->options;

	run->hosts.folders_per_host = hosts_list_folders(options, &run->arena, run->folder);
	run->account.place_count = run->hosts.folders_per_host * options->host_count;
	if (run->arena.failed)
		return err_nomem(err);
	if (run_open_state(options, run->env, run->hosts.deadline, &run->store, err) != 0)
		return -1;
	if (!options->new_only)
		return 0;
	return run_load_states(run->store, options, &run->account, run->state, err);
}

/* The report of a run that was broken off, and has been finished just now, is not replaced. */
static int run_check_finished(struct run *run, struct err *err)
{
	const struct outputs *outputs = &run->outputs;

	for (unsigned i = 0; run->options->new_only && i < outputs->file_count; i++) {
		if (!state_has_finished(run->store, outputs->files[i]))
			continue;
		run->told = true;
		return err_set(err, ERR_TEMPORARY,
		    "'%s' has just been finished for an earlier run that was broken off; what has "
		    "come since is left to the next run",
		    deliver_path(outputs->files[i]));
	}
	return 0;
}

/*
 * A file that cannot be made is an error before anybody is asked for a password; the display's
 * header row comes when there is something to follow.
 */
static int run_open(struct run *run, struct err *err)
{
	if (outputs_open_files(&run->outputs, err) != 0 || run_check_finished(run, err) != 0 ||
	    run_find_password(run->options, run->env, run->hosts.deadline, &run->password, err) !=
		0)
		return -1;
	return outputs_open_display(&run->outputs, err);
}

static int run_deliver_report(struct run *run, struct err *err)
{
	int result = run->options->new_only
			 ? run_deliver_new(&run->outputs, run->store, run->state, err)
			 : run_deliver(&run->outputs, err);

	/* A letter that sendmail cannot take now; that it takes a notice is as unlikely. */
	run->told = result == 0 || err->code == ERR_TEMPORARY || run->outputs.told;
	return result;
}

/*
 * All servers. When one fails, those who look on are told what the report lacks; with --partial it
 * is delivered so marked. Either way the run has failed.
 */
static int run_hosts(struct run *run, struct err *err)
{
	const struct options *options = run->options;
	struct err failure = ERR_INIT;

	run->bounces = filter_bounces();
	report_init(&run->report, &(const struct report_parts){
				      .filters = options->no_bounce ? &run->bounces : NULL,
				      .groups = run->outputs.groups,
				      .sinks = run->outputs.sinks,
				      .account = &run->account,
				  });
	run->hosts.options = options;
	run->hosts.period = &run->period;
	run->hosts.password = &run->password;
	run->hosts.report = &run->report;
	run->hosts.reader = (struct reader_options){
	    .identity_headers = options->identity_headers,
	    .identity_header_count = options->identity_header_count,
	    .explain = options->explain,
	    .explain_ascii = run->env->stdout_is_terminal && !run->env->terminal_is_utf8,
	};
	run->hosts.folder = run->folder;
	run->hosts.state = options->new_only ? run->state : NULL;
	run->hosts.talk = run_may_talk(options, run->env);
	if (hosts_run(&run->hosts, &run->arena, &failure) == 0)
		return report_end(&run->report, err) == 0 ? run_deliver_report(run, err) : -1;
	if (!hosts_is_theirs(&failure) || (options->host_count == 1 && !options->partial)) {
		*err = failure;
		return -1;
	}
	if (report_end(&run->report, err) != 0 ||
	    (options->partial && run_deliver_report(run, err) != 0))
		return -1;
	*err = failure;
	return -1;
}

static int run_finish(const struct run *run, struct err *err)
{
	uint64_t unreadable = account_total(&run->account).unreadable;

	if (unreadable == 0)
		return 0;
	return err_set(err, ERR_DATA, "%" PRIu64 " %s could not be read and %s not in the report",
	    unreadable, unreadable == 1 ? "message" : "messages", unreadable == 1 ? "is" : "are");
}

/* Everything, in its order. */
static int run_steps(struct run *run, struct err *err)
{
	/* What is wrong with the options themselves is not mailed; see options_parse(). */
	run->told = true;
	if (run_resolve_period(run, err) != 0)
		return -1;
	run->told = false;
	if (run_prepare(run, err) != 0) {
		/* Another run is under way, or a letter that was left has to wait. */
		run->told = err->code == ERR_TEMPORARY;
		return -1;
	}
	if (run_open(run, err) != 0 || run_hosts(run, err) != 0)
		return -1;
	return run_finish(run, err);
}

/* Frees everything; gives up what is not committed. */
static void run_fini(struct run *run)
{
	outputs_fini(&run->outputs);
	hosts_close(&run->hosts);
	secret_wipe(&run->password);
	arena_fini(&run->arena);
	state_close(run->store);
}

int run_report(const struct options *options, const struct env *env, struct err *err)
{
	struct run_end end = {.options = options, .began = clock_now()};
	struct run run;
	int result;

	run_init(&run, options, env);
	result = run_steps(&run, err);
	end.account = &run.account;
	end.bytes = run.hosts.bytes;
	end.tls = run.hosts.tls;
	run.account.delivered = run.outputs.delivered;
	end.told = run.told;
	end.deadline = run.hosts.deadline;
	run_end(&end, result, err);
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
