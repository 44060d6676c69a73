#include "sink/store_line.h"

#include <inttypes.h>
#include <string.h>

#include "base/json_memory.h"
#include "sink/sink_json_line.h"

/* The member beside the columns. */
#define STORE_LINE_HISTORY "history"

/* Texts of a row that are no columns. */
static const struct {
	enum store_text text;
	const char *key;
} store_line_texts[] = {{STORE_RULES, "rules"}, {STORE_EXTRA, "extra"}};

#define STORE_LINE_TEXTS (sizeof(store_line_texts) / sizeof(*store_line_texts))

int store_line_init(struct store_line *line, struct err *err)
{
	*line = (struct store_line){.read = NULL};
	store_record_init(&line->record);
	return sink_json_message_init(&line->message, err);
}

void store_line_fini(struct store_line *line)
{
	store_record_fini(&line->record);
	sink_json_message_fini(&line->message);
	json_decref(line->read);
}

/* ,"KEY":"VALUE" */
static int store_line_add_text(struct buf *out, const char *key, struct span value, struct err *err)
{
	buf_printf(out, ",\"%s\":", key);
	return sink_json_line_add_text(out, value, err);
}

/* What a report does not have. */
static int store_line_add_history(const struct store_row *row, struct buf *out, struct err *err)
{
	const struct store_key *key = &row->key;

	buf_printf(out,
	    "," STORE_LINE_MARK "\"epoch\":%" PRIu64 ",\"uid\":%" PRIu64 ",\"time\":%" PRId64
	    ",\"recipients\":%" PRIu32,
	    key->epoch, key->uid, row->time, row->recipients);
	if (store_line_add_text(out, "source", key->place.source, err) != 0 ||
	    store_line_add_text(out, "host", key->place.host, err) != 0 ||
	    store_line_add_text(out, "place", key->place.name, err) != 0 ||
	    store_line_add_text(out, "queue_id", key->queue_id, err) != 0)
		return -1;
	for (size_t i = 0; i < STORE_LINE_TEXTS; i++)
		if (store_line_add_text(out, store_line_texts[i].key,
			row->text[store_line_texts[i].text], err) != 0)
			return -1;
	buf_add_text(out, "}}\n");
	return 0;
}

int store_line_write(
    struct store_line *line, const struct store_row *row, struct buf *out, struct err *err)
{
	struct record record;

	if (store_record_read(&line->record, row, &record, err) != 0)
		return -1;
	record.number = ++line->number;
	if (sink_json_message_add(&line->message, &record, out, err) != 0 ||
	    store_line_add_history(row, out, err) != 0)
		return -1;
	return out->failed != 0 ? err_nomem(err) : 0;
}

/* A reading under way: the first value that is wrong is named. */
struct store_line_reading {
	const json_t *object;
	const char *wrong; /* the key; NULL: none so far */
};

static uint64_t store_line_number(struct store_line_reading *reading, const char *key, uint64_t max)
{
	const json_t *value = json_object_get(reading->object, key);
	const json_int_t number = json_integer_value(value);

	if (json_is_integer(value) && number >= 0 && (uint64_t)number <= max)
		return (uint64_t)number;
	if (reading->wrong == NULL)
		reading->wrong = key;
	return 0;
}

/* What a store keeps: no NUL, which is an error already when it is read, and not too much. */
static struct span store_line_text(struct store_line_reading *reading, const char *key)
{
	const json_t *value = json_object_get(reading->object, key);

	if (json_is_string(value) && json_string_length(value) <= STORE_MAX_TEXT)
		return (struct span){json_string_value(value), json_string_length(value)};
	if (reading->wrong == NULL)
		reading->wrong = key;
	return SPAN_EMPTY;
}

static void store_line_read_key(struct store_line_reading *reading, struct store_row *row)
{
	struct store_key *key = &row->key;

	key->place.source = store_line_text(reading, "source");
	key->place.host = store_line_text(reading, "host");
	key->place.name = store_line_text(reading, "place");
	key->epoch = store_line_number(reading, "epoch", INT64_MAX);
	key->uid = store_line_number(reading, "uid", UINT32_MAX);
	key->queue_id = store_line_text(reading, "queue_id");
	row->time = (int64_t)store_line_number(reading, "time", STORE_MAX_TIME);
	row->recipients = (uint32_t)store_line_number(reading, "recipients", UINT32_MAX);
	for (size_t i = 0; i < STORE_LINE_TEXTS; i++)
		row->text[store_line_texts[i].text] =
		    store_line_text(reading, store_line_texts[i].key);
}

static void store_line_read_columns(struct store_line_reading *reading, struct store_row *row)
{
	const json_t *bounce = json_object_get(reading->object, "bounce");

	for (unsigned i = 0; i < STORE_TEXT_COUNT; i++)
		if (store_record_columns[i] != COLUMN_NUMBER)
			row->text[i] = store_line_text(
			    reading, record_columns[store_record_columns[i]].json_key);
	if (!json_is_boolean(bounce) && reading->wrong == NULL)
		reading->wrong = "bounce";
	row->is_bounce = json_is_true(bounce);
}

/* No column has its text in the row and another one in what is extra. */
static bool store_line_is_one(const struct store_row *row, const struct record *record)
{
	for (unsigned i = 0; i < STORE_TEXT_COUNT; i++)
		if (store_record_columns[i] != COLUMN_NUMBER &&
		    !span_eq(row->text[i], record->value[store_record_columns[i]]))
			return false;
	return true;
}

static int store_line_read_row(struct store_line *line, struct store_row *row, struct err *err)
{
	struct store_line_reading history = {json_object_get(line->read, STORE_LINE_HISTORY), NULL};
	struct store_line_reading columns = {line->read, NULL};
	struct record record;
	int result;

	store_line_read_key(&history, row);
	store_line_read_columns(&columns, row);
	if (history.wrong != NULL)
		return err_set(err, ERR_DATA,
		    "the value of \"" STORE_LINE_HISTORY "\".\"%s\" is none that an export has",
		    history.wrong);
	if (columns.wrong != NULL)
		return err_set(
		    err, ERR_DATA, "the value of \"%s\" is none that an export has", columns.wrong);
	if (row->key.place.source.n == 0)
		return err_set(err, ERR_DATA, "the row is from nowhere");
	/* What cannot be read back must not get in. */
	result = store_record_read(&line->record, row, &record, err);
	if (result != 0 && err->code != ERR_DATA)
		return -1;
	if (result != 0 || !store_line_is_one(row, &record))
		return err_set(err, ERR_DATA, "the row has what no export has");
	return 1;
}

static bool store_line_is(const json_t *object, const char *kind)
{
	const json_t *value = json_object_get(object, "kind");

	return json_is_string(value) && strcmp(json_string_value(value), kind) == 0 &&
	       json_is_integer(json_object_get(object, "schema"));
}

int store_line_read(
    struct store_line *line, struct span text, struct store_row *row_r, struct err *err)
{
	struct store_row row = {.time = 0};
	int result;

	json_decref(line->read);
	json_memory_watch();
	line->read = json_loadb(text.p, text.n, JSON_REJECT_DUPLICATES, NULL);
	if (json_memory_failed())
		return err_nomem(err);
	if (line->read == NULL)
		return err_set(err, ERR_DATA, "this is no valid JSON");
	if (!json_is_object(json_object_get(line->read, STORE_LINE_HISTORY)))
		return 0;
	if (!store_line_is(line->read, "message") ||
	    json_integer_value(json_object_get(line->read, "schema")) != SINK_JSON_SCHEMA)
		return err_set(err, ERR_DATA, "this is no line of schema %d", SINK_JSON_SCHEMA);
	result = store_line_read_row(line, &row, err);
	if (result == 1)
		*row_r = row;
	return result;
}
