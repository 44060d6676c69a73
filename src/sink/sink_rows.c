/* A row a message. */
#include "sink/sink_rows.h"

#include <stdlib.h>

#include "base/utf8.h"
#include "sink/sink_row.h"

struct sink_rows {
	struct sink sink; /* first, so that a sink is a sink_rows */
	struct sink_row row;
	struct sink_form form;
	bool begun; /* the header row has been written */
};

static void sink_rows_add_field(struct sink *sink, enum column column, struct span value)
{
	struct sink_rows *rows = (struct sink_rows *)sink;

	rows->form.add_cell(&rows->row.line, value,
	    rows->form.raw ? ESCAPE_RAW : sink_row_guard(column), &rows->form);
}

static int sink_rows_begin(struct sink_rows *rows, struct err *err)
{
	if (rows->begun)
		return 0;
	rows->begun = true;
	if (rows->form.bom)
		utf8_add(&rows->row.line, UTF8_BOM);
	return sink_row_write_header(&rows->row, err);
}

static int sink_rows_record(struct sink *sink, const struct record *record, struct err *err)
{
	struct sink_rows *rows = (struct sink_rows *)sink;

	if (sink_rows_begin(rows, err) != 0 ||
	    sink_row_write(&rows->row, sink, sink_rows_add_field, record, err) != 0)
		return -1;
	return rows->form.each ? sink_row_flush(&rows->row, err) : 0;
}

static int sink_rows_missing(struct sink *sink, struct span host, struct span why, struct err *err)
{
	return sink_row_write_missing(
	    &((struct sink_rows *)sink)->row, sink, sink_rows_add_field, host, why, err);
}

static int sink_rows_end(struct sink *sink, const struct account *account, struct err *err)
{
	struct sink_rows *rows = (struct sink_rows *)sink;

	if (sink_rows_begin(rows, err) != 0 || sink_row_flush(&rows->row, err) != 0)
		return -1;
	return sink_for_missing(sink, account, sink_rows_missing, err);
}

static int sink_rows_tick(struct sink *sink, time_t now, struct err *err)
{
	(void)now;
	return sink_row_flush(&((struct sink_rows *)sink)->row, err);
}

static void sink_rows_free(struct sink *sink)
{
	buf_fini(&((struct sink_rows *)sink)->row.line);
	free(sink);
}

static const struct sink_ops sink_rows_ops = {
    .name = "rows",
    .record = sink_rows_record,
    .end = sink_rows_end,
    .tick = sink_rows_tick,
    .free = sink_rows_free,
};

struct sink *sink_rows_new(
    FILE *out, const struct column_list *columns, const struct sink_form *form, struct err *err)
{
	struct sink_rows *rows = calloc(1, sizeof(*rows));

	if (rows == NULL) {
		err_nomem(err);
		return NULL;
	}
	rows->sink.ops = &sink_rows_ops;
	rows->form = *form;
	rows->begun = form->continued;
	rows->row = (struct sink_row){
	    .out = out,
	    .what = form->what,
	    .row_end = form->row_end,
	    .delimiter = form->delimiter,
	    .shown = form->shown,
	    .columns = *columns,
	};
	if (!form->each && sink_rows_begin(rows, err) != 0) {
		sink_rows_free(&rows->sink);
		return NULL;
	}
	return &rows->sink;
}
