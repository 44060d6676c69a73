#include "tests/unit/table.h"

#include <ftw.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "store/store.h"
#include "tests/unit/store/store_engine.h"
#include "tests/unit/text_file.h"

#define FILE_NAME ENGINE_FILE

/* 26 Nov 2026, 12:00 UTC */
#define NOON ((int64_t)1795694400)

static const struct store_place outgoing = {
    SPAN("imap"), SPAN("imap.example.com"), SPAN("Caught (Outgoing)")};

static char *folder;

static int enter_folder(void **state)
{
	char name[] = "/tmp/test_store.XXXXXX";

	(void)state;
	if (mkdtemp(name) == NULL || chdir(name) != 0)
		return -1;
	folder = realpath(name, NULL);
	return folder != NULL ? engine_forget() : -1;
}

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static int leave_folder(void **state)
{
	(void)state;
	if (chdir("/") != 0 || nftw(folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS) != 0)
		return -1;
	free(folder);
	return 0;
}

static struct store *open_version(uint64_t version)
{
	struct err err = ERR_INIT;
	struct store *store = engine_open(version, &err);

	if (store == NULL)
		fail_msg("open: %s", err.text);
	return store;
}

static void assert_refused(const char *file, enum err_code code, const char *what)
{
	struct err err = ERR_INIT;
	struct store *store = store_sqlite_open(file, 1, &err);

	assert_null(store);
	if (err.code != code || strstr(err.text, what) == NULL)
		fail_msg(
		    "%s: code %d, %s; want %d, ...%s...", file, err.code, err.text, code, what);
}

/* The statements of another program. */
static void run_sql(const char *text)
{
	sqlite3 *db;
	char *message = NULL;

	assert_int_equal(sqlite3_open(FILE_NAME, &db), SQLITE_OK);
	if (sqlite3_exec(db, text, NULL, NULL, &message) != SQLITE_OK)
		fail_msg("%s: %s", text, message);
	sqlite3_close(db);
}

static struct store_row row_of(uint64_t uid, struct span identity)
{
	struct store_row row = {
	    .key = {.place = outgoing, .epoch = 7, .uid = uid},
	    .time = NOON + (int64_t)uid,
	    .recipients = 2,
	};

	row.text[STORE_IDENTITY] = identity;
	row.text[STORE_RCPT] = SPAN("a@example.net, b@example.net");
	row.text[STORE_SUBJECT] = SPAN("Ihre Rechnung \xe2\x82\xac");
	return row;
}

static void put(struct store *store, const struct store_row *row)
{
	struct err err = ERR_INIT;

	if (store->ops->put(store, row, &err) != 0)
		fail_msg("put: %s", err.text);
}

static void commit(struct store *store)
{
	struct err err = ERR_INIT;

	if (store->ops->commit(store, &err) != 0)
		fail_msg("commit: %s", err.text);
}

/* Rows as text: "UID IDENTITY;". */
static int add_row(void *context, const struct store_row *row, struct err *err)
{
	struct buf *out = context;

	(void)err;
	buf_printf(out, "%llu %.*s;", (unsigned long long)row->key.uid,
	    (int)row->text[STORE_IDENTITY].n, row->text[STORE_IDENTITY].p);
	return 0;
}

static void assert_rows(const struct store_query *query, const char *want)
{
	struct store *store = open_version(99);
	struct err err = ERR_INIT;
	struct buf out;

	buf_init(&out, 0);
	if (store->ops->read(store, query, add_row, &out, &err) != 0)
		fail_msg("read: %s", err.text);
	assert_string_equal(buf_string(&out), want);
	buf_fini(&out);
	store->ops->free(store);
}

static const struct store_query all = {.until = STORE_MAX_TIME};

static int check_row(void *context, const struct store_row *row, struct err *err)
{
	const struct store_row *want = context;

	(void)err;
	assert_int_equal(row->key.epoch, want->key.epoch);
	assert_int_equal(row->time, want->time);
	assert_int_equal(row->is_bounce, want->is_bounce);
	assert_int_equal(row->recipients, want->recipients);
	assert_true(span_eq(row->key.queue_id, want->key.queue_id));
	assert_true(span_eq(row->key.place.host, want->key.place.host));
	assert_true(span_eq(row->key.place.name, want->key.place.name));
	assert_true(span_eq(row->key.place.source, want->key.place.source));
	for (unsigned i = 0; i < STORE_TEXT_COUNT; i++)
		if (!span_eq(row->text[i], want->text[i]))
			fail_msg("text %u: \"%.*s\"", i, (int)row->text[i].n, row->text[i].p);
	return 0;
}

/* Each text has a value of its own, so that none can stand in another's place. */
static void test_round_trip(void **state)
{
	struct store_row row = row_of(1, SPAN("x' OR 1=1; --"));
	static char text[STORE_TEXT_COUNT][16];
	struct err err = ERR_INIT;
	struct store *store = open_version(1);
	struct stat st;

	(void)state;
	for (unsigned i = 0; i < STORE_TEXT_COUNT; i++) {
		snprintf(text[i], sizeof(text[i]), "text '%u\" \\", i);
		row.text[i] = span_of(text[i]);
	}
	row.key.queue_id = SPAN("4XyZ");
	row.is_bounce = true;
	row.recipients = UINT32_MAX;
	put(store, &row);
	commit(store);
	assert_int_equal(store->ops->read(store, &all, check_row, &row, &err), 0);
	store->ops->free(store);
	store = open_version(2);
	assert_int_equal(store->ops->read(store, &all, check_row, &row, &err), 0);
	store->ops->free(store);
	if (engine_is_clickhouse())
		return;
	assert_int_equal(stat(FILE_NAME, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
}

/* What a value of a hostile message can be, in every text, and as a place and a key. */
static void test_values(void **state)
{
	static char large[10000];
	const struct span values[] = {
	    SPAN("\t\n\r\x01\x08\x0c\x1b[2J\x7f"),
	    SPAN("'\"`\\ \\' \\\" \\N \\n \\x41 \\u0041 \\\\"),
	    SPAN("\xe2\x80\xae\xef\xbf\xbd\xf0\x9f\x98\x80\xed\x9f\xbf\xef\xbb\xbf"),
	    SPAN("null"),
	    SPAN("{\"a\":[1,\"b\"]}"),
	    SPAN(",\"identity\":\"x\","),
	    SPAN("Code: 60, e.displayText() = DB::Exception"),
	    SPAN("],\n\"rows\": 0"),
	    SPAN(" leading and trailing "),
	    {large, sizeof(large)},
	};

	(void)state;
	memset(large, '\'', sizeof(large));
	for (unsigned i = 0; i < TABLE_COUNT(values); i++) {
		struct store_row row = row_of(1, values[i]);
		struct err err = ERR_INIT;
		struct store *store;

		engine_forget();
		row.key.place = (struct store_place){values[i], values[i], values[i]};
		row.key.queue_id = values[i];
		for (unsigned t = 0; t < STORE_TEXT_COUNT; t++)
			row.text[t] = values[i];
		store = open_version(2);
		put(store, &row);
		commit(store);
		if (store->ops->read(store, &all, check_row, &row, &err) != 0)
			fail_msg("%u: %s", i, err.text);
		store->ops->free(store);
	}
}

static int count_row(void *context, const struct store_row *row, struct err *err);

/* Of more months than a server takes in one request, and the first and the last second. */
static void test_months(void **state)
{
	const int64_t month = 31 * STORE_DAY;
	struct store *store = open_version(2);
	struct err err = ERR_INIT;
	unsigned rows = 0;

	(void)state;
	for (unsigned i = 0; i < 400; i++) {
		struct store_row row = row_of(i + 1, SPAN("bob"));

		row.time = i == 0 ? 0 : i == 1 ? 1 : i == 2 ? STORE_MAX_TIME : i * month;
		put(store, &row);
	}
	commit(store);
	assert_int_equal(
	    store->ops->read(store, &(const struct store_query){.until = STORE_MAX_TIME + 1},
		count_row, &rows, &err),
	    0);
	assert_int_equal(rows, 400);
	rows = 0;
	assert_int_equal(
	    store->ops->read(store,
		&(const struct store_query){.since = STORE_MAX_TIME, .until = STORE_MAX_TIME + 1},
		count_row, &rows, &err),
	    0);
	assert_int_equal(rows, 1);
	store->ops->free(store);
}

static void put_all(uint64_t version, uint64_t first, uint64_t last, struct span identity)
{
	struct store *store = open_version(version);

	for (uint64_t uid = first; uid <= last; uid++) {
		const struct store_row row = row_of(uid, identity);

		put(store, &row);
	}
	commit(store);
	store->ops->free(store);
}

/* What comes again replaces, unless it is from an older run. */
static void test_again(void **state)
{
	(void)state;
	put_all(2, 1, 3, SPAN("bob"));
	put_all(2, 2, 3, SPAN("bob"));
	assert_rows(&all, "1 bob;2 bob;3 bob;");
	put_all(3, 2, 2, SPAN("eve"));
	assert_rows(&all, "1 bob;2 eve;3 bob;");
	put_all(1, 1, 4, SPAN("old"));
	assert_rows(&all, "1 bob;2 eve;3 bob;4 old;");
}

/* A row that comes again as it is makes the file no bigger. */
static void test_again_writes_nothing(void **state)
{
	struct stat before, after;

	(void)state;
	ENGINE_IS_FILE();
	put_all(1, 1, 1000, SPAN("bob"));
	assert_int_equal(stat(FILE_NAME, &before), 0);
	for (uint64_t version = 2; version < 5; version++)
		put_all(version, 1, 1000, SPAN("bob"));
	assert_int_equal(stat(FILE_NAME, &after), 0);
	assert_int_equal(after.st_size, before.st_size);
	assert_int_equal(after.st_mtim.tv_nsec, before.st_mtim.tv_nsec);
}

/* Without a commit there is nothing, and what comes after that is whole again. */
static void test_not_committed(void **state)
{
	struct store *store = open_version(1);
	const struct store_row row = row_of(1, SPAN("bob"));

	(void)state;
	put(store, &row);
	store->ops->free(store);
	assert_rows(&all, "");
	put_all(1, 1, 1, SPAN("bob"));
	assert_rows(&all, "1 bob;");
}

/* A text that is refused takes the open batch with it, and the numbers of its texts. */
static void test_bad_text(void **state)
{
	static const struct span bad[] = {SPAN("\xff"), SPAN("a\0b"), SPAN("\xed\xa0\xbd")};
	struct store *store = open_version(1);

	(void)state;
	for (unsigned i = 0; i < TABLE_COUNT(bad); i++) {
		struct store_row row = row_of(1, SPAN("lost"));
		struct err err = ERR_INIT;

		put(store, &row);
		row.text[STORE_SUBJECT] = bad[i];
		assert_int_equal(store->ops->put(store, &row, &err), -1);
		assert_int_equal(err.code, ERR_INTERNAL);
	}
	put(store, &(struct store_row){
		       .key = {.place = outgoing, .uid = 5}, .text[STORE_IDENTITY] = SPAN("lost")});
	commit(store);
	store->ops->free(store);
	assert_rows(&all, "5 lost;");
}

static void test_query(void **state)
{
	const struct store_place other = {SPAN("imap"), SPAN("other.example"), SPAN("Caught")};
	const struct store_query query[] = {
	    {.since = NOON + 2, .until = NOON + 4},
	    {.since = NOON + 4, .until = NOON + 4},
	    {.place = &outgoing, .since = NOON, .until = NOON + 3},
	    {.place = &other, .since = NOON, .until = NOON + 3},
	    {.place = &outgoing, .until = STORE_MAX_TIME},
	};
	static const char *const want[] = {
	    "2 bob;3 bob;", "", "1 bob;2 bob;", "", "1 bob;2 bob;3 bob;4 bob;"};

	(void)state;
	put_all(1, 1, 4, SPAN("bob"));
	for (unsigned i = 0; i < TABLE_COUNT(query); i++)
		assert_rows(&query[i], want[i]);
}

static int count_row(void *context, const struct store_row *row, struct err *err);

/* What makes the order of rows: a number for each of them. */
static int check_order(void *context, const struct store_row *row, struct err *err)
{
	uint64_t *last = context;
	const uint64_t here = row->key.epoch * 1000000 + row->key.uid * 10 + row->key.queue_id.n;

	(void)err;
	if (here <= *last)
		fail_msg("%llu behind %llu", (unsigned long long)here, (unsigned long long)*last);
	assert_true(span_eq(row->text[STORE_MAIL_FROM], row->text[STORE_SUBJECT]));
	*last = here;
	return 0;
}

/* However rows lie: all of them come, in their order, each with its own texts. */
static void test_order(void **state)
{
	static const struct {
		const char *name;
		unsigned rows, epochs;
		unsigned step; /* between numbers; 0: they have none */
	} rows[] = {
	    {"a mailbox", 500, 1, 1},
	    {"some epochs", 500, 7, 3},
	    {"too many epochs", 500, 90, 1},
	    {"far apart", 50, 1, 500},
	    {"logs", 50, 50, 0},
	    {"more texts than are at hand", 20000, 1, 1},
	};

	(void)state;
	for (unsigned i = 0; i < TABLE_COUNT(rows); i++) {
		struct store *store;
		uint64_t last = 0;
		struct err err = ERR_INIT;

		engine_forget();
		store = open_version(1);
		for (unsigned n = rows[i].rows; n > 0; n--) {
			struct store_row row = row_of(rows[i].step * n, SPAN("bob"));
			char text[32];

			row.key.epoch = 7 + n % rows[i].epochs;
			row.key.queue_id = rows[i].step == 0 ? SPAN("x") : SPAN_EMPTY;
			row.time = NOON + n % 3600;
			snprintf(text, sizeof(text), "text %u", n);
			row.text[STORE_SUBJECT] = row.text[STORE_MAIL_FROM] = span_of(text);
			put(store, &row);
		}
		commit(store);
		for (unsigned days = 1; days < 100; days += 98) {
			const struct store_query query = {&outgoing, NOON, NOON + days * STORE_DAY};
			unsigned count = 0;

			last = 0;
			if (store->ops->read(store, &query, check_order, &last, &err) != 0)
				fail_msg("%s: %s", rows[i].name, err.text);
			assert_int_equal(
			    store->ops->read(store, &query, count_row, &count, &err), 0);
			if (count != rows[i].rows)
				fail_msg("%s: %u rows", rows[i].name, count);
		}
		store->ops->free(store);
	}
}

static int count_row(void *context, const struct store_row *row, struct err *err)
{
	(void)row;
	(void)err;
	++*(unsigned *)context;
	return 0;
}

static int stop_row(void *context, const struct store_row *row, struct err *err)
{
	(void)context;
	(void)row;
	return err_set(err, ERR_IO, "enough");
}

static void test_taker_fails(void **state)
{
	struct store *store;
	struct err err = ERR_INIT;

	(void)state;
	put_all(1, 1, 4, SPAN("bob"));
	store = open_version(1);
	assert_int_equal(store->ops->read(store, &all, stop_row, NULL, &err), -1);
	assert_int_equal(err.code, ERR_IO);
	store->ops->free(store);
}

/* Batches that were full are there; the open one is not. */
static void test_killed(void **state)
{
	const unsigned rows = STORE_BATCH_ROWS + STORE_BATCH_ROWS / 2;
	unsigned there = 0;
	struct err err = ERR_INIT;
	struct store *store;
	int status;
	pid_t child = fork();

	(void)state;
	assert_true(child >= 0);
	if (child == 0) {
		store = open_version(1);
		for (unsigned uid = 1; uid <= rows; uid++) {
			const struct store_row row = row_of(uid, SPAN("bob"));

			put(store, &row);
		}
		raise(SIGKILL);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
	store = open_version(2);
	assert_int_equal(store->ops->read(store, &all, count_row, &there, &err), 0);
	assert_int_equal(there, STORE_BATCH_ROWS);
	store->ops->free(store);
}

static int64_t first_day;

/* "day+second..second": days from NOON's on. */
static int add_cover(void *context, const struct store_cover *cover, struct err *err)
{
	const int64_t day = cover->day * STORE_DAY;

	(void)err;
	buf_printf(context, "%lld+%lld..%lld;", (long long)(cover->day - first_day),
	    (long long)(cover->since - day), (long long)(cover->until - day));
	return 0;
}

static void put_cover(uint64_t version, uint64_t epoch, int64_t day, int64_t since, int64_t until)
{
	const int64_t at = (first_day + day) * STORE_DAY;
	const struct store_cover cover = {.place = outgoing,
	    .day = first_day + day,
	    .epoch = epoch,
	    .since = at + since,
	    .until = at + until};
	struct store *store = open_version(version);
	struct err err = ERR_INIT;

	if (store->ops->cover(store, &cover, &err) != 0)
		fail_msg("cover: %s", err.text);
	commit(store);
	store->ops->free(store);
}

static void assert_covered(const char *want)
{
	const struct store_query query = {
	    .since = first_day * STORE_DAY, .until = (first_day + 2) * STORE_DAY};
	struct store *store = open_version(9);
	struct err err = ERR_INIT;
	struct buf out;

	buf_init(&out, 0);
	assert_int_equal(store->ops->covered(store, &query, add_cover, &out, &err), 0);
	assert_string_equal(buf_string(&out), want);
	buf_fini(&out);
	store->ops->free(store);
}

/* What touches is put together, whatever comes first; what does not takes its place. */
static void test_coverage(void **state)
{
	(void)state;
	first_day = store_day(NOON);
	put_cover(1, 7, 0, 0, 3600);
	put_cover(1, 7, 1, 100, 200);
	put_cover(1, 7, 2, 0, STORE_DAY);
	assert_covered("0+0..3600;1+100..200;");
	put_cover(3, 7, 0, 3600, STORE_DAY);
	assert_covered("0+0..86400;1+100..200;");
	put_cover(2, 7, 0, 100, 200);
	assert_covered("0+0..86400;1+100..200;");
	put_cover(3, 7, 1, 300, 400);
	assert_covered("0+0..86400;1+300..400;");
	put_cover(2, 7, 1, 100, 200);
	assert_covered("0+0..86400;1+300..400;");
	put_cover(2, 7, 1, 200, 300);
	assert_covered("0+0..86400;1+200..400;");
	put_cover(4, 8, 0, 0, 10);
	assert_covered("0+0..10;1+200..400;");
	put_cover(3, 7, 0, 0, STORE_DAY);
	assert_covered("0+0..10;1+200..400;");
}

/* As a run does: it is noted, and keeps something of a mailbox that is another one each time. */
static void put_noted(int64_t ahead, const char *identity)
{
	static uint64_t epoch;
	const time_t now = time(NULL);
	const uint64_t version = (uint64_t)(now + ahead) * 1000000 + ++epoch;
	const struct store_run run = {
	    now + ahead, 0, SPAN("program 1"), SPAN("--x"), epoch, (int)epoch};
	const struct store_row row = row_of(1, span_of(identity));
	const struct store_cover cover = {.place = outgoing,
	    .day = store_day(NOON),
	    .epoch = epoch,
	    .since = NOON,
	    .until = NOON + 1};
	struct store *store = open_version(version);
	struct err err = ERR_INIT;

	assert_int_equal(store->ops->note_run(store, &run, &err), 0);
	put(store, &row);
	assert_int_equal(store->ops->cover(store, &cover, &err), 0);
	commit(store);
	store->ops->free(store);
}

static int note_epoch(void *context, const struct store_cover *cover, struct err *err)
{
	(void)err;
	*(uint64_t *)context = cover->epoch;
	return 0;
}

struct known_days {
	struct store_cover *cover;
	int count;
};

static int keep_cover(void *context, const struct store_cover *cover, struct err *err)
{
	struct known_days *days = context;

	(void)err;
	assert_true(days->count < 4);
	days->cover[days->count++] = *cover;
	return 0;
}

/* What a clock that was ahead has kept is replaced by all that come later, each of them. */
static void test_clock_ahead(void **state)
{
	static const struct {
		int64_t ahead;
		const char *identity;
	} rows[] = {{0, "first"}, {365 * STORE_DAY, "ahead"}, {0, "right"}, {0, "again"},
	    {30 * STORE_DAY, "less ahead"}, {-365 * STORE_DAY, "behind"}, {0, "last"}};
	const struct store_query query = {.since = NOON, .until = NOON + 2};

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		struct store *store;
		struct err err = ERR_INIT;
		uint64_t epoch = 0;
		struct buf want;

		put_noted(rows[i].ahead, rows[i].identity);
		buf_init(&want, 0);
		buf_printf(&want, "1 %s;", rows[i].identity);
		assert_rows(&query, buf_string(&want));
		buf_fini(&want);
		store = open_version(99);
		assert_int_equal(store->ops->covered(store, &query, note_epoch, &epoch, &err), 0);
		assert_row(epoch == i + 1, rows[i].identity);
		store->ops->free(store);
	}
}

/* Days of which a clock that was ahead has said all, and what is left of them for a right one. */
static void test_coverage_ahead(void **state)
{
	const int64_t today = store_day((int64_t)time(NULL)), now = (int64_t)time(NULL) % STORE_DAY;
	const uint64_t version = (uint64_t)time(NULL) * 1000000;
	const uint64_t ahead = version + (uint64_t)(3 * STORE_DAY) * 1000000;
	struct store *store = open_version(ahead);
	const struct store_run run = {
	    (int64_t)(ahead / 1000000), 0, SPAN("program 1"), SPAN(""), 0, 0};
	const struct store_query query = {
	    .since = (today - 1) * STORE_DAY, .until = (today + 3) * STORE_DAY};
	struct store_cover known[4];
	struct known_days days = {known, 0};
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(store->ops->note_run(store, &run, &err), 0);
	store->ops->free(store);
	first_day = today;
	for (int64_t day = -1; day < 3; day++)
		put_cover(ahead, 7, day, 0, day < 2 ? STORE_DAY : 0);
	store = open_version(version + 1);
	assert_int_equal(store->ops->covered(store, &query, keep_cover, &days, &err), 0);
	store->ops->free(store);
	assert_int_equal(days.count, 4);
	for (int i = 0; i < 4; i++) {
		const int64_t begin = (today + i - 1) * STORE_DAY;

		assert_int_equal(known[i].since, begin);
		assert_int_equal(known[i].ahead, i < 3 ? begin + STORE_DAY : begin);
		if (i == 0)
			assert_int_equal(known[i].until, begin + STORE_DAY);
		else if (i > 1)
			assert_int_equal(known[i].until, begin);
		else if (known[i].until < begin + now || known[i].until > begin + now + 3600)
			fail_msg("today is known up to %lld", (long long)known[i].until - begin);
	}
}

/* "since..until ahead uid reading" of the one day, from its beginning. */
static int add_reach(void *context, const struct store_cover *cover, struct err *err)
{
	const int64_t day = cover->day * STORE_DAY;

	(void)err;
	buf_printf(context, "%lld..%lld %lld %llu %llu", (long long)(cover->since - day),
	    (long long)(cover->until - day), (long long)(cover->ahead - day),
	    (unsigned long long)cover->uid, (unsigned long long)cover->reading);
	return 0;
}

/* What is known of a day, times from its beginning. */
struct reach {
	int64_t since, until, ahead;
	uint64_t uid, reading;
};

static void put_reach(const struct reach *reach)
{
	const int64_t at = store_day(NOON) * STORE_DAY;
	const struct store_cover cover = {
	    .place = outgoing,
	    .day = store_day(NOON),
	    .epoch = 7,
	    .since = at + reach->since,
	    .until = at + reach->until,
	    .ahead = at + reach->ahead,
	    .uid = reach->uid,
	    .reading = reach->reading,
	};
	struct store *store = open_version(1);
	struct err err = ERR_INIT;

	assert_int_equal(store->ops->cover(store, &cover, &err), 0);
	commit(store);
	store->ops->free(store);
}

/* Two runs that have read a day, one after the other: nothing is known but what both say. */
static void test_reach(void **state)
{
	static const struct {
		struct reach first, then;
		const char *want;
	} rows[] = {
	    /* the time of both, again */
	    {{0, 500, 900, 10, 3}, {0, 700, 900, 20, 3}, "0..700 900 20 3"},
	    {{0, 500, 900, 10, 3}, {0, 700, 900, 20, 4}, "0..700 900 20 4"},
	    /* more on both sides */
	    {{100, 500, 500, 10, 3}, {0, 900, 900, 20, 4}, "0..900 900 20 4"},
	    /* less */
	    {{0, 900, 900, 20, 3}, {100, 500, 500, 30, 3}, "0..900 900 20 3"},
	    {{0, 900, 900, 20, 3}, {100, 500, 500, 30, 4}, "0..900 900 0 0"},
	    /* the next part */
	    {{0, 500, 500, 10, 3}, {500, 900, 950, 20, 3}, "0..900 950 10 3"},
	    {{0, 500, 500, 10, 3}, {500, 900, 950, 20, 4}, "0..900 950 0 0"},
	    {{500, 900, 950, 20, 3}, {0, 500, 500, 10, 3}, "0..900 950 10 3"},
	    {{0, 500, 500, 0, 3}, {500, 900, 900, 20, 3}, "0..900 900 0 3"},
	    /* a gap */
	    {{0, 500, 500, 10, 3}, {600, 900, 900, 20, 3}, "600..900 900 20 3"},
	    /* `ahead` is left out */
	    {{0, 500, 0, 10, 3}, {500, 600, 0, 10, 3}, "0..600 600 10 3"},
	};

	(void)state;
	for (unsigned i = 0; i < TABLE_COUNT(rows); i++) {
		const struct store_query query = {.since = NOON, .until = NOON + 1};
		struct err err = ERR_INIT;
		struct store *store;
		struct buf out;

		engine_forget();
		put_reach(&rows[i].first);
		put_reach(&rows[i].then);
		store = open_version(2);
		buf_init(&out, 0);
		assert_int_equal(store->ops->covered(store, &query, add_reach, &out, &err), 0);
		if (strcmp(buf_string(&out), rows[i].want) != 0)
			fail_msg("row %u: %s, want %s", i, buf_string(&out), rows[i].want);
		buf_fini(&out);
		store->ops->free(store);
	}
}

static int add_uid(void *context, uint32_t uid, int64_t time, struct err *err)
{
	(void)err;
	assert_int_equal(time, NOON + uid);
	*(uint64_t *)context |= (uint64_t)1 << uid;
	return 0;
}

static int stop_uid(void *context, uint32_t uid, int64_t time, struct err *err)
{
	(void)context;
	(void)uid;
	(void)time;
	return err_set(err, ERR_IO, "enough");
}

static void test_uids(void **state)
{
	const struct {
		struct store_uids which;
		uint64_t want; /* a bit for each */
	} rows[] = {
	    {{outgoing, 7, 0, 0, STORE_MAX_TIME}, 0x1e},
	    {{outgoing, 7, 2, 0, STORE_MAX_TIME}, 0x18},
	    {{outgoing, 7, 0, NOON + 2, NOON + 4}, 0x0c},
	    {{outgoing, 8, 0, 0, STORE_MAX_TIME}, 0},
	    {{outgoing, 7, UINT32_MAX, 0, STORE_MAX_TIME}, 0},
	    {{{SPAN("imap"), SPAN("other.example"), SPAN("x")}, 7, 0, 0, STORE_MAX_TIME}, 0},
	};
	struct err err = ERR_INIT;
	struct store *store;

	(void)state;
	put_all(1, 1, 4, SPAN("bob"));
	store = open_version(2);
	for (unsigned i = 0; i < TABLE_COUNT(rows); i++) {
		uint64_t found = 0;

		assert_int_equal(store->ops->uids(store, &rows[i].which, add_uid, &found, &err), 0);
		assert_int_equal(found, rows[i].want);
	}
	assert_int_equal(store->ops->uids(store, &rows[0].which, stop_uid, NULL, &err), -1);
	assert_int_equal(err.code, ERR_IO);
	store->ops->free(store);
}

/* A file of the first form, as the program made it, with what is known of a day. */
static void test_first_form(void **state)
{
	(void)state;
	ENGINE_IS_FILE();
	run_sql("CREATE TABLE text (id INTEGER PRIMARY KEY, v TEXT NOT NULL UNIQUE) STRICT;"
		"INSERT INTO text VALUES (0, ''), (1, 'bob');"
		"CREATE TABLE place (id INTEGER PRIMARY KEY, source TEXT NOT NULL, host TEXT NOT "
		"NULL, name TEXT NOT NULL, UNIQUE (source, host, name)) STRICT;"
		"INSERT INTO place VALUES (1, 'imap', 'imap.example.com', 'Caught (Outgoing)');"
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
		"INSERT INTO message VALUES (1, 7, 5, '', 1, 20783, 1795694400, 0, 1, 1, 0, 0, 0, "
		"0, 0, 0, 0, 0, 0, '', '', '', '');"
		"CREATE INDEX message_day ON message (day, identity, source_ip, time, rcpts);"
		"CREATE TABLE coverage ("
		" place INTEGER NOT NULL, day INTEGER NOT NULL, epoch INTEGER NOT NULL,"
		" since INTEGER NOT NULL, until INTEGER NOT NULL,"
		" version INTEGER NOT NULL, PRIMARY KEY (place, day)) STRICT, WITHOUT ROWID;"
		"INSERT INTO coverage VALUES (1, 20783, 7, 1795651200, 1795737600, 1);"
		"PRAGMA application_id=0x51524831; PRAGMA user_version=1;");
	assert_int_equal(chmod(FILE_NAME, 0600), 0);
	first_day = store_day(NOON);
	for (unsigned i = 0; i < 2; i++) {
		assert_rows(&all, "5 bob;");
		assert_covered("0+0..86400;");
	}
	put_reach(&(const struct reach){0, STORE_DAY, STORE_DAY, 9, 3});
	assert_covered("0+0..86400;");
}

static void test_reading_makes_none(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	ENGINE_IS_FILE();
	assert_null(store_sqlite_open("none", 0, &err));
	assert_int_equal(err.code, ERR_CREATE);
	assert_int_equal(access("none", F_OK), -1);
}

static int add_place(void *context, const struct store_place *place, struct err *err)
{
	(void)err;
	buf_printf(context, "%.*s|%.*s|%.*s;", (int)place->source.n, place->source.p,
	    (int)place->host.n, place->host.p, (int)place->name.n, place->name.p);
	return 0;
}

/* Texts that are the same only when they are put together are different places. */
static void test_places(void **state)
{
	const struct store_place places[] = {{SPAN("imap"), SPAN("a"), SPAN("bc")},
	    {SPAN("imap"), SPAN("ab"), SPAN("c")}, {SPAN("log"), SPAN(""), SPAN("")},
	    {SPAN("imap"), SPAN("a"), SPAN("bc")}};
	struct store *store = open_version(1);
	struct err err = ERR_INIT;
	struct buf out;

	(void)state;
	for (unsigned i = 0; i < TABLE_COUNT(places); i++)
		put(store,
		    &(struct store_row){.key = {.place = places[i], .uid = i + 1}, .time = NOON});
	commit(store);
	buf_init(&out, 0);
	assert_int_equal(store->ops->places(store, add_place, &out, &err), 0);
	assert_string_equal(buf_string(&out), "imap|a|bc;imap|ab|c;log||;");
	buf_fini(&out);
	store->ops->free(store);
	assert_rows(&(const struct store_query){&places[0], 0, STORE_MAX_TIME}, "1 ;4 ;");
}

/* "day count/recent first..last VALUES [HOST];", days and seconds from NOON's day on. */
static int add_past(void *context, const struct store_past_day *day, struct err *err)
{
	const int64_t start = day->day * STORE_DAY;

	(void)err;
	buf_printf(context, "%lld %llu/%llu %lld..%lld", (long long)(day->day - store_day(NOON)),
	    (unsigned long long)day->count, (unsigned long long)day->recent,
	    (long long)(day->first - start), (long long)(day->last - start));
	for (unsigned i = 0; i < STORE_PAST_TEXTS; i++)
		if (day->value[i].p != NULL)
			buf_printf(context, " %.*s", (int)day->value[i].n, day->value[i].p);
	if (day->place.host.p != NULL)
		buf_printf(context, " [%.*s]", (int)day->place.host.n, day->place.host.p);
	buf_add_char(context, ';');
	return 0;
}

/* Of a day they come in any order. */
static void assert_items(const char *got, const char *want)
{
	for (const char *item = want; *item != '\0';) {
		const size_t n = strcspn(item, ";") + 1;
		const size_t at = span_find_text(span_of(got), (struct span){item, n});

		if (at == SPAN_NPOS || (at > 0 && got[at - 1] != ';'))
			fail_msg("%s, want %s", got, want);
		item += n;
	}
	assert_int_equal(strlen(got), strlen(want));
}

static void assert_past(const struct store_past *past, const char *want)
{
	struct store *store = open_version(9);
	struct err err = ERR_INIT;
	struct buf out;

	buf_init(&out, 0);
	if (store->ops->past(store, past, add_past, &out, &err) != 0)
		fail_msg("past: %s", err.text);
	assert_items(buf_string(&out), want);
	buf_fini(&out);
	store->ops->free(store);
}

/* Two places, three days, two senders, one bounce, a row without a time. */
static void put_past(void)
{
	static const struct {
		int64_t day, second;
		const char *host, *identity, *domain;
		bool is_bounce;
	} rows[] = {
	    {0, 10, "a", "bob", "b.example", false},
	    {0, 20, "a", "bob", "b.example", true},
	    {0, 30, "b", "bob", "c.example", false},
	    {0, 40, "a", "Bob", "b.example", false},
	    {1, 0, "a", "eve", "b.example", false},
	    {2, 50, "a", "bob", "b.example", false},
	    {2, 60, "a", "eve", "", false},
	};
	struct store *store = open_version(1);

	for (unsigned i = 0; i < TABLE_COUNT(rows); i++) {
		struct store_row row = row_of(i + 1, span_of(rows[i].identity));

		row.key.place.host = span_of(rows[i].host);
		row.time = (store_day(NOON) + rows[i].day) * STORE_DAY + rows[i].second;
		row.is_bounce = rows[i].is_bounce;
		row.text[STORE_DOMAIN] = span_of(rows[i].domain);
		put(store, &row);
	}
	put(store, &(struct store_row){
		       .key = {.place = outgoing, .uid = 99}, .text[STORE_IDENTITY] = SPAN("bob")});
	commit(store);
	store->ops->free(store);
}

static void test_past(void **state)
{
	const int64_t day = store_day(NOON) * STORE_DAY;
	const struct store_place a = {SPAN("imap"), SPAN("a"), SPAN("Caught (Outgoing)")};
	const struct store_place places[] = {a, {SPAN("imap"), SPAN("nowhere"), SPAN("")}};
	struct store_past past = {.text = {STORE_IDENTITY, STORE_DOMAIN},
	    .text_count = 1,
	    .since = day + STORE_DAY,
	    .until = day + 2 * STORE_DAY + 60};

	(void)state;
	assert_past(&past, "");
	put_past();
	assert_past(&past, "0 3/0 10..30 bob;0 1/0 40..40 Bob;1 1/1 0..0 eve;2 1/1 50..50 bob;");
	past.until--;
	past.since = day + 30;
	past.no_bounces = true;
	assert_past(&past, "0 2/1 10..30 bob;0 1/1 40..40 Bob;1 1/1 0..0 eve;2 1/1 50..50 bob;");
	past.text_count = 2;
	past.no_bounces = false;
	past.until = day + STORE_DAY;
	assert_past(&past, "0 2/0 10..20 bob b.example;0 1/1 30..30 bob c.example;"
			   "0 1/1 40..40 Bob b.example;");
	past.text_count = 0;
	past.by_place = true;
	assert_past(&past, "0 3/1 10..40 [a];0 1/1 30..30 [b];");
	past.place = places;
	past.place_count = TABLE_COUNT(places);
	assert_past(&past, "0 3/1 10..40 [a];");
	past.place = places + 1;
	past.place_count = 1;
	assert_past(&past, "");
}

/* A row of a saved report, of this folder; its place has no name. */
static void put_saved(struct store *store, uint64_t uid, const char *name, struct span identity)
{
	struct store_row row = row_of(uid, identity);

	row.key.place = (struct store_place){SPAN(STORE_SAVED), SPAN("a"), SPAN("")};
	row.key.queue_id = span_of(name);
	row.key.epoch = (uint64_t)row.time;
	put(store, &row);
}

/* They are asked for by the folder, and are no answer where they lack a value. */
static void test_past_of_saved(void **state)
{
	const struct store_place places[] = {
	    {SPAN("imap"), SPAN("a"), SPAN("Caught (Outgoing)")},
	    {SPAN(STORE_SAVED), SPAN("a"), SPAN("Caught (Outgoing)")},
	    {SPAN(STORE_SAVED), SPAN("nowhere"), SPAN("Caught (Outgoing)")},
	};
	struct store_past past = {.text = {STORE_IDENTITY},
	    .text_count = 1,
	    .until = STORE_MAX_TIME,
	    .place = places,
	    .place_count = TABLE_COUNT(places)};
	struct store *store = open_version(1);
	struct store_row row = row_of(1, SPAN("bob"));

	(void)state;
	row.key.place.host = SPAN("a");
	put(store, &row);
	put_saved(store, 2, "Caught (Outgoing)", SPAN("bob"));
	put_saved(store, 3, "Caught (Outgoing)", SPAN("eve"));
	put_saved(store, 4, "Caught (Outgoing)", SPAN(""));
	put_saved(store, 5, "Caught", SPAN("bob"));
	commit(store);
	store->ops->free(store);
	assert_past(&past, "0 2/2 43201..43202 bob;0 1/1 43203..43203 eve;");
	past.by_place = true;
	assert_past(&past, "0 1/1 43201..43201 bob [a];0 1/1 43202..43202 bob [a];"
			   "0 1/1 43203..43203 eve [a];");
	past.place_count = 1;
	assert_past(&past, "0 1/1 43201..43201 bob [a];");
	past.by_place = false;
	assert_past(&past, "0 1/1 43201..43201 bob;");
	past.place = places + 1;
	assert_past(&past, "0 1/1 43202..43202 bob;0 1/1 43203..43203 eve;");
	past.place_count = 0;
	assert_past(&past, "0 3/3 43201..43205 bob;0 1/1 43203..43203 eve;0 1/1 43204..43204 ;");
}

/* Each text stands in its own place, those that are in the table of messages, too. */
static void test_past_texts(void **state)
{
	struct store_row row = row_of(1, SPAN(""));
	static char text[STORE_TEXT_COUNT][16];
	struct store *store = open_version(1);

	(void)state;
	for (unsigned i = 0; i < STORE_TEXT_COUNT; i++) {
		snprintf(text[i], sizeof(text[i]), "text%u", i);
		row.text[i] = span_of(text[i]);
	}
	put(store, &row);
	commit(store);
	store->ops->free(store);
	for (unsigned i = 0; i < STORE_TEXT_COUNT; i++) {
		const struct store_past past = {
		    .text = {(enum store_text)i}, .text_count = 1, .until = NOON + 2};
		char want[sizeof(text) + 64];

		snprintf(want, sizeof(want), "0 1/1 43201..43201 %s;", text[i]);
		assert_past(&past, want);
	}
}

static int add_sum(void *context, const struct store_sum *sum, struct err *err)
{
	(void)err;
	assert_span_text(sum->identity, "bob", "identity");
	*(uint64_t *)context += sum->messages;
	return 0;
}

static int add_day_sum(void *context, const struct store_day_sum *sum, struct err *err)
{
	(void)err;
	buf_printf(context, " %d", (int)sum->messages);
	return 0;
}

/* And on each day. */
static void assert_sums_of_bob(uint64_t want, const char *days)
{
	const struct store_sender bob = {SPAN("bob"), {.since = 1, .until = STORE_MAX_TIME}};
	struct store *store = open_version(9);
	struct err err = ERR_INIT;
	uint64_t sum = 0;
	struct buf out;

	buf_init(&out, 0);
	assert_int_equal(store->ops->sums(store, &bob.query, add_sum, &sum, &err), 0);
	assert_int_equal(sum, want);
	assert_int_equal(store->ops->days(store, &bob, add_day_sum, &out, &err), 0);
	assert_string_equal(buf_string(&out) + 1, days);
	buf_fini(&out);
	store->ops->free(store);
}

/* A mailbox that was made anew has the same messages twice; of the time that is known of its new
 * epoch they count once. */
static void test_past_epochs(void **state)
{
	const int64_t day = store_day(NOON) * STORE_DAY;
	const struct store_past past = {
	    .text = {STORE_IDENTITY}, .text_count = 1, .until = day + 3 * STORE_DAY};
	struct store *store = open_version(1);

	(void)state;
	for (uint64_t epoch = 7; epoch < 9; epoch++)
		for (int i = 0; i < 3; i++) {
			struct store_row row = row_of((uint64_t)i + 1, SPAN("bob"));

			row.key.epoch = epoch;
			row.time = day + i * STORE_DAY + 10;
			put(store, &row);
		}
	put(store, &(struct store_row){.key = {.place = {SPAN("log"), SPAN("a"), SPAN("")},
					   .epoch = (uint64_t)day,
					   .queue_id = SPAN("x")},
		       .time = day + 5,
		       .text[STORE_IDENTITY] = SPAN("bob")});
	commit(store);
	store->ops->free(store);
	first_day = store_day(NOON);
	assert_past(&past, "0 3/3 5..10 bob;1 2/2 10..10 bob;2 2/2 10..10 bob;");
	put_cover(2, 8, 0, 0, STORE_DAY);
	put_cover(2, 8, 1, 0, 10);
	put_cover(2, 7, 2, 0, STORE_DAY);
	assert_past(&past, "0 2/2 5..10 bob;1 2/2 10..10 bob;2 1/1 10..10 bob;");
	assert_sums_of_bob(5, "2 2 1");
}

static void test_past_damaged(void **state)
{
	const struct store_past past = {
	    .text = {STORE_IDENTITY}, .text_count = 1, .by_place = true, .until = NOON + 2};
	static const char *const damage[] = {"UPDATE text SET v='a'||char(0)||'b' WHERE v='bob'",
	    "UPDATE message SET identity=12345", "DELETE FROM place", "DROP TABLE text",
	    "UPDATE message SET day=-1"};

	(void)state;
	ENGINE_IS_FILE();
	for (unsigned i = 0; i < TABLE_COUNT(damage); i++) {
		struct store *store;
		struct err err = ERR_INIT;
		struct buf out;

		engine_forget();
		put_all(1, 1, 1, SPAN("bob"));
		run_sql(damage[i]);
		store = open_version(2);
		buf_init(&out, 0);
		if (store->ops->past(store, &past, add_past, &out, &err) != -1 ||
		    err.code != ERR_DATA || out.n != 0)
			fail_msg("%s: code %d, %s", damage[i], err.code, buf_string(&out));
		buf_fini(&out);
		store->ops->free(store);
	}
}

static void test_refused_files(void **state)
{
	(void)state;
	ENGINE_IS_FILE();
	write_text("text", "this is no database, however long it may be: as long as a page\n");
	assert_refused("text", ERR_DATA, "it is no history");
	assert_int_equal(symlink("elsewhere", "link"), 0);
	assert_refused("link", ERR_CREATE, "cannot open the history 'link'");
	assert_int_equal(mkdir("directory", 0700), 0);
	assert_refused("directory", ERR_CREATE, "cannot open the history 'directory'");
	assert_refused("missing/history", ERR_CREATE, "cannot open the folder 'missing'");
	write_text("shared", "");
	assert_int_equal(chmod("shared", 0666), 0);
	assert_refused("shared", ERR_CONFIG, "others may write to the history");
	assert_int_equal(mkdir("open", 0700), 0);
	assert_int_equal(chmod("open", 0777), 0);
	assert_refused("open/history", ERR_CONFIG, "others may write to the folder");
}

static void test_foreign_databases(void **state)
{
	(void)state;
	ENGINE_IS_FILE();
	run_sql("CREATE TABLE notes (a)");
	assert_refused(FILE_NAME, ERR_DATA, "is a database, but no history");
	run_sql("DROP TABLE notes; PRAGMA application_id=1364346929; PRAGMA user_version=77");
	assert_refused(FILE_NAME, ERR_DATA, "a later version");
	run_sql("PRAGMA user_version=0");
	assert_refused(FILE_NAME, ERR_DATA, "damaged");
}

/* Values that only another program can have put there. */
static void test_damaged_rows(void **state)
{
	static const char *const damage[] = {"UPDATE text SET v='a'||char(0)||'b' WHERE v='bob'",
	    "UPDATE text SET v=CAST(x'ff' AS TEXT) WHERE v='bob'", "UPDATE message SET uid=-1",
	    "UPDATE message SET bounce=7", "UPDATE message SET identity=12345",
	    "UPDATE message SET rcpts=4294967296", "DELETE FROM place",
	    "DELETE FROM text WHERE v='bob'", "DROP TABLE text"};

	(void)state;
	ENGINE_IS_FILE();
	for (unsigned i = 0; i < TABLE_COUNT(damage); i++) {
		struct store *store;
		struct err err = ERR_INIT;
		unsigned rows = 0;

		engine_forget();
		put_all(1, 1, 1, SPAN("bob"));
		run_sql(damage[i]);
		store = open_version(2);
		if (store->ops->read(store, &all, count_row, &rows, &err) != -1 ||
		    err.code != ERR_DATA || rows != 0)
			fail_msg("%s: code %d, %u rows", damage[i], err.code, rows);
		store->ops->free(store);
	}
}

/* An empty file is a history without rows, as mktemp(1) makes one. */
static void test_empty_file(void **state)
{
	(void)state;
	ENGINE_IS_FILE();
	write_text(FILE_NAME, "");
	assert_rows(&all, "");
}

static void test_truncated(void **state)
{
	struct err err = ERR_INIT;
	struct store *store;
	unsigned rows = 0;

	(void)state;
	ENGINE_IS_FILE();
	put_all(1, 1, 2000, SPAN("bob"));
	assert_int_equal(truncate(FILE_NAME, 3 * 4096), 0);
	store = store_sqlite_open(FILE_NAME, 2, &err);
	if (store != NULL) {
		assert_int_equal(store->ops->read(store, &all, count_row, &rows, &err), -1);
		store->ops->free(store);
	}
	assert_int_equal(err.code, ERR_DATA);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, enter_folder, leave_folder)
	    TEST(test_round_trip),
	    TEST(test_values),
	    TEST(test_months),
	    TEST(test_again),
	    TEST(test_again_writes_nothing),
	    TEST(test_not_committed),
	    TEST(test_bad_text),
	    TEST(test_query),
	    TEST(test_order),
	    TEST(test_taker_fails),
	    TEST(test_killed),
	    TEST(test_coverage),
	    TEST(test_clock_ahead),
	    TEST(test_coverage_ahead),
	    TEST(test_reach),
	    TEST(test_uids),
	    TEST(test_first_form),
	    TEST(test_reading_makes_none),
	    TEST(test_places),
	    TEST(test_past),
	    TEST(test_past_of_saved),
	    TEST(test_past_texts),
	    TEST(test_past_epochs),
	    TEST(test_past_damaged),
	    TEST(test_refused_files),
	    TEST(test_foreign_databases),
	    TEST(test_damaged_rows),
	    TEST(test_empty_file),
	    TEST(test_truncated),
#undef TEST
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
