/* An explanation a message (explain.h), for people at a terminal and for reports of new headers. */
#include <stdlib.h>

#include "base/utf8.h"
#include "evidence/explain.h"
#include "sink/formats.h"
#include "sink/sink_row.h"

struct sink_explain {
	struct sink sink; /* first, so that a sink is a sink_explain */
	struct sink_row row;
	struct escape_display how;
};

static void sink_explain_add(struct sink_explain *explain, struct span text)
{
	struct buf cut;

	buf_init(&cut, 0);
	utf8_add_cut(&cut, text, EXPLAIN_MAX_TEXT);
	escape_display(&explain->row.line, buf_span(&cut), &explain->how);
	buf_fail(&explain->row.line, cut.failed);
	buf_fini(&cut);
}

/* NUMBER: UID UID, DATE, FOLDER; what a message in a file does not have is left out */
static void sink_explain_add_head(struct sink_explain *explain, const struct record *record)
{
	struct buf *line = &explain->row.line;

	sink_explain_add(explain, record->value[COLUMN_NUMBER]);
	buf_add_text(line, ": ");
	if (record->value[COLUMN_UID].n > 0) {
		buf_add_text(line, "UID ");
		sink_explain_add(explain, record->value[COLUMN_UID]);
		buf_add_text(line, ", ");
	}
	if (record->value[COLUMN_DATE].n > 0) {
		sink_explain_add(explain, record->value[COLUMN_DATE]);
		buf_add_text(line, ", ");
	}
	sink_explain_add(explain, record->value[COLUMN_FOLDER]);
	buf_add_char(line, '\n');
}

static int sink_explain_record(struct sink *sink, const struct record *record, struct err *err)
{
	struct sink_explain *explain = (struct sink_explain *)sink;

	sink_explain_add_head(explain, record);
	buf_add(&explain->row.line, record->explanation);
	if (sink_row_put(&explain->row, err) != 0)
		return -1;
	return sink_row_flush(&explain->row, err);
}

/* A block of its own, as that of a message. */
static int sink_explain_missing(
    struct sink *sink, struct span host, struct span why, struct err *err)
{
	struct sink_explain *explain = (struct sink_explain *)sink;
	struct buf text;

	buf_init(&text, 0);
	sink_row_add_missing(&text, host, why);
	escape_display(&explain->row.line, buf_span(&text), &explain->how);
	buf_add_char(&explain->row.line, '\n');
	buf_fail(&explain->row.line, text.failed);
	buf_fini(&text);
	return sink_row_put(&explain->row, err) != 0 ? -1 : sink_row_flush(&explain->row, err);
}

static int sink_explain_end(struct sink *sink, const struct account *account, struct err *err)
{
	if (sink_row_flush(&((struct sink_explain *)sink)->row, err) != 0)
		return -1;
	return sink_for_missing(sink, account, sink_explain_missing, err);
}

static void sink_explain_free(struct sink *sink)
{
	buf_fini(&((struct sink_explain *)sink)->row.line);
	free(sink);
}

static const struct sink_ops sink_explain_ops = {
    .name = "explain",
    .record = sink_explain_record,
    .end = sink_explain_end,
    .free = sink_explain_free,
};

struct sink *sink_explain_new(FILE *out, bool ascii_only, struct err *err)
{
	struct sink_explain *explain = calloc(1, sizeof(*explain));

	if (explain == NULL) {
		err_nomem(err);
		return NULL;
	}
	explain->sink.ops = &sink_explain_ops;
	explain->how = (struct escape_display){
	    .delimiter = ';', .guard = ESCAPE_RAW, .ascii_only = ascii_only};
	explain->row = (struct sink_row){.out = out, .what = "the explanations", .row_end = "\n"};
	return &explain->sink;
}

struct sink *sink_explain_open(FILE *out, const struct format_job *job, struct err *err)
{
	return sink_explain_new(out, job->ascii_only, err);
}
