/*
 * What grouping costs: time for a message, and memory.
 *
 *     bench_group MESSAGES GROUPS [RECIPIENTS [VALUES]]
 *
 * Makes MESSAGES records of GROUPS identities in a scattered order, groups them by Identity and
 * ranks the groups. Of 100 messages RECIPIENTS have a recipient of their own (default 100), and
 * VALUES a subject, a source address and a script of their own (default 0). The records are made in
 * small batches outside of the time that is measured.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

#include "base/arena.h"
#include "group/group_set.h"

#define BATCH 64u

struct bench {
	unsigned messages;
	unsigned groups;
	unsigned recipients;
	unsigned values;
};

/* Scatters numbers; the same ones in every run. */
static unsigned scatter(unsigned number)
{
	uint64_t x = number * UINT64_C(0x9E3779B97F4A7C15);

	x ^= x >> 29;
	x *= UINT64_C(0xBF58476D1CE4E5B9);
	return (unsigned)(x >> 32);
}

/* A number of the message's own in so many of 100 cases, else one of a few. */
static unsigned own(unsigned i, unsigned percent, unsigned salt)
{
	return i % 100 < percent ? i : scatter(i + salt) % 20;
}

static void make_record(
    const struct bench *bench, unsigned i, struct arena *arena, struct record *record)
{
	unsigned group = scatter(i) % bench->groups;
	unsigned ip = own(i, bench->values, 1);

	if (bench->groups == bench->messages)
		group = i;
	*record = (struct record){.number = i, .uid = i + 1, .internal_date = 1790000000 + i};
	record->value[COLUMN_DATE] = SPAN("2026-09-21T15:33:20+02:00");
	record->value[COLUMN_IDENTITY] =
	    arena_printf(arena, "office%u@customer%u.example", group, group % 1000);
	record->value[COLUMN_TO] =
	    arena_printf(arena, "\"Reader %u\" <reader%u@mail%u.example.org>",
		own(i, bench->recipients, 2), own(i, bench->recipients, 2), i % 7);
	record->value[COLUMN_SUBJECT] = arena_printf(
	    arena, "Your invoice number %u is ready to be paid", group + own(i, bench->values, 3));
	record->value[COLUMN_SOURCE_IP] =
	    arena_printf(arena, "2001:db8::%x:%x", (group + ip) >> 16, (group + ip) & 0xFFFF);
	record->value[COLUMN_PHP_SCRIPT] = arena_printf(arena,
	    "customer%u.example/wp-content/mail%u.php", group % 1000, own(i, bench->values, 4));
}

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static int add_all(const struct bench *bench, struct group_set *set, double *spent, struct err *err)
{
	static struct record records[BATCH];
	struct arena arena;
	int result = 0;

	arena_init(&arena);
	for (unsigned i = 0; i < bench->messages && result == 0; i += BATCH) {
		unsigned n = bench->messages - i < BATCH ? bench->messages - i : BATCH;
		double start;

		arena_reset(&arena);
		for (unsigned k = 0; k < n; k++)
			make_record(bench, i + k, &arena, &records[k]);
		start = seconds();
		for (unsigned k = 0; k < n && result == 0; k++)
			result = group_set_add(set, &records[k], err);
		*spent += seconds() - start;
	}
	arena_fini(&arena);
	return result;
}

static int run(const struct bench *bench, struct err *err)
{
	const struct column_list key = {.count = 1, .column = {COLUMN_IDENTITY}};
	const struct group_limits limits = {.top = 10};
	struct group_set *set = group_set_new(err);
	struct grouping *grouping = NULL;
	struct group_view view;
	struct rusage usage;
	double spent = 0, start;
	int result = -1;

	if (set == NULL || (grouping = group_set_get(set, &key, err)) == NULL ||
	    add_all(bench, set, &spent, err) != 0)
		goto out;
	start = seconds();
	if (group_view_init(&view, grouping, &limits, err) != 0)
		goto out;
	getrusage(RUSAGE_SELF, &usage);
	printf("%u messages, %u groups: %.0f ns a message, ranked in %.0f ms, peak %.1f MiB\n",
	    bench->messages, grouping_count(grouping), spent * 1e9 / bench->messages,
	    (seconds() - start) * 1e3, (double)usage.ru_maxrss / 1024);
	result = 0;
out:
	group_set_free(set);
	return result;
}

static unsigned argument(int argc, char **argv, int i, unsigned otherwise)
{
	return i < argc ? (unsigned)strtoul(argv[i], NULL, 10) : otherwise;
}

int main(int argc, char **argv)
{
	const struct bench bench = {
	    .messages = argument(argc, argv, 1, 0),
	    .groups = argument(argc, argv, 2, 0),
	    .recipients = argument(argc, argv, 3, 100),
	    .values = argument(argc, argv, 4, 0),
	};
	struct err err = ERR_INIT;

	if (bench.messages == 0 || bench.groups == 0) {
		fprintf(stderr, "usage: bench_group MESSAGES GROUPS [RECIPIENTS [VALUES]]\n");
		return EXIT_FAILURE;
	}
	if (run(&bench, &err) != 0) {
		fprintf(stderr, "bench_group: %s\n", err.text);
		return EXIT_FAILURE;
	}
	return EXIT_SUCCESS;
}
