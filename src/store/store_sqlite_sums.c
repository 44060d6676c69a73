/* Who has sent how much: from the index of days alone, as far as it has what is asked for. */
#include "store/store_sqlite.h"

/* A row's place is in the index, too, as all of its key is. */
#define SUMS_OF(place)                                                                             \
	"SELECT v, n, r, a, d, f, l FROM"                                                          \
	" (SELECT identity i, count(*) n, sum(rcpts) r, count(DISTINCT nullif(source_ip, 0)) a,"   \
	" count(DISTINCT day) d, min(time) f, max(time) l"                                         \
	" FROM message INDEXED BY message_day"                                                     \
	" WHERE day BETWEEN ?1 AND ?2 AND time>=?3 AND time<?4" place " GROUP BY identity)"        \
	" LEFT JOIN text ON id=i ORDER BY n DESC, v"

/* One step from each day that has rows to the next, and there to those of the identity: what lies
 * between is not read. */
#define DAYS_OF(place)                                                                             \
	"WITH RECURSIVE d(day) AS (SELECT min(day) FROM message WHERE day>=?1 UNION ALL"           \
	" SELECT (SELECT min(m.day) FROM message m WHERE m.day>d.day) FROM d WHERE day<=?2)"       \
	" SELECT d.day, count(*), sum(rcpts), sum(bounce), count(DISTINCT nullif(source_ip, 0)),"  \
	" count(DISTINCT nullif(script, 0)), count(DISTINCT nullif(subject, 0)),"                  \
	" min(time), max(time)"                                                                    \
	" FROM d CROSS JOIN message INDEXED BY message_day ON message.day=d.day"                   \
	" AND identity=(SELECT id FROM text WHERE v=?6)"                                           \
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

static void store_sqlite_take_sum(struct store_sqlite_reader *reader, struct store_sum *sum_r)
{
	sum_r->identity = store_sqlite_next_text(reader);
	sum_r->messages = store_sqlite_next_number(reader, INT64_MAX);
	sum_r->recipients = store_sqlite_next_number(reader, INT64_MAX);
	sum_r->addresses = store_sqlite_next_number(reader, INT64_MAX);
	sum_r->days = store_sqlite_next_number(reader, INT64_MAX);
	sum_r->first = (int64_t)store_sqlite_next_number(reader, STORE_MAX_TIME);
	sum_r->last = (int64_t)store_sqlite_next_number(reader, STORE_MAX_TIME);
}

int store_sqlite_sums(struct store *store, const struct store_query *query, store_take_sum *take,
    void *context, struct err *err)
{
	struct store_sqlite_reader reader = {.sqlite = (struct store_sqlite *)store};
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

int store_sqlite_days(struct store *store, const struct store_sender *sender,
    store_take_day_sum *take, void *context, struct err *err)
{
	const struct span identity = sender->identity;
	struct store_sqlite_reader reader = {.sqlite = (struct store_sqlite *)store};
	struct store_day_sum sum;
	int got = store_sqlite_ask_sums(&reader, store_sqlite_days_texts, &sender->query, err);

	if (got == 0 && reader.statement != NULL &&
	    sqlite3_bind_text64(reader.statement, 6, identity.n > 0 ? identity.p : "", identity.n,
		SQLITE_STATIC, SQLITE_UTF8) != SQLITE_OK)
		got = err_nomem(err);
	while (got == 0 && (got = store_sqlite_next(&reader, err)) > 0) {
		store_sqlite_take_day(&reader, &sum);
		got = store_sqlite_check(&reader, err);
		if (got == 0)
			got = take(context, &sum, err);
	}
	sqlite3_finalize(reader.statement);
	return got;
}
