#include "run.h"

#include <errno.h>
#include <inttypes.h>

#include "base/interrupt.h"
#include "base/log.h"
#include "deliver/deliver_file.h"
#include "folder.h"
#include "outputs.h"
#include "report/saved.h"

struct run {
	const struct options *options;
	const struct env *env;
	struct period period;
	struct secret password;
	struct session_settings settings;
	struct session *session;
	struct evidence *evidence;
	struct brand_set brands;
	struct report_facts facts;
	struct outputs outputs;
	uint64_t number;
	uint64_t unreadable;
};

static int run_find_password(struct run *run, struct err *err)
{
	const struct options *options = run->options;
	const struct secret_sources sources = {
	    .given = &options->password,
	    .file = options->password_file,
	    .command = options->password_command,
	    .credentials_directory = run->env->credentials_directory,
	    .username = options->username,
	};

	return secret_find(&sources, &run->password, err);
}

static int run_connect(struct run *run, struct err *err)
{
	const struct options *options = run->options;

	if (run_find_password(run, err) != 0)
		return -1;
	run->settings = (struct session_settings){
	    .stream =
		{
		    .host = options->host,
		    .tls = &options->tls,
		    .timeout = options->timeout,
		    .deadline = options->deadline != 0
				    ? stream_clock() + (int64_t)options->deadline * 1000
				    : 0,
		    .trace = options->trace,
		},
	    .username = options->username,
	    .password = &run->password,
	};
	return session_open(&run->settings, &run->session, err);
}

static int run_make_evidence(struct run *run, struct err *err)
{
	const struct evidence_options how = {
	    .identity_headers = run->options->identity_headers,
	    .identity_header_count = run->options->identity_header_count,
	};

	run->evidence = evidence_new(&how, err);
	return run->evidence != NULL ? 0 : -1;
}

/*
 * A file that cannot be made is an error before anybody is asked for a password; the display's
 * header row comes when there is something to follow.
 */
static int run_open(struct run *run, struct err *err)
{
	if (run_make_evidence(run, err) != 0 || outputs_open_files(&run->outputs, err) != 0 ||
	    run_connect(run, err) != 0)
		return -1;
	return outputs_open_display(&run->outputs, run->evidence, err);
}

/* Somebody looks, or wants to know. */
static bool run_may_talk(const struct run *run)
{
	return !run->options->quiet && (run->env->stderr_is_terminal || run->options->verbose);
}

/* One line a folder, for a person: the window and the account of every message. */
static void run_summarize(const struct run *run, const struct facts_folder *folder)
{
	const struct folder_counts *counts = &folder->counts;
	struct buf line;

	if (!run_may_talk(run))
		return;
	buf_init(&line, 0);
	buf_printf(&line, "%s: '%s' from ", folder->host, folder->name);
	period_add_iso(&line, run->period.since);
	buf_add_text(&line, " to ");
	period_add_iso(&line, run->period.until);
	buf_printf(&line,
	    ": %" PRIu64 " found, %" PRIu64 " reported, %" PRIu64 " filtered as bounces, %" PRIu64
	    " vanished, %" PRIu64 " unreadable",
	    counts->found, counts->reported, counts->bounces, counts->vanished, counts->unreadable);
	log_line("quarantine-report: ", buf_span(&line));
	buf_fini(&line);
}

static int run_folder(struct run *run, const char *name, struct err *err)
{
	const struct folder_job job = {
	    .session = run->session,
	    .name = name,
	    .host = run->options->host,
	    .period = &run->period,
	    .no_bounce = run->options->no_bounce,
	    .whole_headers = run->options->explain,
	    .evidence = run->evidence,
	    .brands = &run->brands,
	    .sinks = run->outputs.sinks,
	    .number = &run->number,
	};
	struct facts_folder *facts = &run->facts.folder[run->facts.folder_count++];

	facts->host = job.host;
	facts->name = name;
	if (folder_run(&job, &facts->counts, err) != 0)
		return -1;
	run->unreadable += facts->counts.unreadable;
	run_summarize(run, facts);
	return 0;
}

static int run_folders(struct run *run, struct err *err)
{
	const struct options *options = run->options;

	if (options->outgoing && run_folder(run, options->outgoing_folder, err) != 0)
		return -1;
	if (options->incoming && run_folder(run, options->incoming_folder, err) != 0)
		return -1;
	return sink_end(run->outputs.sinks, err);
}

/* Frees everything; gives up what is not committed. A write that a signal broke off is no failure
 * of the output. */
static void run_fini(struct run *run, struct err *err)
{
	if (err->code == ERR_IO || err->code == ERR_CREATE)
		interrupt_check(err);

	session_close(run->session);
	evidence_free(run->evidence);
	outputs_fini(&run->outputs);
	secret_wipe(&run->password);
}

static int run_finish(const struct run *run, struct err *err)
{
	if (run->unreadable == 0)
		return 0;
	return err_set(err, ERR_DATA, "%" PRIu64 " %s could not be read and %s not in the report",
	    run->unreadable, run->unreadable == 1 ? "message" : "messages",
	    run->unreadable == 1 ? "is" : "are");
}

static void run_init(struct run *run, const struct options *options, const struct env *env)
{
	*run = (struct run){
	    .options = options,
	    .env = env,
	    .facts = {.made = env->now, .no_bounce = options->no_bounce},
	    .outputs = {.options = options, .env = env, .facts = &run->facts},
	};
}

int run_report(const struct options *options, const struct env *env, struct err *err)
{
	struct run run;
	int result = -1;

	run_init(&run, options, env);
	if (period_set_zone(options->timezone, err) != 0 ||
	    period_resolve(&options->period, env->now, &run.period, err) != 0)
		goto out;
	run.facts.has_period = true;
	run.facts.since = run.period.since;
	run.facts.until = run.period.until;
	if (run_open(&run, err) != 0 || run_folders(&run, err) != 0 ||
	    outputs_commit(&run.outputs, err) != 0)
		goto out;
	result = run_finish(&run, err);
out:
	run_fini(&run, err);
	return result;
}

static void run_summarize_saved(const char *name, uint64_t messages)
{
	struct buf line;

	buf_init(&line, 0);
	buf_printf(&line, "'%s': %" PRIu64 " messages", name, messages);
	log_line("quarantine-report: ", buf_span(&line));
	buf_fini(&line);
}

/* One saved report, "-" standard input. */
static int run_saved(struct run *run, const char *path, struct err *err)
{
	bool is_stdin = strcmp(path, "-") == 0;
	struct saved_job job = {
	    .in = is_stdin ? stdin : fopen(path, "re"),
	    .name = is_stdin ? "standard input" : path,
	    .needed = &run->options->group_by,
	    .sinks = run->outputs.sinks,
	    .number = &run->number,
	};
	uint64_t before;
	int result;

	if (job.in == NULL)
		return err_set_sys(
		    err, ERR_NOFOLDER, errno, "cannot open the saved report '%s'", path);
	before = run->number;
	result = saved_read(&job, err);
	if (!is_stdin)
		fclose(job.in);
	if (result == 0 && run_may_talk(run))
		run_summarize_saved(job.name, run->number - before);
	return result;
}

int run_merge(const struct options *options, const struct env *env, struct err *err)
{
	struct run run;
	int result = -1;

	run_init(&run, options, env);
	run.facts.saved = options->file_count;
	if (period_set_zone(options->timezone, err) != 0 ||
	    outputs_open_files(&run.outputs, err) != 0 ||
	    outputs_open_display(&run.outputs, NULL, err) != 0)
		goto out;
	for (unsigned i = 0; i < options->file_count; i++)
		if (run_saved(&run, options->files[i], err) != 0)
			goto out;
	if (sink_end(run.outputs.sinks, err) != 0 || outputs_commit(&run.outputs, err) != 0)
		goto out;
	result = 0;
out:
	run_fini(&run, err);
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

int run_check(const struct options *options, const struct env *env, struct err *err)
{
	struct run run;
	struct buf text;
	int result = -1;

	run_init(&run, options, env);
	buf_init(&text, 0);
	if (run_connect(&run, err) != 0 || session_describe(run.session, &text, err) != 0)
		goto out;
	result = run_print(buf_span(&text), err);
out:
	buf_fini(&text);
	run_fini(&run, err);
	return result;
}
