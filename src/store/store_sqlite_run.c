/* Which runs the history has seen. */
#include <inttypes.h>

#include "store/store_sqlite.h"
#include "store/store_version.h"

/* A run is noted as it begins, and once more as it ends. */
static const char store_sqlite_note[] =
    "INSERT INTO run (id, began, ended, program, options, rows, status) VALUES (?,?,?,?,?,?,?)"
    " ON CONFLICT DO UPDATE SET ended=excluded.ended, rows=excluded.rows,"
    " status=excluded.status";

static const char store_sqlite_runs_text[] =
    "SELECT began, ended, program, options, rows, status FROM run ORDER BY id DESC LIMIT ?";

static int store_sqlite_bind_run(
    sqlite3_stmt *statement, const struct store_sqlite *sqlite, const struct store_run *run)
{
	const int64_t id = (int64_t)store_version_noted(sqlite->version, run->began);
	const int64_t numbers[] = {id, run->began, run->ended};
	const struct span texts[] = {run->program, run->options};
	int result = SQLITE_OK;
	int at = 0;

	for (unsigned i = 0; i < 3 && result == SQLITE_OK; i++)
		result = sqlite3_bind_int64(statement, ++at, numbers[i]);
	for (unsigned i = 0; i < 2 && result == SQLITE_OK; i++)
		result = sqlite3_bind_text64(statement, ++at, texts[i].n > 0 ? texts[i].p : "",
		    texts[i].n, SQLITE_STATIC, SQLITE_UTF8);
	if (result == SQLITE_OK)
		result = sqlite3_bind_int64(statement, ++at, (int64_t)run->rows);
	if (result == SQLITE_OK)
		result = sqlite3_bind_int64(statement, ++at, run->status);
	return result;
}

int store_sqlite_note_run(struct store *store, const struct store_run *run, struct err *err)
{
	struct store_sqlite *sqlite = (struct store_sqlite *)store;
	sqlite3_stmt *statement = NULL;
	int result;

	if (store_sqlite_check_text(run->program, err) != 0 ||
	    store_sqlite_check_text(run->options, err) != 0 || store_sqlite_start(sqlite, err) != 0)
		return -1;
	result = sqlite3_prepare_v2(sqlite->db, store_sqlite_note, -1, &statement, NULL);
	if (result == SQLITE_OK)
		result = store_sqlite_bind_run(statement, sqlite, run);
	if (result == SQLITE_OK)
		result = sqlite3_step(statement);
	sqlite3_finalize(statement);
	result = result == SQLITE_DONE ? 0 : store_sqlite_err(sqlite, result, err);
	return store_sqlite_end(sqlite, result, err);
}

int store_sqlite_runs(
    struct store *store, unsigned max, store_take_run *take, void *context, struct err *err)
{
	struct store_sqlite_reader reader = {.sqlite = (struct store_sqlite *)store};
	struct store_run run;
	int got = sqlite3_prepare_v2(
	    reader.sqlite->db, store_sqlite_runs_text, -1, &reader.statement, NULL);

	if (got == SQLITE_OK)
		got = sqlite3_bind_int64(reader.statement, 1, max);
	if (got != SQLITE_OK)
		got = store_sqlite_err(reader.sqlite, got, err);
	while (got == 0 && (got = store_sqlite_next(&reader, err)) > 0) {
		run.began = (int64_t)store_sqlite_next_number(&reader, STORE_MAX_TIME);
		run.ended = (int64_t)store_sqlite_next_number(&reader, STORE_MAX_TIME);
		run.program = store_sqlite_next_text(&reader);
		run.options = store_sqlite_next_text(&reader);
		run.rows = store_sqlite_next_number(&reader, INT64_MAX);
		run.status = (int)store_sqlite_next_number(&reader, INT32_MAX);
		got = store_sqlite_check(&reader, err);
		if (got == 0)
			got = take(context, &run, err);
	}
	sqlite3_finalize(reader.statement);
	return got;
}
