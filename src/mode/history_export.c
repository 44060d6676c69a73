/* history export: rows as lines of JSON, as they come from the store. */
#include <errno.h>
#include <stdio.h>

#include "base/interrupt.h"
#include "deliver/deliver_file.h"
#include "mode/history_part.h"
#include "mode/run_parts.h"
#include "sink/store_line.h"
#include "text/escape.h"

struct history_export {
	struct store_line line;
	struct buf text;
	struct buf shown;      /* the same for a terminal */
	const struct env *env; /* of the terminal; NULL: there is none */
	const char *name;
	FILE *out;
};

/* What a file or another program gets is the text itself. */
static struct span history_export_text(struct history_export *export)
{
	if (export->env == NULL)
		return buf_span(&export->text);
	buf_clear(&export->shown);
	escape_json(&export->shown, buf_span(&export->text), !export->env->terminal_is_utf8);
	return buf_span(&export->shown);
}

static int history_export_row(void *context, const struct store_row *row, struct err *err)
{
	struct history_export *export = context;
	struct span text;

	buf_clear(&export->text);
	if (interrupt_check(err) != 0 ||
	    store_line_write(&export->line, row, &export->text, err) != 0)
		return -1;
	text = history_export_text(export);
	if (export->shown.failed != 0)
		return err_nomem(err);
	if (fwrite(text.p, 1, text.n, export->out) != text.n)
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
	if (run->env->stdout_is_terminal && deliver_is_stdout(delivery))
		export.env = run->env;
	buf_init(&export.text, 0);
	buf_init(&export.shown, 0);
	result = history_export_all(run, &export, err);
	buf_fini(&export.shown);
	buf_fini(&export.text);
	store_line_fini(&export.line);
	if (result == 0)
		return deliver_commit(delivery, err);
	deliver_abort(delivery);
	return -1;
}
