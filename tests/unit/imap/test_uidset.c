#include "tests/unit/table.h"

#include "imap/uidset.h"

static void uidset_fill(struct uidset *set, const uint32_t *uids, size_t count)
{
	for (size_t i = 0; i < count; i++)
		assert_int_equal(uidset_add(set, uids[i]), 0);
	uidset_sort(set);
}

static void test_ranges(void **state)
{
	static const struct {
		const char *why;
		uint32_t uids[8];
		size_t count;
		size_t max_uids;
		size_t max_bytes;
		const char *want;
		size_t next;
	} rows[] = {
	    {"none", {0}, 0, 10, 100, "", 0},
	    {"one", {7}, 1, 10, 100, "7", 1},
	    {"a range", {3, 4, 5}, 3, 10, 100, "3:5", 3},
	    {"two neighbours", {3, 4}, 2, 10, 100, "3:4", 2},
	    {"holes are not asked for", {3, 5, 6, 9}, 4, 10, 100, "3,5:6,9", 4},
	    {"unsorted, doubled", {9, 3, 9, 4, 3}, 5, 10, 100, "3:4,9", 3},
	    {"zero is no UID", {0, 1, 2}, 3, 10, 100, "1:2", 2},
	    {"the highest", {4294967294u, 4294967295u}, 2, 10, 100, "4294967294:4294967295", 2},
	    {"at most so many", {1, 2, 3, 4, 5}, 5, 2, 100, "1:2", 2},
	    {"cut at whole ranges", {1, 3, 5, 7, 9}, 5, 10, 23, "1,3", 2},
	    {"the shortest limit", {4294967290u, 4294967291u, 4294967293u}, 3, 10, 21,
		"4294967290:4294967291", 2},
	};

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		struct uidset set = {0};
		struct buf out;

		buf_init(&out, 0);
		uidset_fill(&set, rows[i].uids, rows[i].count);
		assert_row(uidset_add_ranges(&set, 0, rows[i].max_uids, rows[i].max_bytes, &out) ==
			       rows[i].next,
		    rows[i].why);
		assert_span_text(buf_span(&out), rows[i].want, rows[i].why);
		assert_row(out.n <= rows[i].max_bytes, rows[i].why);
		buf_fini(&out);
		uidset_fini(&set);
	}
}

/* Cut in pieces and put together again, a set is the same: nothing is asked twice or left out. */
static void test_pieces(void **state)
{
	struct uidset set = {0};
	uint32_t next_uid = 1;
	size_t next = 0;

	(void)state;
	for (unsigned i = 0; i < 10000; i++) {
		assert_int_equal(uidset_add(&set, next_uid), 0);
		next_uid += i * 7919 % 13 == 0 ? 2 : 1;
	}
	uidset_sort(&set);
	while (next < set.count) {
		size_t first = next;
		struct span rest;
		struct buf out;

		buf_init(&out, 0);
		next = uidset_add_ranges(&set, first, 300, 200, &out);
		assert_true(next > first && out.n <= 200);
		for (rest = buf_span(&out); rest.n > 0;) {
			uint64_t low = 0;
			uint64_t high;

			rest = span_from(rest, span_number(rest, &low));
			high = low;
			if (rest.n > 0 && rest.p[0] == ':')
				rest = span_from(rest, 1 + span_number(span_from(rest, 1), &high));
			rest = span_from(rest, 1);
			for (; low <= high; low++)
				assert_int_equal(set.uid[first++], low);
		}
		assert_int_equal(first, next);
		buf_fini(&out);
	}
	uidset_fini(&set);
}

static void test_find(void **state)
{
	static const uint32_t uids[] = {5, 1, 9};
	struct uidset set = {0};

	(void)state;
	assert_true(uidset_find(&set, 1) == SPAN_NPOS);
	uidset_fill(&set, uids, TABLE_COUNT(uids));
	assert_int_equal(uidset_find(&set, 1), 0);
	assert_int_equal(uidset_find(&set, 9), 2);
	assert_true(uidset_find(&set, 4) == SPAN_NPOS);
	uidset_fini(&set);
}

/* A set that is moved leaves the room of the other. */
static void test_move(void **state)
{
	static const uint32_t uids[] = {5, 1, 9};
	struct uidset set = {0};
	struct uidset other = {0};
	const uint32_t *room;

	(void)state;
	assert_int_equal(uidset_reserve(&other, 2), 0);
	assert_true(other.size == 2 && other.count == 0);
	room = other.uid;
	assert_int_equal(uidset_add(&other, 7), 0);
	uidset_fill(&set, uids, TABLE_COUNT(uids));
	assert_int_equal(uidset_reserve(&set, 2), 0); /* there is more */
	assert_int_equal(set.count, 3);
	uidset_move(&other, &set);
	assert_int_equal(other.count, 3);
	assert_int_equal(uidset_find(&other, 9), 2);
	assert_true(set.count == 0 && set.size == 2 && set.uid == room);
	assert_int_equal(uidset_add(&set, 4), 0);
	assert_true(set.uid == room);
	uidset_fini(&set);
	uidset_fini(&other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_ranges),
	    cmocka_unit_test(test_pieces),
	    cmocka_unit_test(test_find),
	    cmocka_unit_test(test_move),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
