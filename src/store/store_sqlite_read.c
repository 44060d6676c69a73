/* What the history has, read back. The file may have been made by anybody, so nothing in it is
 * believed. */
#include <unistr.h>

#include "store/store_sqlite.h"

/* A period of more days is read through the table, which is in the order that is wanted; a shorter
 * one through the index of days, and sorted. */
#define STORE_SQLITE_FEW_DAYS 62

#define TEXT_OF(table, column) "(SELECT v FROM text WHERE id=" table "." column ")"

#define PLACE_OF(table)                                                                            \
	TEXT_OF(table, "source") "," TEXT_OF(table, "host") "," TEXT_OF(table, "place")

#define ROWS_FROM(index)                                                                           \
	"SELECT " PLACE_OF("message") ", epoch, uid, time, bounce, rcpts, queue_id," TEXT_OF(      \
	    "message", "identity") "," TEXT_OF("message", "domain") "," TEXT_OF("message",         \
	    "auth_user") "," TEXT_OF("message", "source_ip") "," TEXT_OF("message",                \
	    "script") "," TEXT_OF("message", "class") "," TEXT_OF("message",                       \
	    "subject") "," TEXT_OF("message", "mail_from") "," TEXT_OF("message",                  \
	    "evidence") "," TEXT_OF("message",                                                     \
	    "rules") ","                                                                           \
		     " rcpt, message_id, notes, extra FROM message " index                         \
		     " WHERE day BETWEEN ?1 AND ?2 AND time>=?3 AND time<?4"

#define OF_PLACE " AND source=?5 AND host=?6 AND place=?7"

#define ROW_ORDER " ORDER BY source, host, place, epoch, uid, queue_id"

/* It has no times; that they are there keeps the values the same. */
#define DAYS_FROM                                                                                  \
	"SELECT " PLACE_OF("coverage") ", epoch, day, rows, complete, read FROM coverage"          \
				       " WHERE day BETWEEN ?1 AND ?2 AND ?3<=?4"

#define DAY_ORDER " ORDER BY source, host, place, day"

/* By whether a place is named. */
static const char *const store_sqlite_some_days[] = {
    ROWS_FROM("INDEXED BY message_day") ROW_ORDER,
    ROWS_FROM("INDEXED BY message_day") OF_PLACE ROW_ORDER,
};
static const char *const store_sqlite_many_days[] = {
    ROWS_FROM("") ROW_ORDER,
    ROWS_FROM("") OF_PLACE ROW_ORDER,
};
static const char *const store_sqlite_coverage[] = {
    DAYS_FROM DAY_ORDER,
    DAYS_FROM OF_PLACE DAY_ORDER,
};

/* A query under way. */
struct store_sqlite_reader {
	const struct store_sqlite *sqlite;
	sqlite3_stmt *statement;
	int at; /* the next column */
	bool is_damaged;
};

static uint64_t store_sqlite_next_number(struct store_sqlite_reader *reader, uint64_t max)
{
	const int64_t value = sqlite3_column_int64(reader->statement, reader->at);

	if (sqlite3_column_type(reader->statement, reader->at++) != SQLITE_INTEGER || value < 0 ||
	    (uint64_t)value > max) {
		reader->is_damaged = true;
		return 0;
	}
	return (uint64_t)value;
}

static struct span store_sqlite_next_text(struct store_sqlite_reader *reader)
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

static struct store_place store_sqlite_next_place(struct store_sqlite_reader *reader)
{
	struct store_place place;

	place.source = store_sqlite_next_text(reader);
	place.host = store_sqlite_next_text(reader);
	place.name = store_sqlite_next_text(reader);
	return place;
}

static int store_sqlite_take_row(struct store_sqlite_reader *reader, struct store_row *row_r)
{
	row_r->key.place = store_sqlite_next_place(reader);
	row_r->key.epoch = store_sqlite_next_number(reader, INT64_MAX);
	row_r->key.uid = store_sqlite_next_number(reader, UINT32_MAX);
	row_r->time = (int64_t)store_sqlite_next_number(reader, STORE_MAX_TIME);
	row_r->is_bounce = store_sqlite_next_number(reader, 1) != 0;
	row_r->recipients = (uint32_t)store_sqlite_next_number(reader, UINT32_MAX);
	row_r->key.queue_id = store_sqlite_next_text(reader);
	for (unsigned i = 0; i < STORE_TEXT_COUNT; i++)
		row_r->text[i] = store_sqlite_next_text(reader);
	return reader->is_damaged ? -1 : 0;
}

static int store_sqlite_take_cover(struct store_sqlite_reader *reader, struct store_cover *cover_r)
{
	cover_r->place = store_sqlite_next_place(reader);
	cover_r->epoch = store_sqlite_next_number(reader, INT64_MAX);
	cover_r->day = (int64_t)store_sqlite_next_number(reader, STORE_MAX_TIME / STORE_DAY);
	cover_r->rows = store_sqlite_next_number(reader, INT64_MAX);
	cover_r->is_complete = store_sqlite_next_number(reader, 1) != 0;
	cover_r->read = (int64_t)store_sqlite_next_number(reader, STORE_MAX_TIME);
	return reader->is_damaged ? -1 : 0;
}

/* The numbers of a place's texts; 0: it has no rows, -1, or 1. */
static int store_sqlite_find_place(
    struct store_sqlite *sqlite, const struct store_place *place, int64_t id_r[3], struct err *err)
{
	const struct span text[3] = {place->source, place->host, place->name};

	for (unsigned i = 0; i < 3; i++) {
		if (store_sqlite_find_text(sqlite, text[i], &id_r[i], err) != 0)
			return -1;
		if (id_r[i] == STORE_SQLITE_NO_TEXT)
			return 0;
	}
	return 1;
}

static int store_sqlite_bind_query(
    sqlite3_stmt *statement, const struct store_query *query, const int64_t place[3])
{
	const int64_t value[] = {store_day(query->since), store_day(query->until - 1), query->since,
	    query->until, place[0], place[1], place[2]};
	const int count = sqlite3_bind_parameter_count(statement);
	int result = SQLITE_OK;

	for (int i = 1; i <= count && result == SQLITE_OK; i++)
		result = sqlite3_bind_int64(statement, i, value[i - 1]);
	return result;
}

/* Prepares a query; *statement_r is NULL when nothing can match it. */
static int store_sqlite_ask(struct store_sqlite *sqlite, const char *const texts[2],
    const struct store_query *query, sqlite3_stmt **statement_r, struct err *err)
{
	int64_t place[3] = {0};
	int found = 1, result;

	*statement_r = NULL;
	if (query->place != NULL)
		found = store_sqlite_find_place(sqlite, query->place, place, err);
	if (found <= 0)
		return found;
	result = sqlite3_prepare_v2(sqlite->db, texts[query->place != NULL], -1, statement_r, NULL);
	if (result == SQLITE_OK)
		result = store_sqlite_bind_query(*statement_r, query, place);
	if (result == SQLITE_OK)
		return 0;
	sqlite3_finalize(*statement_r);
	*statement_r = NULL;
	return store_sqlite_err(sqlite, result, err);
}

/* 1: there is a row, 0: no more, -1. */
static int store_sqlite_next(struct store_sqlite_reader *reader, struct err *err)
{
	const int result = sqlite3_step(reader->statement);

	reader->at = 0;
	if (result == SQLITE_ROW)
		return 1;
	return result == SQLITE_DONE ? 0 : store_sqlite_err(reader->sqlite, result, err);
}

int store_sqlite_read(struct store *store, const struct store_query *query, store_take_row *take,
    void *context, struct err *err)
{
	struct store_sqlite_reader reader = {.sqlite = (struct store_sqlite *)store};
	const bool is_long =
	    store_day(query->until) - store_day(query->since) > STORE_SQLITE_FEW_DAYS;
	struct store_row row;
	int got;

	if (store_sqlite_ask((struct store_sqlite *)store,
		is_long ? store_sqlite_many_days : store_sqlite_some_days, query, &reader.statement,
		err) != 0)
		return -1;
	if (reader.statement == NULL)
		return 0;
	while ((got = store_sqlite_next(&reader, err)) > 0) {
		if (store_sqlite_take_row(&reader, &row) != 0)
			got = store_sqlite_err(reader.sqlite, SQLITE_CORRUPT, err);
		else
			got = take(context, &row, err);
		if (got != 0)
			break;
	}
	sqlite3_finalize(reader.statement);
	return got;
}

int store_sqlite_covered(struct store *store, const struct store_query *query,
    store_take_cover *take, void *context, struct err *err)
{
	struct store_sqlite_reader reader = {.sqlite = (struct store_sqlite *)store};
	struct store_cover cover;
	int got;

	if (store_sqlite_ask((struct store_sqlite *)store, store_sqlite_coverage, query,
		&reader.statement, err) != 0)
		return -1;
	if (reader.statement == NULL)
		return 0;
	while ((got = store_sqlite_next(&reader, err)) > 0) {
		if (store_sqlite_take_cover(&reader, &cover) != 0)
			got = store_sqlite_err(reader.sqlite, SQLITE_CORRUPT, err);
		else
			got = take(context, &cover, err);
		if (got != 0)
			break;
	}
	sqlite3_finalize(reader.statement);
	return got;
}
