/* The days of the past. */
#include <inttypes.h>

#include "store/store_places.h"
#include "store/store_sqlite.h"

/* Where the values of a question stand in its statement; behind them a place and a folder of each
 * place of saved reports. */
enum past_value { PAST_SINCE = 1, PAST_UNTIL, PAST_LAST_DAY, PAST_PLACES, PAST_SAVED };

/* What depends on what the history has. */
struct past_state {
	int64_t has_replaced; /* rows of another epoch */
	int64_t has_saved;    /* rows of saved reports */
};

/* The folder of a row of a saved report, whose place has no name. */
#define PAST_FOLDER                                                                                \
	"CASE WHEN place IN (SELECT id FROM place WHERE source='" STORE_SAVED "') THEN queue_id "  \
	"END"

/* Whether message_day has all that is asked for: it is a fourth of the table, and in order. */
static bool past_is_indexed(const struct store_past *past)
{
	for (unsigned i = 0; i < past->text_count; i++)
		if (past->text[i] != STORE_IDENTITY && past->text[i] != STORE_SOURCE_IP)
			return false;
	return !past->no_bounces;
}

/* What is one row of the answer. The sign keeps the index away, whose rows would all be looked up
 * in the table. */
static void past_add_key(
    struct buf *text, const struct store_past *past, const struct past_state *state)
{
	buf_add_text(text, past_is_indexed(past) ? "day" : "+day");
	for (unsigned i = 0; i < past->text_count; i++)
		buf_printf(text, ", %s", store_sqlite_columns[past->text[i]]);
	if (past->by_place)
		buf_add_text(text, state->has_saved != 0 ? ", place, " PAST_FOLDER : ", place");
}

static void past_add_values(
    struct buf *text, const struct store_past *past, const struct past_state *state)
{
	buf_add_text(text, "SELECT day, count(*), sum(time>=?1), min(time), max(time)");
	if (past->by_place)
		buf_printf(text,
		    ", (SELECT source FROM place WHERE id=message.place),"
		    " (SELECT host FROM place WHERE id=message.place),"
		    " %s(SELECT name FROM place WHERE id=message.place))",
		    state->has_saved != 0 ? "ifnull(" PAST_FOLDER ", " : "(");
	for (unsigned i = 0; i < past->text_count; i++)
		buf_printf(text,
		    past->text[i] < STORE_SQLITE_SHARED
			? ", (SELECT v FROM text WHERE id=message.%s)"
			: ", %s",
		    store_sqlite_columns[past->text[i]]);
}

/* Of each mailbox the first and the last epoch are looked up. */
int store_sqlite_has_replaced(const struct store_sqlite *sqlite, int64_t *has_r, struct err *err)
{
	return store_sqlite_number(sqlite,
	    "SELECT EXISTS (SELECT 1 FROM place p WHERE"
	    " EXISTS (SELECT 1 FROM coverage WHERE place=p.id) AND"
	    " (SELECT min(epoch) FROM message WHERE place=p.id)<>"
	    " (SELECT max(epoch) FROM message WHERE place=p.id))",
	    has_r, err);
}

/* A row that lacks a value tells nothing of who has none. */
static void past_add_saved(struct buf *text, const struct store_past *past)
{
	unsigned value = PAST_SAVED;

	for (unsigned i = 0; i < past->place_count; i++) {
		if (!store_place_is_saved(&past->place[i]))
			continue;
		buf_printf(text, " OR (+place=?%u AND queue_id=?%u", value, value + 1);
		for (unsigned k = 0; k < past->text_count; k++)
			buf_printf(text, " AND %s<>%s", store_sqlite_columns[past->text[k]],
			    past->text[k] < STORE_SQLITE_SHARED ? "0" : "''");
		buf_add_char(text, ')');
		value += 2;
	}
}

static void past_add_statement(
    struct buf *text, const struct store_past *past, const struct past_state *state)
{
	past_add_values(text, past, state);
	buf_printf(text, " FROM message %s WHERE time>0 AND time<?2 AND %s<=?3",
	    past_is_indexed(past) ? "INDEXED BY message_day" : "",
	    past_is_indexed(past) ? "day" : "+day");
	if (past->place_count > 0) {
		buf_add_text(text, " AND (+place IN (SELECT value FROM json_each(?4))");
		if (state->has_saved != 0)
			past_add_saved(text, past);
		buf_add_char(text, ')');
	}
	if (past->no_bounces)
		buf_add_text(text, " AND bounce=0");
	if (state->has_replaced != 0)
		buf_add_text(text, STORE_SQLITE_NOT_REPLACED);
	buf_add_text(text, " GROUP BY ");
	past_add_key(text, past, state);
	buf_add_text(text, " ORDER BY ");
	past_add_key(text, past, state);
}

/* "[1,2]": the numbers of the places that there are. */
static int past_list_places(
    struct store_sqlite *sqlite, const struct store_past *past, struct buf *list, struct err *err)
{
	unsigned count = 0;
	int64_t id;

	buf_add_char(list, '[');
	for (unsigned i = 0; i < past->place_count; i++) {
		if (store_place_is_saved(&past->place[i]))
			continue;
		if (store_sqlite_find_place(sqlite, &past->place[i], &id, err) != 0)
			return -1;
		if (id != STORE_SQLITE_NONE)
			buf_printf(list, "%s%" PRId64, count++ > 0 ? "," : "", id);
	}
	buf_add_char(list, ']');
	return list->failed == 0 ? 0 : err_nomem(err);
}

static int past_bind_places(struct store_sqlite *sqlite, sqlite3_stmt *statement,
    const struct store_past *past, struct err *err)
{
	struct buf list;
	int result;

	if (past->place_count == 0)
		return 0;
	buf_init(&list, 0);
	result = past_list_places(sqlite, past, &list, err);
	if (result == 0) {
		result = sqlite3_bind_text64(
		    statement, PAST_PLACES, list.p, list.n, SQLITE_TRANSIENT, SQLITE_UTF8);
		if (result != SQLITE_OK)
			result = store_sqlite_err(sqlite, result, err);
	}
	buf_fini(&list);
	return result;
}

/* One that the history does not have has a number that no place has. */
static int past_bind_saved(struct store_sqlite *sqlite, sqlite3_stmt *statement,
    const struct store_past *past, struct err *err)
{
	int value = PAST_SAVED;

	for (unsigned i = 0; i < past->place_count; i++) {
		const struct store_place *folder = &past->place[i];
		const struct store_place saved = {folder->source, folder->host, SPAN_EMPTY};
		int64_t id;
		int result;

		if (!store_place_is_saved(folder))
			continue;
		if (store_sqlite_find_place(sqlite, &saved, &id, err) != 0)
			return -1;
		result = sqlite3_bind_int64(statement, value++, id);
		if (result == SQLITE_OK)
			result = sqlite3_bind_text64(statement, value++, folder->name.p,
			    folder->name.n, SQLITE_STATIC, SQLITE_UTF8);
		if (result != SQLITE_OK)
			return store_sqlite_err(sqlite, result, err);
	}
	return 0;
}

static int past_bind(struct store_sqlite *sqlite, sqlite3_stmt *statement,
    const struct store_past *past, const struct past_state *state, struct err *err)
{
	int result;

	if (past_bind_places(sqlite, statement, past, err) != 0 ||
	    (state->has_saved != 0 && past_bind_saved(sqlite, statement, past, err) != 0))
		return -1;
	result = sqlite3_bind_int64(statement, PAST_SINCE, past->since);
	if (result == SQLITE_OK)
		result = sqlite3_bind_int64(statement, PAST_UNTIL, past->until);
	if (result == SQLITE_OK)
		result = sqlite3_bind_int64(statement, PAST_LAST_DAY, store_day(past->until - 1));
	return result == SQLITE_OK ? 0 : store_sqlite_err(sqlite, result, err);
}

static sqlite3_stmt *past_ask(
    struct store_sqlite *sqlite, const struct store_past *past, struct err *err)
{
	sqlite3_stmt *statement = NULL;
	struct past_state state;
	struct buf text;
	int result;

	if (store_sqlite_has_replaced(sqlite, &state.has_replaced, err) != 0 ||
	    store_sqlite_number(sqlite,
		"SELECT EXISTS (SELECT 1 FROM place WHERE source='" STORE_SAVED "')",
		&state.has_saved, err) != 0)
		return NULL;
	buf_init(&text, 0);
	past_add_statement(&text, past, &state);
	result = sqlite3_prepare_v2(sqlite->db, buf_string(&text), -1, &statement, NULL);
	if (text.failed != 0)
		err_nomem(err);
	else if (result != SQLITE_OK)
		store_sqlite_err(sqlite, result, err);
	else if (past_bind(sqlite, statement, past, &state, err) == 0) {
		buf_fini(&text);
		return statement;
	}
	buf_fini(&text);
	sqlite3_finalize(statement);
	return NULL;
}

static void past_take(
    struct store_sqlite_reader *reader, const struct store_past *past, struct store_past_day *day_r)
{
	*day_r = (struct store_past_day){0};
	day_r->day = (int64_t)store_sqlite_next_number(reader, STORE_MAX_TIME / STORE_DAY);
	day_r->count = store_sqlite_next_number(reader, INT64_MAX);
	day_r->recent = store_sqlite_next_number(reader, INT64_MAX);
	day_r->first = (int64_t)store_sqlite_next_number(reader, STORE_MAX_TIME);
	day_r->last = (int64_t)store_sqlite_next_number(reader, STORE_MAX_TIME);
	if (past->by_place)
		day_r->place = store_sqlite_next_place(reader);
	for (unsigned i = 0; i < past->text_count; i++)
		day_r->value[i] = store_sqlite_next_text(reader);
}

int store_sqlite_past(struct store *store, const struct store_past *past, store_take_past *take,
    void *context, struct err *err)
{
	struct store_sqlite_reader reader = {.sqlite = (struct store_sqlite *)store};
	struct store_past_day day;
	int got = 0;

	reader.statement = past_ask(reader.sqlite, past, err);
	if (reader.statement == NULL)
		return -1;
	while (got == 0 && (got = store_sqlite_next(&reader, err)) > 0) {
		past_take(&reader, past, &day);
		got = store_sqlite_check(&reader, err);
		if (got == 0)
			got = take(context, &day, err);
	}
	sqlite3_finalize(reader.statement);
	return got;
}
