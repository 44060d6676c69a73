/* What the history has, read back. Anybody may have written to the tables, so nothing in them is
 * believed. */
#include <inttypes.h>

#include "store/store_clickhouse.h"
#include "store/store_places.h"

/* Columns of a row that are asked for, without its place. */
#define CLICKHOUSE_ROW_COLUMNS (6 + STORE_TEXT_COUNT)

/* Who takes what is read. */
struct clickhouse_reader {
	struct clickhouse *clickhouse;
	const struct store_place *place; /* of the rows */
	store_take_row *take_row;
	store_take_cover *take_cover;
	store_take_place *take_place;
	store_take_uid *take_uid;
	void *context;
};

static int clickhouse_hand_on(struct clickhouse_reader *reader, int result)
{
	if (result != 0)
		reader->clickhouse->is_callers = true;
	return result;
}

static int clickhouse_take_row(void *context, struct clickhouse_values *values, struct err *err)
{
	struct clickhouse_reader *reader = context;
	struct store_row row = {.key = {.place = *reader->place}};

	row.key.epoch = clickhouse_next_number(values, INT64_MAX);
	row.key.uid = clickhouse_next_number(values, UINT32_MAX);
	row.time = (int64_t)clickhouse_next_number(values, STORE_MAX_TIME);
	row.is_bounce = clickhouse_next_number(values, 1) != 0;
	row.recipients = (uint32_t)clickhouse_next_number(values, UINT32_MAX);
	row.key.queue_id = clickhouse_next_text(values);
	for (unsigned i = 0; i < STORE_TEXT_COUNT; i++)
		row.text[i] = clickhouse_next_text(values);
	if (clickhouse_is_damaged(values))
		return 0;
	return clickhouse_hand_on(reader, reader->take_row(reader->context, &row, err));
}

static int clickhouse_read_place(
    struct clickhouse_reader *reader, const struct store_query *query, struct err *err)
{
	struct buf *text = &reader->clickhouse->text;
	const struct clickhouse_column *column = &clickhouse_message_columns[CLICKHOUSE_FIRST_TEXT];

	buf_clear(text);
	buf_add_text(text, "SELECT epoch, uid, toUInt32(time), bounce, rcpts, queue_id");
	for (unsigned i = 0; i < STORE_TEXT_COUNT; i++)
		buf_printf(text, ", %s", column[i].name);
	buf_add_text(text, " FROM qr_message FINAL");
	clickhouse_add_condition(text, query);
	clickhouse_add_time(text, query->since, query->until);
	buf_add_text(text, " ORDER BY epoch, uid, queue_id FORMAT JSONCompact");
	reader->place = query->place;
	return clickhouse_ask(
	    reader->clickhouse, CLICKHOUSE_ROW_COLUMNS, clickhouse_take_row, reader, err);
}

static int clickhouse_keep_place(void *context, const struct store_place *place, struct err *err)
{
	return store_places_add(context, place, err);
}

/* Calls for each place, in their order, or for the one of the query. */
static int clickhouse_for_places(struct clickhouse_reader *reader, const struct store_query *query,
    int (*read)(struct clickhouse_reader *, const struct store_query *, struct err *),
    struct err *err)
{
	struct store_places places;
	struct store_query one = *query;
	int result;

	if (query->place != NULL)
		return read(reader, query, err);
	store_places_init(&places);
	result = clickhouse_places(&reader->clickhouse->store, clickhouse_keep_place, &places, err);
	for (unsigned i = 0; i < places.count && result == 0; i++) {
		one.place = &places.place[i];
		result = read(reader, &one, err);
	}
	store_places_fini(&places);
	return result;
}

int clickhouse_read(struct store *store, const struct store_query *query, store_take_row *take,
    void *context, struct err *err)
{
	struct clickhouse_reader reader = {
	    .clickhouse = (struct clickhouse *)store, .take_row = take, .context = context};

	return clickhouse_for_places(&reader, query, clickhouse_read_place, err);
}

void clickhouse_add_cover_columns(struct buf *out)
{
	buf_add_text(out, "SELECT source, host, place, toUInt32(toUInt16(day)), epoch, since, "
			  "until, ahead, uid, reading");
}

void clickhouse_next_cover(struct clickhouse_values *values, struct store_cover *cover_r)
{
	cover_r->place.source = clickhouse_next_text(values);
	cover_r->place.host = clickhouse_next_text(values);
	cover_r->place.name = clickhouse_next_text(values);
	cover_r->day = (int64_t)clickhouse_next_number(values, STORE_MAX_TIME / STORE_DAY);
	cover_r->epoch = clickhouse_next_number(values, INT64_MAX);
	cover_r->since = (int64_t)clickhouse_next_number(values, STORE_MAX_TIME + 1);
	cover_r->until = (int64_t)clickhouse_next_number(values, STORE_MAX_TIME + 1);
	cover_r->ahead = (int64_t)clickhouse_next_number(values, STORE_MAX_TIME + 1);
	cover_r->uid = clickhouse_next_number(values, UINT32_MAX);
	cover_r->reading = clickhouse_next_number(values, INT64_MAX);
}

static int clickhouse_take_cover(void *context, struct clickhouse_values *values, struct err *err)
{
	struct clickhouse_reader *reader = context;
	struct store_cover cover;

	clickhouse_next_cover(values, &cover);
	if (clickhouse_is_damaged(values))
		return 0;
	return clickhouse_hand_on(reader, reader->take_cover(reader->context, &cover, err));
}

static int clickhouse_read_covers(
    struct clickhouse_reader *reader, const struct store_query *query, struct err *err)
{
	struct buf *text = &reader->clickhouse->text;

	buf_clear(text);
	clickhouse_add_cover_columns(text);
	/* Of a cluster FINAL does not find the version otherwise. */
	buf_add_text(text, ", version FROM qr_coverage FINAL");
	clickhouse_add_condition(text, query);
	buf_add_text(text, " ORDER BY day FORMAT JSONCompact");
	return clickhouse_ask(
	    reader->clickhouse, CLICKHOUSE_COVER_COLUMNS + 1, clickhouse_take_cover, reader, err);
}

int clickhouse_covered(struct store *store, const struct store_query *query, store_take_cover *take,
    void *context, struct err *err)
{
	struct clickhouse_reader reader = {
	    .clickhouse = (struct clickhouse *)store, .take_cover = take, .context = context};

	return clickhouse_for_places(&reader, query, clickhouse_read_covers, err);
}

static int clickhouse_take_place(void *context, struct clickhouse_values *values, struct err *err)
{
	struct clickhouse_reader *reader = context;
	struct store_place place;

	place.source = clickhouse_next_text(values);
	place.host = clickhouse_next_text(values);
	place.name = clickhouse_next_text(values);
	if (clickhouse_is_damaged(values))
		return 0;
	return clickhouse_hand_on(reader, reader->take_place(reader->context, &place, err));
}

int clickhouse_places(struct store *store, store_take_place *take, void *context, struct err *err)
{
	struct clickhouse_reader reader = {
	    .clickhouse = (struct clickhouse *)store, .take_place = take, .context = context};
	struct buf *text = &reader.clickhouse->text;

	buf_clear(text);
	/* Of a cluster FINAL would not have a column to sort by that is not asked for. */
	buf_add_text(text, "SELECT source, host, place FROM qr_place"
			   " GROUP BY source, host, place"
			   " ORDER BY min(first), source, host, place FORMAT JSONCompact");
	return clickhouse_ask(reader.clickhouse, 3, clickhouse_take_place, &reader, err);
}

static int clickhouse_take_uid(void *context, struct clickhouse_values *values, struct err *err)
{
	struct clickhouse_reader *reader = context;
	const uint32_t uid = (uint32_t)clickhouse_next_number(values, UINT32_MAX);
	const int64_t time = (int64_t)clickhouse_next_number(values, STORE_MAX_TIME);

	if (clickhouse_is_damaged(values))
		return 0;
	return clickhouse_hand_on(reader, reader->take_uid(reader->context, uid, time, err));
}

int clickhouse_uids(struct store *store, const struct store_uids *which, store_take_uid *take,
    void *context, struct err *err)
{
	struct clickhouse_reader reader = {
	    .clickhouse = (struct clickhouse *)store, .take_uid = take, .context = context};
	const struct store_query query = {&which->place, which->since, which->until};
	struct buf *text = &reader.clickhouse->text;

	buf_clear(text);
	buf_add_text(text, "SELECT uid, toUInt32(time) FROM qr_message FINAL");
	clickhouse_add_condition(text, &query);
	buf_printf(text, " AND epoch=%" PRIu64 " AND uid>%" PRIu32, which->epoch, which->after);
	clickhouse_add_time(text, which->since, which->until);
	buf_add_text(text, " FORMAT JSONCompact");
	return clickhouse_ask(reader.clickhouse, 2, clickhouse_take_uid, &reader, err);
}
