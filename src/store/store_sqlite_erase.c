/* What is taken out of the history: old days, and what somebody is entitled to have erased. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "store/store_sqlite.h"

#define MICROSECONDS 1000000

/* Numbers of a row's texts, for the sweep. */
static const char store_sqlite_used[] =
    "SELECT identity, domain, auth_user, source_ip, script, class, subject, mail_from, evidence,"
    " rules FROM message";

#define KEYS "(place, epoch, uid, queue_id)"

/* Some of the rows of days before ?1; those of day 0 have no time, and go by their run, ?2. */
static const char store_sqlite_old[] =
    "DELETE FROM message WHERE " KEYS " IN (SELECT place, epoch, uid, queue_id FROM"
    " message INDEXED BY message_day WHERE day<?1 AND day>0 AND ?2>=0"
    " LIMIT " STORE_SQLITE_STRING(STORE_BATCH_ROWS) ")";
static const char store_sqlite_old_unknown[] =
    "DELETE FROM message WHERE " KEYS " IN (SELECT place, epoch, uid, queue_id FROM"
    " message INDEXED BY message_day WHERE day=0 AND ?1>0 AND version<?2"
    " LIMIT " STORE_SQLITE_STRING(STORE_BATCH_ROWS) ")";
static const char store_sqlite_old_days[] = "DELETE FROM coverage WHERE day<?1 AND ?2>=0";

static const char store_sqlite_old_runs[] = "DELETE FROM run WHERE began<?2 AND ?1>=0";

static const char store_sqlite_forget_text[] =
    "UPDATE run SET options='" STORE_FORGOTTEN "' WHERE instr(lower(options), lower(?1))>0";

/* A bit for each number of a text. */
struct store_sqlite_bits {
	unsigned char *bit;
	int64_t count;
};

/* Runs a statement with two numbers. */
static int store_sqlite_run_with(
    const struct store_sqlite *sqlite, const char *text, const int64_t values[2], struct err *err)
{
	sqlite3_stmt *statement = NULL;
	int result = sqlite3_prepare_v2(sqlite->db, text, -1, &statement, NULL);

	for (int i = 0; i < 2 && result == SQLITE_OK; i++)
		result = sqlite3_bind_int64(statement, i + 1, values[i]);
	if (result == SQLITE_OK)
		result = sqlite3_step(statement);
	sqlite3_finalize(statement);
	return result == SQLITE_DONE ? 0 : store_sqlite_err(sqlite, result, err);
}

static int store_sqlite_mark_used(
    struct store_sqlite *sqlite, struct store_sqlite_bits *bits, struct err *err)
{
	struct store_sqlite_reader reader = {.sqlite = sqlite};
	int got = sqlite3_prepare_v2(sqlite->db, store_sqlite_used, -1, &reader.statement, NULL);

	if (got != SQLITE_OK)
		got = store_sqlite_err(sqlite, got, err);
	while (got == 0 && (got = store_sqlite_next(&reader, err)) > 0) {
		for (unsigned i = 0; i < STORE_SQLITE_SHARED && !reader.is_damaged; i++) {
			const uint64_t id =
			    store_sqlite_next_number(&reader, (uint64_t)bits->count - 1);

			bits->bit[id / 8] |= (unsigned char)(1 << id % 8);
		}
		got = store_sqlite_check(&reader, err);
	}
	sqlite3_finalize(reader.statement);
	return got;
}

static int store_sqlite_drop_unused(
    const struct store_sqlite *sqlite, const struct store_sqlite_bits *bits, struct err *err)
{
	sqlite3_stmt *statement = NULL;
	int result =
	    sqlite3_prepare_v2(sqlite->db, "DELETE FROM text WHERE id=?", -1, &statement, NULL);

	for (int64_t id = 1; id < bits->count && result == SQLITE_OK; id++) {
		if ((bits->bit[id / 8] & 1 << id % 8) != 0)
			continue;
		result = sqlite3_bind_int64(statement, 1, id);
		if (result == SQLITE_OK && sqlite3_step(statement) != SQLITE_DONE)
			result = sqlite3_errcode(sqlite->db);
		sqlite3_reset(statement);
	}
	sqlite3_finalize(statement);
	return result == SQLITE_OK ? 0 : store_sqlite_err(sqlite, result, err);
}

int store_sqlite_sweep(struct store_sqlite *sqlite, struct err *err)
{
	struct store_sqlite_bits bits = {0};
	int result =
	    store_sqlite_number(sqlite, "SELECT ifnull(max(id), 0)+1 FROM text", &bits.count, err);

	if (result != 0)
		return -1;
	bits.bit = calloc((size_t)bits.count / 8 + 1, 1);
	if (bits.bit == NULL)
		return err_nomem(err);
	result = store_sqlite_mark_used(sqlite, &bits, err);
	if (result == 0)
		result = store_sqlite_drop_unused(sqlite, &bits, err);
	free(bits.bit);
	store_sqlite_forget(sqlite);
	return result;
}

/* 1: some were taken out, 0: none are left, -1. */
static int store_sqlite_prune_some(struct store_sqlite *sqlite, const char *text,
    const int64_t values[2], uint64_t *rows, struct err *err)
{
	int changes = 0;
	int result;

	if (store_sqlite_start(sqlite, err) != 0)
		return -1;
	result = store_sqlite_run_with(sqlite, text, values, err);
	if (result == 0)
		changes = sqlite3_changes(sqlite->db);
	if (store_sqlite_end(sqlite, result, err) != 0)
		return -1;
	*rows += (uint64_t)changes;
	return changes > 0;
}

int store_sqlite_prune(struct store *store, int64_t day, uint64_t *rows_r, struct err *err)
{
	struct store_sqlite *sqlite = (struct store_sqlite *)store;
	const int64_t values[] = {day, day * STORE_DAY * MICROSECONDS};
	uint64_t ignored;
	int got;

	*rows_r = 0;
	/* First what is known, so that nothing is said to be there that is not. */
	got = store_sqlite_prune_some(sqlite, store_sqlite_old_days, values, &ignored, err);
	if (got >= 0)
		got = store_sqlite_prune_some(sqlite, store_sqlite_old_runs,
		    (const int64_t[]){0, day * STORE_DAY}, &ignored, err);
	while (got >= 0 &&
	       (got = store_sqlite_prune_some(sqlite, store_sqlite_old, values, rows_r, err)) > 0)
		;
	while (got >= 0 && (got = store_sqlite_prune_some(
				sqlite, store_sqlite_old_unknown, values, rows_r, err)) > 0)
		;
	if (got < 0 || store_sqlite_start(sqlite, err) != 0)
		return -1;
	return store_sqlite_end(sqlite, store_sqlite_sweep(sqlite, err), err);
}

int store_sqlite_forget_options(struct store *store, struct span text, struct err *err)
{
	struct store_sqlite *sqlite = (struct store_sqlite *)store;
	sqlite3_stmt *statement = NULL;
	int result;

	if (store_sqlite_commit(store, err) != 0 ||
	    store_sqlite_run(sqlite, "PRAGMA secure_delete=ON", err) != 0 ||
	    store_sqlite_start(sqlite, err) != 0)
		return -1;
	result = sqlite3_prepare_v2(sqlite->db, store_sqlite_forget_text, -1, &statement, NULL);
	if (result == SQLITE_OK)
		result =
		    sqlite3_bind_text64(statement, 1, text.p, text.n, SQLITE_STATIC, SQLITE_UTF8);
	if (result == SQLITE_OK)
		result = sqlite3_step(statement);
	sqlite3_finalize(statement);
	result = result == SQLITE_DONE ? 0 : store_sqlite_err(sqlite, result, err);
	return store_sqlite_end(sqlite, result, err);
}

/* Texts to be erased, in a table that only this connection has, and that no file has. */
static int store_sqlite_list_texts(
    const struct store_sqlite *sqlite, const struct store_texts *texts, struct err *err)
{
	sqlite3_stmt *statement = NULL;
	int result;

	if (store_sqlite_run(sqlite,
		"PRAGMA temp_store=MEMORY;"
		"CREATE TEMP TABLE IF NOT EXISTS erased (v TEXT PRIMARY KEY) WITHOUT ROWID;"
		"DELETE FROM temp.erased",
		err) != 0)
		return -1;
	result = sqlite3_prepare_v2(
	    sqlite->db, "INSERT OR IGNORE INTO temp.erased VALUES (?)", -1, &statement, NULL);
	for (size_t i = 0; i < texts->count && result == SQLITE_OK; i++) {
		result =
		    sqlite3_bind_text64(statement, 1, texts->text[i].n > 0 ? texts->text[i].p : "",
			texts->text[i].n, SQLITE_STATIC, SQLITE_UTF8);
		if (result == SQLITE_OK && sqlite3_step(statement) != SQLITE_DONE)
			result = sqlite3_errcode(sqlite->db);
		sqlite3_reset(statement);
	}
	sqlite3_finalize(statement);
	return result == SQLITE_OK ? 0 : store_sqlite_err(sqlite, result, err);
}

static int store_sqlite_erase_listed(
    struct store_sqlite *sqlite, enum store_text column, uint64_t *rows_r, struct err *err)
{
	char text[256];

	if (column < STORE_SQLITE_SHARED)
		snprintf(text, sizeof(text),
		    "DELETE FROM message WHERE %s IN (SELECT id FROM text WHERE v IN "
		    "(SELECT v FROM temp.erased))",
		    store_sqlite_columns[column]);
	else
		snprintf(text, sizeof(text),
		    "DELETE FROM message WHERE %s IN (SELECT v FROM temp.erased)",
		    store_sqlite_columns[column]);
	if (store_sqlite_run(sqlite, text, err) != 0)
		return -1;
	*rows_r = (uint64_t)sqlite3_changes(sqlite->db);
	return store_sqlite_sweep(sqlite, err);
}

int store_sqlite_erase(struct store *store, enum store_text column, const struct store_texts *texts,
    uint64_t *rows_r, struct err *err)
{
	struct store_sqlite *sqlite = (struct store_sqlite *)store;
	struct err ignored = ERR_INIT;
	uint64_t rows = 0;
	int result;

	if (store_sqlite_commit(store, err) != 0 ||
	    store_sqlite_run(sqlite, "PRAGMA secure_delete=ON", err) != 0 ||
	    store_sqlite_list_texts(sqlite, texts, err) != 0 ||
	    store_sqlite_start(sqlite, err) != 0)
		return -1;
	result = store_sqlite_erase_listed(sqlite, column, &rows, err);
	result = store_sqlite_end(sqlite, result, err);
	store_sqlite_run(sqlite, "DROP TABLE IF EXISTS temp.erased", &ignored);
	if (result == 0)
		*rows_r = rows;
	return result;
}
