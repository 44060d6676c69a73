#include "tests/unit/table.h"

#include "base/buf.h"
#include "sink/sink_store.h"

#define DAY ((time_t)STORE_DAY)

/* A store that writes down what it is told. */
struct told {
	struct store store; /* first, so that a store is one */
	struct buf text;
	unsigned rows;
	bool refuses;
	const struct store_cover *known; /* days that are known */
	unsigned known_count;
};

static int told_put(struct store *store, const struct store_row *row, struct err *err)
{
	struct told *told = (struct told *)store;

	if (told->refuses)
		return err_set(err, ERR_IO, "no space");
	told->rows++;
	if (told->rows <= 2)
		buf_printf(&told->text, "%.*s;", (int)row->text[STORE_IDENTITY].n,
		    row->text[STORE_IDENTITY].p);
	return 0;
}

static int told_cover(struct store *store, const struct store_cover *cover, struct err *err)
{
	struct told *told = (struct told *)store;

	(void)err;
	assert_true(cover->reading == 5 || cover->reading == 0);
	buf_printf(&told->text, "%s%.*s %d+%d..%d %d %d;", cover->reading == 0 ? "doubtful: " : "",
	    (int)cover->place.name.n, cover->place.name.p, (int)cover->day,
	    (int)(cover->since - cover->day * DAY), (int)(cover->until - cover->day * DAY),
	    (int)(cover->ahead - cover->day * DAY), (int)cover->uid);
	return 0;
}

static int told_commit(struct store *store, struct err *err)
{
	(void)err;
	buf_add_text(&((struct told *)store)->text, "!");
	return 0;
}

static int told_covered(struct store *store, const struct store_query *query,
    store_take_cover *take, void *context, struct err *err)
{
	const struct told *told = (struct told *)store;

	assert_non_null(query->place);
	for (unsigned i = 0; i < told->known_count; i++)
		if (take(context, &told->known[i], err) != 0)
			return -1;
	return 0;
}

static const struct store_ops told_ops = {
    .put = told_put,
    .cover = told_cover,
    .covered = told_covered,
    .commit = told_commit,
};

static struct told told;
static struct sink *sink;
static struct delivery *delivery;

static int begin(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	told = (struct told){.store = {&told_ops}};
	buf_init(&told.text, 0);
	return sink_store_new(
	    &(const struct sink_store_settings){&told.store, 5, NULL}, &sink, &delivery, &err);
}

static int finish(void **state)
{
	(void)state;
	sink_free(sink);
	delivery_free(delivery);
	buf_fini(&told.text);
	return 0;
}

static void hand_on(unsigned count, char *identity)
{
	struct record record = {.value = {[COLUMN_IDENTITY] = {identity, 1}}};
	struct err err = ERR_INIT;

	for (unsigned i = 0; i < count; i++) {
		assert_int_equal(sink_record(sink, &record, &err), 0);
		identity[0]++; /* what a row is made of is gone with its message */
	}
}

/* Whoever waits for a server has no lock. */
static void test_rows_come_together(void **state)
{
	struct account account = {0};
	struct err err = ERR_INIT;
	char identity[] = "a";

	(void)state;
	hand_on(2, identity);
	assert_string_equal(buf_string(&told.text), "");
	assert_int_equal(sink_end(sink, &account, &err), 0);
	assert_string_equal(buf_string(&told.text), "a;b;");
	assert_int_equal(delivery_finish(delivery, &err), 0);
	assert_string_equal(buf_string(&told.text), "a;b;");
	assert_int_equal(delivery_commit(delivery, &err), 0);
	assert_string_equal(buf_string(&told.text), "a;b;!");
}

static void test_many_rows_are_acknowledged(void **state)
{
	char identity[] = "\1";

	(void)state;
	for (unsigned i = 0; i < SINK_STORE_ROWS / 100; i++) {
		identity[0] = '\1';
		hand_on(100, identity);
	}
	assert_int_equal(told.rows, SINK_STORE_ROWS);
	assert_string_equal(buf_string(&told.text), "\1;\2;!");
}

static void test_a_store_that_refuses(void **state)
{
	struct account account = {0};
	struct err err = ERR_INIT;
	char identity[] = "a";

	(void)state;
	hand_on(1, identity);
	told.refuses = true;
	assert_int_equal(sink_end(sink, &account, &err), -1);
	assert_int_equal(err.code, ERR_IO);
}

#define MAILBOX .host = "h", .name = "in", .key = "u@h:993,in", .epoch = 7

static void test_what_is_known(void **state)
{
	const struct {
		const char *name;
		struct account_place place;
		struct account_reach reach;
		const char *want;
	} rows[] = {
	    {"two whole days", {MAILBOX}, {DAY, 3 * DAY, 9 * DAY, 0, 3},
		"in 1+0..86400 86400 3;in 2+0..86400 86400 3;"},
	    {"parts of two", {MAILBOX}, {DAY + 50, 2 * DAY + 60, 9 * DAY, 0, 3},
		"in 1+50..86400 86400 3;in 2+0..60 60 3;"},
	    {"up to the run", {MAILBOX}, {DAY, 2 * DAY, DAY + 5, 0, 3}, "in 1+0..5 86400 3;"},
	    {"and the next day is empty", {MAILBOX}, {DAY, 2 * DAY + 60, DAY + 5, 0, 3},
		"in 1+0..5 86400 3;in 2+0..0 60 3;"},
	    {"without an end", {MAILBOX}, {DAY, 99 * DAY, DAY + 5, 0, 3},
		"in 1+0..5 86400 3;in 2+0..0 86400 3;"},
	    {"later than the run", {MAILBOX}, {DAY, 2 * DAY, DAY, 0, 3}, "in 1+0..0 86400 3;"},
	    {"before all time", {MAILBOX}, {-5, 5, 9 * DAY, 0, 3}, "in 0+0..5 5 3;"},
	    {"without a number", {MAILBOX}, {DAY, 2 * DAY, 9 * DAY, 0, 0},
		"in 1+0..86400 86400 0;"},
	    {"never read to its end", {MAILBOX}, {0}, ""},
	    {"no UIDVALIDITY", {.host = "h", .name = "in", .key = "u@h:993,in"},
		{DAY, 2 * DAY, 9 * DAY, 0, 3}, ""},
	    {"not all there", {MAILBOX, .missing = "gone"}, {DAY, 2 * DAY, 9 * DAY, 0, 3}, ""},
	    {"unreadable", {MAILBOX, .counts = {.unreadable = 1}}, {DAY, 2 * DAY, 9 * DAY, 0, 3},
		""},
	    {"vanished", {MAILBOX, .counts = {.vanished = 1}}, {DAY, 2 * DAY, 9 * DAY, 0, 3},
		"in 1+0..86400 86400 3;"},
	    {"a file", {.host = "/mail", .epoch = 7}, {DAY, 2 * DAY, 9 * DAY, 0, 3}, ""},
	};

	(void)state;
	for (unsigned i = 0; i < TABLE_COUNT(rows); i++) {
		struct account_place place = rows[i].place;
		const struct account account = {.place = &place, .place_count = 1};
		struct err err = ERR_INIT;

		place.reach = rows[i].reach;
		buf_clear(&told.text);
		if (sink_end(sink, &account, &err) != 0 ||
		    strcmp(buf_string(&told.text), rows[i].want) != 0)
			fail_msg(
			    "%s: %s, want %s", rows[i].name, buf_string(&told.text), rows[i].want);
	}
}

/* A day that is known: seconds from its beginning. */
struct known_day {
	int day, since, until, ahead;
	unsigned uid, epoch, reading;
};

/* Day 5, when a run read a minute of it and ahead of its time; and that the next one is empty. */
#define FIFTH                                                                                      \
	{                                                                                          \
		5, 0, 60, DAY, 10, 7, 5                                                            \
	}
#define SIXTH                                                                                      \
	{                                                                                          \
		6, 0, 0, DAY, 10, 7, 5                                                             \
	}

static void give_known(struct store_cover known[3], const struct known_day day[3], unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		known[i] = (struct store_cover){
		    .day = day[i].day,
		    .since = day[i].day * DAY + day[i].since,
		    .until = day[i].day * DAY + day[i].until,
		    .ahead = day[i].day * DAY + day[i].ahead,
		    .uid = day[i].uid,
		    .epoch = day[i].epoch,
		    .reading = day[i].reading,
		};
	told.known = known;
	told.known_count = count;
}

/* --new-only goes on behind number 10 with what has come up to number 20, 100 seconds into day 5.
 */
static void test_what_new_only_knows(void **state)
{
	static const struct {
		const char *name;
		struct known_day known[3];
		unsigned count;
		const char *want;
	} rows[] = {
	    {"nothing", {{0, 0, 0, 0, 0, 0, 0}}, 0, ""},
	    {"up to there", {FIFTH, SIXTH}, 2, "in 5+0..100 86400 20;in 6+0..0 86400 20;"},
	    {"from within the day", {{5, 40, 60, DAY, 10, 7, 5}, SIXTH}, 2,
		"in 5+40..100 86400 20;in 6+0..0 86400 20;"},
	    {"more", {{5, 0, 60, DAY, 15, 7, 5}, {6, 0, 0, DAY, 15, 7, 5}}, 2,
		"in 5+0..100 86400 20;in 6+0..0 86400 20;"},
	    {"not up to there", {{5, 0, 60, DAY, 9, 7, 5}, {6, 0, 0, DAY, 9, 7, 5}}, 2, ""},
	    {"not ahead", {{5, 0, 60, 60, 10, 7, 5}}, 1, ""},
	    {"another mailbox", {{5, 0, 60, DAY, 10, 8, 5}, {6, 0, 0, DAY, 10, 8, 5}}, 2, ""},
	    {"read in another way", {{5, 0, 60, DAY, 10, 7, 6}, {6, 0, 0, DAY, 10, 7, 6}}, 2, ""},
	    {"the last day only", {{5, 0, 60, DAY, 9, 7, 5}, SIXTH}, 2, "in 6+0..0 86400 20;"},
	    {"not the last day", {FIFTH, {6, 0, 0, DAY, 9, 7, 5}}, 2, ""},
	    {"with a gap", {{3, 0, DAY, DAY, 10, 7, 5}, FIFTH, SIXTH}, 3,
		"in 5+0..100 86400 20;in 6+0..0 86400 20;"},
	    {"of two days", {{4, 0, DAY, DAY, 10, 7, 5}, FIFTH, SIXTH}, 3,
		"in 4+0..86400 86400 20;in 5+0..100 86400 20;in 6+0..0 86400 20;"},
	};

	(void)state;
	for (unsigned i = 0; i < TABLE_COUNT(rows); i++) {
		struct account_place place = {
		    MAILBOX, .reach = {0, 99 * DAY, 5 * DAY + 100, 10, 20}};
		const struct account account = {.place = &place, .place_count = 1};
		struct store_cover known[3];
		struct err err = ERR_INIT;

		give_known(known, rows[i].known, rows[i].count);
		buf_clear(&told.text);
		if (sink_end(sink, &account, &err) != 0 ||
		    strcmp(buf_string(&told.text), rows[i].want) != 0)
			fail_msg(
			    "%s: %s, want %s", rows[i].name, buf_string(&told.text), rows[i].want);
	}
}

/* Numbers 3 and 4 of UIDVALIDITY 7 on day 5 are read, by the way 5. */
static void test_what_is_doubted(void **state)
{
	const struct {
		const char *name;
		struct known_day day[3]; /* one of them */
		const char *want;
	} rows[] = {
	    {"read in the same way", {{5, 0, 60, DAY, 10, 7, 5}}, "a;b;"},
	    {"in another way", {{5, 0, 60, DAY, 10, 7, 6}}, "doubtful: in 5+0..60 86400 0;!a;b;"},
	    {"one of them is new", {{5, 0, 60, DAY, 3, 7, 6}},
		"doubtful: in 5+0..60 86400 0;!a;b;"},
	    {"both are new", {{5, 0, 60, DAY, 2, 7, 6}}, "a;b;"},
	    {"in several ways", {{5, 0, 60, DAY, 0, 7, 0}}, "a;b;"},
	    {"another mailbox", {{5, 0, 60, DAY, 10, 8, 6}}, "a;b;"},
	    {"another day", {{6, 0, 60, DAY, 10, 7, 6}}, "a;b;"},
	};

	for (unsigned i = 0; i < TABLE_COUNT(rows); i++) {
		struct account_place place = {MAILBOX};
		struct account account = {0};
		char identity[] = "a";
		struct record record = {
		    .value = {[COLUMN_IDENTITY] = {identity, 1}},
		    .place = &place,
		    .internal_date = 5 * DAY + 30,
		    .uid = 3,
		};
		struct store_cover known[3];
		struct err err = ERR_INIT;

		assert_int_equal(finish(state), 0);
		assert_int_equal(begin(state), 0);
		give_known(known, rows[i].day, 1);
		assert_int_equal(sink_record(sink, &record, &err), 0);
		identity[0]++;
		record.uid++;
		assert_int_equal(sink_record(sink, &record, &err), 0);
		assert_int_equal(sink_end(sink, &account, &err), 0);
		assert_span_text(buf_span(&told.text), rows[i].want, rows[i].name);
	}
}

#define SET_UP(test) cmocka_unit_test_setup_teardown(test, begin, finish)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    SET_UP(test_rows_come_together),
	    SET_UP(test_many_rows_are_acknowledged),
	    SET_UP(test_a_store_that_refuses),
	    SET_UP(test_what_is_known),
	    SET_UP(test_what_new_only_knows),
	    SET_UP(test_what_is_doubted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
