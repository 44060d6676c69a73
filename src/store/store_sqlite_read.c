/* What the history has, read back. */
#include <unistr.h>

#include "store/store_sqlite.h"

/* clang-format off */
/* A place whose row is gone has no source: that is damage, and not to be passed over. */
#define PLACE_OF(table)                                                                            \
	"(SELECT source FROM place WHERE id=" table ".place),"                                    \
	"(SELECT host FROM place WHERE id=" table ".place),"                                      \
	"(SELECT name FROM place WHERE id=" table ".place),"

/* clang-format on */

#define OF_PLACE " AND place=?5"

/* It has no times; that they are there keeps the values the same. */
#define DAYS_FROM                                                                                  \
	"SELECT " PLACE_OF(                                                                        \
	    "coverage") " epoch, day, since, until, ahead, uid, reading FROM coverage"             \
			" WHERE day BETWEEN ?1 AND ?2 AND ?3<=?4"

#define DAY_ORDER " ORDER BY place, day"

/* By whether a place is named. */
static const char *const store_sqlite_coverage[] = {
    DAYS_FROM DAY_ORDER,
    DAYS_FROM OF_PLACE DAY_ORDER,
};

uint64_t store_sqlite_next_number(struct store_sqlite_reader *reader, uint64_t max)
{
	const int64_t value = sqlite3_column_int64(reader->statement, reader->at);

	if (sqlite3_column_type(reader->statement, reader->at++) != SQLITE_INTEGER || value < 0 ||
	    (uint64_t)value > max) {
		reader->is_damaged = true;
		return 0;
	}
	return (uint64_t)value;
}

struct span store_sqlite_next_text(struct store_sqlite_reader *reader)
{
	/* In this order: the length is that of the text that was asked for last. */
	const char *text = (const char *)sqlite3_column_text(reader->statement, reader->at);
	const int n = sqlite3_column_bytes(reader->statement, reader->at);
	const struct span value = {text, text != NULL ? (size_t)n : 0};

	if (sqlite3_column_type(reader->statement, reader->at++) != SQLITE_TEXT || text == NULL ||
	    span_find(value, '\0') != SPAN_NPOS ||
	    u8_check((const uint8_t *)value.p, value.n) != NULL)
		reader->is_damaged = true;
	return value;
}

struct store_place store_sqlite_next_place(struct store_sqlite_reader *reader)
{
	struct store_place place;

	place.source = store_sqlite_next_text(reader);
	place.host = store_sqlite_next_text(reader);
	place.name = store_sqlite_next_text(reader);
	return place;
}

static void store_sqlite_take_cover(struct store_sqlite_reader *reader, struct store_cover *cover_r)
{
	cover_r->place = store_sqlite_next_place(reader);
	cover_r->epoch = store_sqlite_next_number(reader, INT64_MAX);
	cover_r->day = (int64_t)store_sqlite_next_number(reader, STORE_MAX_TIME / STORE_DAY);
	cover_r->since = (int64_t)store_sqlite_next_number(reader, STORE_MAX_TIME + 1);
	cover_r->until = (int64_t)store_sqlite_next_number(reader, STORE_MAX_TIME + 1);
	cover_r->ahead = (int64_t)store_sqlite_next_number(reader, STORE_MAX_TIME + 1);
	cover_r->uid = store_sqlite_next_number(reader, UINT32_MAX);
	cover_r->reading = store_sqlite_next_number(reader, INT64_MAX);
}

int store_sqlite_bind_query(sqlite3_stmt *statement, const struct store_query *query, int64_t place)
{
	const int64_t value[] = {store_day(query->since), store_day(query->until - 1), query->since,
	    query->until, place};
	const int there = sqlite3_bind_parameter_count(statement);
	const int known = (int)(sizeof(value) / sizeof(*value));
	int result = SQLITE_OK;

	/* What stands behind these is for who asks to bind. */
	for (int i = 0; i < there && i < known && result == SQLITE_OK; i++)
		result = sqlite3_bind_int64(statement, i + 1, value[i]);
	return result;
}

int store_sqlite_ask_query(struct store_sqlite_reader *reader, const char *const texts[2],
    const struct store_query *query, struct err *err)
{
	struct store_sqlite *sqlite = reader->sqlite;
	int64_t place = 0;
	int result;

	if (query->place != NULL && store_sqlite_find_place(sqlite, query->place, &place, err) != 0)
		return -1;
	if (place == STORE_SQLITE_NONE)
		return 0;
	result = sqlite3_prepare_v2(
	    sqlite->db, texts[query->place != NULL], -1, &reader->statement, NULL);
	if (result == SQLITE_OK)
		result = store_sqlite_bind_query(reader->statement, query, place);
	return result == SQLITE_OK ? 0 : store_sqlite_err(sqlite, result, err);
}

int store_sqlite_next(struct store_sqlite_reader *reader, struct err *err)
{
	int result = SQLITE_DONE;

	reader->at = 0;
	if (reader->statement != NULL)
		result = sqlite3_step(reader->statement);
	if (result == SQLITE_ROW)
		return 1;
	return result == SQLITE_DONE ? 0 : store_sqlite_err(reader->sqlite, result, err);
}

int store_sqlite_check(const struct store_sqlite_reader *reader, struct err *err)
{
	return reader->is_damaged ? store_sqlite_err(reader->sqlite, SQLITE_CORRUPT, err) : 0;
}

int store_sqlite_covered(struct store *store, const struct store_query *query,
    store_take_cover *take, void *context, struct err *err)
{
	struct store_sqlite_reader reader = {.sqlite = (struct store_sqlite *)store};
	struct store_cover cover;
	int got = store_sqlite_ask_query(&reader, store_sqlite_coverage, query, err);

	while (got == 0 && (got = store_sqlite_next(&reader, err)) > 0) {
		store_sqlite_take_cover(&reader, &cover);
		got = store_sqlite_check(&reader, err);
		if (got == 0)
			got = take(context, &cover, err);
	}
	sqlite3_finalize(reader.statement);
	return got;
}

int store_sqlite_places(struct store *store, store_take_place *take, void *context, struct err *err)
{
	struct store_sqlite_reader reader = {.sqlite = (struct store_sqlite *)store};
	struct store_place place;
	int got = sqlite3_prepare_v2(reader.sqlite->db,
	    "SELECT source, host, name FROM place ORDER BY id", -1, &reader.statement, NULL);

	if (got != SQLITE_OK)
		got = store_sqlite_err(reader.sqlite, got, err);
	while (got == 0 && (got = store_sqlite_next(&reader, err)) > 0) {
		place = store_sqlite_next_place(&reader);
		got = store_sqlite_check(&reader, err);
		if (got == 0)
			got = take(context, &place, err);
	}
	sqlite3_finalize(reader.statement);
	return got;
}
