/* A line a message as they pass by, for people at a terminal and for pipes. */
#include <stdlib.h>

#include "sink/sink_row.h"

struct sink_display {
	struct sink sink; /* first, so that a sink is a sink_display */
	struct sink_row row;
	struct escape_display how;
	bool raw;
	bool begun; /* the header row has been written */
};

static void sink_display_add_field(struct sink *sink, enum column column, struct span value)
{
	struct sink_display *display = (struct sink_display *)sink;

	display->how.guard = display->raw ? ESCAPE_RAW : sink_row_guard(column);
	escape_display(&display->row.line, value, &display->how);
}

/* The header row comes when there is something to follow: not before a login that is refused. */
static int sink_display_begin(struct sink_display *display, struct err *err)
{
	if (display->begun)
		return 0;
	display->begun = true;
	return sink_row_write_header(&display->row, err);
}

static int sink_display_record(struct sink *sink, const struct record *record, struct err *err)
{
	struct sink_display *display = (struct sink_display *)sink;

	if (sink_display_begin(display, err) != 0 ||
	    sink_row_write(&display->row, sink, sink_display_add_field, record, err) != 0)
		return -1;
	return sink_row_flush(&display->row, err);
}

static int sink_display_missing(
    struct sink *sink, struct span host, struct span why, struct err *err)
{
	return sink_row_write_missing(
	    &((struct sink_display *)sink)->row, sink, sink_display_add_field, host, why, err);
}

static int sink_display_end(struct sink *sink, const struct account *account, struct err *err)
{
	struct sink_display *display = (struct sink_display *)sink;

	if (sink_display_begin(display, err) != 0)
		return -1;
	if (sink_row_flush(&display->row, err) != 0)
		return -1;
	return sink_for_missing(sink, account, sink_display_missing, err);
}

static void sink_display_free(struct sink *sink)
{
	buf_fini(&((struct sink_display *)sink)->row.line);
	free(sink);
}

static const struct sink_ops sink_display_ops = {
    .name = "display",
    .record = sink_display_record,
    .end = sink_display_end,
    .free = sink_display_free,
};

struct sink *sink_display_new(FILE *out, const struct column_list *columns,
    const struct sink_display_options *options, struct err *err)
{
	struct sink_display *display = calloc(1, sizeof(*display));

	if (display == NULL) {
		err_nomem(err);
		return NULL;
	}
	display->sink.ops = &sink_display_ops;
	display->raw = options->raw;
	display->how = (struct escape_display){
	    .delimiter = options->delimiter,
	    .ascii_only = options->ascii_only,
	};
	display->row = (struct sink_row){
	    .out = out,
	    .what = "the display",
	    .row_end = "\n",
	    .delimiter = options->delimiter,
	    .columns = *columns,
	};
	return &display->sink;
}
