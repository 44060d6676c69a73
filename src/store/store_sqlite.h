/*
 * What the parts of the SQLite store share.
 *
 * One file: texts stand once, in a table of their own, and rows have their numbers, which makes the
 * file a third as big and reports twice as fast as with the texts in place. The key of a row is the
 * key of the table, so a row that comes again is an update, or nothing at all.
 */
#ifndef STORE_SQLITE_H
#define STORE_SQLITE_H

#include <sodium.h>
#include <sqlite3ext.h>

#include "base/buf.h"
#include "store/store.h"

/*
 * SQLite is loaded when a store is opened, so that other runs do not pay for it. Its functions are
 * called as ever: these are macros, as in extensions of SQLite, that go by this table of it.
 */
extern const sqlite3_api_routines *sqlite3_api;

/* Before any other call. ERR_SYSTEM. */
int store_sqlite_load(struct err *err);

/* "QRH1", by which the file shows whose it is. */
#define STORE_SQLITE_APPLICATION 0x51524831

/* The step of the schema that this program writes; a file of a later one is refused. */
#define STORE_SQLITE_SCHEMA 3

/* Numbers of texts that are kept at hand, in pairs; a power of two. 16 bytes each. */
#define STORE_SQLITE_KNOWN 65536

/* A number as a part of a statement. */
#define STORE_SQLITE_STRING_(x) #x
#define STORE_SQLITE_STRING(x)  STORE_SQLITE_STRING_(x)

/* What is no number of a text, of which 0 is the empty one, nor of a place. */
#define STORE_SQLITE_NONE (-1)

/* Texts that make a place. */
#define STORE_SQLITE_PLACE_TEXTS 3

/* Texts of a row that stand in the table of texts: those that come again and again. */
#define STORE_SQLITE_SHARED (STORE_RULES + 1)

/* Virtual machine steps between two looks at whether the run was ended. */
#define STORE_SQLITE_STEPS 10000

/* A query under way, whose values are read one after the other. The file may have been made by
 * anybody: what is no such value sets is_damaged. */
struct store_sqlite_reader {
	struct store_sqlite *sqlite;
	sqlite3_stmt *statement; /* NULL: nothing can match the query */
	int at;                  /* the next column */
	bool is_damaged;
};

enum store_sqlite_statement {
	STORE_SQLITE_BEGIN,
	STORE_SQLITE_COMMIT,
	STORE_SQLITE_ROLLBACK,
	STORE_SQLITE_FIND_TEXT,
	STORE_SQLITE_ADD_TEXT,
	STORE_SQLITE_FIND_PLACE,
	STORE_SQLITE_ADD_PLACE,
	STORE_SQLITE_PUT,
	STORE_SQLITE_COVER,
	STORE_SQLITE_CHANGES,
	STORE_SQLITE_DROP_SAVED,
	STORE_SQLITE_HAS_SAVED,
	STORE_SQLITE_DROP_TWIN,
	STORE_SQLITE_STATEMENTS
};

/* The number of a text or a place, by its keyed hash: 64 bits with a key of the process tell them
 * apart. */
struct store_sqlite_known {
	uint64_t hash;
	int64_t id; /* 0: none */
};

struct store_sqlite {
	struct store store; /* first, so that a store is a store_sqlite */
	sqlite3 *db;
	char *file;      /* for errors */
	uid_t owner;     /* of the file */
	bool is_foreign; /* it can only be read, as others own it */
	bool is_shared;  /* it lets others read */
	uint64_t version;
	unsigned rows; /* of the open batch */
	size_t bytes;
	bool is_open;    /* a batch is */
	bool has_saved;  /* there may be rows of saved reports */
	int64_t changes; /* a number that is another one when other programs have written */
	sqlite3_stmt *statement[STORE_SQLITE_STATEMENTS];
	unsigned char key[crypto_shorthash_KEYBYTES];
	struct store_sqlite_known known[STORE_SQLITE_KNOWN];
	struct buf place; /* the one that is looked for, as one text */
};

/* Says what an operation failed with, in the terms of store.h. Returns -1. */
int store_sqlite_err(const struct store_sqlite *sqlite, int result, struct err *err);

/* Opens the file in its place, and closes it: what was not committed is lost. */
int store_sqlite_connect(struct store_sqlite *sqlite, struct err *err);
void store_sqlite_disconnect(struct store_sqlite *sqlite);

/* Runs a text of statements that have no values. */
int store_sqlite_run(const struct store_sqlite *sqlite, const char *text, struct err *err);

/* A prepared statement, made when it is used for the first time; NULL and err. */
sqlite3_stmt *store_sqlite_statement(
    struct store_sqlite *sqlite, enum store_sqlite_statement which, struct err *err);

/* Runs a statement to its end, without rows, and makes it ready for the next time. */
int store_sqlite_step(const struct store_sqlite *sqlite, sqlite3_stmt *statement, struct err *err);

/* Prepares a query, by whether it names a place; the statement is the caller's to end, also after a
 * failure. */
int store_sqlite_ask_query(struct store_sqlite_reader *reader, const char *const texts[2],
    const struct store_query *query, struct err *err);

/* Rows of a query: 1: there is one, 0: no more, -1; its values, and whether they were such. */
int store_sqlite_next(struct store_sqlite_reader *reader, struct err *err);
uint64_t store_sqlite_next_number(struct store_sqlite_reader *reader, uint64_t max);
struct span store_sqlite_next_text(struct store_sqlite_reader *reader);
struct store_place store_sqlite_next_place(struct store_sqlite_reader *reader);
int store_sqlite_check(const struct store_sqlite_reader *reader, struct err *err);

/* Binds the days and the seconds of a query to ?1 to ?4, and a place's number to ?5, as far as the
 * statement has them; a result of SQLite. */
int store_sqlite_bind_query(
    sqlite3_stmt *statement, const struct store_query *query, int64_t place);

/* The single number that a query has. */
int store_sqlite_number(
    const struct store_sqlite *sqlite, const char *text, int64_t *value_r, struct err *err);

/* The end of a condition: without rows of an epoch in whose time another one is known, which are
 * the same messages, numbered anew. */
#define STORE_SQLITE_NOT_REPLACED                                                                  \
	" AND NOT EXISTS (SELECT 1 FROM coverage c WHERE c.place=message.place AND"                \
	" c.day=message.day AND c.epoch<>message.epoch AND message.time>=c.since AND"              \
	" message.time<c.ahead)"

/* Whether there can be some: a mailbox has several epochs. */
int store_sqlite_has_replaced(const struct store_sqlite *sqlite, int64_t *has_r, struct err *err);

/* Keeps a copy of the file beside it, FILE.form-STEP, which all of its tables are in. */
int store_sqlite_back_up(const struct store_sqlite *sqlite, int64_t step, struct err *err);

/* ERR_INTERNAL for what a value of a record never is. */
int store_sqlite_check_text(struct span text, struct err *err);

/* A transaction of its own for what is no batch: ends the batch first. After a failure undone. */
int store_sqlite_start(struct store_sqlite *sqlite, struct err *err);
int store_sqlite_end(struct store_sqlite *sqlite, int result, struct err *err);

/* The columns of texts. */
extern const char *const store_sqlite_columns[STORE_TEXT_COUNT];

/* Takes out the texts that no row has, within a transaction. */
int store_sqlite_sweep(struct store_sqlite *sqlite, struct err *err);

/* The pragmas of a connection, and the tables: made, brought to our step, or refused. */
int store_sqlite_set_up(struct store_sqlite *sqlite, struct err *err);

/* The number of a text, which is added when it is new. */
int store_sqlite_text_id(
    struct store_sqlite *sqlite, struct span text, int64_t *id_r, struct err *err);

/* The same of a place, and without adding it: STORE_SQLITE_NONE. */
int store_sqlite_place_id(
    struct store_sqlite *sqlite, const struct store_place *place, int64_t *id_r, struct err *err);
int store_sqlite_find_place(
    struct store_sqlite *sqlite, const struct store_place *place, int64_t *id_r, struct err *err);

/* Numbers that a batch added are gone with it. */
void store_sqlite_forget(struct store_sqlite *sqlite);

/* The operations of store.h. */
int store_sqlite_put(struct store *store, const struct store_row *row, struct err *err);
int store_sqlite_cover(struct store *store, const struct store_cover *cover, struct err *err);
int store_sqlite_commit(struct store *store, struct err *err);
int store_sqlite_places(
    struct store *store, store_take_place *take, void *context, struct err *err);
int store_sqlite_read(struct store *store, const struct store_query *query, store_take_row *take,
    void *context, struct err *err);
int store_sqlite_covered(struct store *store, const struct store_query *query,
    store_take_cover *take, void *context, struct err *err);
int store_sqlite_uids(struct store *store, const struct store_uids *which, store_take_uid *take,
    void *context, struct err *err);
int store_sqlite_past(struct store *store, const struct store_past *past, store_take_past *take,
    void *context, struct err *err);
int store_sqlite_sums(struct store *store, const struct store_query *query, store_take_sum *take,
    void *context, struct err *err);
int store_sqlite_days(struct store *store, const struct store_sender *sender,
    store_take_day_sum *take, void *context, struct err *err);
int store_sqlite_place_sums(
    struct store *store, store_take_place_sum *take, void *context, struct err *err);
int store_sqlite_about(struct store *store, struct store_about *about_r, struct err *err);
int store_sqlite_note_run(struct store *store, const struct store_run *run, struct err *err);
int store_sqlite_runs(
    struct store *store, unsigned max, store_take_run *take, void *context, struct err *err);
int store_sqlite_prune(struct store *store, int64_t day, uint64_t *rows_r, struct err *err);
int store_sqlite_find(struct store *store, const struct store_find *find, store_take_text *take,
    void *context, struct err *err);
int store_sqlite_erase(struct store *store, enum store_text column, const struct store_texts *texts,
    uint64_t *rows_r, struct err *err);
int store_sqlite_forget_options(struct store *store, struct span text, struct err *err);
int store_sqlite_compact(struct store *store, struct err *err);
int store_sqlite_search(
    struct store *store, struct span text, store_take_hit *take, void *context, struct err *err);

#endif
