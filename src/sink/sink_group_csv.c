/* Groups as CSV (RFC 4180), for spreadsheets; written at the end. */
#include <stdlib.h>

#include "base/utf8.h"
#include "group/group_column.h"
#include "sink/sink_row.h"

struct sink_group_csv {
	struct sink sink; /* first, so that a sink is a sink_group_csv */
	struct sink_row row;
	struct grouping *grouping; /* the caller's */
	struct group_limits limits;
	bool bom;
	bool raw;
	struct buf value; /* the one that is being made */
};

_Static_assert(GROUP_COUNT == 0, "a row begins with Count, so that every key has one in front");

/* Moves csv->value to the line, and leaves it empty for the next. */
static void sink_group_csv_add_value(struct sink_group_csv *csv, enum escape_guard guard)
{
	escape_csv(&csv->row.line, buf_span(&csv->value), csv->raw ? ESCAPE_RAW : guard);
	buf_fail(&csv->row.line, csv->value.failed);
	buf_clear(&csv->value);
}

static void sink_group_csv_add_titles(struct sink_group_csv *csv)
{
	const struct column_list *key = grouping_key(csv->grouping);
	struct buf *line = &csv->row.line;

	for (unsigned k = 0; k < key->count; k++) {
		buf_add_char(line, csv->row.delimiter);
		buf_add_text(line, record_columns[key->column[k]].title);
	}
}

static void sink_group_csv_add_keys(struct sink_group_csv *csv, const struct group_row *row)
{
	for (unsigned k = 0; k < grouping_key(csv->grouping)->count; k++) {
		buf_add_char(&csv->row.line, csv->row.delimiter);
		group_add_key(&csv->value, csv->grouping, row, k);
		sink_group_csv_add_value(
		    csv, sink_row_guard(grouping_key(csv->grouping)->column[k]));
	}
}

static int sink_group_csv_write_header(struct sink_group_csv *csv, struct err *err)
{
	if (csv->bom)
		utf8_add(&csv->row.line, UTF8_BOM);
	for (unsigned i = 0; i < GROUP_COLUMN_COUNT; i++) {
		if (i == GROUP_KEY) {
			sink_group_csv_add_titles(csv);
			continue;
		}
		if (i > 0)
			buf_add_char(&csv->row.line, csv->row.delimiter);
		buf_add_text(&csv->row.line, group_columns[i].title);
	}
	return sink_row_put(&csv->row, err);
}

static int sink_group_csv_write(
    struct sink_group_csv *csv, const struct group_row *row, struct err *err)
{
	for (unsigned i = 0; i < GROUP_COLUMN_COUNT; i++) {
		if (i == GROUP_KEY) {
			sink_group_csv_add_keys(csv, row);
			continue;
		}
		if (i > 0)
			buf_add_char(&csv->row.line, csv->row.delimiter);
		group_add_value(&csv->value, csv->grouping, row, (enum group_column)i);
		sink_group_csv_add_value(csv, sink_row_guard_kind(group_columns[i].kind));
	}
	return sink_row_put(&csv->row, err);
}

/* No message is counted, so that the sums still hold. */
static int sink_group_csv_missing(
    struct sink *sink, struct span host, struct span why, struct err *err)
{
	struct sink_group_csv *csv = (struct sink_group_csv *)sink;
	unsigned columns = GROUP_COLUMN_COUNT - 1 + grouping_key(csv->grouping)->count;

	for (unsigned i = 0; i < columns; i++) {
		if (i > 0)
			buf_add_char(&csv->row.line, csv->row.delimiter);
		if (i == GROUP_COUNT)
			buf_add_char(&csv->value, '0');
		else if (i == GROUP_KEY)
			sink_row_add_missing(&csv->value, host, why);
		sink_group_csv_add_value(csv, ESCAPE_FORMULA);
	}
	return sink_row_put(&csv->row, err) != 0 ? -1 : sink_row_flush(&csv->row, err);
}

static int sink_group_csv_end(struct sink *sink, const struct account *account, struct err *err)
{
	struct sink_group_csv *csv = (struct sink_group_csv *)sink;
	struct group_view view;
	struct group_row row;

	if (group_view_init(&view, csv->grouping, &csv->limits, err) != 0 ||
	    sink_group_csv_write_header(csv, err) != 0)
		return -1;
	for (uint32_t i = 0; i < view.rows; i++) {
		group_view_row(&view, i, &row);
		if (sink_group_csv_write(csv, &row, err) != 0)
			return -1;
	}
	if (sink_row_flush(&csv->row, err) != 0)
		return -1;
	return sink_for_missing(sink, account, sink_group_csv_missing, err);
}

static void sink_group_csv_free(struct sink *sink)
{
	struct sink_group_csv *csv = (struct sink_group_csv *)sink;

	buf_fini(&csv->row.line);
	buf_fini(&csv->value);
	free(csv);
}

static const struct sink_ops sink_group_csv_ops = {
    .name = "group-csv",
    .end = sink_group_csv_end,
    .free = sink_group_csv_free,
};

struct sink *sink_group_csv_new(FILE *out, struct grouping *grouping,
    const struct group_limits *limits, const struct sink_csv_options *options, struct err *err)
{
	struct sink_group_csv *csv = calloc(1, sizeof(*csv));

	if (csv == NULL) {
		err_nomem(err);
		return NULL;
	}
	csv->sink.ops = &sink_group_csv_ops;
	csv->row = (struct sink_row){
	    .out = out,
	    .what = "the CSV report",
	    .row_end = "\r\n",
	    .delimiter = options->delimiter,
	};
	csv->grouping = grouping;
	csv->limits = *limits;
	csv->bom = options->bom;
	csv->raw = options->raw;
	return &csv->sink;
}
