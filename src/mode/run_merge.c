/* --merge: saved reports in the place of servers. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "source/saved/saved.h"
#include "sink/sink.h"
#include "mode/run.h"
#include "mode/run_parts.h"

struct merge {
	const struct options *options;
	const struct env *env;
	struct account account;
	struct outputs outputs;
	struct filter bounces;
	struct report report;
	bool told; /* as run_fail() has it */
};

static bool merge_is_stdin(const char *path)
{
	return strcmp(path, "-") == 0;
}

/* A report that is read twice counts twice. What is no file may say something else each time. */
static int merge_check_twice(
    const struct options *options, const struct stat *found, unsigned i, struct err *err)
{
	const char *path = options->files[i];

	for (unsigned k = 0; k < i; k++) {
		const char *before = options->files[k];

		if (merge_is_stdin(path) && merge_is_stdin(before))
			return err_set(err, ERR_USAGE, "'-', standard input, is given twice");
		if (S_ISREG(found[i].st_mode) && found[i].st_dev == found[k].st_dev &&
		    found[i].st_ino == found[k].st_ino)
			return err_set(err, ERR_USAGE,
			    "'%s' and '%s' are the same saved report: its messages would count "
			    "twice",
			    before, path);
	}
	return 0;
}

static int merge_check_input(
    const struct merge *merge, struct stat *found, unsigned i, struct err *err)
{
	const char *path = merge->options->files[i];
	const char *output;
	int result = merge_is_stdin(path) ? fstat(STDIN_FILENO, &found[i]) : stat(path, &found[i]);

	if (result != 0) { /* opening it will tell */
		found[i] = (struct stat){0};
	} else if ((output = outputs_replacing(&merge->outputs, &found[i])) != NULL) {
		return err_set(err, ERR_USAGE,
		    "the output '%s' would replace a report that is merged", output);
	}
	return merge_check_twice(merge->options, found, i, err);
}

/* Before anything is read: nothing is counted twice, and no report is lost. */
static int merge_check_inputs(struct merge *merge, struct err *err)
{
	unsigned count = merge->options->file_count;
	struct stat *found = calloc(count, sizeof(*found));
	int result = 0;

	if (found == NULL)
		return err_nomem(err);
	for (unsigned i = 0; i < count && result == 0; i++)
		result = merge_check_input(merge, found, i, err);
	free(found);
	merge->told = result != 0; /* of arguments nobody is told by mail either */
	return result;
}

static void merge_summarize(const char *name, const struct account_counts *counts)
{
	struct buf line;

	buf_init(&line, 0);
	buf_printf(&line, "'%s': %" PRIu64 " messages", name, counts->found);
	if (counts->filtered > 0)
		buf_printf(&line, ", %" PRIu64 " filtered as bounces", counts->filtered);
	log_line("quarantine-report: ", buf_span(&line));
	buf_fini(&line);
}

/* One saved report, "-" standard input. */
static int merge_file(struct merge *merge, const char *path, struct err *err)
{
	bool is_stdin = merge_is_stdin(path);
	struct account_place *place = &merge->account.place[merge->account.place_count];
	struct saved_job job = {
	    .in = is_stdin ? stdin : fopen(path, "re"),
	    .name = is_stdin ? "standard input" : path,
	    .needed = &merge->options->group_by,
	    .report = &merge->report,
	    .place = place,
	};
	int result;

	if (job.in == NULL)
		return err_set_sys(
		    err, ERR_NOFOLDER, errno, "cannot open the saved report '%s'", path);
	*place = (struct account_place){.host = job.name, .server = merge->account.place_count++};
	result = saved_read(&job, err);
	if (!is_stdin)
		fclose(job.in);
	if (result == 0 && run_may_talk(merge->options, merge->env))
		merge_summarize(job.name, &place->counts);
	return result;
}

static int merge_finish(const struct merge *merge, struct err *err)
{
	const struct account_place *first;
	unsigned count = 1, next = 0;

	first = account_next_missing(&merge->account, &next);
	if (first == NULL)
		return 0;
	while (account_next_missing(&merge->account, &next) != NULL)
		count++;
	return err_set(err, ERR_DATA, "%u saved %s not complete when saved: '%s'%s", count,
	    count == 1 ? "report was" : "reports were", first->host,
	    count == 1 ? "" : ", and others");
}

static int merge_steps(struct merge *merge, struct err *err)
{
	const struct options *options = merge->options;
	int result;

	merge->told = true; /* of options nobody is told by mail */
	if (options_resolve_period(options, merge->env->now, NULL, err) != 0)
		return -1;
	merge->told = false;
	if (outputs_open_files(&merge->outputs, err) != 0 || merge_check_inputs(merge, err) != 0 ||
	    outputs_open_display(&merge->outputs, err) != 0)
		return -1;
	report_init(&merge->report, &(const struct report_parts){
					.filters = options->no_bounce ? &merge->bounces : NULL,
					.groups = merge->outputs.groups,
					.sinks = merge->outputs.sinks,
					.account = &merge->account,
				    });
	for (unsigned i = 0; i < options->file_count; i++)
		if (merge_file(merge, options->files[i], err) != 0)
			return -1;
	if (report_end(&merge->report, err) != 0)
		return -1;
	result = run_deliver(&merge->outputs, err);
	merge->told = result == 0 || err->code == ERR_TEMPORARY || merge->outputs.told;
	return result == 0 ? merge_finish(merge, err) : -1;
}

int run_merge(const struct options *options, const struct env *env, struct err *err)
{
	struct merge merge = {
	    .options = options,
	    .env = env,
	    .bounces = filter_bounces(),
	    .account = {.made = env->now,
		.no_bounce = options->no_bounce,
		.saved = options->file_count},
	    .outputs = {.options = options,
		.env = env,
		.account = &merge.account,
		.deadline = run_deadline(options)},
	};
	struct run_end end = {.options = options, .account = &merge.account, .began = clock_now()};
	int result;

	merge.account.place = calloc(options->file_count, sizeof(*merge.account.place));
	result = merge.account.place != NULL ? merge_steps(&merge, err) : err_nomem(err);
	merge.account.delivered = merge.outputs.delivered;
	end.told = merge.told;
	end.deadline = merge.outputs.deadline;
	run_end(&end, result, err);
	outputs_fini(&merge.outputs);
	free(merge.account.place);
	return result;
}
