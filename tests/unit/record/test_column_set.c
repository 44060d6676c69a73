/* A table with more columns than a word has bits. */
#define COLUMN_SET_MEMBERS 100u

#include "tests/unit/table.h"

#include "record/column_set.h"

#define BEHIND COLUMN_SET_MEMBERS

/* On both sides of each border between words. */
static const unsigned borders[] = {0, 1, 30, 31, 32, 33, 62, 63, 64, 65, 95, 96, 98, 99};

static void test_each_alone(void **state)
{
	(void)state;
	for (unsigned i = 0; i < COLUMN_SET_MEMBERS; i++) {
		struct column_set set = {0};

		column_set_add(&set, i);
		for (unsigned k = 0; k < COLUMN_SET_MEMBERS; k++)
			assert_int_equal(column_set_has(&set, k), k == i);
		assert_int_equal(column_set_next(&set, 0), i);
		assert_int_equal(column_set_next(&set, i), i);
		assert_int_equal(column_set_next(&set, i + 1), BEHIND);
		assert_false(column_set_is_empty(&set));
		column_set_remove(&set, i);
		assert_true(column_set_is_empty(&set));
	}
}

static void test_next(void **state)
{
	struct column_set set = {0};
	unsigned at = 0;

	(void)state;
	assert_int_equal(column_set_next(&set, 0), BEHIND);
	assert_int_equal(column_set_next(&set, BEHIND), BEHIND);
	for (size_t i = TABLE_COUNT(borders); i > 0; i--)
		column_set_add(&set, borders[i - 1]);
	for (size_t i = 0; i < TABLE_COUNT(borders); i++) {
		at = column_set_next(&set, at);
		assert_int_equal(at, borders[i]);
		at++;
	}
	assert_int_equal(column_set_next(&set, at), BEHIND);
}

static void test_others(void **state)
{
	struct column_set set = {0}, all, others, none = {0};

	(void)state;
	all = column_set_others(&none);
	for (unsigned i = 0; i < COLUMN_SET_MEMBERS; i++)
		assert_true(column_set_has(&all, i));
	others = column_set_others(&all);
	assert_true(column_set_is_empty(&others));
	for (size_t i = 0; i < TABLE_COUNT(borders); i++)
		column_set_add(&set, borders[i]);
	others = column_set_others(&set);
	for (unsigned i = 0; i < COLUMN_SET_MEMBERS; i++)
		assert_int_equal(column_set_has(&others, i), !column_set_has(&set, i));
	assert_false(column_set_equal(&set, &others));
	others = column_set_others(&others);
	assert_true(column_set_equal(&set, &others));
	/* What is there stays. */
	column_set_add_others(&set, &all);
	assert_true(column_set_equal(&set, &others));
	column_set_add_others(&set, &set);
	assert_true(column_set_equal(&set, &all));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_each_alone),
	    cmocka_unit_test(test_next),
	    cmocka_unit_test(test_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
