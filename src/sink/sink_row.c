#include "sink/sink_row.h"

#include <errno.h>
#include <stdbool.h>

static int sink_row_failed(const struct sink_row *row, int sys, struct err *err)
{
	/* A stream remembers that it failed, not why. */
	if (sys == 0)
		return err_set(err, ERR_IO, "cannot write %s", row->what);
	return err_set_sys(err, ERR_IO, sys, "cannot write %s", row->what);
}

static void sink_row_show(struct sink_row *row)
{
	bool ascii_only = row->shown == SINK_ROW_ON_ASCII_TERMINAL;
	struct buf shown;

	buf_init(&shown, 0);
	if (row->show != NULL)
		row->show(&shown, buf_span(&row->line), ascii_only);
	else
		escape_rows(&shown, buf_span(&row->line), ascii_only);
	buf_fail(&shown, row->line.failed);
	buf_fini(&row->line);
	row->line = shown;
}

int sink_row_put(struct sink_row *row, struct err *err)
{
	int result = 0;

	buf_add_text(&row->line, row->row_end);
	if (row->shown != SINK_ROW_PLAIN)
		sink_row_show(row);
	errno = 0;
	if (row->line.failed != 0)
		result = err_nomem(err);
	else if (fwrite(row->line.p, 1, row->line.n, row->out) != row->line.n)
		result = sink_row_failed(row, errno, err);
	buf_clear(&row->line);
	return result;
}

enum escape_guard sink_row_guard_kind(enum column_kind kind)
{
	/* The sign of a number of ours begins no formula. */
	if (kind == KIND_CHANGE)
		return ESCAPE_RAW;
	return kind == KIND_TEXT ? ESCAPE_TEXT : ESCAPE_FORMULA;
}

enum escape_guard sink_row_guard(enum column column)
{
	return sink_row_guard_kind(record_columns[column].kind);
}

int sink_row_write_header(struct sink_row *row, struct err *err)
{
	for (unsigned i = 0; i < row->columns.count; i++) {
		if (i > 0)
			buf_add_char(&row->line, row->delimiter);
		buf_add_text(&row->line, record_columns[row->columns.column[i]].title);
	}
	return sink_row_put(row, err);
}

int sink_row_write(struct sink_row *row, struct sink *sink, sink_row_field *add_field,
    const struct record *record, struct err *err)
{
	for (unsigned i = 0; i < row->columns.count; i++) {
		if (i > 0)
			buf_add_char(&row->line, row->delimiter);
		add_field(sink, row->columns.column[i], record->value[row->columns.column[i]]);
	}
	return sink_row_put(row, err);
}

void sink_row_add_missing(struct buf *out, struct span host, struct span why)
{
	buf_add_text(out, "(missing: ");
	buf_add(out, host);
	buf_add_text(out, ": ");
	buf_add(out, why);
	buf_add_char(out, ')');
}

int sink_row_write_missing(struct sink_row *row, struct sink *sink, sink_row_field *add_field,
    struct span host, struct span why, struct err *err)
{
	bool said = false;
	struct buf text;

	buf_init(&text, 0);
	sink_row_add_missing(&text, host, why);
	buf_fail(&row->line, text.failed);
	for (unsigned i = 0; i < row->columns.count; i++) {
		enum column column = row->columns.column[i];
		bool is_number = column == COLUMN_NUMBER && row->columns.count > 1;

		if (i > 0)
			buf_add_char(&row->line, row->delimiter);
		if (is_number)
			add_field(sink, column, SPAN(SINK_ROW_MISSING));
		else
			add_field(sink, column, said ? SPAN_EMPTY : buf_span(&text));
		said = said || !is_number;
	}
	buf_fini(&text);
	return sink_row_put(row, err) != 0 ? -1 : sink_row_flush(row, err);
}

int sink_row_flush(struct sink_row *row, struct err *err)
{
	errno = 0;
	if (fflush(row->out) != 0 || ferror(row->out) != 0)
		return sink_row_failed(row, errno, err);
	return 0;
}
