#include "tests/unit/table.h"

#include <stdlib.h>

#include "calendar/period.h"
#include "sink/html/html_logins.h"
#include "sink/html/html_slots.h"

#define SLOTS 40

static void add(struct html_slots *slots, uint32_t slot)
{
	struct err err = ERR_INIT;

	assert_int_equal(html_slots_add(slots, slot, &err), 0);
}

/* In any order, against an array. */
static void test_any_order(void **state)
{
	struct html_slots slots = {0};
	uint32_t want[SLOTS] = {0};
	unsigned seed = 1;

	(void)state;
	for (unsigned n = 0; n < 2000; n++) {
		uint32_t slot;
		uint64_t since = 0;

		seed = seed * 1103515245u + 12345u;
		slot = seed >> 16 & 31;
		add(&slots, slot + 5);
		want[slot + 5]++;
		for (uint32_t i = SLOTS; i > 0; i--) {
			since += want[i - 1];
			assert_int_equal(html_slots_get(&slots, i - 1), want[i - 1]);
			assert_int_equal(html_slots_since(&slots, i - 1), since);
		}
	}
	html_slots_drop_before(&slots, 20);
	assert_int_equal(html_slots_get(&slots, 19), 0);
	assert_int_equal(html_slots_get(&slots, 20), want[20]);
	html_slots_drop_before(&slots, 1000);
	assert_int_equal(slots.count, 0);
	add(&slots, 3);
	assert_int_equal(html_slots_since(&slots, 0), 1);
	html_slots_fini(&slots);
}

/* One slot takes no memory. */
static void test_one(void **state)
{
	struct html_slots slots = {0};

	(void)state;
	assert_int_equal(html_slots_since(&slots, 0), 0);
	for (unsigned n = 0; n < 9; n++)
		add(&slots, 7);
	assert_int_equal(slots.size, 0);
	assert_int_equal(html_slots_get(&slots, 7), 9);
	html_slots_drop_before(&slots, 8);
	assert_int_equal(slots.count, 0);
}

static void test_longer(void **state)
{
	struct html_slots slots = {0};
	struct err err = ERR_INIT;
	uint32_t day;

	(void)state;
	assert_int_equal(period_set_zone("Europe/Berlin", &err), 0);
	for (time_t hour = 0; hour < 48; hour++)
		add(&slots, html_unit_slot(HTML_UNIT_HOUR, 1770678000 + hour * 3600));
	html_slots_lengthen(&slots, HTML_UNIT_HOUR, HTML_UNIT_DAY);
	day = html_unit_slot(HTML_UNIT_DAY, 1770678000);
	assert_int_equal(slots.count, 2);
	assert_int_equal(html_slots_get(&slots, day), 24);
	assert_int_equal(html_slots_get(&slots, day + 1), 24);
	html_slots_lengthen(&slots, HTML_UNIT_DAY, HTML_UNIT_4_WEEKS);
	assert_int_equal(slots.count, 1);
	assert_int_equal(html_slots_since(&slots, 0), 48);
	html_slots_fini(&slots);
}

/* Each letter is an address; what is kept stands in the order of its count. */
static void test_logins(void **state)
{
	static const struct {
		const char *addresses, *want;
		unsigned first, over; /* of the first */
	} rows[] = {
	    {"a", "a", 1, 0},
	    {"abbccc", "cba", 3, 0},
	    {"aabb", "ab", 2, 0},
	    {"abcdefgh", "abcdefgh", 1, 0},
	    /* More than there is room for: who comes often is there with its count. */
	    {"abcdefghijklmnopzzzzzzzzzqrstuvw", "z", 11, 2},
	};

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		struct html_logins *logins = NULL;
		struct err err = ERR_INIT;

		for (const char *at = rows[i].addresses; *at != '\0'; at++)
			assert_int_equal(html_logins_add(&logins, (struct span){at, 1}, &err), 0);
		for (size_t n = 0; rows[i].want[n] != '\0'; n++)
			assert_row(logins->at[n].text[0] == rows[i].want[n], rows[i].addresses);
		assert_int_equal(logins->at[0].count, rows[i].first);
		assert_int_equal(logins->at[0].over, rows[i].over);
		assert_true(logins->count <= HTML_MAX_LOGINS);
		free(logins);
	}
}

/* What is no address takes no place. */
static void test_no_login(void **state)
{
	static const char longest[HTML_LOGIN_MAX + 1] = {'1'};
	struct html_logins *logins = NULL;
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(html_logins_add(&logins, SPAN_EMPTY, &err), 0);
	assert_int_equal(
	    html_logins_add(&logins, (struct span){longest, sizeof(longest)}, &err), 0);
	assert_null(logins);
	assert_int_equal(html_logins_add(&logins, (struct span){longest, HTML_LOGIN_MAX}, &err), 0);
	assert_int_equal(html_login_address(&logins->at[0]).n, HTML_LOGIN_MAX);
	free(logins);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_any_order),
	    cmocka_unit_test(test_one),
	    cmocka_unit_test(test_longer),
	    cmocka_unit_test(test_logins),
	    cmocka_unit_test(test_no_login),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
