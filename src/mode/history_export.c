/* history export: rows as lines of JSON, as they come from the store. */
#include <errno.h>
#include <stdio.h>

#include "base/interrupt.h"
#include "deliver/deliver_file.h"
#include "mode/history_part.h"
#include "mode/run_parts.h"
#include "sink/store_line.h"

struct history_export {
	struct store_line line;
	struct buf text;
	const char *name;
	FILE *out;
};

static int history_export_row(void *context, const struct store_row *row, struct err *err)
{
	struct history_export *export = context;

	buf_clear(&export->text);
	if (interrupt_check(err) != 0 ||
	    store_line_write(&export->line, row, &export->text, err) != 0)
		return -1;
	if (fwrite(export->text.p, 1, export->text.n, export->out) != export->text.n)
		return err_set_sys(err, ERR_IO, errno, "cannot write '%s'", export->name);
	return 0;
}

static int history_export_all(
    struct history_run *run, struct history_export *export, struct err *err)
{
	const struct store_query query = history_query(run);

	if (store_line_init(&export->line, err) != 0)
		return -1;
	return run->store->ops->read(run->store, &query, history_export_row, export, err);
}

int history_export(struct history_run *run, struct err *err)
{
	const struct format_request *output = run->options->output;
	const char *file = output[FORMAT_JSON].file;
	struct history_export export = {.name = file != NULL ? file : "-"};
	struct deliver_file *delivery;
	int result;

	if (!output[FORMAT_JSON].wanted && (output[FORMAT_CSV].wanted || output[FORMAT_TSV].wanted))
		return err_set(
		    err, ERR_USAGE, "history export writes JSON Lines: to a file with --json=FILE");
	delivery = deliver_open_named(export.name, run_deadline(run->options), err);
	if (delivery == NULL)
		return -1;
	export.out = deliver_stream(delivery);
	buf_init(&export.text, 0);
	result = history_export_all(run, &export, err);
	buf_fini(&export.text);
	store_line_fini(&export.line);
	if (result == 0)
		return deliver_commit(delivery, err);
	deliver_abort(delivery);
	return -1;
}
