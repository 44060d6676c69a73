#include "tests/unit/table.h"

#include <inttypes.h>

#include "group/group_sender.h"

static void test_weakness(void **state)
{
	static const struct {
		const char *kind;
		const char *want;
	} rows[] = {
	    {"account", ""}, /* also one with the name of a system user */
	    {"site", ""},
	    {"user", ""},
	    {"system", "system user, no customer"},
	    {"server", "server, no account"},
	    {GROUP_MIXED, ""},
	    {"", ""},
	};

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		const struct group_row row = {
		    .count = 2,
		    .identity_kind = span_of(rows[i].kind),
		};

		assert_span_text(group_sender_weakness(&row), rows[i].want, rows[i].kind);
		assert_int_equal(group_sender_is_weak(&row), rows[i].want[0] != '\0');
		assert_int_equal(
		    group_sender_is_system(&row), rows[i].want[0] == 's' && rows[i].want[1] == 'y');
	}
}

static void test_mean_hour(void **state)
{
	static const struct {
		uint64_t messages;
		time_t first;
		time_t end;
		uint64_t want;
	} rows[] = {
	    {0, 0, 7200, 0},
	    {30, 1000, 6400, 200}, /* an hour and a half */
	    {3, 1000, 1600, 30},   /* less than an hour is one */
	    {3, 1600, 1000, 30},   /* nothing came before the end */
	    {1, 0, 20 * 3600, 1},  /* half up */
	    {1, 0, 21 * 3600, 0},
	    {UINT32_MAX, 0, 3600, UINT64_C(42949672950)},
	};

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		uint64_t got = group_mean_hour(rows[i].messages, rows[i].first, rows[i].end);

		if (got != rows[i].want)
			fail_msg("row %zu: got %" PRIu64 ", want %" PRIu64, i, got, rows[i].want);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_weakness),
	    cmocka_unit_test(test_mean_hour),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
