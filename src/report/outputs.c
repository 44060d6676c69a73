#include "report/outputs.h"

#include "base/log.h"
#include "deliver/deliver_file.h"
#include "deliver/deliver_origin.h"
#include "group/group_past.h"
#include "report/outputs_name.h"

static const struct column_list outputs_by_identity = {.count = 1, .column = {COLUMN_IDENTITY}};

void outputs_init(struct outputs *outputs, const struct outputs_settings *settings)
{
	*outputs = (struct outputs){.settings = *settings};
}

/* The stream of a new output, which is committed or dropped with the others. `named`: the user gave
 * its name. */
static FILE *outputs_open_path(struct outputs *outputs, const struct format *format,
    const char *path, bool named, struct err *err)
{
	struct deliver_file *file = named
					? deliver_open_named(path, outputs->settings.deadline, err)
					: deliver_open(path, err);
	struct deliver_file *files[FORMAT_COUNT];
	unsigned count;

	if (file == NULL)
		return NULL;
	if (!named && outputs->settings.naming.origin != NULL)
		deliver_set_origin(file, outputs->settings.naming.origin);
	if (outputs->settings.patience != NULL)
		deliver_wait_for_room(file, outputs->settings.patience);
	count = outputs_files(outputs, files);
	outputs->output[outputs->count++] = (struct output){
	    .format = format,
	    .delivery = deliver_delivery(file),
	    .file = file,
	    .unnamed = !named,
	};
	for (unsigned i = 0; i < count; i++)
		if (deliver_is_same(files[i], file)) {
			err_set(err, ERR_USAGE, "two outputs would both write to '%s'", path);
			return NULL;
		}
	return deliver_stream(file);
}

/* The stream for a file output, under its given name or the default one. */
static FILE *outputs_open_file(
    struct outputs *outputs, const struct format *format, const char *given, struct err *err)
{
	bool grouped = outputs->settings.form.grouping != NULL;
	struct buf name;
	FILE *out = NULL;

	buf_init(&name, 0);
	if (given != NULL && outputs->settings.before > 0)
		outputs_choose_next_name(given, &name);
	else if (given != NULL)
		buf_add_text(&name, given);
	else
		outputs_choose_name(
		    outputs, grouped ? format->grouped_ending : format->ending, &name);
	if (name.failed != 0)
		err_nomem(err);
	else
		out = outputs_open_path(outputs, format, buf_string(&name), given != NULL, err);
	buf_fini(&name);
	return out;
}

/* At the end of the list, so that outputs get each record in the order of the table. */
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

/* The place is the format's own business: its name is no file's. */
static int outputs_begin(
    struct outputs *outputs, const struct format *format, const char *given, struct err *err)
{
	struct output output = {.format = format};
	struct sink *sink;

	if (format->begin(given, &outputs->settings.form, &sink, &output.delivery, err) != 0)
		return -1;
	outputs->output[outputs->count++] = output;
	return outputs_add_sink(outputs, sink);
}

int outputs_open(
    struct outputs *outputs, const struct format *format, const char *given, struct err *err)
{
	struct format_job form = outputs->settings.form;
	FILE *out;

	if (format->begin != NULL)
		return outputs_begin(outputs, format, given, err);
	if ((format->can & FORMAT_CAN_FILE) != 0)
		out = outputs_open_file(outputs, format, given, err);
	else
		out = outputs_open_path(outputs, format, "-", true, err);
	if (out == NULL)
		return -1;
	form.continued = outputs->settings.before > 0 &&
			 deliver_is_direct(outputs->output[outputs->count - 1].file);
	form.is_terminal =
	    form.is_terminal && deliver_is_stdout(outputs->output[outputs->count - 1].file);
	return outputs_add_sink(outputs, format->open(out, &form, err));
}

/* Opens the wanted formats that have a place, or the others. */
static int outputs_open_formats(struct outputs *outputs, bool files, struct err *err)
{
	for (unsigned i = 0; i < FORMAT_COUNT; i++) {
		const struct format_request *request = &outputs->settings.requests[i];
		bool is_file = (formats[i].can & FORMAT_CAN_FILE) != 0;

		if (request->wanted && is_file == files &&
		    outputs_open(outputs, &formats[i], request->file, err) != 0)
			return -1;
	}
	return 0;
}

/* The page compares its identities, the letter its own, and all formats those of --group-by. */
static int outputs_keep_past(struct outputs *outputs, struct err *err)
{
	const struct outputs_settings *settings = &outputs->settings;
	struct grouping *identities = outputs->identities;

	if (!settings->past)
		return 0;
	if (settings->requests[FORMAT_HTML].wanted)
		identities = group_set_get(outputs->groups, &outputs_by_identity, err);
	if (settings->requests[FORMAT_HTML].wanted && identities == NULL)
		return -1;
	if (identities != NULL)
		group_past_keep(identities);
	/* A day does not come again. */
	if (settings->form.grouping != NULL && !column_list_has_time(&settings->form.group_by))
		group_past_keep(settings->form.grouping);
	return 0;
}

static int outputs_make_groups(struct outputs *outputs, struct err *err)
{
	struct outputs_settings *settings = &outputs->settings;
	bool grouped = settings->form.group_by.count > 0;

	if (!grouped && !settings->identities &&
	    !formats_want(settings->requests, FORMAT_HAS_GROUPS))
		return 0;
	outputs->groups = group_set_new(err);
	if (outputs->groups == NULL)
		return -1;
	if (settings->small_groups)
		group_set_be_small(outputs->groups);
	settings->form.groups = outputs->groups;
	if (settings->identities && (outputs->identities = group_set_get(
					 outputs->groups, &outputs_by_identity, err)) == NULL)
		return -1;
	if (!grouped || !formats_want(settings->requests, FORMAT_CAN_GROUP))
		return outputs_keep_past(outputs, err);
	settings->form.grouping = group_set_get(outputs->groups, &settings->form.group_by, err);
	return settings->form.grouping != NULL ? outputs_keep_past(outputs, err) : -1;
}

int outputs_open_files(struct outputs *outputs, struct err *err)
{
	if (outputs_make_groups(outputs, err) != 0)
		return -1;
	return outputs_open_formats(outputs, true, err);
}

void outputs_add_store(struct outputs *outputs, struct delivery *delivery)
{
	outputs->output[outputs->count++] = (struct output){.delivery = delivery};
}

int outputs_open_display(struct outputs *outputs, struct err *err)
{
	return outputs_open_formats(outputs, false, err);
}

const char *outputs_replacing(const struct outputs *outputs, const struct stat *file)
{
	struct deliver_file *files[FORMAT_COUNT];
	unsigned count = outputs_files(outputs, files);

	for (unsigned i = 0; i < count; i++) {
		struct stat there;

		if (!deliver_is_direct(files[i]) && stat(deliver_path(files[i]), &there) == 0 &&
		    there.st_dev == file->st_dev && there.st_ino == file->st_ino)
			return deliver_path(files[i]);
	}
	return NULL;
}

int outputs_finish(struct outputs *outputs, struct err *err)
{
	for (unsigned i = 0; i < outputs->count; i++)
		if (delivery_finish(outputs->output[i].delivery, err) != 0)
			return -1;
	return 0;
}

void outputs_drop_unnamed(struct outputs *outputs)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < outputs->count; i++) {
		if (outputs->output[i].unnamed)
			delivery_free(outputs->output[i].delivery);
		else
			outputs->output[kept++] = outputs->output[i];
	}
	outputs->count = kept;
}

unsigned outputs_files(const struct outputs *outputs, struct deliver_file *files_r[FORMAT_COUNT])
{
	unsigned count = 0;

	for (unsigned i = 0; i < outputs->count; i++)
		if (outputs->output[i].file != NULL)
			files_r[count++] = outputs->output[i].file;
	return count;
}

/* Says that a default name takes the place of an older file. */
static void outputs_say_replaced(const struct outputs *outputs)
{
	struct stat there;

	for (unsigned i = 0; i < outputs->count && outputs->settings.talk; i++) {
		const struct output *output = &outputs->output[i];
		const char *path;
		struct buf line;

		if (!output->unnamed)
			continue;
		path = deliver_path(output->file);
		if (lstat(path, &there) != 0)
			continue;
		buf_init(&line, 0);
		buf_printf(&line, "'%s' was there before, and is replaced", path);
		log_line("quarantine-report: ", buf_span(&line));
		buf_fini(&line);
	}
}

/* What the files are called whose names nobody has said: who runs it looks for them. */
static void outputs_add_names(const struct outputs *outputs, struct buf *line)
{
	for (unsigned i = 0; i < outputs->count && outputs->settings.talk; i++) {
		const struct output *output = &outputs->output[i];

		if (output->unnamed)
			buf_printf(line, "%s'%s'",
			    line->n > 0 ? ", " : "written: ", deliver_path(output->file));
	}
}

int outputs_store(struct outputs *outputs, struct err *err)
{
	for (unsigned i = 0; i < outputs->count; i++)
		if (outputs->output[i].file == NULL &&
		    delivery_commit(outputs->output[i].delivery, err) != 0)
			return -1;
	return 0;
}

/* They are somebody else's. */
static void outputs_forget_files(struct outputs *outputs)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < outputs->count; i++)
		if (outputs->output[i].file == NULL)
			outputs->output[kept++] = outputs->output[i];
	outputs->count = kept;
}

int outputs_commit(struct outputs *outputs, struct err *err)
{
	struct deliver_file *files[FORMAT_COUNT];
	unsigned count = outputs_files(outputs, files);
	struct buf names;
	int result;

	outputs_say_replaced(outputs);
	if (outputs_store(outputs, err) != 0)
		return -1;
	buf_init(&names, 0);
	outputs_add_names(outputs, &names);
	outputs_forget_files(outputs);
	result = deliver_commit_all(files, count, err);
	if (result == 0 && names.n > 0)
		log_line("quarantine-report: ", buf_span(&names));
	buf_fini(&names);
	outputs->delivered = result == 0;
	return result;
}

void outputs_fini(struct outputs *outputs)
{
	sink_free(outputs->sinks);
	group_set_free(outputs->groups);
	for (unsigned i = 0; i < outputs->count; i++)
		delivery_free(outputs->output[i].delivery);
}
