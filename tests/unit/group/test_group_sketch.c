#include "tests/unit/table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "group/group_sketch.h"
#include "group/group_tally.h"

/* A good hash of a number (splitmix64), in the place of SipHash, and the same in every run. */
static uint64_t hash_of(uint64_t number)
{
	uint64_t x = (number + 1) * UINT64_C(0x9E3779B97F4A7C15);

	x = (x ^ (x >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
	x = (x ^ (x >> 27)) * UINT64_C(0x94D049BB133111EB);
	return x ^ (x >> 31);
}

static void add_numbers(struct group_sketch *sketch, uint64_t from, uint64_t count)
{
	for (uint64_t i = 0; i < count; i++)
		group_sketch_add(sketch, hash_of(from + i));
}

/* The absolute error is at most so many standard errors, and one. */
static void check_estimate(const struct group_sketches *sketches, const struct group_sketch *sketch,
    uint64_t count, double errors)
{
	uint64_t estimate = group_sketch_estimate(sketch);
	double off = (double)estimate - (double)count;
	double most = errors * group_sketches_error(sketches) / 1000 * (double)count + 1;

	if (off > most || -off > most)
		fail_msg("%u different values, estimated %u, precision %u", (unsigned)count,
		    (unsigned)estimate, sketches->precision);
}

/* Sketches that take so much of the budget that all have this precision. */
static void lower_precision(struct group_sketches *sketches, unsigned precision)
{
	while (sketches->precision > precision)
		assert_non_null(group_sketch_new(sketches));
}

static void test_accuracy(void **state)
{
	static const uint64_t counts[] = {
	    0, 1, 2, 10, 100, 1000, 2500, 5000, 10000, 20000, 50000, 100000, 1000000};

	(void)state;
	for (unsigned precision = GROUP_SKETCH_PRECISION; precision >= GROUP_SKETCH_LEAST_PRECISION;
	     precision--) {
		struct group_sketches sketches;

		group_sketches_init(&sketches);
		lower_precision(&sketches, precision);
		for (size_t i = 0; i < TABLE_COUNT(counts); i++) {
			struct group_sketch *sketch = group_sketch_new(&sketches);

			assert_non_null(sketch);
			add_numbers(sketch, counts[i] * 7, counts[i]);
			check_estimate(&sketches, sketch, counts[i], 4);
			add_numbers(sketch, counts[i] * 7, counts[i] / 2); /* once more */
			check_estimate(&sketches, sketch, counts[i], 4);
		}
		group_sketches_fini(&sketches);
	}
}

/* The stated error is right: two of three sketches are within it. */
static void test_standard_error(void **state)
{
	enum { SKETCHES = 200, VALUES = 20000 };
	struct group_sketches sketches;
	unsigned within = 0;

	(void)state;
	group_sketches_init(&sketches);
	for (unsigned i = 0; i < SKETCHES; i++) {
		struct group_sketch *sketch = group_sketch_new(&sketches);
		uint64_t estimate, off;

		assert_non_null(sketch);
		add_numbers(sketch, (uint64_t)i * VALUES, VALUES);
		estimate = group_sketch_estimate(sketch);
		off = estimate > VALUES ? estimate - VALUES : VALUES - estimate;
		within += off * 1000 <= (uint64_t)group_sketches_error(&sketches) * VALUES;
	}
	assert_in_range(within, SKETCHES * 58 / 100, SKETCHES * 78 / 100);
	group_sketches_fini(&sketches);
}

/* A folded sketch equals one that was made in that size. */
static void test_fold(void **state)
{
	static const uint64_t counts[] = {0, 1, 50, 3000, 200000};
	struct group_sketches sketches;
	struct group_sketch *folded[TABLE_COUNT(counts)];

	(void)state;
	group_sketches_init(&sketches);
	for (size_t i = 0; i < TABLE_COUNT(counts); i++) {
		folded[i] = group_sketch_new(&sketches);
		assert_non_null(folded[i]);
		add_numbers(folded[i], 5, counts[i]);
	}
	for (unsigned precision = GROUP_SKETCH_PRECISION - 1;
	     precision >= GROUP_SKETCH_LEAST_PRECISION; precision--) {
		lower_precision(&sketches, precision);
		for (size_t i = 0; i < TABLE_COUNT(counts); i++) {
			struct group_sketch *fresh = group_sketch_new(&sketches);

			assert_non_null(fresh);
			add_numbers(fresh, 5, counts[i]);
			assert_int_equal(sketches.precision, precision);
			assert_int_equal(
			    group_sketch_estimate(folded[i]), group_sketch_estimate(fresh));
		}
	}
	group_sketches_fini(&sketches);
}

static void test_budget(void **state)
{
	enum { MANY = 80000 };
	struct group_sketches sketches;

	(void)state;
	group_sketches_init(&sketches);
	assert_int_equal(group_sketches_error(&sketches), 16);
	for (unsigned i = 0; i < MANY; i++) {
		struct group_sketch *sketch = group_sketch_new(&sketches);

		assert_non_null(sketch);
		group_sketch_add(sketch, hash_of(i));
		assert_true(sketches.bytes <= GROUP_SKETCH_MAX_BYTES ||
			    sketches.precision == GROUP_SKETCH_LEAST_PRECISION);
	}
	assert_int_equal(sketches.precision, GROUP_SKETCH_LEAST_PRECISION);
	assert_int_equal(sketches.bytes, (size_t)MANY << GROUP_SKETCH_LEAST_PRECISION);
	assert_int_equal(group_sketches_error(&sketches), 130);
	group_sketches_fini(&sketches);
	assert_int_equal(sketches.bytes, 0);
}

/* Hashes of zeros and ones only. */
static void test_extremes(void **state)
{
	static const uint64_t hashes[] = {
	    0, 1, 0xFFF, 0x1000, UINT64_MAX, UINT64_C(1) << 63, UINT64_MAX >> 1};
	struct group_sketches sketches;
	struct group_sketch *sketch;

	(void)state;
	group_sketches_init(&sketches);
	sketch = group_sketch_new(&sketches);
	assert_non_null(sketch);
	assert_int_equal(group_sketch_estimate(sketch), 0);
	for (size_t i = 0; i < TABLE_COUNT(hashes); i++)
		group_sketch_add(sketch, hashes[i]);
	/* Registers 0, 1 and 4095. */
	assert_int_equal(group_sketch_estimate(sketch), 3);
	group_sketches_fini(&sketches);
}

/* --- How often a value came. */

static void test_tally(void **state)
{
	enum { VALUES = 300000, HEAVY = 50 };
	struct group_tally *tally = calloc(1, sizeof(*tally));
	uint32_t most = 0;

	(void)state;
	assert_non_null(tally);
	for (uint32_t i = 0; i < VALUES; i++) {
		uint32_t count = group_tally_add(tally, hash_of(i));

		assert_true(count >= 1);
		most = count > most ? count : most;
		if (i % 100 == 0) { /* one of a few that come again and again */
			uint64_t hash = hash_of(VALUES + i / 100 % HEAVY);

			count = group_tally_add(tally, hash);
			assert_in_range(
			    count, i / 100 / HEAVY + 1, i / 100 / HEAVY + 1 + VALUES / 50000);
		}
	}
	assert_true(most <= 1 + VALUES / 50000);
	free(tally);
}

static void test_tally_raise(void **state)
{
	struct group_tally *tally = calloc(1, sizeof(*tally));

	(void)state;
	assert_non_null(tally);
	assert_int_equal(group_tally_add(tally, hash_of(1)), 1);
	group_tally_raise(tally, hash_of(1), 7);
	group_tally_raise(tally, hash_of(1), 3);
	assert_int_equal(group_tally_add(tally, hash_of(1)), 8);
	assert_int_equal(group_tally_add(tally, hash_of(2)), 1);
	group_tally_raise(tally, hash_of(3), UINT32_MAX);
	assert_int_equal(group_tally_add(tally, hash_of(3)), UINT32_MAX); /* never 0 again */
	free(tally);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_accuracy),
	    cmocka_unit_test(test_standard_error),
	    cmocka_unit_test(test_fold),
	    cmocka_unit_test(test_budget),
	    cmocka_unit_test(test_extremes),
	    cmocka_unit_test(test_tally),
	    cmocka_unit_test(test_tally_raise),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
