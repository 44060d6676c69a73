/* A row a group, written at the end. */
#include <stdlib.h>

#include "base/utf8.h"
#include "group/group_column.h"
#include "sink/sink_row.h"
#include "sink/sink_rows.h"

struct sink_group_rows {
	struct sink sink; /* first, so that a sink is a sink_group_rows */
	struct sink_row row;
	struct sink_form form;
	struct grouping *grouping; /* the caller's */
	struct group_limits limits;
	struct group_view chosen; /* order NULL: the limits say what is shown */
	struct buf value;         /* the one that is being made */
};

_Static_assert(GROUP_COUNT == 0, "a row begins with Count, so that every key has one in front");

/* Moves rows->value to the line, and leaves it empty for the next. */
static void group_rows_add_value(struct sink_group_rows *rows, enum escape_guard guard)
{
	rows->form.add_cell(&rows->row.line, buf_span(&rows->value),
	    rows->form.raw ? ESCAPE_RAW : guard, &rows->form);
	buf_fail(&rows->row.line, rows->value.failed);
	buf_clear(&rows->value);
}

static void group_rows_add_titles(struct sink_group_rows *rows)
{
	const struct column_list *key = grouping_key(rows->grouping);
	struct buf *line = &rows->row.line;

	for (unsigned k = 0; k < key->count; k++) {
		buf_add_char(line, rows->row.delimiter);
		buf_add_text(line, record_columns[key->column[k]].title);
	}
}

static void group_rows_add_keys(struct sink_group_rows *rows, const struct group_row *row)
{
	for (unsigned k = 0; k < grouping_key(rows->grouping)->count; k++) {
		buf_add_char(&rows->row.line, rows->row.delimiter);
		group_add_key(&rows->value, rows->grouping, row, k);
		group_rows_add_value(rows, sink_row_guard(grouping_key(rows->grouping)->column[k]));
	}
}

static int group_rows_write_header(struct sink_group_rows *rows, struct err *err)
{
	if (rows->form.bom)
		utf8_add(&rows->row.line, UTF8_BOM);
	for (unsigned i = 0; i < group_column_count(rows->grouping); i++) {
		if (i == GROUP_KEY) {
			group_rows_add_titles(rows);
			continue;
		}
		if (i > 0)
			buf_add_char(&rows->row.line, rows->row.delimiter);
		buf_add_text(&rows->row.line, group_columns[i].title);
	}
	return sink_row_put(&rows->row, err);
}

static int group_rows_write(
    struct sink_group_rows *rows, const struct group_row *row, struct err *err)
{
	for (unsigned i = 0; i < group_column_count(rows->grouping); i++) {
		if (i == GROUP_KEY) {
			group_rows_add_keys(rows, row);
			continue;
		}
		if (i > 0)
			buf_add_char(&rows->row.line, rows->row.delimiter);
		group_add_value(&rows->value, rows->grouping, row, (enum group_column)i);
		group_rows_add_value(rows, sink_row_guard_kind(group_columns[i].kind));
	}
	return sink_row_put(&rows->row, err);
}

/* No message is counted, so that the sums still hold. */
static int group_rows_missing(struct sink *sink, struct span host, struct span why, struct err *err)
{
	struct sink_group_rows *rows = (struct sink_group_rows *)sink;
	unsigned columns =
	    group_column_count(rows->grouping) - 1 + grouping_key(rows->grouping)->count;

	for (unsigned i = 0; i < columns; i++) {
		if (i > 0)
			buf_add_char(&rows->row.line, rows->row.delimiter);
		if (i == GROUP_COUNT)
			buf_add_char(&rows->value, '0');
		else if (i == GROUP_KEY)
			sink_row_add_missing(&rows->value, host, why);
		group_rows_add_value(rows, ESCAPE_FORMULA);
	}
	return sink_row_put(&rows->row, err) != 0 ? -1 : sink_row_flush(&rows->row, err);
}

static int group_rows_end(struct sink *sink, const struct account *account, struct err *err)
{
	struct sink_group_rows *rows = (struct sink_group_rows *)sink;
	struct group_view view = rows->chosen;
	struct group_row row;

	if ((view.order == NULL &&
		group_view_init(&view, rows->grouping, &rows->limits, err) != 0) ||
	    group_rows_write_header(rows, err) != 0)
		return -1;
	for (uint32_t i = 0; i < view.rows; i++) {
		group_view_row(&view, i, &row);
		if (group_rows_write(rows, &row, err) != 0)
			return -1;
	}
	if (sink_row_flush(&rows->row, err) != 0)
		return -1;
	return sink_for_missing(sink, account, group_rows_missing, err);
}

static void group_rows_free(struct sink *sink)
{
	struct sink_group_rows *rows = (struct sink_group_rows *)sink;

	buf_fini(&rows->row.line);
	buf_fini(&rows->value);
	free(rows);
}

static const struct sink_ops group_rows_ops = {
    .name = "group-rows",
    .end = group_rows_end,
    .free = group_rows_free,
};

struct sink *sink_group_rows_new(FILE *out, struct grouping *grouping,
    const struct group_limits *limits, const struct sink_form *form, struct err *err)
{
	struct sink_group_rows *rows = calloc(1, sizeof(*rows));

	if (rows == NULL) {
		err_nomem(err);
		return NULL;
	}
	rows->sink.ops = &group_rows_ops;
	rows->form = *form;
	rows->row = (struct sink_row){
	    .out = out,
	    .what = form->what,
	    .row_end = form->row_end,
	    .delimiter = form->delimiter,
	    .shown = form->shown,
	};
	rows->grouping = grouping;
	rows->limits = *limits;
	return &rows->sink;
}

struct sink *sink_view_rows_new(
    FILE *out, const struct group_view *view, const struct sink_form *form, struct err *err)
{
	const struct group_limits all = {0};
	/* It is written to by nobody that counts. */
	struct sink *sink =
	    sink_group_rows_new(out, (struct grouping *)(uintptr_t)view->grouping, &all, form, err);

	if (sink != NULL)
		((struct sink_group_rows *)sink)->chosen = *view;
	return sink;
}
