#include "tests/unit/table.h"

#include <stdio.h>
#include <stdlib.h>

#include "sink/screen/screen_latest.h"

#define GROUPS 600

/* The lists of all groups. */
struct fixture {
	struct screen_latest latest;
	struct screen_list list[SCREEN_GROUPINGS][GROUPS];
	uint64_t number;
};

static struct screen_list *find(void *context, unsigned grouping, uint32_t id)
{
	struct fixture *fixture = context;

	return &fixture->list[grouping][id];
}

static void add(struct fixture *fixture, uint32_t who, time_t when, const char *subject)
{
	const struct screen_owner owner = {find, fixture};
	/* All have one domain; scripts and addresses are shared by some. */
	const uint32_t id[SCREEN_GROUPINGS] = {who, who / 2, who % 7, 0};
	struct record record = {.number = ++fixture->number, .internal_date = when};
	struct err err = ERR_INIT;

	record.value[COLUMN_SUBJECT] = span_of(subject);
	record.value[COLUMN_FROM] = SPAN("sender");
	record.value[COLUMN_HOST] = SPAN("host");
	record.value[COLUMN_FOLDER] = SPAN("folder");
	record.explanation = SPAN("why\nand how\n");
	record.notes = NOTE_SYSTEM_UID;
	if (when != 0)
		record.value[COLUMN_DATE] = SPAN("some time");
	assert_int_equal(screen_latest_add(&fixture->latest, &owner, id, &record, &err), 0);
}

static unsigned count(struct fixture *fixture, unsigned grouping, uint32_t id)
{
	const struct screen_message *message = fixture->list[grouping][id].newest;
	time_t before = 0;
	unsigned n = 0;

	for (; message != NULL; message = screen_message_next(message, grouping)) {
		assert_true(n == 0 || screen_message_time(message) <= before);
		before = screen_message_time(message);
		n++;
	}
	return n;
}

static struct fixture *fixture_new(size_t most)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	assert_non_null(fixture);
	fixture->latest.most = most;
	buf_init(&fixture->latest.value, 0);
	return fixture;
}

static void fixture_free(struct fixture *fixture)
{
	screen_latest_fini(&fixture->latest);
	assert_int_equal(fixture->latest.bytes, 0);
	free(fixture);
}

static void test_values(void **state)
{
	struct fixture *fixture = fixture_new(0);
	const struct screen_message *message;
	char text[2 * SCREEN_MAX_VALUE];

	(void)state;
	add(fixture, 3, 1000, "a subject");
	message = fixture->list[0][3].newest;
	assert_ptr_equal(message, fixture->list[3][0].newest);
	assert_span_text(screen_message_subject(message), "a subject", "subject");
	assert_span_text(screen_message_value(message, SCREEN_FROM), "sender", "from");
	assert_span_text(screen_message_value(message, SCREEN_TO), "", "to");
	assert_span_text(screen_message_value(message, SCREEN_PLACE), "host: folder", "place");
	assert_span_text(
	    screen_message_value(message, SCREEN_NOTES), "uid of a system account", "notes");
	assert_span_text(
	    screen_message_value(message, SCREEN_EXPLANATION), "why\nand how\n", "explanation");
	assert_int_equal(screen_message_time(message), 1000);
	assert_int_equal(screen_message_number(message), 1);
	assert_true(screen_message_is_whole(message));

	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	add(fixture, 3, 0, text);
	message = screen_message_next(message, 0);
	assert_int_equal(screen_message_time(message), 0);
	assert_int_equal(screen_message_subject(message).n, SCREEN_MAX_VALUE + 3);
	fixture_free(fixture);
}

/* The latest by time, in whatever order they come. */
static void test_order(void **state)
{
	static const int steps[] = {1, -1, 7, 13};

	(void)state;
	for (size_t s = 0; s < TABLE_COUNT(steps); s++) {
		struct fixture *fixture = fixture_new(0);
		const struct screen_message *message;

		for (int i = 0; i < 50; i++)
			add(fixture, 1, 1000 + ((i * steps[s]) % 50 + 50) % 50, "x");
		assert_int_equal(count(fixture, 0, 1), SCREEN_MAX_LATEST);
		message = fixture->list[0][1].newest;
		for (int i = 49; message != NULL; i--) {
			assert_int_equal(screen_message_time(message), 1000 + i);
			message = screen_message_next(message, 0);
		}
		fixture_free(fixture);
	}
}

/* Of equal times the one that came last is the newest. */
static void test_equal_times(void **state)
{
	struct fixture *fixture = fixture_new(0);

	(void)state;
	for (int i = 0; i < 30; i++)
		add(fixture, 1, 1000, "x");
	assert_int_equal(count(fixture, 0, 1), SCREEN_MAX_LATEST);
	assert_int_equal(screen_message_number(fixture->list[0][1].newest), 30);
	fixture_free(fixture);
}

/* A flood leaves others their messages, and each group of each grouping has its own. */
static void test_flood(void **state)
{
	struct fixture *fixture = fixture_new(0);

	(void)state;
	for (uint32_t who = 0; who < 10; who++)
		add(fixture, who, 1000 + (time_t)who, "quiet");
	for (int i = 0; i < 10000; i++)
		add(fixture, 99, 2000 + i, "flood");
	for (uint32_t who = 0; who < 10; who++)
		assert_int_equal(count(fixture, 0, who), 1);
	assert_int_equal(count(fixture, 0, 99), SCREEN_MAX_LATEST);
	assert_int_equal(count(fixture, 1, 49), SCREEN_MAX_LATEST);
	assert_int_equal(count(fixture, 3, 0), SCREEN_MAX_LATEST);
	fixture_free(fixture);
}

/* However many come, they take no more room; who was quiet still has a subject. */
static void test_bound(void **state)
{
	const size_t most = (size_t)256 * 1024;
	struct fixture *fixture = fixture_new(most);
	unsigned stripped = 0;

	(void)state;
	for (uint32_t i = 0; i < 20000; i++) {
		add(fixture, i < GROUPS ? i : i % 50, 1000 + (time_t)i, "subject");
		assert_true(fixture->latest.bytes <= most);
	}
	for (uint32_t who = 50; who < GROUPS; who++) {
		const struct screen_message *message = fixture->list[0][who].newest;

		assert_non_null(message);
		assert_span_text(screen_message_subject(message), "subject", "kept");
		stripped += screen_message_is_whole(message) ? 0 : 1;
		if (!screen_message_is_whole(message))
			assert_int_equal(screen_message_value(message, SCREEN_FROM).n, 0);
	}
	assert_true(stripped > 0);
	for (uint32_t who = 0; who < 50; who++)
		assert_true(screen_message_is_whole(fixture->list[0][who].newest));
	fixture_free(fixture);
}

/* So little room that not even subjects fit. */
static void test_no_room(void **state)
{
	struct fixture *fixture = fixture_new(1000);

	(void)state;
	for (uint32_t i = 0; i < 1000; i++) {
		add(fixture, i % GROUPS, 1000 - (time_t)(i % 3), "subject");
		assert_true(fixture->latest.bytes <= 1000);
	}
	fixture_free(fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_values),
	    cmocka_unit_test(test_order),
	    cmocka_unit_test(test_equal_times),
	    cmocka_unit_test(test_flood),
	    cmocka_unit_test(test_bound),
	    cmocka_unit_test(test_no_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
