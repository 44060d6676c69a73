/* CSV (RFC 4180) for spreadsheets and scripts. */
#include <stdlib.h>

#include "base/utf8.h"
#include "sink/sink_row.h"

struct sink_csv {
	struct sink sink; /* first, so that a sink is a sink_csv */
	struct sink_row row;
	bool raw;
};

static void sink_csv_add_field(struct sink *sink, enum column column, struct span value)
{
	struct sink_csv *csv = (struct sink_csv *)sink;

	escape_csv(&csv->row.line, value, csv->raw ? ESCAPE_RAW : sink_row_guard(column));
}

static int sink_csv_record(struct sink *sink, const struct record *record, struct err *err)
{
	struct sink_csv *csv = (struct sink_csv *)sink;

	return sink_row_write(&csv->row, sink, sink_csv_add_field, record, err);
}

static int sink_csv_missing(struct sink *sink, struct span host, struct span why, struct err *err)
{
	return sink_row_write_missing(
	    &((struct sink_csv *)sink)->row, sink, sink_csv_add_field, host, why, err);
}

static int sink_csv_end(struct sink *sink, const struct account *account, struct err *err)
{
	if (sink_row_flush(&((struct sink_csv *)sink)->row, err) != 0)
		return -1;
	return sink_for_missing(sink, account, sink_csv_missing, err);
}

static void sink_csv_free(struct sink *sink)
{
	buf_fini(&((struct sink_csv *)sink)->row.line);
	free(sink);
}

static const struct sink_ops sink_csv_ops = {
    .name = "csv",
    .record = sink_csv_record,
    .end = sink_csv_end,
    .free = sink_csv_free,
};

struct sink *sink_csv_new(FILE *out, const struct column_list *columns,
    const struct sink_csv_options *options, struct err *err)
{
	struct sink_csv *csv = calloc(1, sizeof(*csv));

	if (csv == NULL) {
		err_nomem(err);
		return NULL;
	}
	csv->sink.ops = &sink_csv_ops;
	csv->raw = options->raw;
	csv->row = (struct sink_row){
	    .out = out,
	    .what = "the CSV report",
	    .row_end = "\r\n",
	    .delimiter = options->delimiter,
	    .columns = *columns,
	};
	if (options->bom)
		utf8_add(&csv->row.line, UTF8_BOM);
	if (sink_row_write_header(&csv->row, err) != 0) {
		sink_csv_free(&csv->sink);
		return NULL;
	}
	return &csv->sink;
}
