/* An explanation a message (explain.h), for people at a terminal and for reports of new headers. */
#include <stdlib.h>

#include "evidence/explain.h"
#include "sink/sink_row.h"

struct sink_explain {
	struct sink sink; /* first, so that a sink is a sink_explain */
	struct sink_row row;
	struct evidence *evidence;
	bool ascii_only;
};

static int sink_explain_record(struct sink *sink, const struct record *record, struct err *err)
{
	struct sink_explain *explain = (struct sink_explain *)sink;

	explain_add(&explain->row.line, explain->evidence, record, explain->ascii_only);
	if (sink_row_put(&explain->row, err) != 0)
		return -1;
	return sink_row_flush(&explain->row, err);
}

/* A block of its own, as that of a message. */
static int sink_explain_missing(
    struct sink *sink, struct span host, struct span why, struct err *err)
{
	struct sink_explain *explain = (struct sink_explain *)sink;
	const struct escape_display how = {
	    .delimiter = ';', .guard = ESCAPE_RAW, .ascii_only = explain->ascii_only};
	struct buf text;

	buf_init(&text, 0);
	sink_row_add_missing(&text, host, why);
	escape_display(&explain->row.line, buf_span(&text), &how);
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

struct sink *sink_explain_new(
    FILE *out, struct evidence *evidence, bool ascii_only, struct err *err)
{
	struct sink_explain *explain = calloc(1, sizeof(*explain));

	if (explain == NULL) {
		err_nomem(err);
		return NULL;
	}
	explain->sink.ops = &sink_explain_ops;
	explain->evidence = evidence;
	explain->ascii_only = ascii_only;
	explain->row = (struct sink_row){.out = out, .what = "the explanations", .row_end = "\n"};
	return &explain->sink;
}
