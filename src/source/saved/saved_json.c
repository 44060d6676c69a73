/* Saved JSON Lines, through jansson. */
#include <errno.h>
#include <jansson.h>

#include "base/json_memory.h"
#include "source/saved/saved_row.h"
#include "sink/sink_json_line.h"

static bool saved_json_is_kind(const json_t *kind, const char *name)
{
	return json_is_string(kind) && strcmp(json_string_value(kind), name) == 0;
}

static int saved_json_check_kind(
    const struct saved_input *input, const json_t *object, struct err *err)
{
	const json_t *schema = json_object_get(object, "schema");
	const json_t *kind = json_object_get(object, "kind");

	if (!json_is_integer(schema) || !json_is_string(kind))
		return saved_input_refuse_all(input, err);
	if (json_integer_value(schema) != SINK_JSON_SCHEMA)
		return saved_input_refuse(input, input->line, err,
		    "JSON of schema %" JSON_INTEGER_FORMAT ": expected %d",
		    json_integer_value(schema), SINK_JSON_SCHEMA);
	if (saved_json_is_kind(kind, "group") || saved_json_is_kind(kind, "others"))
		return saved_input_refuse_kind(input, "this is a grouped report", err);
	if (!saved_json_is_kind(kind, "message") && !saved_json_is_kind(kind, SINK_ROW_MISSING))
		return saved_input_refuse_all(input, err);
	return 0;
}

static int saved_json_set(
    struct saved_row *row, enum column column, const json_t *value, struct err *err)
{
	struct span text = SPAN_EMPTY;

	if (json_is_string(value))
		text = (struct span){json_string_value(value), json_string_length(value)};
	else if (json_is_integer(value))
		text =
		    arena_printf(&row->arena, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
	else if (!json_is_null(value))
		return saved_input_refuse(row->input, row->input->line, err,
		    "the value of \"%s\" is neither text nor a whole number",
		    record_columns[column].json_key);
	saved_row_set(row, column, text);
	return 0;
}

static int saved_json_message(struct saved_row *row, const json_t *object, struct err *err)
{
	const json_t *value[COLUMN_COUNT];
	const json_t *bounce;
	struct column_set absent = {0};

	for (unsigned i = 0; i < COLUMN_COUNT; i++) {
		value[i] = json_object_get(object, record_columns[i].json_key);
		if (value[i] == NULL)
			column_set_add(&absent, i);
	}
	if (saved_json_is_kind(json_object_get(object, "kind"), SINK_ROW_MISSING)) {
		saved_row_note_missing(row);
		return 0;
	}
	if (saved_row_check_needed(row, absent, row->input->line, err) != 0)
		return -1;
	saved_row_begin(row, absent);
	for (unsigned i = 0; i < COLUMN_COUNT; i++)
		if (value[i] != NULL && saved_json_set(row, (enum column)i, value[i], err) != 0)
			return -1;
	bounce = json_object_get(object, "bounce");
	if (json_is_boolean(bounce))
		row->record.is_bounce = json_is_true(bounce);
	else
		saved_row_guess_bounce(row);
	return saved_row_end(row, row->input->line, err);
}

static int saved_json_line(struct saved_row *row, struct span line, struct err *err)
{
	const struct saved_input *input = row->input;
	json_error_t where;
	json_t *object;
	int result = -1;

	if (span_trim(line).n == 0)
		return 0;
	json_memory_watch();
	object = json_loadb(line.p, line.n, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &where);
	if (json_memory_failed()) {
		json_decref(object);
		return err_nomem(err);
	}
	if (object == NULL) /* what jansson says quotes the line */
		return saved_input_refuse(input, input->line, err, "this is no valid JSON");
	if (saved_json_check_kind(input, object, err) == 0)
		result = saved_json_message(row, object, err);
	json_decref(object);
	return result;
}

/* A piece of a line that was cut by the end of a chunk waits in `begun` for the rest. */
static int saved_json_piece(
    struct saved_row *row, struct buf *begun, struct span piece, struct err *err)
{
	int result;

	if (begun->n == 0 && row->input->line_ends)
		return saved_json_line(row, piece, err);
	buf_add(begun, piece);
	if (begun->failed == EMSGSIZE)
		return saved_input_refuse(row->input, row->input->line, err,
		    "a line of more than %zu bytes", SAVED_MAX_LINE);
	if (begun->failed != 0)
		return err_nomem(err);
	if (!row->input->line_ends)
		return 0;
	result = saved_json_line(row, buf_span(begun), err);
	buf_clear(begun);
	return result;
}

int saved_json_read(struct saved_input *input, struct saved_row *row, struct err *err)
{
	struct span piece;
	struct buf begun;
	int got, result = 0;

	buf_init(&begun, SAVED_MAX_LINE);
	while (result == 0 && (got = saved_input_next(input, &piece, err)) != 0)
		result = got > 0 ? saved_json_piece(row, &begun, piece, err) : -1;
	if (result == 0)
		result = saved_json_line(row, buf_span(&begun), err);
	buf_fini(&begun);
	return result;
}
