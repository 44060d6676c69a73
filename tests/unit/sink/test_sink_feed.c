/* A history that is fed: what it does not take is held, and of what is more the number is told. */
#include "tests/unit/table.h"

#include <sched.h>
#include <stdatomic.h>

#include "sink/sink_feed.h"

/* A store that counts. */
struct counting {
	struct store store; /* first, so that a store is one */
	atomic_uint rows;
	atomic_uint commits;
	atomic_uint refused;
	atomic_bool refuses;
};

static int counting_put(struct store *store, const struct store_row *row, struct err *err)
{
	struct counting *counting = (struct counting *)store;

	(void)row;
	if (counting->refuses) {
		counting->refused++;
		return err_set(err, ERR_IO, "no space");
	}
	counting->rows++;
	return 0;
}

static int counting_commit(struct store *store, struct err *err)
{
	(void)err;
	((struct counting *)store)->commits++;
	return 0;
}

static const struct store_ops counting_ops = {.put = counting_put, .commit = counting_commit};

static struct counting counting;
static const struct env env = {.pause_second = 1};
static struct sink *sink;

static int begin(void **state)
{
	const struct sink_feed_settings settings = {.store = &counting.store, .env = &env};
	struct err err = ERR_INIT;

	(void)state;
	counting.store.ops = &counting_ops;
	counting.rows = counting.commits = counting.refused = 0;
	counting.refuses = false;
	sink = sink_feed_new(&settings, &err);
	return sink != NULL ? 0 : -1;
}

static int finish(void **state)
{
	(void)state;
	sink_free(sink);
	return 0;
}

static void hand_on(unsigned count)
{
	const struct record record = {.value = {[COLUMN_IDENTITY] = SPAN("a@example.com")}};
	struct err err = ERR_INIT;

	for (unsigned i = 0; i < count; i++)
		assert_int_equal(sink_record(sink, &record, &err), 0);
}

static void test_nothing_comes(void **state)
{
	struct account account = {0};
	struct err err = ERR_INIT;

	(void)state;
	sink_feed_stop(sink);
	assert_int_equal(sink_feed_finish(sink, &account, &err), 0);
	assert_int_equal(counting.rows, 0);
}

/* More than is held: who brings them waits, and nothing is lost. */
static void test_many_rows(void **state)
{
	struct account account = {0};
	struct err err = ERR_INIT;

	(void)state;
	hand_on(5 * FEED_ROWS / 2);
	sink_feed_stop(sink);
	assert_int_equal(sink_feed_finish(sink, &account, &err), 0);
	assert_int_equal(counting.rows, 5 * FEED_ROWS / 2);
}

static void test_a_store_that_comes_back(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	counting.refuses = true;
	hand_on(FEED_ROWS);
	while (counting.refused == 0)
		sched_yield();
	counting.refuses = false;
	sink_feed_stop(sink);
	assert_int_equal(sink_feed_finish(sink, NULL, &err), 0);
	assert_true(counting.rows >= FEED_ROWS);
}

static void test_more_than_is_held(void **state)
{
	struct account account = {0};
	struct err err = ERR_INIT;

	(void)state;
	counting.refuses = true;
	hand_on(3 * FEED_ROWS);
	sink_feed_stop(sink);
	assert_int_equal(sink_feed_finish(sink, &account, &err), -1);
	assert_int_equal(err.code, ERR_IO);
	assert_string_equal(err.text, "30000 messages are not in the history: no space");
	counting.refuses = false;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_nothing_comes, begin, finish),
	    cmocka_unit_test_setup_teardown(test_many_rows, begin, finish),
	    cmocka_unit_test_setup_teardown(test_a_store_that_comes_back, begin, finish),
	    cmocka_unit_test_setup_teardown(test_more_than_is_held, begin, finish),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
