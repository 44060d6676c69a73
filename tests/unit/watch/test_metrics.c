/* Numbers for monitoring: one line for each label, clocks that go back. */
#include "tests/unit/table.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "watch/metrics.h"

#define BEGAN ((time_t)1795129200)

struct desk {
	char path[32];
	struct account account;
	struct metrics *metrics;
};

static void desk_open(struct desk *desk)
{
	struct err err = ERR_INIT;
	struct metrics_settings settings = {
	    .path = desk->path, .began = BEGAN, .account = &desk->account};
	int fd;

	*desk = (struct desk){.path = "test_metrics.XXXXXX"};
	fd = mkstemp(desk->path);
	assert_true(fd >= 0);
	close(fd);
	desk->metrics = metrics_new(&settings, &err);
	assert_non_null(desk->metrics);
}

static void desk_close(struct desk *desk)
{
	sink_free(metrics_sink(desk->metrics));
	unlink(desk->path);
}

static void desk_take(struct desk *desk, struct span identity)
{
	struct sink *sink = metrics_sink(desk->metrics);
	struct record record = {0};
	struct err err = ERR_INIT;

	record.value[COLUMN_IDENTITY] = identity;
	assert_int_equal(sink->ops->record(sink, &record, &err), 0);
}

static void desk_tick(struct desk *desk, time_t now)
{
	struct sink *sink = metrics_sink(desk->metrics);
	struct err err = ERR_INIT;

	assert_int_equal(sink->ops->tick(sink, now, &err), 0);
}

static unsigned count(struct buf *text, const char *part)
{
	unsigned found = 0;

	for (const char *at = buf_string(text); (at = strstr(at, part)) != NULL; at++)
		found++;
	return found;
}

/* Of two lines with the same labels a collector takes none, nor any of the file. */
static void test_labels(void **state)
{
	char one[METRICS_MAX_LABEL + 9], other[METRICS_MAX_LABEL + 9];
	struct desk desk;
	struct buf text;

	(void)state;
	memset(one, 'a', sizeof(one));
	memset(other, 'a', sizeof(other));
	other[sizeof(other) - 1] = 'b';
	desk_open(&desk);
	desk_take(&desk, (struct span){one, sizeof(one)});
	desk_take(&desk, (struct span){other, sizeof(other)});
	desk_take(&desk, SPAN("\xE2\x80\xAE@example.com"));
	desk_take(&desk, SPAN("<U+202E>@example.com"));
	desk_take(&desk, SPAN("b@example.com"));
	desk_take(&desk, SPAN("B@Example.com"));
	buf_init(&text, 0);
	metrics_add_text(desk.metrics, BEGAN, &text);
	assert_int_equal(count(&text, "identity=\"aaa"), 1);
	assert_int_equal(count(&text, "identity=\"<U+202E>@example.com\"} 2\n"), 1);
	assert_int_equal(count(&text, "identity=\"b@example.com\"} 2\n"), 1);
	assert_int_equal(count(&text, "{identity="), 3);
	buf_fini(&text);
	desk_close(&desk);
}

static void test_clock_goes_back(void **state)
{
	struct desk desk;
	struct buf text;

	(void)state;
	desk_open(&desk);
	desk_tick(&desk, BEGAN + 100);
	desk_take(&desk, SPAN("a@example.com"));
	buf_init(&text, 0);
	metrics_add_text(desk.metrics, BEGAN + 40, &text);
	assert_int_equal(count(&text, "_last_message_seconds 0\n"), 1);
	buf_clear(&text);
	metrics_add_text(desk.metrics, BEGAN + 107, &text);
	assert_int_equal(count(&text, "_last_message_seconds 7\n"), 1);
	buf_fini(&text);
	desk_close(&desk);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_labels),
	    cmocka_unit_test(test_clock_goes_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
