/* JSON Lines, an object a message, for programs. */
#include <stdlib.h>

#include "evidence/evidence_rules.h"
#include "sink/formats.h"
#include "sink/sink_json_line.h"

/*
 * The object is made once: the keys are the same for every message, and jansson keeps them in the
 * order in which they were added, also when a value is replaced. References other than `message`
 * are borrowed from it.
 */
struct sink_json {
	struct sink sink; /* first, so that a sink is a sink_json */
	struct sink_row row;
	json_t *message;
	json_t *value[COLUMN_COUNT];
	json_t *rules;
};

static bool sink_json_is_number(unsigned column)
{
	return record_columns[column].kind == KIND_NUMBER;
}

static int sink_json_set_text(json_t *text, struct span value)
{
	/* Checked as it is written, see sink_json_line_put(). */
	return json_string_setn_nocheck(text, value.n > 0 ? value.p : "", value.n);
}

static int sink_json_set_values(
    struct sink_json *json, const struct record *record, struct err *err)
{
	for (unsigned i = 0; i < COLUMN_COUNT; i++) {
		if (sink_json_is_number(i))
			json_integer_set(
			    json->value[i], (json_int_t)record_number(record, (enum column)i));
		else if (sink_json_set_text(json->value[i], record->value[i]) != 0)
			return err_nomem(err);
	}
	return 0;
}

static int sink_json_set_rules(struct sink_json *json, const struct record *record, struct err *err)
{
	json_object_clear(json->rules);
	for (unsigned i = 0; i < COLUMN_COUNT; i++) {
		if (record->rule[i] == NULL || record->rule[i]->unlisted)
			continue;
		if (json_object_set_new_nocheck(json->rules, record_columns[i].json_key,
			sink_json_line_text(span_of(record->rule[i]->name))) != 0)
			return err_nomem(err);
	}
	return 0;
}

static int sink_json_record(struct sink *sink, const struct record *record, struct err *err)
{
	struct sink_json *json = (struct sink_json *)sink;
	json_t *bounce = json_boolean(record->is_bounce);

	if (sink_json_set_values(json, record, err) != 0 ||
	    sink_json_set_rules(json, record, err) != 0)
		return -1;
	if (json_object_set_new_nocheck(json->message, "bounce", bounce) != 0)
		return err_nomem(err);
	return sink_json_line_put(&json->row, json->message, err);
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

	json_decref(json->message);
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

/* All keys, in their order, without values as yet. */
static int sink_json_make_message(struct sink_json *json)
{
	json->message = sink_json_line_new("message");
	for (unsigned i = 0; i < COLUMN_COUNT; i++) {
		json->value[i] = sink_json_is_number(i) ? json_integer(0) : json_string("");
		if (json_object_set_new_nocheck(
			json->message, record_columns[i].json_key, json->value[i]) != 0)
			return -1;
	}
	if (json_object_set_new_nocheck(json->message, "bounce", json_false()) != 0)
		return -1;
	json->rules = json_object();
	return json_object_set_new_nocheck(json->message, "rules", json->rules);
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
	if (sink_json_make_message(json) != 0) {
		err_nomem(err);
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
