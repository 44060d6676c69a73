#include "tests/unit/table.h"

#include <string.h>

#include "base/buf.h"
#include "source/history/history_days.h"

#define DAY   STORE_DAY
#define TODAY ((int64_t)20000)
#define NOW   (TODAY * DAY + 50000)

/* How rows are read by the run. */
#define OURS 5

/* A day that is known: seconds from the beginning of TODAY + day. */
struct known_day {
	int day, since, ahead;
	unsigned uid, epoch, reading;
};

/* A message that the store has. */
struct known_row {
	uint32_t uid;
	int day, second;
};

static const struct known_row store_rows[] = {
    {1, -1, 100}, {2, -1, 50000}, {3, 0, 100}, {4, 0, 40000}, {5, -1, 200}};

static const struct known_day *store_days;
static unsigned store_count;

static int give_days(struct store *store, const struct store_query *query, store_take_cover *take,
    void *context, struct err *err)
{
	(void)store;
	(void)query;
	for (unsigned i = 0; i < store_count; i++) {
		const struct known_day *day = &store_days[i];
		const int64_t begin = (TODAY + day->day) * DAY;
		const struct store_cover cover = {
		    .day = TODAY + day->day,
		    .since = begin + day->since,
		    .until = begin + day->since,
		    .ahead = begin + day->ahead,
		    .uid = day->uid,
		    .epoch = day->epoch,
		    .reading = day->reading,
		};

		if (take(context, &cover, err) != 0)
			return -1;
	}
	return 0;
}

static int give_uids(struct store *store, const struct store_uids *which, store_take_uid *take,
    void *context, struct err *err)
{
	(void)store;
	for (unsigned i = 0; i < TABLE_COUNT(store_rows); i++) {
		const struct known_row *row = &store_rows[i];
		const int64_t time = (TODAY + row->day) * DAY + row->second;

		if (row->uid > which->after && time >= which->since && time < which->until &&
		    which->epoch == 7 && take(context, row->uid, time, err) != 0)
			return -1;
	}
	return 0;
}

static const struct store_ops ops = {.covered = give_days, .uids = give_uids};
static struct store store = {&ops};

/* "EPOCH UID since..until: UIDS", times from the beginning of TODAY. */
static void add_known(struct buf *out, const struct folder_known *known)
{
	buf_printf(out, "%u %u %lld..%lld:", known->epoch, known->uid,
	    (long long)((int64_t)known->period.since - TODAY * DAY),
	    (long long)((int64_t)known->period.until - TODAY * DAY));
	for (size_t i = 0; i < known->uids.count; i++)
		buf_printf(out, " %u", known->uids.uid[i]);
}

#define WHOLE(day, uid)                                                                            \
	{                                                                                          \
		day, 0, DAY, uid, 7, OURS                                                          \
	}

static void test_learn(void **state)
{
	static const struct {
		const char *name;
		int since, until; /* of the period, from the beginning of TODAY */
		struct known_day day[3];
		unsigned count;
		const char *want;
	} rows[] = {
	    {"nothing", -DAY, 0, {WHOLE(0, 0)}, 0, "0 0 -86400..0:"},
	    {"a day", -DAY, 0, {WHOLE(-1, 5)}, 1, "7 5 -86400..0:"},
	    {"a part of a day", -80000, -70000, {WHOLE(-1, 5)}, 1, "7 5 -86400..0:"},
	    {"two, up to the lower number", -DAY, 40000, {WHOLE(-1, 4), WHOLE(0, 5)}, 2,
		"7 4 -86400..86400:"},
	    {"two, of which the next day is not known", -DAY, DAY, {WHOLE(-1, 4), WHOLE(0, 5)}, 2,
		"7 0 -86400..172800: 1 2 3 4"},
	    {"three, and the next day is known", -DAY, DAY,
		{WHOLE(-1, 4), WHOLE(0, 5), WHOLE(1, 3)}, 3, "7 3 -86400..172800: 4"},
	    {"one of two", -DAY, DAY, {WHOLE(-1, 5)}, 1, "7 0 -86400..172800: 1 2 5"},
	    {"the other one", -DAY, DAY, {WHOLE(0, 5)}, 1, "7 0 -86400..172800: 3 4"},
	    {"rows behind its number", -DAY, DAY, {WHOLE(-1, 4)}, 1, "7 0 -86400..172800: 1 2"},
	    {"not from its beginning", -DAY, 0, {{-1, 150, DAY, 5, 7, OURS}}, 1,
		"7 0 -86400..0: 2 5"},
	    {"not to its end", -DAY, 0, {{-1, 0, 40000, 5, 7, OURS}}, 1, "7 0 -86400..0: 1 5"},
	    {"a gap of a second", -DAY, DAY, {{-1, 0, DAY - 1, 5, 7, OURS}, WHOLE(0, 5)}, 2,
		"7 0 -86400..172800: 1 2 3 4 5"},
	    {"up to now, and read ahead", 0, 50000, {WHOLE(0, 5), WHOLE(1, 5)}, 2,
		"7 5 0..172800:"},
	    {"up to now, and not ahead", 0, 50000, {{0, 0, 49000, 5, 7, OURS}}, 1,
		"7 0 0..172800: 3 4"},
	    {"before now", 0, 49999, {WHOLE(0, 5)}, 1, "7 5 0..86400:"},
	    {"without a number", -DAY, 0, {WHOLE(-1, 0)}, 1, "7 0 -86400..0:"},
	    {"read in another way", -DAY, 0, {{-1, 0, DAY, 5, 7, OURS + 1}}, 1, "0 0 -86400..0:"},
	    {"one of two in another way", -DAY, DAY, {{-1, 0, DAY, 5, 7, OURS + 1}, WHOLE(0, 5)}, 2,
		"7 0 -86400..172800: 3 4"},
	    {"another mailbox before", -DAY, DAY, {{-1, 0, DAY, 5, 6, OURS}, WHOLE(0, 5)}, 2,
		"7 0 -86400..172800: 3 4"},
	    {"far into the future", -DAY, 9 * DAY, {WHOLE(-1, 5), WHOLE(0, 5), WHOLE(1, 5)}, 3,
		"7 0 -86400..777600: 1 2 3 4 5"},
	};
	const struct store_place place = {SPAN("u@h:993"), SPAN("h"), SPAN("Caught")};

	(void)state;
	for (unsigned i = 0; i < TABLE_COUNT(rows); i++) {
		const struct period period = {
		    (time_t)(TODAY * DAY + rows[i].since), (time_t)(TODAY * DAY + rows[i].until)};
		const struct history_wish wish = {&store, OURS, &period, (time_t)NOW};
		const struct store_query query = {
		    &place, (int64_t)period.since, (int64_t)period.until};
		struct history_days days = {0};
		struct folder_known known;
		struct err err = ERR_INIT;
		struct buf out;

		store_days = rows[i].day;
		store_count = rows[i].count;
		buf_init(&out, 0);
		assert_int_equal(history_days_load(&days, &store, &query, &err), 0);
		assert_int_equal(history_days_learn(&days, &place, &wish, &known, &err), 0);
		add_known(&out, &known);
		if (strcmp(buf_string(&out), rows[i].want) != 0)
			fail_msg("%s: %s, want %s", rows[i].name, buf_string(&out), rows[i].want);
		buf_fini(&out);
		uidset_fini(&known.uids);
		history_days_fini(&days);
	}
}

/* Rows of an earlier mailbox, where the later one is known. */
static void test_replaced(void **state)
{
	static const struct known_day known = {0, 100, 200, 5, 7, OURS};
	static const struct {
		unsigned epoch;
		int second;
		bool is_replaced;
	} rows[] = {{7, 150, false}, {6, 150, true}, {6, 99, false}, {6, 100, true}, {6, 199, true},
	    {6, 200, false}, {6, 150 - DAY, false}, {6, 150 + DAY, false}};
	const struct store_query query = {NULL, TODAY * DAY, TODAY * DAY + 1};
	struct history_days days = {0};
	struct err err = ERR_INIT;

	(void)state;
	store_days = &known;
	store_count = 1;
	assert_int_equal(history_days_load(&days, &store, &query, &err), 0);
	for (unsigned i = 0; i < TABLE_COUNT(rows); i++) {
		const struct store_row row = {
		    .key = {.epoch = rows[i].epoch}, .time = TODAY * DAY + rows[i].second};

		assert_int_equal(history_days_replace(&days, &row), rows[i].is_replaced);
	}
	history_days_fini(&days);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_learn),
	    cmocka_unit_test(test_replaced),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
