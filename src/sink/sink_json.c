/* JSON Lines, an object a message, for programs. */
#include <stdlib.h>

#include "sink/formats.h"
#include "sink/sink_json_line.h"
#include "sink/sink_json_message.h"

struct sink_json {
	struct sink sink; /* first, so that a sink is a sink_json */
	struct sink_row row;
	struct sink_json_message message;
};

static int sink_json_record(struct sink *sink, const struct record *record, struct err *err)
{
	struct sink_json *json = (struct sink_json *)sink;

	if (sink_json_message_add(&json->message, record, &json->row.line, err) == 0) {
		buf_add_char(&json->row.line, '}');
		return sink_row_put(&json->row, err);
	}
	buf_clear(&json->row.line);
	return -1;
}

static int sink_json_missing(struct sink *sink, struct span host, struct span why, struct err *err)
{
	return sink_json_line_put_missing(&((struct sink_json *)sink)->row, host, why, err);
}

static int sink_json_end(struct sink *sink, const struct account *account, struct err *err)
{
	if (sink_row_flush(&((struct sink_json *)sink)->row, err) != 0)
		return -1;
	return sink_for_missing(sink, account, sink_json_missing, err);
}

static int sink_json_tick(struct sink *sink, time_t now, struct err *err)
{
	(void)now;
	return sink_row_flush(&((struct sink_json *)sink)->row, err);
}

static void sink_json_free(struct sink *sink)
{
	struct sink_json *json = (struct sink_json *)sink;

	sink_json_message_fini(&json->message);
	buf_fini(&json->row.line);
	free(json);
}

static const struct sink_ops sink_json_ops = {
    .name = "json",
    .record = sink_json_record,
    .end = sink_json_end,
    .tick = sink_json_tick,
    .free = sink_json_free,
};

struct sink *sink_json_new(FILE *out, struct err *err)
{
	struct sink_json *json = calloc(1, sizeof(*json));

	if (json == NULL) {
		err_nomem(err);
		return NULL;
	}
	json->sink.ops = &sink_json_ops;
	json->row = sink_json_line_row(out);
	if (sink_json_message_init(&json->message, err) != 0) {
		sink_json_free(&json->sink);
		return NULL;
	}
	return &json->sink;
}

struct sink *sink_json_open(FILE *out, const struct format_job *job, struct err *err)
{
	const bool is_grouped = job->grouping != NULL;
	struct sink *sink = is_grouped ? sink_group_json_new(out, job->grouping, &job->limits, err)
				       : sink_json_new(out, err);

	if (sink == NULL || !job->is_terminal)
		return sink;
	if (is_grouped)
		sink_group_json_show(sink, job->ascii_only);
	else
		((struct sink_json *)sink)->row.shown = sink_row_shown(true, job->ascii_only);
	return sink;
}
