/* CSV (RFC 4180) for spreadsheets and scripts. */
#include "sink/formats.h"
#include "sink/sink_rows.h"

static void sink_csv_add_cell(
    struct buf *line, struct span value, enum escape_guard guard, const struct sink_form *form)
{
	(void)form;
	escape_csv(line, value, guard);
}

static struct sink_form sink_csv_form(const struct sink_csv_options *options)
{
	return (struct sink_form){
	    .what = "the CSV report",
	    .row_end = "\r\n",
	    .delimiter = options->delimiter,
	    .bom = options->bom,
	    .raw = options->raw,
	    .continued = options->continued,
	    .shown = sink_row_shown(options->is_terminal, options->ascii_only),
	    .add_cell = sink_csv_add_cell,
	};
}

struct sink *sink_csv_new(FILE *out, const struct column_list *columns,
    const struct sink_csv_options *options, struct err *err)
{
	const struct sink_form form = sink_csv_form(options);

	return sink_rows_new(out, columns, &form, err);
}

struct sink *sink_group_csv_new(FILE *out, struct grouping *grouping,
    const struct group_limits *limits, const struct sink_csv_options *options, struct err *err)
{
	const struct sink_form form = sink_csv_form(options);

	return sink_group_rows_new(out, grouping, limits, &form, err);
}

struct sink *sink_view_csv_new(FILE *out, const struct group_view *view,
    const struct sink_csv_options *options, struct err *err)
{
	const struct sink_form form = sink_csv_form(options);

	return sink_view_rows_new(out, view, &form, err);
}

struct sink *sink_csv_open(FILE *out, const struct format_job *job, struct err *err)
{
	const struct sink_csv_options how = {
	    .delimiter = job->delimiter,
	    .bom = job->bom,
	    .raw = job->raw,
	    .continued = job->continued,
	    .is_terminal = job->is_terminal,
	    .ascii_only = job->ascii_only,
	};

	if (job->grouping != NULL)
		return sink_group_csv_new(out, job->grouping, &job->limits, &how, err);
	return sink_csv_new(out, &job->columns, &how, err);
}
