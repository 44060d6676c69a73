/*
 * Rows, read back in bulk.
 *
 * A statement that joins each row with its texts, or that sorts rows, costs many times what the row
 * does. So a row is read with the numbers of its texts, and these are kept at hand; and messages of
 * a mailbox are read in the order of their numbers, from the first to the last one of the period,
 * which the index of days has. Where they are too far apart, and for what has no number of a
 * mailbox, the index has the rows, and they are sorted.
 */
#include <stdlib.h>

#include "base/arena.h"
#include "store/store_sqlite.h"

/* Mailboxes, with their epochs, that are read in this way at most. */
#define ROWS_RANGES 64

/* So many times as many numbers as rows may lie between the first and the last one. */
#define ROWS_SPARSE     4
#define ROWS_SPARSE_MIN 1000

/* A period of more days is read through the table at any rate, which is in the order that is
 * wanted. */
#define ROWS_FEW_DAYS 62

/* Texts at hand, in places of which there are twice as many; and their bytes. */
#define ROWS_TEXTS      8192
#define ROWS_SLOTS      (2 * ROWS_TEXTS)
#define ROWS_TEXT_BYTES ((size_t)1024 * 1024)

#define ROWS_COLUMNS                                                                               \
	"SELECT place, epoch, uid, time, bounce, rcpts, queue_id, identity, domain, auth_user,"    \
	" source_ip, script, class, subject, mail_from, evidence, rules, rcpt, message_id, notes," \
	" extra FROM message "
#define ROWS_DAYS  " WHERE day BETWEEN ?1 AND ?2 AND time>=?3 AND time<?4"
#define ROWS_PLACE " AND place=?5"
#define ROWS_ORDER " ORDER BY place, epoch, uid, queue_id"

/* By whether a place is named. */
static const char *const rows_of_days[] = {
    ROWS_COLUMNS "INDEXED BY message_day" ROWS_DAYS ROWS_ORDER,
    ROWS_COLUMNS "INDEXED BY message_day" ROWS_DAYS ROWS_PLACE ROWS_ORDER,
};
/* The index is not to be used. */
static const char *const rows_of_all[] = {
    ROWS_COLUMNS "WHERE +day BETWEEN ?1 AND ?2 AND time>=?3 AND time<?4" ROWS_ORDER,
    ROWS_COLUMNS "WHERE +day BETWEEN ?1 AND ?2 AND time>=?3 AND time<?4" ROWS_PLACE ROWS_ORDER,
};
static const char *const rows_numbers[] = {
    "SELECT place, epoch, uid FROM message INDEXED BY message_day" ROWS_DAYS,
    "SELECT place, epoch, uid FROM message INDEXED BY message_day" ROWS_DAYS ROWS_PLACE,
};
static const char rows_of_range[] = ROWS_COLUMNS
    "WHERE place=? AND epoch=? AND uid BETWEEN ? AND ? AND time>=? AND time<?" ROWS_ORDER;

/* Rows of a mailbox and an epoch that are wanted. */
struct rows_range {
	int64_t place, epoch;
	int64_t first, last;
	uint64_t count;
};

struct rows_text {
	int64_t id; /* 0: the place is free */
	struct span text;
};

/* A reading under way. */
struct rows {
	struct store_sqlite_reader reader;
	const struct store_query *query;
	int64_t place; /* number of the query's, if it has one */
	store_take_row *take;
	void *context;
	struct rows_range range[ROWS_RANGES];
	unsigned ranges;
	sqlite3_stmt *find;     /* a text by its number */
	struct arena arena;     /* texts at hand */
	struct rows_text *text; /* ROWS_SLOTS */
	unsigned texts;
	size_t bytes;
	struct arena place_arena;
	int64_t known_place; /* whose texts are: */
	struct store_place place_texts;
};

/* --- texts --- */

/* Before a row, so that its texts are valid. */
static void rows_make_room(struct rows *rows)
{
	if (rows->texts < ROWS_TEXTS - STORE_TEXT_COUNT && rows->bytes < ROWS_TEXT_BYTES)
		return;
	for (unsigned i = 0; i < ROWS_SLOTS; i++)
		rows->text[i].id = 0;
	rows->texts = 0;
	rows->bytes = 0;
	arena_reset(&rows->arena);
}

/* Where the text is, or belongs. */
static struct rows_text *rows_slot(const struct rows *rows, int64_t id)
{
	unsigned at = (unsigned)((uint64_t)id * UINT64_C(0x9E3779B97F4A7C15) >> 32) % ROWS_SLOTS;

	while (rows->text[at].id != 0 && rows->text[at].id != id)
		at = (at + 1) % ROWS_SLOTS;
	return &rows->text[at];
}

/* Values of a statement's only row, which its texts are copied from. */
static int rows_look_up(
    struct rows *rows, sqlite3_stmt *statement, int64_t id, struct span *texts_r, unsigned count)
{
	struct store_sqlite_reader reader = {.sqlite = rows->reader.sqlite, .statement = statement};
	struct arena *arena = count == 1 ? &rows->arena : &rows->place_arena;
	int result = sqlite3_bind_int64(statement, 1, id);

	if (result == SQLITE_OK)
		result = sqlite3_step(statement);
	if (result == SQLITE_ROW)
		for (unsigned i = 0; i < count; i++)
			texts_r[i] = arena_copy(arena, store_sqlite_next_text(&reader));
	sqlite3_reset(statement);
	if (result == SQLITE_DONE || reader.is_damaged)
		return SQLITE_CORRUPT;
	if (arena->failed)
		return SQLITE_NOMEM;
	return result == SQLITE_ROW ? SQLITE_OK : result;
}

static int rows_add_text(struct rows *rows, struct rows_text *slot, int64_t id, struct err *err)
{
	struct span text;
	int result = rows_look_up(rows, rows->find, id, &text, 1);

	if (result != SQLITE_OK)
		return store_sqlite_err(rows->reader.sqlite, result, err);
	*slot = (struct rows_text){id, text};
	rows->texts++;
	rows->bytes += text.n;
	return 0;
}

static int rows_next_shared(struct rows *rows, struct span *text_r, struct err *err)
{
	const int64_t id = (int64_t)store_sqlite_next_number(&rows->reader, INT64_MAX);
	struct rows_text *slot;

	*text_r = SPAN_EMPTY;
	if (id == 0)
		return 0;
	slot = rows_slot(rows, id);
	if (slot->id == 0 && rows_add_text(rows, slot, id, err) != 0)
		return -1;
	*text_r = slot->text;
	return 0;
}

/* Its row is there, or the file is damaged. */
static int rows_learn_place(struct rows *rows, int64_t id, struct err *err)
{
	struct span texts[STORE_SQLITE_PLACE_TEXTS];
	sqlite3_stmt *statement = NULL;
	int result = sqlite3_prepare_v2(rows->reader.sqlite->db,
	    "SELECT source, host, name FROM place WHERE id=?", -1, &statement, NULL);

	arena_reset(&rows->place_arena);
	if (result == SQLITE_OK)
		result = rows_look_up(rows, statement, id, texts, STORE_SQLITE_PLACE_TEXTS);
	sqlite3_finalize(statement);
	if (result != SQLITE_OK)
		return store_sqlite_err(rows->reader.sqlite, result, err);
	rows->place_texts = (struct store_place){texts[0], texts[1], texts[2]};
	rows->known_place = id;
	return 0;
}

/* --- rows --- */

static int rows_take_row(struct rows *rows, struct store_row *row_r, struct err *err)
{
	struct store_sqlite_reader *reader = &rows->reader;
	const int64_t place = (int64_t)store_sqlite_next_number(reader, INT64_MAX);

	rows_make_room(rows);
	if (place != rows->known_place && rows_learn_place(rows, place, err) != 0)
		return -1;
	row_r->key.place = rows->place_texts;
	row_r->key.epoch = store_sqlite_next_number(reader, INT64_MAX);
	row_r->key.uid = store_sqlite_next_number(reader, UINT32_MAX);
	row_r->time = (int64_t)store_sqlite_next_number(reader, STORE_MAX_TIME);
	row_r->is_bounce = store_sqlite_next_number(reader, 1) != 0;
	row_r->recipients = (uint32_t)store_sqlite_next_number(reader, UINT32_MAX);
	row_r->key.queue_id = store_sqlite_next_text(reader);
	for (unsigned i = 0; i < STORE_SQLITE_SHARED; i++)
		if (rows_next_shared(rows, &row_r->text[i], err) != 0)
			return -1;
	for (unsigned i = STORE_SQLITE_SHARED; i < STORE_TEXT_COUNT; i++)
		row_r->text[i] = store_sqlite_next_text(reader);
	return store_sqlite_check(reader, err);
}

/* All rows of the statement. */
static int rows_hand_on(struct rows *rows, struct err *err)
{
	struct store_row row;
	int got;

	while ((got = store_sqlite_next(&rows->reader, err)) > 0) {
		got = rows_take_row(rows, &row, err);
		if (got == 0)
			got = rows->take(rows->context, &row, err);
		if (got != 0)
			break;
	}
	return got;
}

static int rows_prepare(struct rows *rows, const char *text, struct err *err)
{
	struct store_sqlite_reader *reader = &rows->reader;
	int result;

	sqlite3_finalize(reader->statement);
	reader->statement = NULL;
	result = sqlite3_prepare_v2(reader->sqlite->db, text, -1, &reader->statement, NULL);
	return result == SQLITE_OK ? 0 : store_sqlite_err(reader->sqlite, result, err);
}

static int rows_ask(struct rows *rows, const char *const texts[2], struct err *err)
{
	const struct store_query *query = rows->query;
	int result;

	if (rows_prepare(rows, texts[query->place != NULL], err) != 0)
		return -1;
	result = store_sqlite_bind_query(rows->reader.statement, query, rows->place);
	return result == SQLITE_OK ? 0 : store_sqlite_err(rows->reader.sqlite, result, err);
}

/* --- ranges of numbers --- */

static struct rows_range *rows_find_range(struct rows *rows, int64_t place, int64_t epoch)
{
	for (unsigned i = rows->ranges; i > 0; i--)
		if (rows->range[i - 1].place == place && rows->range[i - 1].epoch == epoch)
			return &rows->range[i - 1];
	if (rows->ranges == ROWS_RANGES)
		return NULL;
	rows->range[rows->ranges] = (struct rows_range){place, epoch, INT64_MAX, 0, 0};
	return &rows->range[rows->ranges++];
}

/* A row of the index. False when rows cannot be read by their numbers. */
static bool rows_note_number(struct rows *rows)
{
	struct store_sqlite_reader *reader = &rows->reader;
	const int64_t place = (int64_t)store_sqlite_next_number(reader, INT64_MAX);
	const int64_t epoch = (int64_t)store_sqlite_next_number(reader, INT64_MAX);
	const int64_t uid = (int64_t)store_sqlite_next_number(reader, UINT32_MAX);
	struct rows_range *range = uid != 0 ? rows_find_range(rows, place, epoch) : NULL;

	if (range == NULL || reader->is_damaged)
		return false;
	range->count++;
	if (uid < range->first)
		range->first = uid;
	if (uid > range->last)
		range->last = uid;
	return true;
}

static bool rows_are_dense(const struct rows *rows)
{
	uint64_t wanted = 0, there = 0;

	for (unsigned i = 0; i < rows->ranges; i++) {
		wanted += rows->range[i].count;
		there += (uint64_t)(rows->range[i].last - rows->range[i].first) + 1;
	}
	return there <= wanted * ROWS_SPARSE + ROWS_SPARSE_MIN;
}

static int rows_compare_ranges(const void *a, const void *b)
{
	const struct rows_range *left = a, *right = b;

	if (left->place != right->place)
		return left->place < right->place ? -1 : 1;
	return (left->epoch > right->epoch) - (left->epoch < right->epoch);
}

/* 1: the ranges have all rows, 0: they are of no use, -1. */
static int rows_find_ranges(struct rows *rows, struct err *err)
{
	int got;

	if (rows_ask(rows, rows_numbers, err) != 0)
		return -1;
	while ((got = store_sqlite_next(&rows->reader, err)) > 0)
		if (!rows_note_number(rows))
			break;
	rows->reader.is_damaged = false; /* the rows themselves tell that */
	if (got != 0)
		return got < 0 ? -1 : 0;
	qsort(rows->range, rows->ranges, sizeof(rows->range[0]), rows_compare_ranges);
	return rows_are_dense(rows);
}

static int rows_read_range(struct rows *rows, const struct rows_range *range, struct err *err)
{
	const int64_t value[] = {range->place, range->epoch, range->first, range->last,
	    rows->query->since, rows->query->until};
	const int count = (int)(sizeof(value) / sizeof(value[0]));
	sqlite3_stmt *statement = rows->reader.statement;
	int result = sqlite3_reset(statement);

	for (int i = 0; i < count && result == SQLITE_OK; i++)
		result = sqlite3_bind_int64(statement, i + 1, value[i]);
	if (result != SQLITE_OK)
		return store_sqlite_err(rows->reader.sqlite, result, err);
	return rows_hand_on(rows, err);
}

static int rows_read_ranges(struct rows *rows, struct err *err)
{
	int result = rows_prepare(rows, rows_of_range, err);

	for (unsigned i = 0; i < rows->ranges && result == 0; i++)
		result = rows_read_range(rows, &rows->range[i], err);
	return result;
}

static int rows_read(struct rows *rows, struct err *err)
{
	const struct store_query *query = rows->query;
	const bool is_long = store_day(query->until) - store_day(query->since) > ROWS_FEW_DAYS;
	const int got = is_long ? 0 : rows_find_ranges(rows, err);

	if (got < 0)
		return -1;
	if (got > 0)
		return rows_read_ranges(rows, err);
	if (rows_ask(rows, is_long ? rows_of_all : rows_of_days, err) != 0)
		return -1;
	return rows_hand_on(rows, err);
}

static int rows_begin(struct rows *rows, struct err *err)
{
	int result;

	arena_init(&rows->arena);
	arena_init(&rows->place_arena);
	rows->text = calloc(ROWS_SLOTS, sizeof(*rows->text));
	if (rows->text == NULL)
		return err_nomem(err);
	result = sqlite3_prepare_v2(
	    rows->reader.sqlite->db, "SELECT v FROM text WHERE id=?", -1, &rows->find, NULL);
	return result == SQLITE_OK ? 0 : store_sqlite_err(rows->reader.sqlite, result, err);
}

static void rows_end(struct rows *rows)
{
	sqlite3_finalize(rows->reader.statement);
	sqlite3_finalize(rows->find);
	free(rows->text);
	arena_fini(&rows->arena);
	arena_fini(&rows->place_arena);
}

/* In one transaction, since numbers of texts may be used again: that of the batch, or its own. */
static int rows_read_all(struct rows *rows, struct err *err)
{
	const struct store_sqlite *sqlite = rows->reader.sqlite;
	const bool begins = !sqlite->is_open;
	struct err ignored = ERR_INIT;
	int result;

	if (begins && store_sqlite_run(sqlite, "BEGIN", err) != 0)
		return -1;
	result = rows_begin(rows, err);
	if (result == 0)
		result = rows_read(rows, err);
	rows_end(rows);
	if (begins)
		store_sqlite_run(sqlite, "ROLLBACK", &ignored);
	return result;
}

int store_sqlite_read(struct store *store, const struct store_query *query, store_take_row *take,
    void *context, struct err *err)
{
	struct rows rows = {
	    .reader.sqlite = (struct store_sqlite *)store,
	    .query = query,
	    .take = take,
	    .context = context,
	    .known_place = STORE_SQLITE_NONE,
	};

	if (query->place != NULL && store_sqlite_find_place((struct store_sqlite *)store,
					query->place, &rows.place, err) != 0)
		return -1;
	return rows.place == STORE_SQLITE_NONE ? 0 : rows_read_all(&rows, err);
}
