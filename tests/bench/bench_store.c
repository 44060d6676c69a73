/*
 * What the history costs: CPU time for a row, size, memory.
 *
 *     bench_store FILE ROWS
 *     bench_store PORT ROWS
 *
 * The second is for the database qr of a ClickHouse server on this machine, without a password; of
 * what it does itself the clock says something, of this program the processor.
 *
 * Makes ROWS rows of 90 days and 4,000 identities, puts them into a new history FILE, puts them
 * again, reads a day, a month and all of them, and asks for the days of the past by identity, by
 * domain, and by both without bounces.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

#include "base/arena.h"
#include "store/store.h"

#define DAYS       90u
#define IDENTITIES 4000u
#define FIRST_DAY  20000

/* Scatters numbers; the same ones in every run. */
static unsigned scatter(unsigned number)
{
	uint64_t x = number * UINT64_C(0x9E3779B97F4A7C15);

	x ^= x >> 29;
	x *= UINT64_C(0xBF58476D1CE4E5B9);
	return (unsigned)(x >> 32);
}

/* Few identities send most of the messages. */
static unsigned identity_of(unsigned i)
{
	const double share = (double)scatter(i) / 4294967296.0;

	return (unsigned)(share * share * share * IDENTITIES);
}

static struct store_row make_row(unsigned i, unsigned rows, struct arena *arena)
{
	const unsigned identity = identity_of(i);
	struct store_row row = {
	    .key = {.place = {SPAN("imap"), SPAN("imap.example.com"), SPAN("Caught (Outgoing)")},
		.epoch = 1790000000,
		.uid = i + 1},
	    .time = (FIRST_DAY + (int64_t)i * DAYS / rows) * STORE_DAY + i % STORE_DAY,
	    .recipients = 1 + scatter(i) % 3,
	};

	row.text[STORE_IDENTITY] =
	    arena_printf(arena, "office%u@customer%u.example", identity, identity % 1000);
	row.text[STORE_DOMAIN] = arena_printf(arena, "customer%u.example", identity % 1000);
	row.text[STORE_AUTH_USER] = row.text[STORE_IDENTITY];
	row.text[STORE_SOURCE_IP] = arena_printf(arena, "2001:db8::%x", scatter(i) % 22000);
	row.text[STORE_SUBJECT] =
	    arena_printf(arena, "Your invoice number %u is ready to be paid", scatter(i) % 30000);
	row.text[STORE_MAIL_FROM] = row.text[STORE_IDENTITY];
	row.text[STORE_CLASS] = SPAN("spam");
	row.text[STORE_EVIDENCE] = SPAN("authenticated");
	row.text[STORE_RULES] = SPAN("identity=x-authuser auth_user=x-authuser");
	row.text[STORE_RCPT] =
	    arena_printf(arena, "reader%u@mail%u.example.org", scatter(i + 7), i % 7);
	row.text[STORE_MESSAGE_ID] =
	    arena_printf(arena, "<%08x.%u@web%u.example>", scatter(i), i, i % 9);
	row.text[STORE_EXTRA] = SPAN("{}");
	return row;
}

static struct store *open_store(const char *file, uint64_t version, struct err *err)
{
	static struct store_clickhouse_settings settings = {
	    .http = {.peer = "the server",
		.host = "127.0.0.1",
		.path = "/",
		.plaintext = true,
		.gzip = true,
		.max_body = UINT64_MAX,
		.timeout = 600},
	    .name = "the server",
	    .database = "qr",
	};

	settings.http.port = (unsigned)strtoul(file, NULL, 10);
	if (settings.http.port == 0)
		return store_sqlite_open(file, version, err);
	return store_clickhouse_open(&settings, version, err);
}

static double wall(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* A question to a store that was opened for it: how long it takes, and how many rows come. */
struct lap {
	struct store *store;
	double start, clock;
	unsigned rows;
};

static int lap_begin(struct lap *lap, const char *file, struct err *err)
{
	*lap = (struct lap){.store = open_store(file, 3, err)};
	lap->start = seconds();
	lap->clock = wall();
	return lap->store != NULL ? 0 : -1;
}

static double lap_cpu_ms(const struct lap *lap)
{
	return (seconds() - lap->start) * 1e3;
}

static double lap_ms(const struct lap *lap)
{
	return (wall() - lap->clock) * 1e3;
}

static int lap_end(const struct lap *lap, int result)
{
	lap->store->ops->free(lap->store);
	return result;
}

static int put_all(const char *file, uint64_t version, unsigned rows, struct err *err)
{
	const double start = seconds(), clock = wall();
	struct store *store = open_store(file, version, err);
	struct arena arena;
	int result = store != NULL ? 0 : -1;

	arena_init(&arena);
	for (unsigned i = 0; i < rows && result == 0; i++) {
		const struct store_row row = make_row(i, rows, &arena);

		result = store->ops->put(store, &row, err);
		arena_reset(&arena);
	}
	if (result == 0)
		result = store->ops->commit(store, err);
	if (store != NULL)
		store->ops->free(store);
	arena_fini(&arena);
	if (result == 0)
		printf("put %u rows: %.2f s of CPU, %.0f rows a second; %.2f s\n", rows,
		    seconds() - start, rows / (seconds() - start), wall() - clock);
	return result;
}

static int count_row(void *context, const struct store_row *row, struct err *err)
{
	(void)row;
	(void)err;
	++*(unsigned *)context;
	return 0;
}

static int read_days(const char *file, int64_t days, struct err *err)
{
	const struct store_query query = {
	    .since = FIRST_DAY * STORE_DAY, .until = (FIRST_DAY + days) * STORE_DAY};
	struct lap lap;
	int result;

	if (lap_begin(&lap, file, err) != 0)
		return -1;
	result = lap.store->ops->read(lap.store, &query, count_row, &lap.rows, err);
	if (result == 0)
		printf("read %u rows of %d days: %.1f ms of CPU, %.2f us a row; %.0f ms\n",
		    lap.rows, (int)days, lap_cpu_ms(&lap), lap_cpu_ms(&lap) * 1e3 / lap.rows,
		    lap_ms(&lap));
	return lap_end(&lap, result);
}

static int count_past(void *context, const struct store_past_day *day, struct err *err)
{
	(void)day;
	(void)err;
	++*(unsigned *)context;
	return 0;
}

static int read_past(
    const char *file, const char *what, const struct store_past *past, struct err *err)
{
	struct lap lap;
	int result;

	if (lap_begin(&lap, file, err) != 0)
		return -1;
	result = lap.store->ops->past(lap.store, past, count_past, &lap.rows, err);
	if (result == 0)
		printf("past by %s: %u rows, %.1f ms of CPU; %.0f ms\n", what, lap.rows,
		    lap_cpu_ms(&lap), lap_ms(&lap));
	return lap_end(&lap, result);
}

static int read_pasts(const char *file, struct err *err)
{
	struct store_past past = {
	    .text = {STORE_IDENTITY},
	    .text_count = 1,
	    .since = (FIRST_DAY + DAYS - 2) * STORE_DAY,
	    .until = (FIRST_DAY + DAYS - 1) * STORE_DAY,
	};

	if (read_past(file, "identity", &past, err) != 0)
		return -1;
	past.text[0] = STORE_DOMAIN;
	if (read_past(file, "domain", &past, err) != 0)
		return -1;
	past.text[past.text_count++] = STORE_IDENTITY;
	past.no_bounces = true;
	return read_past(file, "both, no bounces", &past, err);
}

static int count_sum(void *context, const struct store_sum *sum, struct err *err)
{
	(void)sum;
	(void)err;
	++*(unsigned *)context;
	return 0;
}

/* Who sent how much: what history show asks. */
static int read_sums(const char *file, int64_t days, struct err *err)
{
	const struct store_query query = {
	    .since = FIRST_DAY * STORE_DAY, .until = (FIRST_DAY + days) * STORE_DAY};
	struct lap lap;
	int result;

	if (lap_begin(&lap, file, err) != 0)
		return -1;
	result = lap.store->ops->sums(lap.store, &query, count_sum, &lap.rows, err);
	if (result == 0)
		printf("by identity, %d days: %u, %.1f ms of CPU; %.0f ms\n", (int)days, lap.rows,
		    lap_cpu_ms(&lap), lap_ms(&lap));
	return lap_end(&lap, result);
}

static int read_all_sums(const char *file, struct err *err)
{
	if (read_sums(file, 1, err) != 0 || read_sums(file, 30, err) != 0)
		return -1;
	return read_sums(file, DAYS, err);
}

static int count_day(void *context, const struct store_day_sum *day, struct err *err)
{
	(void)day;
	(void)err;
	++*(unsigned *)context;
	return 0;
}

/* All days of one: what history show asks about an identity. */
static int read_sender(const char *file, struct err *err)
{
	const struct store_sender sender = {
	    SPAN("office7@customer7.example"), {.until = STORE_MAX_TIME}};
	struct lap lap;
	int result;

	if (lap_begin(&lap, file, err) != 0)
		return -1;
	result = lap.store->ops->days(lap.store, &sender, count_day, &lap.rows, err);
	if (result == 0)
		printf("days of one identity: %u, %.1f ms of CPU; %.0f ms\n", lap.rows,
		    lap_cpu_ms(&lap), lap_ms(&lap));
	return lap_end(&lap, result);
}

static int print_size(const char *file, struct err *err)
{
	struct store *store = open_store(file, 3, err);
	struct store_about about;
	struct rusage usage;
	int result = store != NULL ? store->ops->about(store, &about, err) : -1;

	getrusage(RUSAGE_SELF, &usage);
	if (result == 0)
		printf("%.1f MiB on disk, %.1f MiB of memory\n", (double)about.bytes / 1048576,
		    (double)usage.ru_maxrss / 1024);
	if (store != NULL)
		store->ops->free(store);
	return result;
}

int main(int argc, char **argv)
{
	const unsigned rows = argc == 3 ? (unsigned)strtoul(argv[2], NULL, 10) : 0;
	struct err err = ERR_INIT;

	if (rows == 0) {
		fprintf(stderr, "bench_store FILE|PORT ROWS\n");
		return 64;
	}
	if (put_all(argv[1], 1, rows, &err) != 0 || put_all(argv[1], 2, rows, &err) != 0 ||
	    read_days(argv[1], 1, &err) != 0 || read_days(argv[1], 30, &err) != 0 ||
	    read_days(argv[1], DAYS, &err) != 0 || read_pasts(argv[1], &err) != 0 ||
	    read_all_sums(argv[1], &err) != 0 || read_sender(argv[1], &err) != 0 ||
	    print_size(argv[1], &err) != 0) {
		fprintf(stderr, "%s\n", err.text);
		return 1;
	}
	return 0;
}
