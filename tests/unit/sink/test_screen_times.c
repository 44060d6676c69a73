#include "tests/unit/table.h"

#include "sink/screen/screen_times.h"

#define START ((time_t)1770678000)
#define HOUR  ((time_t)3600)

/* Messages so many seconds before the end of a run that stays. */
static void test_late(void **state)
{
	static const struct {
		const char *label;
		time_t ago[6]; /* -1 ends the list */
		unsigned minutes;
		uint64_t want;
	} rows[] = {
	    {"none", {-1}, 15, 0},
	    {"now", {0, -1}, 1, 1},
	    {"the minute", {0, 15, 44, 60, -1}, 1, 3},
	    {"five", {0, 60, 284, 300, -1}, 5, 3},
	    {"fifteen", {0, 300, 884, 900, 1000, -1}, 15, 3},
	    {"the newest first", {1000, 884, 0, -1}, 15, 2},
	    {"too old for the ring", {0, 100000, -1}, 15, 1},
	    {"a little ahead", {-30, 0, 20, 70, -1}, 1, 3},
	};
	/* The end of a quarter of a minute. */
	const time_t now = START / SCREEN_QUARTER * SCREEN_QUARTER + SCREEN_QUARTER - 1;

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		const struct screen_scale scale = screen_scale_sliding();
		struct screen_times times = {0};
		struct screen_all_times all = {0};

		for (unsigned k = 0; rows[i].ago[k] != -1; k++) {
			screen_times_add(&times, &scale, now - rows[i].ago[k]);
			screen_all_times_add(&all, &scale, now - rows[i].ago[k]);
		}
		if (screen_times_late(&times, now, rows[i].minutes) != rows[i].want)
			fail_msg("%s: %d", rows[i].label,
			    (int)screen_times_late(&times, now, rows[i].minutes));
		assert_row(screen_all_times_late(&all, now, rows[i].minutes) == rows[i].want,
		    rows[i].label);
		/* A day later nothing of it is late. */
		assert_row(screen_times_late(&times, now + 24 * HOUR, 15) == 0, rows[i].label);
	}
}

static uint32_t sum(const uint32_t *bars, unsigned count)
{
	uint32_t all = 0;

	for (unsigned i = 0; i < count; i++)
		all += bars[i];
	return all;
}

/* A run that stays: the last hour, however long it goes on. */
static void test_sliding(void **state)
{
	const struct screen_scale scale = screen_scale_sliding();
	struct screen_times times = {0};
	struct screen_all_times all = {0};
	uint32_t bars[SCREEN_BARS], all_bars[SCREEN_ALL_BARS];

	(void)state;
	for (time_t minute = 0; minute < 3 * 24 * 60; minute++) {
		time_t now = START + minute * 60;
		int64_t first;

		screen_times_add(&times, &scale, now);
		screen_all_times_add(&all, &scale, now);
		assert_true(screen_scale_fits(&scale, &all, now + 1000 * HOUR));
		first = screen_scale_first(&scale, &all, now);
		screen_times_course(&times, first, bars);
		screen_all_times_course(&all, first, all_bars);
		assert_int_equal(sum(bars, SCREEN_BARS), sum(all_bars, SCREEN_ALL_BARS));
		assert_true(bars[SCREEN_BARS - 1] > 0);
		if (minute >= 60)
			assert_in_range(sum(bars, SCREEN_BARS), 58, 60);
	}
	/* An hour of silence. */
	screen_times_course(&times, screen_scale_first(&scale, &all, START + 80 * HOUR), bars);
	assert_int_equal(sum(bars, SCREEN_BARS), 0);
}

static void test_period(void **state)
{
	static const time_t lengths[] = {1, 60, 3600, 24 * HOUR, 25 * HOUR, 400 * 24 * HOUR};

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(lengths); i++) {
		const struct screen_scale scale = screen_scale_period(START, START + lengths[i]);
		struct screen_times times = {0};
		struct screen_all_times all = {0};
		uint32_t bars[SCREEN_BARS];
		int64_t first;

		screen_times_add(&times, &scale, START + lengths[i] - 1);
		screen_all_times_add(&all, &scale, START + lengths[i] - 1);
		screen_times_add(&times, &scale, START);
		assert_true(screen_scale_fits(&scale, &all, START));
		first = screen_scale_first(&scale, &all, START + 1000 * 24 * HOUR);
		screen_times_course(&times, first, bars);
		assert_int_equal(sum(bars, SCREEN_BARS), 2);
		assert_true(bars[0] > 0);
	}
}

static void add_open(struct screen_times *times, struct screen_all_times *all,
    struct screen_scale *scale, time_t when)
{
	while (!screen_scale_fits(scale, all, when)) {
		screen_times_lengthen(times);
		screen_all_times_lengthen(all);
		screen_scale_lengthen(scale);
	}
	screen_times_add(times, scale, when);
	screen_all_times_add(all, scale, when);
}

/* A file: bars become longer, in any order of messages, and each keeps its message. */
static void test_open(void **state)
{
	static const time_t orders[][5] = {
	    {0, 100, 10000, 100000, 1000000},
	    {1000000, 100000, 10000, 100, 0},
	    {100000, 0, 1000000, 100, 10000},
	    {0, 1, 2, 3, 4},
	    {-1, 1, -60, 60, 0},
	};

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(orders); i++) {
		struct screen_scale scale = screen_scale_open();
		struct screen_times times = {0};
		struct screen_all_times all = {0};
		uint32_t bars[SCREEN_BARS], all_bars[SCREEN_ALL_BARS];
		int64_t first;

		for (unsigned k = 0; k < 5; k++)
			add_open(&times, &all, &scale, START + orders[i][k]);
		first = screen_scale_first(&scale, &all, START);
		screen_times_course(&times, first, bars);
		screen_all_times_course(&all, first, all_bars);
		assert_int_equal(sum(bars, SCREEN_BARS), 5);
		assert_int_equal(sum(all_bars, SCREEN_ALL_BARS), 5);
		for (unsigned k = 0; k < SCREEN_BARS; k++)
			assert_int_equal(bars[k], sum(all_bars + k * SCREEN_ALL_BARS / SCREEN_BARS,
						      SCREEN_ALL_BARS / SCREEN_BARS));
	}
}

/* One wrong date does not make one bar of all others. */
static void test_wrong_date(void **state)
{
	struct screen_scale scale = screen_scale_open();
	struct screen_times times = {0};
	struct screen_all_times all = {0};

	(void)state;
	add_open(&times, &all, &scale, START);
	add_open(&times, &all, &scale, 0);
	add_open(&times, &all, &scale, -1);
	add_open(&times, &all, &scale, START + 60);
	assert_true(scale.width * SCREEN_BARS < 2 * SCREEN_LONGEST);
	assert_int_equal(screen_times_late(&times, START + 60, 5), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_late),
	    cmocka_unit_test(test_sliding),
	    cmocka_unit_test(test_period),
	    cmocka_unit_test(test_open),
	    cmocka_unit_test(test_wrong_date),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
