/* Which messages of a mailbox the history has, by their numbers. */
#include "store/store_sqlite.h"

/* The index has all of it. */
static const char store_sqlite_uids_text[] =
    "SELECT uid, time FROM message INDEXED BY message_day"
    " WHERE day BETWEEN ? AND ? AND time>=? AND time<? AND place=? AND epoch=? AND uid>?";

static int store_sqlite_bind_uids(
    sqlite3_stmt *statement, const struct store_uids *which, int64_t place)
{
	const int64_t value[] = {store_day(which->since), store_day(which->until - 1), which->since,
	    which->until, place, (int64_t)which->epoch, (int64_t)which->after};
	const int count = (int)(sizeof(value) / sizeof(*value));
	int result = SQLITE_OK;

	for (int i = 0; i < count && result == SQLITE_OK; i++)
		result = sqlite3_bind_int64(statement, i + 1, value[i]);
	return result;
}

/* Hands on what the statement has; 0 at its end. */
static int store_sqlite_hand_on(const struct store_sqlite *sqlite, sqlite3_stmt *statement,
    store_take_uid *take, void *context, struct err *err)
{
	int result;

	while ((result = sqlite3_step(statement)) == SQLITE_ROW) {
		const int64_t uid = sqlite3_column_int64(statement, 0);

		if (uid > UINT32_MAX)
			return store_sqlite_err(sqlite, SQLITE_CORRUPT, err);
		if (take(context, (uint32_t)uid, sqlite3_column_int64(statement, 1), err) != 0)
			return -1;
	}
	return result == SQLITE_DONE ? 0 : store_sqlite_err(sqlite, result, err);
}

int store_sqlite_uids(struct store *store, const struct store_uids *which, store_take_uid *take,
    void *context, struct err *err)
{
	struct store_sqlite *sqlite = (struct store_sqlite *)store;
	sqlite3_stmt *statement = NULL;
	int64_t place;
	int result;

	if (store_sqlite_find_place(sqlite, &which->place, &place, err) != 0)
		return -1;
	if (place == STORE_SQLITE_NONE)
		return 0;
	result = sqlite3_prepare_v2(sqlite->db, store_sqlite_uids_text, -1, &statement, NULL);
	if (result == SQLITE_OK)
		result = store_sqlite_bind_uids(statement, which, place);
	result = result == SQLITE_OK ? store_sqlite_hand_on(sqlite, statement, take, context, err)
				     : store_sqlite_err(sqlite, result, err);
	sqlite3_finalize(statement);
	return result;
}
