/* A line a message as they pass by, or a table of groups: for people at a terminal and for pipes.
 */
#include "sink/formats.h"
#include "sink/sink_rows.h"

static void sink_display_add_cell(
    struct buf *line, struct span value, enum escape_guard guard, const struct sink_form *form)
{
	const struct escape_display how = {
	    .delimiter = form->delimiter,
	    .guard = guard,
	    .ascii_only = form->ascii_only,
	};

	escape_display(line, value, &how);
}

struct sink *sink_display_new(FILE *out, const struct column_list *columns,
    const struct sink_display_options *options, struct err *err)
{
	const struct sink_form form = {
	    .what = "the display",
	    .row_end = "\n",
	    .delimiter = options->delimiter,
	    .raw = options->raw,
	    .ascii_only = options->ascii_only,
	    .continued = options->continued,
	    .each = true,
	    .add_cell = sink_display_add_cell,
	};

	return sink_rows_new(out, columns, &form, err);
}

struct sink *sink_display_open(FILE *out, const struct format_job *job, struct err *err)
{
	const struct sink_display_options lines = {
	    .delimiter = job->delimiter,
	    .raw = job->raw,
	    .ascii_only = job->ascii_only,
	    .continued = job->continued,
	};
	const struct sink_table_options table = {
	    .ascii_only = job->ascii_only,
	    .width = job->width,
	    .bars = job->bars,
	    .color = job->color,
	};

	const struct sink_passing_options passing = {
	    .width = job->width,
	    .ascii_only = job->ascii_only,
	    .has_hosts = column_list_has(&job->columns, COLUMN_HOST),
	    .continued = job->continued,
	};

	if (job->passing && job->grouping == NULL)
		return sink_passing_new(out, &passing, err);
	if (job->grouping != NULL)
		return sink_group_display_new(out, job->grouping, &job->limits, &table, err);
	return sink_display_new(out, &job->columns, &lines, err);
}
