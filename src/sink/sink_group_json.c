/* JSON Lines, an object a group, for programs; written at the end. */
#include <stdlib.h>

#include "calendar/period.h"
#include "group/group_column.h"
#include "sink/sink_json_line.h"

#define PERMILLE_PER_PERCENT 10.0

struct sink_group_json {
	struct sink sink; /* first, so that a sink is a sink_group_json */
	struct sink_row row;
	struct grouping *grouping; /* the caller's */
	struct group_limits limits;
	struct buf time;
};

/* What a value is made from. The functions below return a new reference; NULL without memory. */
struct group_cell {
	const struct grouping *grouping;
	const struct group_row *row;
	struct buf *time;
};

static json_t *cell_percent(uint64_t part, uint64_t whole)
{
	return json_real(group_permille(part, whole) / PERMILLE_PER_PERCENT);
}

static json_t *cell_time(const struct group_cell *cell, time_t when)
{
	if (!cell->row->dated)
		return json_null();
	buf_clear(cell->time);
	period_add_iso(cell->time, when);
	return cell->time->failed == 0 ? sink_json_line_text(buf_span(cell->time)) : NULL;
}

static json_t *cell_distinct(
    const struct group_cell *cell, enum column counted, const struct group_distinct *distinct)
{
	if (!grouping_knows_of(cell->grouping, cell->row->id, counted))
		return json_null();
	return json_integer((json_int_t)distinct->count);
}

static json_t *cell_top(const struct group_top *top)
{
	return top->value.n > 0 ? sink_json_line_text(top->value) : json_null();
}

static json_t *cell_top_percent(const struct group_cell *cell, const struct group_top *top)
{
	return top->value.n > 0 ? cell_percent(top->count, cell->row->count) : json_null();
}

static json_t *cell_key(const struct group_cell *cell)
{
	const struct column_list *columns = grouping_key(cell->grouping);
	json_t *key = json_object();

	for (unsigned i = 0; i < columns->count; i++) {
		if (json_object_set_new_nocheck(key, record_columns[columns->column[i]].json_key,
			sink_json_line_text(cell->row->key[i])) != 0) {
			json_decref(key);
			return NULL;
		}
	}
	return key;
}

static json_t *cell_value(const struct group_cell *cell, enum group_column column)
{
	const struct group_row *row = cell->row;

	switch (column) {
	case GROUP_COUNT:
		return json_integer((json_int_t)row->count);
	case GROUP_PERCENT:
		return cell_percent(row->count, row->total);
	case GROUP_KEY:
		return cell_key(cell);
	case GROUP_FIRST_SEEN:
		return cell_time(cell, row->first);
	case GROUP_LAST_SEEN:
		return cell_time(cell, row->last);
	case GROUP_RECIPIENTS:
		return cell_distinct(cell, COLUMN_TO, &row->recipients);
	case GROUP_SOURCE_IPS:
		return cell_distinct(cell, COLUMN_SOURCE_IP, &row->source_ips);
	case GROUP_SUBJECTS:
		return cell_distinct(cell, COLUMN_SUBJECT, &row->subjects);
	case GROUP_TOP_SCRIPT:
		return cell_top(&row->script);
	case GROUP_TOP_SCRIPT_PERCENT:
		return cell_top_percent(cell, &row->script);
	case GROUP_TOP_IP:
		return cell_top(&row->source_ip);
	case GROUP_TOP_IP_PERCENT:
		return cell_top_percent(cell, &row->source_ip);
	case GROUP_SAMPLE_SUBJECT:
		return sink_json_line_text(row->sample_subject);
	case GROUP_SAMPLE_UID:
		return row->sample_uid != 0 ? json_integer(row->sample_uid) : json_null();
	case GROUP_COLUMN_COUNT:
		break;
	}
	return json_null();
}

/* The key columns have titles of their own, but one object around them. */
static const char *sink_group_json_name(unsigned column)
{
	return column == GROUP_KEY ? "key" : group_columns[column].json_key;
}

/* What is also true of many groups together. */
static bool sink_group_json_is_sum(unsigned column)
{
	return column == GROUP_COUNT || column == GROUP_PERCENT || column == GROUP_FIRST_SEEN ||
	       column == GROUP_LAST_SEEN;
}

/* The names of the values that are estimates. */
static json_t *sink_group_json_estimated(const struct group_row *row)
{
	json_t *names = json_array();

	for (unsigned i = 0; names != NULL && i < GROUP_COLUMN_COUNT; i++) {
		if (group_is_estimate(row, (enum group_column)i) &&
		    json_array_append_new(names, json_string(sink_group_json_name(i))) != 0) {
			json_decref(names);
			return NULL;
		}
	}
	return names;
}

static bool sink_group_json_has_estimate(const struct group_row *row)
{
	for (unsigned i = 0; i < GROUP_COLUMN_COUNT; i++)
		if (group_is_estimate(row, (enum group_column)i))
			return true;
	return false;
}

static int sink_group_json_fill(json_t *object, const struct group_cell *cell, struct err *err)
{
	uint64_t others = cell->row->others;

	if (others > 0 &&
	    json_object_set_new_nocheck(object, "groups", json_integer((json_int_t)others)) != 0)
		return err_nomem(err);
	for (unsigned i = 0; i < GROUP_COLUMN_COUNT; i++) {
		if (others > 0 && !sink_group_json_is_sum(i))
			continue;
		if (json_object_set_new_nocheck(object, sink_group_json_name(i),
			cell_value(cell, (enum group_column)i)) != 0)
			return err_nomem(err);
	}
	if (sink_group_json_has_estimate(cell->row) &&
	    json_object_set_new_nocheck(
		object, "estimated", sink_group_json_estimated(cell->row)) != 0)
		return err_nomem(err);
	return 0;
}

static int sink_group_json_write(
    struct sink_group_json *json, const struct group_row *row, struct err *err)
{
	const struct group_cell cell = {json->grouping, row, &json->time};
	json_t *object = sink_json_line_new(row->others > 0 ? "others" : "group");
	int result = object != NULL ? sink_group_json_fill(object, &cell, err) : err_nomem(err);

	if (result == 0)
		result = sink_json_line_put(&json->row, object, err);
	json_decref(object);
	return result;
}

static int sink_group_json_missing(
    struct sink *sink, struct span host, struct span why, struct err *err)
{
	return sink_json_line_put_missing(&((struct sink_group_json *)sink)->row, host, why, err);
}

static int sink_group_json_end(struct sink *sink, const struct account *account, struct err *err)
{
	struct sink_group_json *json = (struct sink_group_json *)sink;
	struct group_view view;

	if (group_view_init(&view, json->grouping, &json->limits, err) != 0)
		return -1;
	for (uint32_t i = 0; i < view.rows; i++) {
		struct group_row row;

		group_view_row(&view, i, &row);
		if (sink_group_json_write(json, &row, err) != 0)
			return -1;
	}
	if (sink_row_flush(&json->row, err) != 0)
		return -1;
	return sink_for_missing(sink, account, sink_group_json_missing, err);
}

static void sink_group_json_free(struct sink *sink)
{
	struct sink_group_json *json = (struct sink_group_json *)sink;

	buf_fini(&json->time);
	buf_fini(&json->row.line);
	free(json);
}

static const struct sink_ops sink_group_json_ops = {
    .name = "group-json",
    .end = sink_group_json_end,
    .free = sink_group_json_free,
};

struct sink *sink_group_json_new(
    FILE *out, struct grouping *grouping, const struct group_limits *limits, struct err *err)
{
	struct sink_group_json *json = calloc(1, sizeof(*json));

	if (json == NULL) {
		err_nomem(err);
		return NULL;
	}
	json->sink.ops = &sink_group_json_ops;
	json->row = sink_json_line_row(out);
	json->grouping = grouping;
	json->limits = *limits;
	buf_init(&json->time, 0);
	return &json->sink;
}
