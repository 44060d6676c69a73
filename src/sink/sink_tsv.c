/*
 * Values between tabs, a line a message or a group, for cut, awk and sort: nothing is quoted, so
 * that a line is cut wherever a tab stands, and ends where a line feed does.
 */
#include "sink/formats.h"
#include "sink/sink_rows.h"

static void sink_tsv_add_cell(
    struct buf *line, struct span value, enum escape_guard guard, const struct sink_form *form)
{
	(void)form;
	escape_plain(line, value, guard);
}

struct sink *sink_tsv_open(FILE *out, const struct format_job *job, struct err *err)
{
	const struct sink_form form = {
	    .what = "the TSV report",
	    .row_end = "\n",
	    .delimiter = '\t',
	    .raw = job->raw,
	    .continued = job->continued,
	    .shown = sink_row_shown(job->is_terminal, job->ascii_only),
	    .add_cell = sink_tsv_add_cell,
	};

	if (job->grouping != NULL)
		return sink_group_rows_new(out, job->grouping, &job->limits, &form, err);
	return sink_rows_new(out, &job->columns, &form, err);
}
