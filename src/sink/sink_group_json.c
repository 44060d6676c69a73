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

static json_t *cell_time(const struct group_cell *cell, time_t when)
{
	buf_clear(cell->time);
	period_add_iso(cell->time, when);
	return cell->time->failed == 0 ? sink_json_line_text(buf_span(cell->time)) : NULL;
}

static json_t *cell_key(const struct group_cell *cell, const struct span *values)
{
	const struct column_list *columns = grouping_key(cell->grouping);
	json_t *key = json_object();

	for (unsigned i = 0; i < columns->count; i++) {
		if (json_object_set_new_nocheck(key, record_columns[columns->column[i]].json_key,
			sink_json_line_text(values[i])) != 0) {
			json_decref(key);
			return NULL;
		}
	}
	return key;
}

static json_t *cell_value(const struct group_cell *cell, enum group_column column)
{
	const struct group_value value = group_value(cell->grouping, cell->row, column);

	if (!value.known)
		return json_null();
	switch (value.kind) {
	case KIND_TEXT:
		return sink_json_line_text(value.text);
	case KIND_NUMBER:
		return json_integer((json_int_t)value.number);
	case KIND_TIME:
		return cell_time(cell, value.time);
	case KIND_SHARE:
		return json_real(
		    group_permille(value.share.part, value.share.whole) / PERMILLE_PER_PERCENT);
	case KIND_CHANGE:
		return json_integer((json_int_t)value.change);
	case KIND_FLAG:
		return json_boolean(value.flag);
	case KIND_LIST:
		return cell_key(cell, value.list);
	}
	return json_null();
}

/* The names of the values that are estimates; empty when there are none. */
static json_t *cell_estimated(const struct group_cell *cell)
{
	json_t *names = json_array();

	for (unsigned i = 0; names != NULL && i < group_column_count(cell->grouping); i++) {
		if (group_value(cell->grouping, cell->row, (enum group_column)i).estimated &&
		    json_array_append_new(names, json_string(group_columns[i].json_key)) != 0) {
			json_decref(names);
			return NULL;
		}
	}
	return names;
}

static int sink_group_json_add_estimated(
    json_t *object, const struct group_cell *cell, struct err *err)
{
	json_t *names = cell_estimated(cell);
	int result = names != NULL ? 0 : -1;

	if (json_array_size(names) > 0)
		result = json_object_set_nocheck(object, "estimated", names);
	json_decref(names);
	return result == 0 ? 0 : err_nomem(err);
}

static int sink_group_json_fill(json_t *object, const struct group_cell *cell, struct err *err)
{
	uint64_t others = cell->row->others;

	if (others > 0 &&
	    json_object_set_new_nocheck(object, "groups", json_integer((json_int_t)others)) != 0)
		return err_nomem(err);
	for (unsigned i = 0; i < group_column_count(cell->grouping); i++) {
		if (others > 0 && !group_columns[i].of_many)
			continue;
		if (json_object_set_new_nocheck(object, group_columns[i].json_key,
			cell_value(cell, (enum group_column)i)) != 0)
			return err_nomem(err);
	}
	return sink_group_json_add_estimated(object, cell, err);
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

void sink_group_json_show(struct sink *sink, bool ascii_only)
{
	((struct sink_group_json *)sink)->row.shown = sink_row_shown(true, ascii_only);
}
