#include "report/outputs.h"

#include "deliver/deliver_file.h"
#include "report/outputs_name.h"
#include "sink/sink.h"

static bool outputs_grouped(const struct outputs *outputs)
{
	return outputs->options->group_by.count > 0;
}

/*
 * The stream of a new output, which is committed or given up with the others. `named`: the user
 * gave its name.
 */
static FILE *outputs_open(
    struct outputs *outputs, const char *path, bool named, const char *type, struct err *err)
{
	struct deliver_file *file =
	    named ? deliver_open_named(path, outputs->deadline, err) : deliver_open(path, err);

	if (file == NULL)
		return NULL;
	outputs->types[outputs->file_count] = type;
	outputs->files[outputs->file_count++] = file;
	for (unsigned i = 0; i + 1 < outputs->file_count; i++)
		if (deliver_is_same(outputs->files[i], file)) {
			err_set(err, ERR_USAGE, "two outputs would both write to '%s'", path);
			return NULL;
		}
	return deliver_stream(file);
}

static int outputs_add_sink(struct outputs *outputs, struct sink *sink)
{
	struct sink **end = &outputs->sinks;

	if (sink == NULL)
		return -1;
	while (*end != NULL)
		end = &(*end)->next;
	*end = sink;
	return 0;
}

/* What is asked for, and what it is called. */
struct outputs_kind {
	const struct options_output *output;
	const char *ending; /* of the default name */
	const char *type;
};

/* The stream for a file output, under its given name or the default one. */
static FILE *outputs_open_file(
    struct outputs *outputs, const struct outputs_kind *kind, struct err *err)
{
	bool named = kind->output->file != NULL;
	struct buf name;
	FILE *out = NULL;

	buf_init(&name, 0);
	if (named)
		buf_add_text(&name, kind->output->file);
	else
		outputs_choose_name(outputs, kind->ending, &name);
	if (name.failed != 0)
		err_nomem(err);
	else
		out = outputs_open(outputs, buf_string(&name), named, kind->type, err);
	if (out != NULL)
		outputs->unnamed[outputs->file_count - 1] = !named;
	buf_fini(&name);
	return out;
}

/* The grouping of --group-by. */
static struct grouping *outputs_grouping(struct outputs *outputs, struct err *err)
{
	return group_set_get(outputs->groups, &outputs->options->group_by, err);
}

static int outputs_add_csv(struct outputs *outputs, struct err *err)
{
	const struct options *options = outputs->options;
	const struct sink_csv_options how = {
	    .delimiter = options->delimiter,
	    .bom = options->csv_bom,
	    .raw = options->raw_csv,
	};
	bool grouped = outputs_grouped(outputs);
	const struct outputs_kind kind = {
	    &options->csv, grouped ? "-grouped.csv" : ".csv", OUTPUTS_TYPE_CSV};
	FILE *out = outputs_open_file(outputs, &kind, err);
	struct grouping *grouping = NULL;

	if (out == NULL || (grouped && (grouping = outputs_grouping(outputs, err)) == NULL))
		return -1;
	return outputs_add_sink(
	    outputs, grouped ? sink_group_csv_new(out, grouping, &options->limits, &how, err)
			     : sink_csv_new(out, &options->columns, &how, err));
}

static int outputs_add_json(struct outputs *outputs, struct err *err)
{
	const struct options *options = outputs->options;
	bool grouped = outputs_grouped(outputs);
	const struct outputs_kind kind = {
	    &options->json, grouped ? "-grouped.jsonl" : ".jsonl", OUTPUTS_TYPE_JSON};
	FILE *out = outputs_open_file(outputs, &kind, err);
	struct grouping *grouping = NULL;

	if (out == NULL || (grouped && (grouping = outputs_grouping(outputs, err)) == NULL))
		return -1;
	return outputs_add_sink(
	    outputs, grouped ? sink_group_json_new(out, grouping, &options->limits, err)
			     : sink_json_new(out, err));
}

static int outputs_add_html(struct outputs *outputs, struct err *err)
{
	const struct options *options = outputs->options;
	const struct sink_html_options how = {
	    .group_by = outputs_grouped(outputs) ? &options->group_by : NULL,
	    .limits = &options->limits,
	};
	const struct outputs_kind kind = {&options->html, ".html", OUTPUTS_TYPE_HTML};
	FILE *out = outputs_open_file(outputs, &kind, err);

	if (out == NULL)
		return -1;
	return outputs_add_sink(outputs, sink_html_new(out, outputs->groups, &how, err));
}

static int outputs_add_identity_report(struct outputs *outputs, struct err *err)
{
	static const struct column_list key = {
	    .count = 3,
	    .column = {COLUMN_DOMAIN, COLUMN_IP_USERNAME, COLUMN_IDENTITY},
	};
	const struct options *options = outputs->options;
	const struct outputs_kind kind = {
	    &options->identity_report, "-identities.csv", OUTPUTS_TYPE_CSV};
	FILE *out = outputs_open_file(outputs, &kind, err);
	struct grouping *grouping;

	if (out == NULL || (grouping = group_set_get_bare(outputs->groups, &key, err)) == NULL)
		return -1;
	return outputs_add_sink(
	    outputs, sink_identity_report_new(out, grouping, options->raw_csv, err));
}

static int outputs_make_groups(struct outputs *outputs, struct err *err)
{
	static const struct column_list identity = {.count = 1, .column = {COLUMN_IDENTITY}};
	const struct options *options = outputs->options;

	if (!outputs_grouped(outputs) && !options->html.wanted &&
	    !options->identity_report.wanted && options->mail_to_count == 0)
		return 0;
	outputs->groups = group_set_new(err);
	if (outputs->groups == NULL)
		return -1;
	if (options->mail_to_count > 0 &&
	    (outputs->identities = group_set_get(outputs->groups, &identity, err)) == NULL)
		return -1;
	return 0;
}

int outputs_open_files(struct outputs *outputs, struct err *err)
{
	const struct options *options = outputs->options;

	if (outputs_make_groups(outputs, err) != 0 ||
	    (options->csv.wanted && outputs_add_csv(outputs, err) != 0) ||
	    (options->json.wanted && outputs_add_json(outputs, err) != 0) ||
	    (options->html.wanted && outputs_add_html(outputs, err) != 0) ||
	    (options->identity_report.wanted && outputs_add_identity_report(outputs, err) != 0))
		return -1;
	return 0;
}

static struct sink *outputs_table(struct outputs *outputs, FILE *out, struct err *err)
{
	const struct env *env = outputs->env;
	const struct sink_table_options how = {
	    .ascii_only = env->stdout_is_terminal && !env->terminal_is_utf8,
	    .width = env->terminal_width,
	};
	struct grouping *grouping = outputs_grouping(outputs, err);

	if (grouping == NULL)
		return NULL;
	return sink_group_display_new(out, grouping, &outputs->options->limits, &how, err);
}

static struct sink *outputs_loglines(struct outputs *outputs, FILE *out, struct err *err)
{
	const struct options *options = outputs->options;
	const struct env *env = outputs->env;
	const struct sink_display_options how = {
	    .delimiter = options->delimiter,
	    .raw = options->raw_csv,
	    .ascii_only = env->stdout_is_terminal && !env->terminal_is_utf8,
	};

	return sink_display_new(out, &options->columns, &how, err);
}

int outputs_open_display(struct outputs *outputs, struct err *err)
{
	const struct options *options = outputs->options;
	const struct env *env = outputs->env;
	FILE *out;

	if (!options->display && !options->explain)
		return 0;
	out = outputs_open(outputs, "-", true, NULL, err);
	if (out == NULL)
		return -1;
	if (options->explain)
		return outputs_add_sink(outputs,
		    sink_explain_new(out, env->stdout_is_terminal && !env->terminal_is_utf8, err));
	return outputs_add_sink(outputs, outputs_grouped(outputs)
					     ? outputs_table(outputs, out, err)
					     : outputs_loglines(outputs, out, err));
}

const char *outputs_replacing(const struct outputs *outputs, const struct stat *file)
{
	for (unsigned i = 0; i < outputs->file_count; i++) {
		const struct deliver_file *output = outputs->files[i];
		struct stat there;

		if (!deliver_is_direct(output) && stat(deliver_path(output), &there) == 0 &&
		    there.st_dev == file->st_dev && there.st_ino == file->st_ino)
			return deliver_path(output);
	}
	return NULL;
}

int outputs_finish(struct outputs *outputs, struct err *err)
{
	for (unsigned i = 0; i < outputs->file_count; i++)
		if (deliver_finish(outputs->files[i], err) != 0)
			return -1;
	return 0;
}

void outputs_drop_unnamed(struct outputs *outputs)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < outputs->file_count; i++) {
		if (outputs->unnamed[i]) {
			deliver_abort(outputs->files[i]);
			continue;
		}
		outputs->files[kept] = outputs->files[i];
		outputs->types[kept++] = outputs->types[i];
	}
	outputs->file_count = kept;
}

int outputs_commit(struct outputs *outputs, struct err *err)
{
	unsigned count = outputs->file_count;

	outputs->file_count = 0;
	if (deliver_commit_all(outputs->files, count, err) != 0)
		return -1;
	outputs->delivered = true;
	return 0;
}

void outputs_fini(struct outputs *outputs)
{
	sink_free(outputs->sinks);
	group_set_free(outputs->groups);
	for (unsigned i = 0; i < outputs->file_count; i++)
		deliver_abort(outputs->files[i]);
}
