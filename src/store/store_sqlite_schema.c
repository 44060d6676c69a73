/* The tables, and what a connection is told. */
#include <inttypes.h>

#include "store/store_sqlite.h"

/*
 * WAL: reports are read while a run writes. With synchronous=NORMAL a power cut may take the last
 * batches, never the file; they are read again, since nothing of them was noted as known.
 */
static const char store_sqlite_pragmas[] = "PRAGMA journal_mode=WAL;"
					   "PRAGMA synchronous=NORMAL;";

/* What changes nothing in the file. */
static const char store_sqlite_safety[] = "PRAGMA trusted_schema=OFF;"
					  "PRAGMA cell_size_check=ON;"
					  "PRAGMA foreign_keys=OFF;"
					  "PRAGMA cache_size=-4096;";

/*
 * message_day answers every grouped report of some days by itself. An index that does not is slower
 * than none: each of its rows is looked up in the table.
 */
/* The statements that lead to each form of the tables, from that of the row before; a file is
 * brought to the last one when it is opened. What is written here has files, and is not changed. */
static const char *const store_sqlite_steps[STORE_SQLITE_SCHEMA] = {
    "CREATE TABLE text (id INTEGER PRIMARY KEY, v TEXT NOT NULL UNIQUE) STRICT;"
    "INSERT INTO text VALUES (0, '');"
    "CREATE TABLE place (id INTEGER PRIMARY KEY, source TEXT NOT NULL, host TEXT NOT NULL,"
    " name TEXT NOT NULL, UNIQUE (source, host, name)) STRICT;"
    "CREATE TABLE message ("
    " place INTEGER NOT NULL, epoch INTEGER NOT NULL, uid INTEGER NOT NULL,"
    " queue_id TEXT NOT NULL, version INTEGER NOT NULL, day INTEGER NOT NULL,"
    " time INTEGER NOT NULL, bounce INTEGER NOT NULL, rcpts INTEGER NOT NULL,"
    " identity INTEGER NOT NULL, domain INTEGER NOT NULL, auth_user INTEGER NOT NULL,"
    " source_ip INTEGER NOT NULL, script INTEGER NOT NULL, class INTEGER NOT NULL,"
    " subject INTEGER NOT NULL, mail_from INTEGER NOT NULL, evidence INTEGER NOT NULL,"
    " rules INTEGER NOT NULL, rcpt TEXT NOT NULL, message_id TEXT NOT NULL,"
    " notes TEXT NOT NULL, extra TEXT NOT NULL,"
    " PRIMARY KEY (place, epoch, uid, queue_id)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX message_day ON message (day, identity, source_ip, time, rcpts);"
    "CREATE TABLE coverage ("
    " place INTEGER NOT NULL, day INTEGER NOT NULL, epoch INTEGER NOT NULL,"
    " since INTEGER NOT NULL, until INTEGER NOT NULL,"
    " version INTEGER NOT NULL, PRIMARY KEY (place, day)) STRICT, WITHOUT ROWID;",
    "ALTER TABLE coverage ADD COLUMN ahead INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE coverage ADD COLUMN uid INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE coverage ADD COLUMN reading INTEGER NOT NULL DEFAULT 0;"
    "UPDATE coverage SET ahead=until;",
    "CREATE TABLE run (id INTEGER PRIMARY KEY, began INTEGER NOT NULL, ended INTEGER NOT NULL,"
    " program TEXT NOT NULL, options TEXT NOT NULL, rows INTEGER NOT NULL,"
    " status INTEGER NOT NULL) STRICT;",
};

const char *const store_sqlite_columns[STORE_TEXT_COUNT] = {
    [STORE_IDENTITY] = "identity",
    [STORE_DOMAIN] = "domain",
    [STORE_AUTH_USER] = "auth_user",
    [STORE_SOURCE_IP] = "source_ip",
    [STORE_SCRIPT] = "script",
    [STORE_CLASS] = "class",
    [STORE_SUBJECT] = "subject",
    [STORE_MAIL_FROM] = "mail_from",
    [STORE_EVIDENCE] = "evidence",
    [STORE_RULES] = "rules",
    [STORE_RCPT] = "rcpt",
    [STORE_MESSAGE_ID] = "message_id",
    [STORE_NOTES] = "notes",
    [STORE_EXTRA] = "extra",
};

int store_sqlite_number(
    const struct store_sqlite *sqlite, const char *text, int64_t *value_r, struct err *err)
{
	sqlite3_stmt *statement;
	int result = sqlite3_prepare_v2(sqlite->db, text, -1, &statement, NULL);

	if (result == SQLITE_OK)
		result = sqlite3_step(statement);
	if (result != SQLITE_ROW) {
		sqlite3_finalize(statement);
		return store_sqlite_err(
		    sqlite, result == SQLITE_DONE ? SQLITE_CORRUPT : result, err);
	}
	*value_r = sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	return 0;
}

/* From the form `step` to ours; an empty file has the form 0. */
static int store_sqlite_go_on(const struct store_sqlite *sqlite, int64_t step, struct err *err)
{
	char numbers[128];

	if (step == STORE_SQLITE_SCHEMA)
		return 0;
	for (; step < STORE_SQLITE_SCHEMA; step++)
		if (store_sqlite_run(sqlite, store_sqlite_steps[step], err) != 0)
			return -1;
	snprintf(numbers, sizeof(numbers), "PRAGMA application_id=%d; PRAGMA user_version=%d;",
	    STORE_SQLITE_APPLICATION, STORE_SQLITE_SCHEMA);
	return store_sqlite_run(sqlite, numbers, err);
}

static int store_sqlite_check_step(
    const struct store_sqlite *sqlite, int64_t application, int64_t step, struct err *err)
{
	if (application != STORE_SQLITE_APPLICATION)
		return err_set(err, ERR_DATA, "'%s' is a database, but no history", sqlite->file);
	if (step > STORE_SQLITE_SCHEMA)
		return err_set(err, ERR_DATA,
		    "the history '%s' has the form %" PRId64 " of a later version of this "
		    "program, which knows forms up to %d",
		    sqlite->file, step, STORE_SQLITE_SCHEMA);
	if (step < 1)
		return err_set(err, ERR_DATA, "the history '%s' is damaged", sqlite->file);
	return 0;
}

/* More than one step is not taken back by hand: the file as it is stays beside it. */
static int store_sqlite_prepare_steps(const struct store_sqlite *sqlite, struct err *err)
{
	int64_t application, step;

	if (store_sqlite_number(sqlite, "PRAGMA application_id", &application, err) != 0 ||
	    store_sqlite_number(sqlite, "PRAGMA user_version", &step, err) != 0)
		return -1;
	if (application != STORE_SQLITE_APPLICATION || step < 1 || step + 1 >= STORE_SQLITE_SCHEMA)
		return 0;
	return store_sqlite_back_up(sqlite, step, err);
}

/* Under the lock of a transaction, so that two runs do not both make the tables. */
static int store_sqlite_make_once(const struct store_sqlite *sqlite, struct err *err)
{
	int64_t application, step, tables;

	if (store_sqlite_number(sqlite, "PRAGMA application_id", &application, err) != 0 ||
	    store_sqlite_number(sqlite, "PRAGMA user_version", &step, err) != 0 ||
	    store_sqlite_number(sqlite, "SELECT count(*) FROM sqlite_schema", &tables, err) != 0)
		return -1;
	if ((application != 0 || step != 0 || tables != 0) &&
	    store_sqlite_check_step(sqlite, application, step, err) != 0)
		return -1;
	return store_sqlite_go_on(sqlite, step, err);
}

/* Nothing is written: neither tables of ours nor what SQLite keeps beside the file. */
static int store_sqlite_set_up_foreign(struct store_sqlite *sqlite, struct err *err)
{
	int64_t application, step;

	if (store_sqlite_run(sqlite, store_sqlite_safety, err) != 0 ||
	    store_sqlite_number(sqlite, "PRAGMA application_id", &application, err) != 0 ||
	    store_sqlite_number(sqlite, "PRAGMA user_version", &step, err) != 0) {
		if (err->code == ERR_CREATE)
			err_set(err, ERR_CREATE,
			    "the history '%s' may only be read, which works when a run has "
			    "written to it since it was made readable for others",
			    sqlite->file);
		return -1;
	}
	if (store_sqlite_check_step(sqlite, application, step, err) != 0)
		return -1;
	if (step != STORE_SQLITE_SCHEMA)
		return err_set(err, ERR_DATA,
		    "the history '%s' has the form %" PRId64 " of an earlier version of this "
		    "program: a run that writes to it brings it to form %d",
		    sqlite->file, step, STORE_SQLITE_SCHEMA);
	return 0;
}

/* A file that lets others read: what SQLite keeps beside it stays, since they may not make it. */
static int store_sqlite_share(struct store_sqlite *sqlite, struct err *err)
{
	int persist = 1;

	if (!sqlite->is_shared)
		return 0;
	sqlite3_file_control(sqlite->db, "main", SQLITE_FCNTL_PERSIST_WAL, &persist);
	return store_sqlite_run(sqlite, "PRAGMA journal_size_limit=0", err);
}

int store_sqlite_set_up(struct store_sqlite *sqlite, struct err *err)
{
	struct err ignored = ERR_INIT;

	if (sqlite->is_foreign)
		return store_sqlite_set_up_foreign(sqlite, err);
	if (store_sqlite_run(sqlite, store_sqlite_safety, err) != 0 ||
	    store_sqlite_run(sqlite, store_sqlite_pragmas, err) != 0 ||
	    store_sqlite_share(sqlite, err) != 0 || store_sqlite_prepare_steps(sqlite, err) != 0 ||
	    store_sqlite_run(sqlite, "BEGIN IMMEDIATE", err) != 0)
		return -1;
	if (store_sqlite_make_once(sqlite, err) == 0)
		return store_sqlite_run(sqlite, "COMMIT", err);
	store_sqlite_run(sqlite, "ROLLBACK", &ignored);
	return -1;
}
