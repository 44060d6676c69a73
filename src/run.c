#include "run.h"

#include <errno.h>
#include <inttypes.h>

#include "base/interrupt.h"
#include "base/log.h"
#include "deliver/deliver_file.h"
#include "folder.h"

/* CSV, and the display or the explanations. */
#define RUN_MAX_OUTPUTS 2

struct run {
	const struct options *options;
	const struct env *env;
	struct period period;
	struct secret password;
	struct session_settings settings;
	struct session *session;
	struct evidence *evidence;
	struct brand_set brands;
	struct sink *sinks;
	struct deliver_file *outputs[RUN_MAX_OUTPUTS];
	unsigned output_count;
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

/* The stream of a new output, which is committed or given up with the others. */
static FILE *run_open_output(struct run *run, const char *path, struct err *err)
{
	struct deliver_file *file = deliver_open(path, err);

	if (file == NULL)
		return NULL;
	run->outputs[run->output_count++] = file;
	return deliver_stream(file);
}

static int run_add_sink(struct run *run, struct sink *sink)
{
	struct sink **end = &run->sinks;

	if (sink == NULL)
		return -1;
	while (*end != NULL)
		end = &(*end)->next;
	*end = sink;
	return 0;
}

/* quarantine-outgoing-2026-11-20.csv: the folders and the first day of the report. */
static void run_add_csv_name(const struct run *run, struct buf *out)
{
	const struct options *options = run->options;
	const char *what = options->incoming ? "incoming" : "outgoing";

	if (options->incoming && options->outgoing)
		what = "all";
	buf_printf(out, "quarantine-%s-", what);
	period_add_day(out, run->period.since);
	buf_add_text(out, ".csv");
}

static int run_add_csv(struct run *run, struct err *err)
{
	const struct options *options = run->options;
	const struct sink_csv_options how = {
	    .delimiter = options->delimiter,
	    .bom = options->csv_bom,
	    .raw = options->raw_csv,
	};
	struct buf name;
	FILE *out;
	int result = -1;

	buf_init(&name, 0);
	if (options->csv_file != NULL)
		buf_add_text(&name, options->csv_file);
	else
		run_add_csv_name(run, &name);
	out = run_open_output(run, buf_string(&name), err);
	if (out != NULL)
		result = run_add_sink(run, sink_csv_new(out, &options->columns, &how, err));
	buf_fini(&name);
	return result;
}

static int run_add_display(struct run *run, struct err *err)
{
	const struct options *options = run->options;
	const struct sink_display_options how = {
	    .delimiter = options->delimiter,
	    .raw = options->raw_csv,
	    .ascii_only = run->env->stdout_is_terminal && !run->env->terminal_is_utf8,
	};
	FILE *out = run_open_output(run, "-", err);

	if (out == NULL)
		return -1;
	return run_add_sink(run, sink_display_new(out, &options->columns, &how, err));
}

static int run_add_explain(struct run *run, struct err *err)
{
	bool ascii_only = run->env->stdout_is_terminal && !run->env->terminal_is_utf8;
	FILE *out = run_open_output(run, "-", err);

	if (out == NULL)
		return -1;
	return run_add_sink(run, sink_explain_new(out, run->evidence, ascii_only, err));
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
	const struct options *options = run->options;

	if (run_make_evidence(run, err) != 0 || (options->csv && run_add_csv(run, err) != 0) ||
	    run_connect(run, err) != 0 || (options->display && run_add_display(run, err) != 0) ||
	    (options->explain && run_add_explain(run, err) != 0))
		return -1;
	return 0;
}

/* One line a folder, for a person: the window and the account of every message. */
static void run_summarize(
    const struct run *run, const char *folder, const struct folder_counts *counts)
{
	struct buf line;

	if (run->options->quiet || !(run->env->stderr_is_terminal || run->options->verbose))
		return;
	buf_init(&line, 0);
	buf_printf(&line, "%s: '%s' from ", run->options->host, folder);
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
	    .sinks = run->sinks,
	    .number = &run->number,
	};
	struct folder_counts counts;

	if (folder_run(&job, &counts, err) != 0)
		return -1;
	run->unreadable += counts.unreadable;
	run_summarize(run, name, &counts);
	return 0;
}

static int run_folders(struct run *run, struct err *err)
{
	const struct options *options = run->options;

	if (options->outgoing && run_folder(run, options->outgoing_folder, err) != 0)
		return -1;
	if (options->incoming && run_folder(run, options->incoming_folder, err) != 0)
		return -1;
	return sink_end(run->sinks, err);
}

static int run_commit(struct run *run, struct err *err)
{
	for (unsigned i = 0; i < run->output_count; i++) {
		struct deliver_file *file = run->outputs[i];

		run->outputs[i] = NULL;
		if (deliver_commit(file, err) != 0)
			return -1;
	}
	return 0;
}

/* Frees everything; gives up what is not committed. A write that a signal broke off is no failure
 * of the output. */
static void run_fini(struct run *run, struct err *err)
{
	if (err->code == ERR_IO || err->code == ERR_CREATE)
		interrupt_check(err);

	session_close(run->session);
	evidence_free(run->evidence);
	sink_free(run->sinks);
	for (unsigned i = 0; i < run->output_count; i++)
		deliver_abort(run->outputs[i]);
	secret_wipe(&run->password);
}

int run_report(const struct options *options, const struct env *env, struct err *err)
{
	struct run run = {.options = options, .env = env};
	int result = -1;

	if (period_set_zone(options->timezone, err) != 0 ||
	    period_resolve(&options->period, env->now, &run.period, err) != 0 ||
	    run_open(&run, err) != 0 || run_folders(&run, err) != 0 || run_commit(&run, err) != 0)
		goto out;
	if (run.unreadable > 0) {
		err_set(err, ERR_DATA, "%" PRIu64 " %s could not be read and %s not in the report",
		    run.unreadable, run.unreadable == 1 ? "message" : "messages",
		    run.unreadable == 1 ? "is" : "are");
		goto out;
	}
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
	struct run run = {.options = options, .env = env};
	struct buf text;
	int result = -1;

	buf_init(&text, 0);
	if (run_connect(&run, err) != 0 || session_describe(run.session, &text, err) != 0)
		goto out;
	result = run_print(buf_span(&text), err);
out:
	buf_fini(&text);
	run_fini(&run, err);
	return result;
}
