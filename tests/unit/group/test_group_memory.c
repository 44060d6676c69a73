/*
 * Grouping when memory runs out: each allocation in turn fails, the run ends
 * with an error, and what was made can be freed. The linker wraps malloc(3)
 * and others (--wrap); the Judy library calls JudyMalloc(), which a program
 * may define.
 */
#include "tests/unit/group_message.h"

#include <stdio.h>

#include "tests/unit/failing_memory.h"
#include "group/group_past.h"
#include "group/group_sketch.h"

unsigned long JudyMalloc(unsigned long words);
void JudyFree(void *p, unsigned long words);

static unsigned refused_judy;

/*
 * A Judy array that ran out of memory may leak (Judy.h, JU_ERRNO_NOMEM), so all blocks are listed.
 */
struct judy_block {
	struct judy_block *next;
	struct judy_block *before;
};

static struct judy_block judy_blocks = {&judy_blocks, &judy_blocks};

unsigned long JudyMalloc(unsigned long words)
{
	struct judy_block *block;

	if (allocation_fails()) {
		refused_judy++;
		return 0;
	}
	block = __real_malloc(sizeof(*block) + words * sizeof(unsigned long));
	assert_non_null(block);
	*block = (struct judy_block){judy_blocks.next, &judy_blocks};
	block->next->before = block->before->next = block;
	return (unsigned long)(block + 1);
}

void JudyFree(void *p, unsigned long words)
{
	struct judy_block *block = (struct judy_block *)p - 1;

	(void)words;
	block->next->before = block->before;
	block->before->next = block->next;
	free(block);
}

static unsigned judy_free_lost(void)
{
	unsigned lost = 0;

	for (; judy_blocks.next != &judy_blocks; lost++)
		JudyFree(judy_blocks.next + 1, 0);
	return lost;
}

#define MESSAGES 400

static int add_messages(struct group_set *set, struct err *err)
{
	char text[8][64];
	int result = 0;

	for (unsigned i = 0; i < MESSAGES && result == 0; i++) {
		const struct group_message message = {
		    .identity = text[0],
		    .to = text[1],
		    .subject = i % 3 == 0 ? "" : text[2],
		    .source_ip = text[3],
		    .script = text[4],
		    .when = GROUP_PAST_DAY * (time_t)(1 + i % 5),
		};
		struct record record;

		snprintf(text[0], sizeof(text[0]), "office%u@example.com", i % 130);
		snprintf(text[1], sizeof(text[1]), "\"r\"@example.org, r%u@example.org", i);
		snprintf(text[2], sizeof(text[2]), "Subject %u", i);
		snprintf(
		    text[3], sizeof(text[3]), "192.0.2.%u%.*s", i / 200, (int)(i / 8), text[2]);
		snprintf(text[4], sizeof(text[4]), "m%u.php", i / 150);
		record = group_message_record(&message);
		result = group_set_add(set, &record, err);
	}
	return result;
}

/* Days before the report of all of them, the last ones of which are kept. */
static int add_past(struct group_set *set, struct grouping *grouping, struct err *err)
{
	const struct group_past_terms terms = {.since = GROUP_PAST_DAY * 50};
	int result = group_past_begin(grouping, &terms, err);
	struct record record = {0};
	char text[64];

	for (unsigned i = 0; i < MESSAGES && result == 0; i++) {
		const struct group_past_day day = {
		    .record = &record, .day = 10 + i / 10, .count = 1, .recent = 1};

		snprintf(text, sizeof(text), "Office%u@example.com", i % 130);
		record.value[COLUMN_IDENTITY] = span_of(text);
		result = group_past_add(set, grouping, &day, err);
	}
	return result;
}

static int run(unsigned i, struct err *err)
{
	const struct column_list by_time = {.count = 1, .column = {COLUMN_HOUR}};
	const struct column_list by_two = {.count = 2, .column = {COLUMN_SOURCE_IP, COLUMN_TO}};
	const struct column_list by_one = {.count = 1, .column = {COLUMN_IDENTITY}};
	const struct group_limits limits = {.top = 3};
	struct group_set *set;
	struct grouping *grouping;
	struct group_view view;
	int result = -1;

	allowed = i;
	set = group_set_new(err);
	if (set == NULL || group_set_get(set, &by_two, err) == NULL ||
	    group_set_get(set, &by_time, err) == NULL ||
	    (grouping = group_set_get(set, &by_one, err)) == NULL)
		goto out;
	group_past_keep(grouping);
	if (add_messages(set, err) != 0 || add_past(set, grouping, err) != 0)
		goto out;
	result = group_view_init(&view, grouping, &limits, err);
out:
	group_set_free(set);
	return result;
}

/* A message whose values are all new. */
static int add_new(struct group_set *set, unsigned i, struct err *err)
{
	char text[4][64];
	const struct group_message message = {
	    .identity = "office@example.com",
	    .to = text[0],
	    .subject = text[1],
	    .source_ip = text[2],
	    .script = text[3],
	};
	struct record record;

	snprintf(text[0], sizeof(text[0]), "r%u@example.org", i);
	snprintf(text[1], sizeof(text[1]), "Subject %u", i);
	snprintf(text[2], sizeof(text[2]), "2001:db8::%x", i);
	snprintf(text[3], sizeof(text[3]), "m%u.php", i);
	record = group_message_record(&message);
	return group_set_add(set, &record, err);
}

/* Values that are estimated from here on; memory is short after the others. */
static int run_estimates(unsigned i, struct err *err)
{
	const struct column_list key = {.count = 1, .column = {COLUMN_IDENTITY}};
	struct group_set *set = group_set_new(err);
	int result = 0;

	assert_non_null(set);
	assert_non_null(group_set_get(set, &key, err));
	for (unsigned n = 0; n < GROUP_EXACT_MOST; n++)
		assert_int_equal(add_new(set, n, err), 0);
	allowed = i;
	for (unsigned n = 0; n < 20 && result == 0; n++)
		result = add_new(set, GROUP_EXACT_MOST + n, err);
	/* The last becomes the most frequent one. */
	for (unsigned n = 0; n < 3 && result == 0; n++)
		result = add_new(set, GROUP_EXACT_MOST + 19, err);
	if (result == 0)
		assert_true(group_set_error(set) > 0);
	group_set_free(set);
	return result;
}

/* Sketches until they are folded. */
static int run_sketches(unsigned i, struct err *err)
{
	struct group_sketches sketches;
	int result = 0;

	group_sketches_init(&sketches);
	for (unsigned n = 0; n < 20; n++)
		assert_non_null(group_sketch_new(&sketches));
	sketches.bytes = GROUP_SKETCH_MAX_BYTES; /* as if there were many more */
	allowed = i;
	if (group_sketch_new(&sketches) == NULL)
		result = err_nomem(err);
	sketches.bytes = 0;
	group_sketches_fini(&sketches);
	return result;
}

/* A run in which all allocations but the first i fail; false when it needs no more than these. */
static bool run_short_of_memory(int (*run_once)(unsigned i, struct err *err), unsigned i)
{
	struct err err = ERR_INIT;
	int result;

	refused = refused_judy = 0;
	result = run_once(i, &err);
	allowed = NEVER;
	if (refused == 0)
		assert_int_equal(result, 0);
	else if (result != -1 || err.code != ERR_SYSTEM || strcmp(err.text, "out of memory") != 0)
		fail_msg("allocation %u: %d, code %d: %s", i, result, (int)err.code, err.text);
	if (judy_free_lost() != 0)
		assert_true(refused_judy > 0);
	return refused > 0;
}

static void test_each_allocation(void **state)
{
	unsigned judy = 0;
	unsigned i;

	(void)state;
	for (i = 0; run_short_of_memory(run, i); i++)
		judy += refused_judy > 0;
	assert_true(judy > 50);
	assert_true(i - judy > 10); /* the others are ours */
}

static void test_estimates(void **state)
{
	unsigned i = 0;

	(void)state;
	while (run_short_of_memory(run_estimates, i))
		i++;
	/* The list of them, two tallies, three sketches of two allocations. */
	assert_true(i >= 9);
}

static void test_folded_sketches(void **state)
{
	unsigned i = 0;

	(void)state;
	while (run_short_of_memory(run_sketches, i))
		i++;
	assert_true(i > 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_each_allocation),
	    cmocka_unit_test(test_estimates),
	    cmocka_unit_test(test_folded_sketches),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
