/* JSON Lines, an object a message, for programs. */
#include <stdlib.h>

#include "evidence/evidence_rules.h"
#include "sink/formats.h"
#include "sink/sink_json_line.h"

/*
 * Put together here and not by jansson, which takes three times as long for a message as all the
 * rest of the program. What stands between the values is always the same; it is made once.
 */
struct sink_json {
	struct sink sink; /* first, so that a sink is a sink_json */
	struct sink_row row;
	struct buf keys; /* what begins a line, and behind it ,"KEY": of each column */
	size_t head_end;
	size_t key_end[COLUMN_COUNT];
};

static struct span sink_json_key(const struct sink_json *json, unsigned column)
{
	size_t from = column > 0 ? json->key_end[column - 1] : json->head_end;

	return (struct span){json->keys.p + from, json->key_end[column] - from};
}

static int sink_json_add_values(
    struct sink_json *json, const struct record *record, struct err *err)
{
	struct buf *line = &json->row.line;

	for (unsigned i = 0; i < COLUMN_COUNT; i++) {
		buf_add(line, sink_json_key(json, i));
		if (record_columns[i].kind == KIND_NUMBER)
			buf_add_number(line, record_number(record, (enum column)i), 1);
		else if (sink_json_line_add_text(line, record->value[i], err) != 0)
			return -1;
	}
	return 0;
}

static int sink_json_add_rules(struct sink_json *json, const struct record *record, struct err *err)
{
	struct buf *line = &json->row.line;
	size_t comma = 1; /* bytes of the key that the first has not */

	for (unsigned i = 0; i < COLUMN_COUNT; i++) {
		if (record->rule[i] == NULL || record->rule[i]->unlisted)
			continue;
		buf_add(line, span_from(sink_json_key(json, i), comma));
		if (sink_json_line_add_text(line, span_of(record->rule[i]->name), err) != 0)
			return -1;
		comma = 0;
	}
	return 0;
}

static int sink_json_add_record(
    struct sink_json *json, const struct record *record, struct err *err)
{
	struct buf *line = &json->row.line;

	buf_add(line, span_head(buf_span(&json->keys), json->head_end));
	if (sink_json_add_values(json, record, err) != 0)
		return -1;
	buf_add_text(line, record->is_bounce ? ",\"bounce\":true" : ",\"bounce\":false");
	buf_add_text(line, ",\"rules\":{");
	if (sink_json_add_rules(json, record, err) != 0)
		return -1;
	buf_add_text(line, "}}");
	return 0;
}

static int sink_json_record(struct sink *sink, const struct record *record, struct err *err)
{
	struct sink_json *json = (struct sink_json *)sink;

	if (sink_json_add_record(json, record, err) == 0)
		return sink_row_put(&json->row, err);
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

	buf_fini(&json->keys);
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

static int sink_json_make_keys(struct sink_json *json, struct err *err)
{
	struct buf *keys = &json->keys;

	buf_printf(keys, "{\"schema\":%d,\"kind\":\"message\"", SINK_JSON_SCHEMA);
	json->head_end = keys->n;
	for (unsigned i = 0; i < COLUMN_COUNT; i++) {
		buf_add_char(keys, ',');
		if (sink_json_line_add_text(keys, span_of(record_columns[i].json_key), err) != 0)
			return -1;
		buf_add_char(keys, ':');
		json->key_end[i] = keys->n;
	}
	return keys->failed == 0 ? 0 : err_nomem(err);
}

struct sink *sink_json_new(FILE *out, struct err *err)
{
	struct sink_json *json = calloc(1, sizeof(*json));

	if (json == NULL) {
		err_nomem(err);
		return NULL;
	}
	json->sink.ops = &sink_json_ops;
	json->row = sink_json_line_row(out);
	buf_init(&json->keys, 0);
	if (sink_json_make_keys(json, err) != 0) {
		sink_json_free(&json->sink);
		return NULL;
	}
	return &json->sink;
}

struct sink *sink_json_open(FILE *out, const struct format_job *job, struct err *err)
{
	if (job->grouping != NULL)
		return sink_group_json_new(out, job->grouping, &job->limits, err);
	return sink_json_new(out, err);
}
