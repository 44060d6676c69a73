/* Sums, pruning, erasing, and the search that proves it. */
#include "tests/unit/table.h"

#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "store/store.h"
#include "tests/unit/folder.h"
#include "tests/unit/store/store_engine.h"
#include "tests/unit/text_file.h"

#define FILE_NAME ENGINE_FILE

/* 26 Nov 2026, 00:00 UTC */
#define MIDNIGHT ((int64_t)1795651200)

static const struct store_place outgoing = {
    SPAN("u@h:1"), SPAN("imap.example.com"), SPAN("Caught (Outgoing)")};
static const struct store_place incoming = {
    SPAN("u@h:1"), SPAN("imap.example.com"), SPAN("Caught")};
static const struct store_query all = {.until = STORE_MAX_TIME};

static int enter_history(void **state)
{
	return enter_folder(state) != 0 || engine_forget() != 0;
}

static struct store *open_version(uint64_t version)
{
	struct err err = ERR_INIT;
	struct store *store = engine_open(version, &err);

	if (store == NULL)
		fail_msg("open: %s", err.text);
	return store;
}

struct sent {
	int day;    /* from MIDNIGHT's on; NO_DAY: no time */
	int second; /* of it */
	const char *identity;
	const char *address;
	const char *script;
	const char *rcpt;
	bool is_incoming;
};

#define NO_DAY 99

static void put(struct store *store, const struct sent *sent, unsigned uid)
{
	struct err err = ERR_INIT;
	struct store_row row = {
	    .key = {.place = sent->is_incoming ? incoming : outgoing, .epoch = 7, .uid = uid},
	    .recipients = 2,
	    .is_bounce = sent->second == 1,
	};

	if (sent->day != NO_DAY)
		row.time = MIDNIGHT + sent->day * STORE_DAY + sent->second;
	row.text[STORE_IDENTITY] = span_of(sent->identity);
	row.text[STORE_SOURCE_IP] = span_of(sent->address);
	row.text[STORE_SCRIPT] = span_of(sent->script);
	row.text[STORE_RCPT] = span_of(sent->rcpt);
	if (store->ops->put(store, &row, &err) != 0)
		fail_msg("put: %s", err.text);
}

static void put_all(const struct sent *sent, unsigned count, uint64_t version)
{
	struct store *store = open_version(version);
	struct err err = ERR_INIT;

	for (unsigned i = 0; i < count; i++)
		put(store, &sent[i], i + 1);
	assert_int_equal(store->ops->commit(store, &err), 0);
	store->ops->free(store);
}

static void put_cover(int day)
{
	const int64_t since = MIDNIGHT + day * STORE_DAY;
	const struct store_cover cover = {
	    .place = outgoing,
	    .day = store_day(since),
	    .epoch = 7,
	    .since = since,
	    .until = since + STORE_DAY,
	};
	struct store *store = open_version(1);
	struct err err = ERR_INIT;

	assert_int_equal(store->ops->cover(store, &cover, &err), 0);
	assert_int_equal(store->ops->commit(store, &err), 0);
	store->ops->free(store);
}

static int add_sum(void *context, const struct store_sum *sum, struct err *err)
{
	(void)err;
	buf_printf(context, "%.*s %u/%u/%u/%u %d-%d;", (int)sum->identity.n, sum->identity.p,
	    (unsigned)sum->messages, (unsigned)sum->recipients, (unsigned)sum->addresses,
	    (unsigned)sum->days, (int)(sum->first - MIDNIGHT), (int)(sum->last - MIDNIGHT));
	return 0;
}

static int add_day(void *context, const struct store_day_sum *sum, struct err *err)
{
	(void)err;
	buf_printf(context, "%d: %u/%u/%u/%u/%u %d-%d;", (int)(sum->day - MIDNIGHT / STORE_DAY),
	    (unsigned)sum->messages, (unsigned)sum->recipients, (unsigned)sum->bounces,
	    (unsigned)sum->addresses, (unsigned)sum->scripts, (int)(sum->first - MIDNIGHT),
	    (int)(sum->last - MIDNIGHT));
	return 0;
}

static int add_place(void *context, const struct store_place_sum *sum, struct err *err)
{
	(void)err;
	buf_printf(context, "%.*s %u/%u %d-%d;", (int)sum->place.name.n, sum->place.name.p,
	    (unsigned)sum->rows, (unsigned)sum->epochs, (int)(sum->first - MIDNIGHT),
	    (int)(sum->last - MIDNIGHT));
	return 0;
}

static int add_text(void *context, struct span text, struct err *err)
{
	(void)err;
	buf_printf(context, "%.*s;", (int)text.n, text.p);
	return 0;
}

static int add_cover(void *context, const struct store_cover *cover, struct err *err)
{
	(void)err;
	buf_printf(context, "%d;", (int)(cover->day - MIDNIGHT / STORE_DAY));
	return 0;
}

static int add_row(void *context, const struct store_row *row, struct err *err)
{
	(void)err;
	buf_printf(context, "%u;", (unsigned)row->key.uid);
	return 0;
}

/* What one of the operations says of the file. */
static void assert_sums(const struct store_query *query, const char *want)
{
	struct store *store = open_version(9);
	struct err err = ERR_INIT;
	struct buf out;

	buf_init(&out, 0);
	assert_int_equal(store->ops->sums(store, query, add_sum, &out, &err), 0);
	assert_string_equal(buf_string(&out), want);
	buf_fini(&out);
	store->ops->free(store);
}

static void assert_days(const char *identity, const struct store_query *query, const char *want)
{
	const struct store_sender sender = {span_of(identity), *query};
	struct store *store = open_version(9);
	struct err err = ERR_INIT;
	struct buf out;

	buf_init(&out, 0);
	if (store->ops->days(store, &sender, add_day, &out, &err) != 0)
		fail_msg("days: %s", err.text);
	assert_string_equal(buf_string(&out), want);
	buf_fini(&out);
	store->ops->free(store);
}

static void assert_rows(const char *want)
{
	struct store *store = open_version(9);
	struct err err = ERR_INIT;
	struct buf out;

	buf_init(&out, 0);
	assert_int_equal(store->ops->read(store, &all, add_row, &out, &err), 0);
	assert_string_equal(buf_string(&out), want);
	buf_fini(&out);
	store->ops->free(store);
}

/* Of a file: the tables of a server have no texts of their own. */
static void assert_number(const char *query, int want)
{
	sqlite3 *db;
	sqlite3_stmt *statement;

	if (engine_is_clickhouse())
		return;
	assert_int_equal(sqlite3_open(FILE_NAME, &db), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, query, -1, &statement, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
	assert_row(sqlite3_column_int(statement, 0) == want, query);
	sqlite3_finalize(statement);
	sqlite3_close(db);
}

static const struct sent some[] = {
    {0, 10, "bob", "192.0.2.1", "", "a@example.net", false},
    {0, 20, "bob", "192.0.2.2", "x.php", "Ann <A@Example.Net>, b@example.net", false},
    {0, 1, "ann", "", "", "c@example.net", false},
    {3, 5, "bob", "192.0.2.1", "y.php", "b@example.net", false},
    {3, 6, "carl", "192.0.2.9", "", "aa@example.net", false},
    {3, 7, "ann", "192.0.2.9", "", "b@example.net", true},
    {NO_DAY, 0, "ann", "192.0.2.9", "", "b@example.net", false},
};

static void test_sums(void **state)
{
	const struct store_query query[] = {
	    {.since = 1, .until = STORE_MAX_TIME},
	    {.since = MIDNIGHT + 10, .until = MIDNIGHT + 20},
	    {&incoming, .since = 1, .until = STORE_MAX_TIME},
	    {&(const struct store_place){SPAN("x"), SPAN("y"), SPAN("z")}, 1, STORE_MAX_TIME},
	    {.since = MIDNIGHT, .until = MIDNIGHT},
	};

	(void)state;
	put_all(some, TABLE_COUNT(some), 1);
	assert_sums(
	    &query[0], "bob 3/6/2/2 10-259205;ann 2/4/1/2 1-259207;carl 1/2/1/1 259206-259206;");
	assert_sums(&query[1], "bob 1/2/1/1 10-10;");
	assert_sums(&query[2], "ann 1/2/1/1 259207-259207;");
	assert_sums(&query[3], "");
	assert_sums(&query[4], "");
}

static void test_days(void **state)
{
	const struct store_query timed = {.since = 1, .until = STORE_MAX_TIME};
	const struct store_query day = {
	    .since = MIDNIGHT + 3 * STORE_DAY, .until = MIDNIGHT + 4 * STORE_DAY};
	const struct store_query in = {&incoming, 1, STORE_MAX_TIME};
	const int none = (int)-(MIDNIGHT / STORE_DAY);
	char want[200];

	(void)state;
	put_all(some, TABLE_COUNT(some), 1);
	assert_days("bob", &timed, "0: 2/4/0/2/1 10-20;3: 1/2/0/1/1 259205-259205;");
	assert_days("bob", &day, "3: 1/2/0/1/1 259205-259205;");
	assert_days("ann", &timed, "0: 1/2/1/0/0 1-1;3: 1/2/0/1/0 259207-259207;");
	assert_days("ann", &in, "3: 1/2/0/1/0 259207-259207;");
	assert_days("nobody", &timed, "");
	assert_days("", &timed, "");
	snprintf(want, sizeof(want),
	    "%d: 1/2/0/1/0 %d-%d;0: 1/2/1/0/0 1-1;3: 1/2/0/1/0 259207-259207;", none,
	    (int)-MIDNIGHT, (int)-MIDNIGHT);
	assert_days("ann", &all, want);
}

/* Who is one in groups is one here: logins and domains have no case, paths have. */
static void test_days_of_one(void **state)
{
	static const struct sent rows[] = {
	    {0, 9, "Bob@shop.example", "192.0.2.1", "", "", false},
	    {0, 10, "bob@SHOP.example", "192.0.2.1", "", "", false},
	    {1, 3, "bob@shop.example", "192.0.2.2", "", "", false},
	    {1, 4, "jim.bob@shop.example", "192.0.2.2", "", "", false},
	    {2, 5, "shop.example/a.php", "192.0.2.3", "", "", false},
	    {2, 6, "Shop.example/a.php", "192.0.2.4", "", "", false},
	    {2, 7, "shop.example/A.php", "192.0.2.5", "", "", false},
	    {2, 8, "J\xC3\xBCrgen", "192.0.2.6", "", "", false},
	};
	const struct store_query every = {.since = 1, .until = STORE_MAX_TIME};

	(void)state;
	put_all(rows, TABLE_COUNT(rows), 1);
	assert_days("BOB@shop.EXAMPLE", &every, "0: 2/4/0/1/0 9-10;1: 1/2/0/1/0 86403-86403;");
	assert_days("SHOP.example/a.php", &every, "2: 2/4/0/2/0 172805-172806;");
	assert_days("shop.example/A.php", &every, "2: 1/2/0/1/0 172807-172807;");
	assert_days("shop.example/A.PHP", &every, "");
	assert_days("j\xC3\xBCRGEN", &every, "2: 1/2/0/1/0 172808-172808;");
	assert_days("J\xC3\x9Crgen", &every, "");
	assert_days("%bob@shop.example", &every, "");
	assert_days("\xFF/", &every, "");
}

static void test_status(void **state)
{
	struct store *store;
	struct store_about about;
	struct err err = ERR_INIT;
	struct stat st;
	struct buf out;

	(void)state;
	put_all(some, TABLE_COUNT(some), 1);
	put_cover(0);
	buf_init(&out, 0);
	store = open_version(2);
	assert_int_equal(store->ops->place_sums(store, add_place, &out, &err), 0);
	assert_string_equal(
	    buf_string(&out), "Caught (Outgoing) 6/1 1-259206;Caught 1/1 259207-259207;");
	assert_int_equal(store->ops->about(store, &about, &err), 0);
	store->ops->free(store);
	buf_fini(&out);
	assert_int_equal(about.rows, TABLE_COUNT(some));
	assert_int_equal(about.unused, 0);
	assert_true(about.schema >= 1);
	if (engine_is_clickhouse()) {
		assert_true(strstr(about.engine, "ClickHouse ") == about.engine);
		assert_true(about.bytes > 100);
		return;
	}
	assert_true(strstr(about.engine, "SQLite 3.") == about.engine);
	assert_int_equal(stat(FILE_NAME, &st), 0);
	assert_int_equal(about.bytes, st.st_size);
}

/* Days before one go with what is known of them, and with texts that nothing else has. */
static void test_prune(void **state)
{
	struct store *store;
	struct err err = ERR_INIT;
	uint64_t rows = 7;
	struct buf out;

	(void)state;
	put_all(some, TABLE_COUNT(some), (uint64_t)(MIDNIGHT + 2 * STORE_DAY) * 1000000);
	put_cover(0);
	put_cover(1);
	put_cover(2);
	store = open_version(2);
	assert_int_equal(store->ops->prune(store, MIDNIGHT / STORE_DAY + 1, &rows, &err), 0);
	assert_int_equal(rows, 3);
	buf_init(&out, 0);
	assert_int_equal(store->ops->covered(store, &all, add_cover, &out, &err), 0);
	assert_string_equal(buf_string(&out), "1;2;");
	assert_int_equal(store->ops->prune(store, MIDNIGHT / STORE_DAY + 1, &rows, &err), 0);
	assert_int_equal(rows, 0);
	store->ops->free(store);
	assert_rows("4;5;7;6;");
	assert_number("SELECT count(*) FROM text WHERE v IN ('x.php', '192.0.2.2')", 0);
	assert_number("SELECT count(*) FROM text WHERE v IN ('', 'bob', 'y.php')", 3);
	/* What has no time goes when its run is as old. */
	store = open_version(2);
	assert_int_equal(store->ops->prune(store, MIDNIGHT / STORE_DAY + 3, &rows, &err), 0);
	assert_int_equal(rows, 1);
	store->ops->free(store);
	assert_rows("4;5;6;");
	buf_fini(&out);
}

/* More than a batch, and all of it. */
static void test_prune_many(void **state)
{
	const unsigned count = STORE_BATCH_ROWS + 5;
	struct store *store = open_version(1);
	struct sent sent = some[0];
	struct err err = ERR_INIT;
	uint64_t rows;

	(void)state;
	for (unsigned i = 0; i < count; i++)
		put(store, &sent, i + 1);
	assert_int_equal(store->ops->prune(store, MIDNIGHT / STORE_DAY + 1, &rows, &err), 0);
	assert_int_equal(rows, count);
	store->ops->free(store);
	assert_rows("");
	assert_number("SELECT count(*) FROM text", 1);
}

/* Another program that has numbers of texts at hand must not use those that are gone. */
static void test_prune_beside_a_writer(void **state)
{
	struct store *writer = open_version(1), *other = open_version(1);
	struct sent sent = some[0];
	struct err err = ERR_INIT;
	uint64_t rows;

	(void)state;
	put(writer, &sent, 1);
	assert_int_equal(writer->ops->commit(writer, &err), 0);
	assert_int_equal(other->ops->prune(other, MIDNIGHT / STORE_DAY + 1, &rows, &err), 0);
	assert_int_equal(rows, 1);
	sent.identity = "zoe";
	put(other, &sent, 2);
	assert_int_equal(other->ops->commit(other, &err), 0);
	sent.identity = "bob";
	put(writer, &sent, 3);
	assert_int_equal(writer->ops->commit(writer, &err), 0);
	writer->ops->free(writer);
	other->ops->free(other);
	assert_sums(&(const struct store_query){.since = 1, .until = STORE_MAX_TIME},
	    "bob 1/2/1/1 10-10;zoe 1/2/1/1 10-10;");
}

static void test_find(void **state)
{
	static const struct {
		enum store_text column;
		struct span part;
		const char *want;
	} rows[] = {
	    {STORE_RCPT, SPAN("A@EXAMPLE.net"),
		"Ann <A@Example.Net>, b@example.net;a@example.net;aa@example.net;"},
	    {STORE_RCPT, SPAN("%"), ""},
	    {STORE_IDENTITY, SPAN("BO"), "bob;"},
	    {STORE_IDENTITY, SPAN("x.php"), ""},
	    {STORE_SCRIPT, SPAN("x.php"), "x.php;"},
	};

	(void)state;
	put_all(some, TABLE_COUNT(some), 1);
	for (unsigned i = 0; i < TABLE_COUNT(rows); i++) {
		struct store *store = open_version(2);
		struct err err = ERR_INIT;
		struct buf out;

		buf_init(&out, 0);
		assert_int_equal(store->ops->find(store,
				     &(const struct store_find){rows[i].column, rows[i].part},
				     add_text, &out, &err),
		    0);
		/* In any order: each of them is wanted. */
		assert_row(out.n == strlen(rows[i].want), rows[i].part.p);
		buf_fini(&out);
		store->ops->free(store);
	}
}

struct hits {
	unsigned count;
	struct buf around; /* of the last one */
	struct buf files;
};

static int add_hit(void *context, const struct store_hit *hit, struct err *err)
{
	struct hits *hits = context;

	(void)err;
	hits->count++;
	buf_clear(&hits->around);
	buf_add(&hits->around, hit->before);
	buf_add_char(&hits->around, '|');
	buf_add(&hits->around, hit->found);
	buf_add_char(&hits->around, '|');
	buf_add(&hits->around, hit->after);
	buf_printf(&hits->files, "%s+%u;", hit->file, (unsigned)hit->at);
	return 0;
}

static int count_text(void *context, struct span text, struct err *err)
{
	(void)text;
	(void)err;
	++*(unsigned *)context;
	return 0;
}

static unsigned count_hits(struct span text, struct hits *hits)
{
	struct store *store = open_version(9);
	struct err err = ERR_INIT;

	hits->count = 0;
	buf_clear(&hits->files);
	/* A server has no files that we could read. */
	for (unsigned i = 0; i < STORE_TEXT_COUNT && store->ops->search == NULL; i++) {
		const struct store_find find = {(enum store_text)i, text};

		assert_int_equal(store->ops->find(store, &find, count_text, &hits->count, &err), 0);
	}
	if (store->ops->search != NULL && store->ops->search(store, text, add_hit, hits, &err) != 0)
		fail_msg("search: %s", err.text);
	/* It can be used afterwards. */
	assert_int_equal(store->ops->commit(store, &err), 0);
	store->ops->free(store);
	return hits->count;
}

static void init_hits(struct hits *hits)
{
	hits->count = 0;
	buf_init(&hits->around, 0);
	buf_init(&hits->files, 0);
}

static void fini_hits(struct hits *hits)
{
	buf_fini(&hits->around);
	buf_fini(&hits->files);
}

/* At every place around the border of two blocks, in a copy beside the file. */
static void test_search(void **state)
{
	const size_t block = 1024 * 1024;
	struct hits hits;
	char *bytes;

	(void)state;
	ENGINE_IS_FILE();
	bytes = malloc(2 * block);
	assert_non_null(bytes);
	init_hits(&hits);
	put_all(some, TABLE_COUNT(some), 1);
	assert_true(count_hits(SPAN("192.0.2.9"), &hits) >= 2);
	assert_int_equal(count_hits(SPAN("nobody@example.com"), &hits), 0);
	for (size_t at = block - 300; at < block + 300; at += 7) {
		char want[64];
		FILE *file = fopen(FILE_NAME ".copy", "w");

		memset(bytes, 'x', 2 * block);
		memcpy(bytes + at, "NoBody@Example.com", 18);
		assert_int_equal(fwrite(bytes, 1, 2 * block, file), 2 * block);
		fclose(file);
		assert_int_equal(count_hits(SPAN("nobody@example.com"), &hits), 1);
		snprintf(want, sizeof(want), FILE_NAME ".copy+%u;", (unsigned)at);
		assert_string_equal(buf_string(&hits.files), want);
		assert_int_equal(hits.around.n, 2 * STORE_AROUND + 18 + 2);
		assert_memory_equal(hits.around.p + STORE_AROUND, "|NoBody@Example.com|", 20);
	}
	/* At the very end, and one over the other. */
	write_text(FILE_NAME ".copy", "yynobody@example.com");
	assert_int_equal(count_hits(SPAN("nobody@example.com"), &hits), 1);
	assert_string_equal(buf_string(&hits.around), "yy|nobody@example.com|");
	write_text(FILE_NAME ".copy", "zqzqzq");
	assert_int_equal(count_hits(SPAN("zqzq"), &hits), 2);
	write_text("other", "nobody@example.com");
	assert_int_equal(count_hits(SPAN("nobody@example.com"), &hits), 0);
	fini_hits(&hits);
	free(bytes);
}

/* No trace is left of what was erased; the others are all there. */
static void test_erase(void **state)
{
	const struct span texts[] = {SPAN("bob"), SPAN("nobody"), SPAN("bob")};
	const struct span rcpts[] = {SPAN("Ann <A@Example.Net>, b@example.net"), SPAN("")};
	struct store_texts list = {texts, TABLE_COUNT(texts)};
	struct store *store;
	struct err err = ERR_INIT;
	uint64_t rows = 0;
	struct hits hits;

	(void)state;
	init_hits(&hits);
	put_all(some, TABLE_COUNT(some), 1);
	put_cover(0);
	assert_true(count_hits(SPAN("y.php"), &hits) > 0);
	store = open_version(2);
	assert_int_equal(store->ops->erase(store, STORE_IDENTITY, &list, &rows, &err), 0);
	assert_int_equal(rows, 3);
	assert_int_equal(store->ops->compact(store, &err), 0);
	list = (struct store_texts){rcpts, TABLE_COUNT(rcpts)};
	assert_int_equal(store->ops->erase(store, STORE_RCPT, &list, &rows, &err), 0);
	assert_int_equal(rows, 0);
	store->ops->free(store);
	assert_rows("3;5;7;6;");
	assert_int_equal(count_hits(SPAN("bob"), &hits), 0);
	assert_int_equal(count_hits(SPAN("y.php"), &hits), 0);
	assert_int_equal(count_hits(SPAN("Ann <A@"), &hits), 0);
	assert_int_equal(access(FILE_NAME "-wal", F_OK), -1);
	assert_number("SELECT count(*) FROM coverage", 1);
	put_all(some, TABLE_COUNT(some), 3);
	assert_rows("1;2;3;4;5;7;6;");
	store = open_version(2);
	assert_int_equal(store->ops->erase(store, STORE_RCPT, &list, &rows, &err), 0);
	assert_int_equal(rows, 1);
	store->ops->free(store);
	assert_rows("1;3;4;5;7;6;");
	fini_hits(&hits);
}

static int add_run(void *context, const struct store_run *run, struct err *err)
{
	(void)err;
	buf_printf(context, "%d-%d %.*s %.*s %u %d;", (int)run->began, (int)run->ended,
	    (int)run->program.n, run->program.p, (int)run->options.n, run->options.p,
	    (unsigned)run->rows, run->status);
	return 0;
}

#define MANY_ROWS       20000u
#define MANY_IDENTITIES 40u
#define MANY_ADDRESSES  9000u
#define MANY_DAYS       70u

/* Rows of many identities and addresses, counted once more in a plain way. */
struct many {
	bool has_address[MANY_IDENTITIES][MANY_ADDRESSES];
	bool has_day[MANY_IDENTITIES][MANY_DAYS];
	struct store_sum sum[MANY_IDENTITIES];
	unsigned seen;
};

static unsigned scatter(unsigned number)
{
	uint64_t x = number * UINT64_C(0x9E3779B97F4A7C15);

	x ^= x >> 29;
	x *= UINT64_C(0xBF58476D1CE4E5B9);
	return (unsigned)(x >> 32);
}

/* The last days and rows of the period of the question are not all. */
static const struct store_query many_query = {
    .since = MIDNIGHT + 3 * STORE_DAY + 500, .until = MIDNIGHT + 60 * STORE_DAY + 500};

static void many_note(struct many *many, unsigned identity, unsigned address, int64_t time)
{
	struct store_sum *sum = &many->sum[identity];
	const int64_t day = (time - MIDNIGHT) / STORE_DAY;

	if (time < many_query.since || time >= many_query.until)
		return;
	sum->messages++;
	sum->recipients += 2;
	sum->addresses += address > 0 && !many->has_address[identity][address];
	sum->days += !many->has_day[identity][day];
	many->has_address[identity][address] = true;
	many->has_day[identity][day] = true;
	if (sum->first == 0 || time < sum->first)
		sum->first = time;
	if (time > sum->last)
		sum->last = time;
}

/* An identity's address is one of few, or one of all, so that some have many. */
static void many_put(struct store *store, struct many *many, unsigned i)
{
	const unsigned identity = scatter(i) % MANY_IDENTITIES;
	const unsigned address = scatter(i + 1) % (identity % 4 == 0 ? MANY_ADDRESSES : 3);
	const int day = (int)(scatter(i + 2) % MANY_DAYS);
	char who[32], from[32];
	struct sent sent = {
	    .day = day, .second = (int)(i % 1000), .identity = who, .address = from, .rcpt = ""};

	snprintf(who, sizeof(who), "who%u", identity);
	snprintf(from, sizeof(from), "192.0.2.%u", address);
	if (address == 0)
		from[0] = '\0';
	sent.script = "";
	put(store, &sent, i + 1);
	many_note(many, identity, address, MIDNIGHT + day * STORE_DAY + sent.second);
}

static int many_check(void *context, const struct store_sum *sum, struct err *err)
{
	struct many *many = context;
	unsigned identity;
	struct store_sum *want;

	(void)err;
	assert_int_equal(sscanf(sum->identity.p, "who%u", &identity), 1);
	want = &many->sum[identity];
	if (sum->messages != want->messages || sum->recipients != want->recipients ||
	    sum->addresses != want->addresses || sum->days != want->days ||
	    sum->first != want->first || sum->last != want->last)
		fail_msg("who%u: %u addresses, want %u", identity, (unsigned)sum->addresses,
		    (unsigned)want->addresses);
	many->seen++;
	return 0;
}

static void test_sums_of_many(void **state)
{
	struct many *many = calloc(1, sizeof(*many));
	struct store *store = open_version(2);
	struct err err = ERR_INIT;

	(void)state;
	assert_non_null(many);
	for (unsigned i = 0; i < MANY_ROWS; i++)
		many_put(store, many, i);
	assert_int_equal(store->ops->commit(store, &err), 0);
	for (unsigned i = 0; i < 2; i++)
		assert_int_equal(store->ops->sums(store, &many_query, many_check, many, &err), 0);
	assert_int_equal(many->seen, 2 * MANY_IDENTITIES);
	store->ops->free(store);
	free(many);
}

/* Values that only another program can have put there. */
static void test_sums_damaged(void **state)
{
	static const struct sent sent[] = {
	    {0, 10, "bob", "192.0.2.1", "", "", false}, {0, 11, "bob", "192.0.2.2", "", "", false}};
	static const char *const damage[] = {"UPDATE message SET source_ip=-1 WHERE uid=2",
	    "UPDATE message SET source_ip=4294967296 WHERE uid=2",
	    "UPDATE message SET rcpts=4294967296 WHERE uid=2",
	    "UPDATE message SET rcpts=-1 WHERE uid=2", "UPDATE message SET identity=12345",
	    "UPDATE text SET v=CAST(x'ff' AS TEXT) WHERE v='bob'", "DROP TABLE text"};

	(void)state;
	ENGINE_IS_FILE();
	for (unsigned i = 0; i < TABLE_COUNT(damage); i++) {
		struct store *store;
		struct err err = ERR_INIT;
		struct buf out;
		sqlite3 *db;

		engine_forget();
		put_all(sent, 2, 2);
		assert_int_equal(sqlite3_open(FILE_NAME, &db), SQLITE_OK);
		assert_int_equal(sqlite3_exec(db, damage[i], NULL, NULL, NULL), SQLITE_OK);
		sqlite3_close(db);
		store = open_version(9);
		buf_init(&out, 0);
		if (store->ops->sums(store, &all, add_sum, &out, &err) != -1 ||
		    err.code != ERR_DATA || out.n != 0)
			fail_msg("%s: code %d, %s", damage[i], err.code, buf_string(&out));
		buf_fini(&out);
		store->ops->free(store);
	}
}

/* Who takes them ends the reading, and can ask again. */
static int take_first(void *context, const struct store_sum *sum, struct err *err)
{
	(void)sum;
	++*(unsigned *)context;
	return err_set(err, ERR_IO, "enough");
}

static void test_sums_broken_off(void **state)
{
	static const struct sent sent[] = {
	    {0, 10, "bob", "192.0.2.1", "", "", false}, {0, 11, "ann", "192.0.2.2", "", "", false}};
	struct store *store;
	struct err err = ERR_INIT;
	unsigned taken = 0;

	(void)state;
	put_all(sent, 2, 2);
	store = open_version(9);
	for (unsigned i = 1; i <= 2; i++) {
		assert_int_equal(store->ops->sums(store, &all, take_first, &taken, &err), -1);
		assert_int_equal(err.code, ERR_IO);
		assert_int_equal(taken, i);
	}
	store->ops->free(store);
	assert_sums(&all, "ann 1/2/1/1 11-11;bob 1/2/1/1 10-10;");
}

static void note_run(uint64_t version, int64_t ended, uint64_t rows, int status)
{
	const struct store_run run = {
	    (int64_t)version * 10, ended, SPAN("program 1"), SPAN("--x"), rows, status};
	struct store *store = open_version(version);
	struct err err = ERR_INIT;

	assert_int_equal(store->ops->note_run(store, &run, &err), 0);
	store->ops->free(store);
}

static void assert_runs(unsigned max, const char *want)
{
	struct store *store = open_version(9);
	struct err err = ERR_INIT;
	struct buf out;

	buf_init(&out, 0);
	assert_int_equal(store->ops->runs(store, max, add_run, &out, &err), 0);
	assert_string_equal(buf_string(&out), want);
	buf_fini(&out);
	store->ops->free(store);
}

static void test_runs(void **state)
{
	(void)state;
	assert_runs(3, "");
	note_run(2, 0, 0, 0);
	note_run(3, 0, 0, 0);
	assert_runs(3, "30-0 program 1 --x 0 0;20-0 program 1 --x 0 0;");
	note_run(2, 25, 7, 65);
	assert_runs(3, "30-0 program 1 --x 0 0;20-25 program 1 --x 7 65;");
	assert_runs(1, "30-0 program 1 --x 0 0;");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, enter_history, leave_folder)
	    TEST(test_sums),
	    TEST(test_sums_of_many),
	    TEST(test_sums_damaged),
	    TEST(test_sums_broken_off),
	    TEST(test_days),
	    TEST(test_days_of_one),
	    TEST(test_status),
	    TEST(test_prune),
	    TEST(test_prune_many),
	    TEST(test_prune_beside_a_writer),
	    TEST(test_find),
	    TEST(test_search),
	    TEST(test_erase),
	    TEST(test_runs),
#undef TEST
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
