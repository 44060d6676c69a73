/* Who has sent how much: from the index of days alone, as far as it has what is asked for. */
#include <string.h>

#include "store/store_sqlite.h"
#include "store/store_sqlite_ids.h"

/* What is counted of an identity by a function of ours: SQLite would make a tree of the addresses
 * of each, which takes longer than all the rest. */
#define SUMS_FUNCTION "qr_sums"

/* Its arguments. */
enum sums_argument { SUMS_ADDRESS, SUMS_DAY, SUMS_TIME, SUMS_RECIPIENTS, SUMS_ARGUMENTS };

/* A row's place is in the index, too, as all of its key is. */
#define SUMS_OF(place)                                                                             \
	"SELECT v, n, s FROM"                                                                      \
	" (SELECT identity i, count(*) n,"                                                         \
	" " SUMS_FUNCTION "(source_ip, day, time, rcpts) s"                                        \
	" FROM message INDEXED BY message_day"                                                     \
	" WHERE day BETWEEN ?1 AND ?2 AND time>=?3 AND time<?4" place " GROUP BY identity)"        \
	" LEFT JOIN text ON id=i ORDER BY n DESC, v"

/* The script without who called it, as groups have it (mail/php_script.h). */
#define SCRIPT_PLACE                                                                               \
	"CASE WHEN v GLOB '* for [0-9a-fA-F]*[.:]*' THEN rtrim(substr(v, 1, instr(v, ' for ')))"   \
	" WHEN v GLOB '* REMOTE_ADDR:*' THEN rtrim(substr(v, 1, instr(v, ' REMOTE_ADDR:')))"       \
	" ELSE v END"

/* One step from each day that has rows to the next, and there to those of the identity: what lies
 * between is not read. */
#define DAYS_OF(place)                                                                             \
	"WITH RECURSIVE d(day) AS (SELECT min(day) FROM message WHERE day>=?1 UNION ALL"           \
	" SELECT (SELECT min(m.day) FROM message m WHERE m.day>d.day) FROM d WHERE day<=?2)"       \
	" SELECT d.day, count(*), sum(rcpts), sum(bounce), count(DISTINCT nullif(source_ip, 0)),"  \
	" count(DISTINCT (SELECT " SCRIPT_PLACE " FROM text WHERE id=nullif(script, 0))),"         \
	" count(DISTINCT nullif(subject, 0)),"                                                     \
	" min(time), max(time)"                                                                    \
	" FROM d CROSS JOIN message INDEXED BY message_day ON message.day=d.day"                   \
	" AND identity IN (SELECT id FROM text WHERE lower(v)=lower(?6||?7)"                       \
	" AND substr(v, length(?6)+1)=?7)"                                                         \
	" WHERE d.day<=?2 AND time>=?3 AND time<?4" place " GROUP BY d.day"

#define OF_PLACE " AND place=?5"

/* By whether mailboxes may have been made anew, and whether a place is named. */
#define EACH(of)                                                                                   \
	{                                                                                          \
		{of(""), of(OF_PLACE)},                                                            \
		{                                                                                  \
			of(STORE_SQLITE_NOT_REPLACED), of(OF_PLACE STORE_SQLITE_NOT_REPLACED)      \
		}                                                                                  \
	}

static const char *const store_sqlite_sums_texts[2][2] = EACH(SUMS_OF);
static const char *const store_sqlite_days_texts[2][2] = EACH(DAYS_OF);

static int store_sqlite_ask_sums(struct store_sqlite_reader *reader, const char *const texts[2][2],
    const struct store_query *query, struct err *err)
{
	int64_t has_replaced;

	if (query->since >= query->until)
		return 0;
	if (store_sqlite_has_replaced(reader->sqlite, &has_replaced, err) != 0)
		return -1;
	return store_sqlite_ask_query(reader, texts[has_replaced != 0], query, err);
}

/* The rows of an identity, as far as they have come; the result of the function is its bytes. */
struct sums_group {
	bool has_begun;
	struct store_sum sum; /* without what SQLite tells */
};

/* Of the identity whose rows come: those of one come together. */
struct sums_seen {
	struct store_sqlite_ids addresses;
	struct store_sqlite_ids days;
};

/* An argument; more than `max`: it is no value of a history. */
static int64_t sums_number(sqlite3_value *value, int64_t max)
{
	const int64_t number = sqlite3_value_int64(value);

	return sqlite3_value_type(value) == SQLITE_INTEGER && number >= 0 && number <= max ? number
											   : -1;
}

static int sums_add(struct sums_group *group, struct sums_seen *seen, sqlite3_value **value)
{
	const int64_t address = sums_number(value[SUMS_ADDRESS], STORE_SQLITE_MAX_ID);
	const int64_t day = sums_number(value[SUMS_DAY], STORE_MAX_TIME / STORE_DAY);
	const int64_t time = sums_number(value[SUMS_TIME], STORE_MAX_TIME);
	const int64_t recipients = sums_number(value[SUMS_RECIPIENTS], UINT32_MAX);
	struct store_sum *sum = &group->sum;
	int new_address = 0, new_day;

	if (address < 0 || day < 0 || time < 0 || recipients < 0)
		return SQLITE_CORRUPT;
	if (address > 0)
		new_address = store_sqlite_ids_add(&seen->addresses, (uint32_t)address);
	new_day = store_sqlite_ids_add(&seen->days, (uint32_t)day);
	if (new_address < 0 || new_day < 0)
		return SQLITE_NOMEM;
	sum->recipients += (uint64_t)recipients;
	sum->addresses += (uint64_t)new_address;
	sum->days += (uint64_t)new_day;
	if (!group->has_begun || time < sum->first)
		sum->first = time;
	if (time > sum->last)
		sum->last = time;
	group->has_begun = true;
	return SQLITE_OK;
}

static void sums_step(sqlite3_context *call, int count, sqlite3_value **value)
{
	struct sums_group *group = sqlite3_aggregate_context(call, sizeof(*group));
	int result = SQLITE_NOMEM;

	(void)count;
	if (group != NULL)
		result = sums_add(group, sqlite3_user_data(call), value);
	if (result != SQLITE_OK)
		sqlite3_result_error_code(call, result);
}

/* Also when the query is broken off. */
static void sums_end(sqlite3_context *call)
{
	const struct sums_group *group = sqlite3_aggregate_context(call, 0);
	struct sums_seen *seen = sqlite3_user_data(call);

	if (group != NULL)
		sqlite3_result_blob(call, &group->sum, sizeof(group->sum), SQLITE_TRANSIENT);
	store_sqlite_ids_clear(&seen->addresses);
	store_sqlite_ids_clear(&seen->days);
}

static void store_sqlite_take_sum(struct store_sqlite_reader *reader, struct store_sum *sum_r)
{
	const struct span identity = store_sqlite_next_text(reader);
	const uint64_t messages = store_sqlite_next_number(reader, INT64_MAX);
	const void *sum = sqlite3_column_blob(reader->statement, reader->at);

	if (sqlite3_column_bytes(reader->statement, reader->at++) == sizeof(*sum_r))
		memcpy(sum_r, sum, sizeof(*sum_r));
	else
		reader->is_damaged = true;
	sum_r->identity = identity;
	sum_r->messages = messages;
}

static int store_sqlite_read_sums(struct store_sqlite *sqlite, const struct store_query *query,
    store_take_sum *take, void *context, struct err *err)
{
	struct store_sqlite_reader reader = {.sqlite = sqlite};
	struct store_sum sum;
	int got = store_sqlite_ask_sums(&reader, store_sqlite_sums_texts, query, err);

	while (got == 0 && (got = store_sqlite_next(&reader, err)) > 0) {
		store_sqlite_take_sum(&reader, &sum);
		got = store_sqlite_check(&reader, err);
		if (got == 0)
			got = take(context, &sum, err);
	}
	sqlite3_finalize(reader.statement);
	return got;
}

/* The function is there as long as it is asked for; no text of the file can call it. */
int store_sqlite_sums(struct store *store, const struct store_query *query, store_take_sum *take,
    void *context, struct err *err)
{
	struct store_sqlite *sqlite = (struct store_sqlite *)store;
	const int flags = SQLITE_UTF8 | SQLITE_DIRECTONLY;
	struct sums_seen seen = {.days = {.page = NULL}};
	int result = sqlite3_create_function_v2(sqlite->db, SUMS_FUNCTION, SUMS_ARGUMENTS, flags,
	    &seen, NULL, sums_step, sums_end, NULL);

	if (result != SQLITE_OK)
		return store_sqlite_err(sqlite, result, err);
	result = store_sqlite_read_sums(sqlite, query, take, context, err);
	sqlite3_create_function_v2(
	    sqlite->db, SUMS_FUNCTION, SUMS_ARGUMENTS, flags, NULL, NULL, NULL, NULL, NULL);
	store_sqlite_ids_fini(&seen.addresses);
	store_sqlite_ids_fini(&seen.days);
	return result;
}

static void store_sqlite_take_day(struct store_sqlite_reader *reader, struct store_day_sum *sum_r)
{
	sum_r->day = (int64_t)store_sqlite_next_number(reader, STORE_MAX_TIME / STORE_DAY);
	sum_r->messages = store_sqlite_next_number(reader, INT64_MAX);
	sum_r->recipients = store_sqlite_next_number(reader, INT64_MAX);
	sum_r->bounces = store_sqlite_next_number(reader, INT64_MAX);
	sum_r->addresses = store_sqlite_next_number(reader, INT64_MAX);
	sum_r->scripts = store_sqlite_next_number(reader, INT64_MAX);
	sum_r->subjects = store_sqlite_next_number(reader, INT64_MAX);
	sum_r->first = (int64_t)store_sqlite_next_number(reader, STORE_MAX_TIME);
	sum_r->last = (int64_t)store_sqlite_next_number(reader, STORE_MAX_TIME);
}

/* What may be in letters of another case, and what not. */
static int store_sqlite_bind_identity(
    struct store_sqlite_reader *reader, struct span identity, struct err *err)
{
	const size_t slash = span_find(identity, '/');
	const struct span part[] = {span_head(identity, slash),
	    slash != SPAN_NPOS ? span_from(identity, slash) : SPAN_EMPTY};

	for (int i = 0; i < 2; i++)
		if (sqlite3_bind_text64(reader->statement, 6 + i, part[i].n > 0 ? part[i].p : "",
			part[i].n, SQLITE_STATIC, SQLITE_UTF8) != SQLITE_OK)
			return err_nomem(err);
	return 0;
}

int store_sqlite_days(struct store *store, const struct store_sender *sender,
    store_take_day_sum *take, void *context, struct err *err)
{
	struct store_sqlite_reader reader = {.sqlite = (struct store_sqlite *)store};
	struct store_day_sum sum;
	int got = store_sqlite_ask_sums(&reader, store_sqlite_days_texts, &sender->query, err);

	if (got == 0 && reader.statement != NULL)
		got = store_sqlite_bind_identity(&reader, sender->identity, err);
	while (got == 0 && (got = store_sqlite_next(&reader, err)) > 0) {
		store_sqlite_take_day(&reader, &sum);
		got = store_sqlite_check(&reader, err);
		if (got == 0)
			got = take(context, &sum, err);
	}
	sqlite3_finalize(reader.statement);
	return got;
}
