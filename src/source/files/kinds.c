#include "source/files/kinds.h"

#include "source/maillog/maillog_kind.h"
#include "source/saved/saved.h"

/* Reports read as such, whatever they are in. */
static int kinds_run_reports(const struct input_run *input_run, struct input_file *const *files,
    unsigned count, struct err *err)
{
	struct files_run *run = files_run_of(input_run);
	struct span window = SPAN_EMPTY;
	struct input *input = input_file_open(files[0], err);
	bool is_folder, is_mbox;

	run->is_reports = run->is_decided = true;
	if (input == NULL)
		return input_file_note(files[0], err);
	is_folder = input_is_folder(input);
	if (input_window(input, INPUT_KIND_HEAD, &window, err) < 0 && err->code == ERR_SIGNAL) {
		input_close(input);
		return -1;
	}
	is_mbox = mbox_is(window, false);
	files[0]->input = input; /* whoever reads it takes it over */
	if (is_folder)
		return maildir_run(input_run, files, count, err);
	return (is_mbox ? mbox_run : eml_run)(input_run, files, count, err);
}

static bool kinds_is_report(struct span first, bool whole)
{
	return mbox_is_report(first, whole) || eml_is_report(first, whole);
}

const struct input_kind files_kinds[] = {
    {.name = "exim",
	.what = "a mail log (Exim)",
	.is = maillog_is_exim,
	.together = true,
	.run = maillog_run},
    {.name = MAILLOG_PHP_NAME,
	.what = "PHP's log of mail()",
	.is = maillog_is_php,
	.together = true,
	.run = maillog_run},
    {.name = "postfix",
	.what = "a mail log (Postfix)",
	.is = maillog_is_postfix,
	.together = true,
	.run = maillog_run},
    {.name = "json", .what = "a saved report (JSON)", .is = saved_is_json, .run = saved_run},
    {.name = "arf", .what = "reports of abuse", .is = kinds_is_report, .run = kinds_run_reports},
    {.name = "mbox", .what = "a mailbox", .is = mbox_is, .run = mbox_run},
    {.name = "csv", .what = "a saved report (CSV)", .is = saved_is_csv, .run = saved_run},
    {.name = "eml", .what = "a message", .is = eml_is, .run = eml_run},
    {.name = "maildir", .what = "a folder of messages", .run = maildir_run},
    {.name = NULL},
};

const struct input_kind *files_kind_named(struct span name)
{
	for (const struct input_kind *kind = files_kinds; kind->name != NULL; kind++)
		if (span_eq(span_of(kind->name), name))
			return kind;
	return NULL;
}

const struct input_kind *files_kind_of(struct span first, bool whole)
{
	for (const struct input_kind *kind = files_kinds; kind->name != NULL; kind++)
		if (kind->is != NULL && kind->is(first, whole))
			return kind;
	return NULL;
}
