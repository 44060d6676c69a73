/*
 * What the parts of the ClickHouse store share.
 *
 * Tables of a server, or of many: qr_message has a row for each message, in an engine that keeps
 * that of the highest version for each key. The day is a part of the key, so that the partition is
 * a function of it and an earlier row is always found. qr_coverage has what is known of the days of
 * the places, qr_place the places in the order in which they came, qr_meta the form of the tables,
 * qr_run which runs there were.
 *
 * An INSERT has been done when the status is that of success and the answer is empty. After
 * anything else it may have been done or not, and the same batch again does no harm.
 */
#ifndef STORE_CLICKHOUSE_H
#define STORE_CLICKHOUSE_H

#include <sodium.h>
#include <time.h>

#include "base/arena.h"
#include "base/buf.h"
#include "calendar/period.h"
#include "http/client.h"
#include "store/store.h"
#include "store/store_clickhouse_answer.h"
#include "store/store_clickhouse_batch.h"
#include "store/store_version.h"

/* The form of the tables that this program writes; a later one is refused. */
#define CLICKHOUSE_SCHEMA 1

/* Of one and the same batch: the first try and those behind it, and seconds of the pause before the
 * second, which grows. */
#define CLICKHOUSE_TRIES       5
#define CLICKHOUSE_FIRST_PAUSE 1

/*
 * What is to replace nothing (STORE_OLDEST) has a version below those of all runs, which are
 * microseconds since 1970 from 2026 on; and of two such rows the earlier one has the higher: this,
 * which is in the year 2080, less the microseconds until then, and one less for each row.
 */
#define CLICKHOUSE_OLDEST ((uint64_t)3500000000 * STORE_VERSION_SECOND)

/* Seconds of the clock between which that holds: the beginning of 2026, and the year 2077. */
#define CLICKHOUSE_FIRST_YEAR 1767225600
#define CLICKHOUSE_LAST_YEAR  3400000000

/* Months of one batch: each is a partition, of which servers take 100 at a time. */
#define CLICKHOUSE_MAX_MONTHS 90

/* Rows of one batch that are kept without their texts; of more it is not the rows that are wrong.
 */
#define CLICKHOUSE_MAX_BARE 16

/* Places of this run that are at hand; a power of two. 8 bytes each. */
#define CLICKHOUSE_KNOWN 4096

/* Bytes of the answer to what is no SELECT. */
#define CLICKHOUSE_MAX_SAID ((size_t)4096)

struct clickhouse_column {
	const char *name;
	const char *type;
};

/* Each ends with a NULL. */
extern const struct clickhouse_column clickhouse_message_columns[];
extern const struct clickhouse_column clickhouse_coverage_columns[];
extern const struct clickhouse_column clickhouse_place_columns[];
extern const struct clickhouse_column clickhouse_meta_columns[];
extern const struct clickhouse_column clickhouse_run_columns[];

/* The column of qr_message with the first of the texts. */
#define CLICKHOUSE_FIRST_TEXT 11

/* What is known of a day, and by which run. */
struct clickhouse_cover {
	struct store_cover cover;
	uint64_t version;
	unsigned at;   /* in the order in which they came */
	bool is_known; /* already, as it is */
};

struct clickhouse {
	struct store store; /* first, so that a store is a clickhouse */
	const struct store_clickhouse_settings *settings;
	struct http *http;
	struct buf target;  /* path and query of the requests */
	struct buf writing; /* the same, of an INSERT into qr_message */
	struct buf text;    /* the statement under way */
	struct buf said;    /* the beginning of its answer */
	uint64_t version;
	uint64_t oldest;      /* the version of the next row that is to replace none */
	uint64_t notes;       /* of this run */
	bool is_distributed;  /* the tables are those of a cluster */
	bool is_callers;      /* the last failure was that of who takes the rows */
	struct err why_later; /* the run ends, and this is why no batch is sent any more */
	/* Of the batch that has not been sent: */
	struct clickhouse_batch batch;
	struct buf line;
	unsigned bare;                    /* rows of it that were refused */
	bool has_sent;                    /* some, since the last commit() */
	int month[CLICKHOUSE_MAX_MONTHS]; /* of its rows */
	unsigned month_count;
	/* Places that were said to the server, by their keyed hash. */
	unsigned char key[crypto_shorthash_KEYBYTES];
	uint64_t known[CLICKHOUSE_KNOWN];
	struct buf places; /* new ones, as rows */
	unsigned place_count;
	/* What commit() is to note: */
	struct arena arena;
	struct clickhouse_cover *cover;
	unsigned cover_count;
	unsigned cover_room;
};

/* store_clickhouse_text.c: SQL in single quotes, JSON in double ones. Nothing else writes a value
 * into a statement. */
void clickhouse_add_quoted(struct buf *out, struct span text);
void clickhouse_add_json(struct buf *out, struct span text);

/* Members of a row; the first one opens it, "}\n" ends it. */
void clickhouse_add_member(struct buf *out, const char *name, struct span text);
void clickhouse_add_number(struct buf *out, const char *name, uint64_t number);
void clickhouse_add_date(struct buf *out, const char *name, int64_t day);
void clickhouse_add_place(struct buf *out, const struct store_place *place);
void clickhouse_add_row(struct buf *out, const struct store_row *row, uint64_t version);

/* "INSERT INTO TABLE (COLUMNS) FORMAT JSONEachRow\n" */
void clickhouse_add_insert(
    struct buf *out, const char *table, const struct clickhouse_column *columns);

/* " WHERE" the days of the query, and its place if it has one. */
void clickhouse_add_condition(struct buf *out, const struct store_query *query);
void clickhouse_add_of_place(struct buf *out, const struct store_place *place);

/* " AND" the seconds of qr_message. */
void clickhouse_add_time(struct buf *out, int64_t since, int64_t until);

/* store_clickhouse.c: the version of the first row that is to replace none, of a run that begins
 * now. A clock that was reset, as one without a battery is, makes none that would replace those of
 * runs. */
uint64_t clickhouse_oldest_at(const struct timespec *now);

/* What is in `text` is asked, and each row taken. All rows have come when it
 * returns 0. Errors as of store.h. */
int clickhouse_ask(struct clickhouse *clickhouse, unsigned columns, clickhouse_take *take,
    void *context, struct err *err);

/* Does what is in `text`, and expects no answer. */
int clickhouse_tell(struct clickhouse *clickhouse, struct err *err);

/* The same of an INSERT, with its rows, which may be compressed. */
int clickhouse_insert(struct clickhouse *clickhouse, const struct http_call *call, struct err *err);

/* Says which history the error is about. Returns -1. */
int clickhouse_blame(struct clickhouse *clickhouse, struct err *err);

/* store_clickhouse_schema.c: the tables are there, and are ours. */
int clickhouse_set_up(struct clickhouse *clickhouse, struct err *err);

/* store_clickhouse_run.c: this run's version is behind that of one whose clock was ahead. */
int clickhouse_choose_version(struct clickhouse *clickhouse, struct err *err);

/* store_clickhouse_write.c: as of store.h, ERR_INTERNAL. */
int clickhouse_check_text(struct span text, struct err *err);

/* Sends a batch until it has been taken; a row that is refused is kept without its texts. */
int clickhouse_send_again(
    struct clickhouse *clickhouse, struct clickhouse_batch *batch, struct err *err);

/* The place of a row, as clickhouse_add_row() has written it, is listed before the row is sent;
 * this sends those that are new. */
void clickhouse_say_place_of(struct clickhouse *clickhouse, struct span line);
int clickhouse_send_places(struct clickhouse *clickhouse, struct err *err);

/* An INSERT, again and again. */
int clickhouse_send_often(
    struct clickhouse *clickhouse, const struct http_call *call, struct err *err);

/* store_clickhouse_spool.c: a batch that could not be sent becomes a file; *name_r is where, valid
 * until the next call. */
int clickhouse_spool_keep(
    struct clickhouse *clickhouse, struct span body, const char **name_r, struct err *err);

/* Sends what earlier runs left there. */
int clickhouse_spool_send(struct clickhouse *clickhouse, struct err *err);

/* What waits there. ERR_SYSTEM without memory. */
int clickhouse_spool_count(
    struct clickhouse *clickhouse, struct store_about *about, struct err *err);

/* store_clickhouse_cover.c: what is known when the second comes to the first. */
void clickhouse_join(struct clickhouse_cover *known, const struct clickhouse_cover *later);

/* "SELECT " and the columns of a cover, without its version; and those of a row of the answer. */
#define CLICKHOUSE_COVER_COLUMNS 10
void clickhouse_add_cover_columns(struct buf *out);
void clickhouse_next_cover(struct clickhouse_values *values, struct store_cover *cover_r);

/* store_clickhouse_erase.c: rows of saved reports go out for what is covered now. */
int clickhouse_drop_saved(struct clickhouse *clickhouse, struct err *err);

/* The same of messages of which there are the server's own rows, too. */
int clickhouse_drop_twins(struct clickhouse *clickhouse, struct err *err);

/* What is known is held until it is written. */
int clickhouse_add_known(
    struct clickhouse *clickhouse, const struct store_cover *cover, struct err *err);

/* What was covered is written. */
int clickhouse_write_covers(struct clickhouse *clickhouse, struct err *err);

/* What a clock that was ahead has said to be known of the time to come is not known. */
int clickhouse_cut_covers(struct clickhouse *clickhouse, struct err *err);

/* The operations of store.h. */
int clickhouse_put(struct store *store, const struct store_row *row, struct err *err);
int clickhouse_cover(struct store *store, const struct store_cover *cover, struct err *err);
int clickhouse_commit(struct store *store, struct err *err);
int clickhouse_places(struct store *store, store_take_place *take, void *context, struct err *err);
int clickhouse_read(struct store *store, const struct store_query *query, store_take_row *take,
    void *context, struct err *err);
int clickhouse_covered(struct store *store, const struct store_query *query, store_take_cover *take,
    void *context, struct err *err);
int clickhouse_uids(struct store *store, const struct store_uids *which, store_take_uid *take,
    void *context, struct err *err);
int clickhouse_sums(struct store *store, const struct store_query *query, store_take_sum *take,
    void *context, struct err *err);
int clickhouse_days(struct store *store, const struct store_sender *sender,
    store_take_day_sum *take, void *context, struct err *err);
int clickhouse_place_sums(
    struct store *store, store_take_place_sum *take, void *context, struct err *err);
int clickhouse_about(struct store *store, struct store_about *about_r, struct err *err);
int clickhouse_past(struct store *store, const struct store_past *past, store_take_past *take,
    void *context, struct err *err);
int clickhouse_prune(struct store *store, int64_t day, uint64_t *rows_r, struct err *err);
int clickhouse_find(struct store *store, const struct store_find *find, store_take_text *take,
    void *context, struct err *err);
int clickhouse_note_run(struct store *store, const struct store_run *run, struct err *err);
int clickhouse_runs(
    struct store *store, unsigned max, store_take_run *take, void *context, struct err *err);
int clickhouse_erase(struct store *store, enum store_text column, const struct store_texts *texts,
    uint64_t *rows_r, struct err *err);
int clickhouse_forget(struct store *store, struct span text, struct err *err);
int clickhouse_compact(struct store *store, struct err *err);

#endif
