/* A run that stays: what is read, when it is shown, and how it ends. */
#include "tests/unit/table.h"

#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/interrupt.h"
#include "base/wait.h"
#include "mode/live.h"

/* Each of its reads brings one record. */
struct fake {
	struct source source;
	struct account_place place;
	unsigned reads;
	unsigned more;   /* as often more comes */
	int then;        /* what wait() says after that */
	int read_result; /* of the last read */
	bool knows_signals;
};

static int fake_read(struct source *source, struct report *report, struct err *err)
{
	struct fake *fake = (struct fake *)source;
	struct record record = {.place = &fake->place};

	fake->place.counts.found++;
	fake->reads++;
	if (fake->reads > fake->more && fake->read_result != 0)
		return err_set(err, ERR_TEMPORARY, "the server has gone");
	return report_take_record(report, &record, err);
}

static int fake_wait(struct source *source, int64_t until, struct err *err)
{
	struct fake *fake = (struct fake *)source;

	(void)until;
	if (fake->reads <= fake->more)
		return 1;
	if (fake->then != 0)
		return fake->then < 0 ? err_set(err, ERR_IO, "cannot wait") : fake->then;
	/* As if LIVE_STEP had passed, so that no test waits for it. */
	return wait_ready(NULL, 0, clock_now() + 5, err);
}

static const struct source_ops fake_ops = {.name = "fake", .read = fake_read, .wait = fake_wait};
static const struct source_ops once_ops = {.name = "once", .read = fake_read};

/* What it shows: the records that an output has got by the last tick. */
struct screen {
	struct sink sink;
	struct fake fake;
	struct account account;
	struct report report;
	unsigned records, shown, ticks, rests, inputs;
	unsigned left;
	unsigned end_at;    /* records at which tick() ends the run; 0: never */
	int signal_at_rest; /* raised when the source is at rest for the second time */
	bool fails, over;
	int fd;
	time_t now;
};

static int screen_record(struct sink *sink, const struct record *record, struct err *err)
{
	(void)record;
	(void)err;
	((struct screen *)sink)->records++;
	return 0;
}

static int screen_sink_tick(struct sink *sink, time_t now, struct err *err)
{
	struct screen *screen = (struct screen *)sink;

	screen->shown = screen->records;
	screen->now = now;
	return screen->fails ? err_set(err, ERR_IO, "the disk is full") : 0;
}

static const struct sink_ops screen_ops = {
    .name = "screen", .record = screen_record, .tick = screen_sink_tick};

static int screen_tick(void *context, enum live_why why, time_t now, struct err *err)
{
	struct screen *screen = context;
	char key;

	(void)err;
	assert_int_equal(now, screen->now);
	screen->ticks++;
	screen->over = screen->over || why == LIVE_OVER;
	if (why == LIVE_INPUT) {
		assert_int_equal(read(screen->fd, &key, 1), 1);
		screen->inputs++;
		return 1;
	}
	return screen->end_at != 0 && screen->shown >= screen->end_at;
}

static int screen_rest(void *context, time_t now, struct err *err)
{
	struct screen *screen = context;
	const struct account_counts *counts = &screen->fake.place.counts;

	(void)now;
	(void)err;
	assert_int_equal(counts->found, counts->reported);
	if (++screen->rests == 2 && screen->signal_at_rest != 0)
		interrupt_stop(screen->signal_at_rest);
	return 0;
}

/* Before the source's thread is waited for. */
static void screen_leave(void *context)
{
	((struct screen *)context)->left++;
}

static time_t screen_time(void)
{
	return 1795129200;
}

static int screen_run(struct screen *screen, bool stays, int *signal_r, struct err *err)
{
	static const struct env env = {.now = 1, .time = screen_time};
	const struct live_settings settings = {
	    .source = &screen->fake.source,
	    .report = &screen->report,
	    .env = &env,
	    .interval = LIVE_GAP,
	    .stays = stays,
	    .fd = screen->fd,
	    .tick = screen_tick,
	    .rest = screen_rest,
	    .leave = screen_leave,
	    .context = screen,
	};
	int result;

	screen->sink.ops = &screen_ops;
	if (screen->fake.source.ops == NULL)
		screen->fake.source.ops = &fake_ops;
	report_init(&screen->report,
	    &(const struct report_parts){.sinks = &screen->sink, .account = &screen->account});
	*signal_r = -1;
	result = live_run(&settings, signal_r, err);
	assert_int_equal(screen->left, 1);
	report_fini(&screen->report);
	return result;
}

/* What has come is shown without waiting for the interval, and the mode ends the run. */
static void test_shows_and_ends(void **state)
{
	struct screen screen = {.fake = {.more = 3}, .end_at = 4, .fd = -1};
	struct err err = ERR_INIT;
	int number;

	(void)state;
	assert_int_equal(screen_run(&screen, false, &number, &err), 0);
	assert_int_equal(number, 0);
	assert_int_equal(interrupt_signal(), 0);
	assert_int_equal(screen.shown, 4);
	assert_int_equal(screen.now, screen_time());
}

static void test_signals(void **state)
{
	static const int numbers[] = {SIGINT, SIGTERM, SIGHUP, SIGPIPE};

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(numbers); i++) {
		struct screen screen = {.signal_at_rest = numbers[i], .fd = -1};
		struct err err = ERR_INIT;
		int number, result = screen_run(&screen, false, &number, &err);

		if (numbers[i] == SIGPIPE) {
			assert_int_equal(result, -1);
			assert_int_equal(err.code, ERR_SIGNAL);
			assert_int_equal(interrupt_forget(&err), 0);
			continue;
		}
		assert_int_equal(result, 0);
		assert_int_equal(number, numbers[i]);
		assert_int_equal(interrupt_signal(), 0); /* it is forgotten */
		assert_int_equal(screen.records, 1);
	}
}

static void test_source_ends(void **state)
{
	struct err err = ERR_INIT;
	int number;

	(void)state;
	for (int once = 0; once < 2; once++) {
		struct screen screen = {.fake = {.more = once ? 0 : 2, .then = 2}, .fd = -1};

		if (once)
			screen.fake.source.ops = &once_ops;
		assert_int_equal(screen_run(&screen, false, &number, &err), 0);
		assert_int_equal(number, 0);
		assert_int_equal(screen.records, once ? 1 : 3);
		assert_false(screen.over);
	}
}

/* A run that stays is ended by a key. */
static void test_stays(void **state)
{
	struct screen screen = {.fake = {.source = {.ops = &once_ops}}};
	struct err err = ERR_INIT;
	int number, ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], "q", 1), 1);
	screen.fd = ends[0];
	assert_int_equal(screen_run(&screen, true, &number, &err), 0);
	assert_int_equal(number, 0);
	assert_int_equal(screen.inputs, 1);
	assert_int_equal(screen.records, 1);
	close(ends[0]);
	close(ends[1]);
}

static void test_failures(void **state)
{
	static const struct {
		struct fake fake;
		bool output;
		enum err_code code;
	} rows[] = {
	    {{.more = 1, .read_result = -1}, false, ERR_TEMPORARY},
	    {{.more = 1, .then = -1}, false, ERR_IO},
	    {{.more = 1}, true, ERR_IO},
	};

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(rows); i++)
		for (int stays = 0; stays < 2; stays++) {
			struct screen screen = {
			    .fake = rows[i].fake, .fails = rows[i].output, .fd = -1};
			struct err err = ERR_INIT;
			int number;

			assert_int_equal(screen_run(&screen, stays != 0, &number, &err), -1);
			assert_int_equal(err.code, rows[i].code);
			assert_int_equal(interrupt_signal(), 0);
		}
}

/* SIGHUP can be made a question. */
static void test_hangup_asks(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(interrupt_ask_by_hangup(&err), 0);
	raise(SIGHUP);
	raise(SIGHUP);
	assert_int_equal(interrupt_signal(), 0);
	assert_true(interrupt_take_hangup());
	assert_false(interrupt_take_hangup());
	interrupt_stop(SIGINT);
	assert_int_equal(interrupt_forget(&err), 0);
	raise(SIGHUP);
	assert_true(interrupt_take_hangup());
}

static int install(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	signal(SIGHUP, SIG_DFL); /* whatever began the tests may ignore it */
	return interrupt_install(&err);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_shows_and_ends),
	    cmocka_unit_test(test_signals),
	    cmocka_unit_test(test_source_ends),
	    cmocka_unit_test(test_stays),
	    cmocka_unit_test(test_failures),
	    cmocka_unit_test(test_hangup_asks),
	};

	return cmocka_run_group_tests(tests, install, NULL);
}
