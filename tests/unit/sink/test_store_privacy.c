/* Which columns may be kept away, and what a hash is. */
#include "tests/unit/table.h"

#include "sink/store_privacy.h"

static const struct store_privacy one = {.key = {1}};
static const struct store_privacy other = {.key = {2}};

static void test_columns(void **state)
{
	static const enum column kept[] = {COLUMN_NUMBER, COLUMN_DATE, COLUMN_FOLDER, COLUMN_UID,
	    COLUMN_HOST, COLUMN_QUEUE_ID, COLUMN_IDENTITY, COLUMN_IDENTITY_KIND};

	(void)state;
	for (unsigned i = 0; i < TABLE_COUNT(kept); i++) {
		assert_row(!store_privacy_may_leave_out(kept[i]), record_columns[kept[i]].title);
		assert_row(!store_privacy_may_hash(kept[i]), record_columns[kept[i]].title);
	}
	for (unsigned i = 0; i < COLUMN_COUNT; i++)
		assert_row(!store_privacy_may_hash(i) || store_privacy_may_leave_out(i),
		    record_columns[i].title);
	assert_true(store_privacy_may_leave_out(COLUMN_NOTES));
	assert_false(store_privacy_may_hash(COLUMN_NOTES));
	assert_true(store_privacy_may_hash(COLUMN_TO));
	assert_true(store_privacy_may_hash(COLUMN_SUBJECT));
}

/* Two values: whether their hashes are the same, in a column. */
static void test_same(void **state)
{
	static const struct {
		enum column column;
		struct span a, b;
		bool same;
	} rows[] = {
	    {COLUMN_SUBJECT, SPAN("Invoice"), SPAN("Invoice"), true},
	    {COLUMN_SUBJECT, SPAN("Invoice"), SPAN("invoice"), false},
	    {COLUMN_SUBJECT, SPAN(""), SPAN(""), true},
	    {COLUMN_TO, SPAN("a@example.net"), SPAN("Ann <A@Example.NET>"), true},
	    {COLUMN_TO, SPAN("a@example.net"), SPAN("aa@example.net"), false},
	    {COLUMN_TO, SPAN("a@example.net, b@example.net"),
		SPAN("Ann <a@example.net>, b@example.net"), true},
	    {COLUMN_TO, SPAN("a@example.net, b@example.net"), SPAN("b@example.net, a@example.net"),
		false},
	    {COLUMN_TO, SPAN("undisclosed-recipients:;"), SPAN("undisclosed-recipients:;"), true},
	};
	struct arena arena;

	(void)state;
	arena_init(&arena);
	for (unsigned i = 0; i < TABLE_COUNT(rows); i++) {
		const struct span a = store_privacy_hash(&one, rows[i].column, rows[i].a, &arena);
		const struct span b = store_privacy_hash(&one, rows[i].column, rows[i].b, &arena);

		assert_row(span_eq(a, b) == rows[i].same, rows[i].b.p);
		assert_row(span_find_text(a, SPAN("example")) == SPAN_NPOS, rows[i].a.p);
	}
	arena_fini(&arena);
}

/* One address of a list has the hash that it has alone; another key makes another. */
static void test_parts(void **state)
{
	struct arena arena;
	struct span alone, list;

	(void)state;
	arena_init(&arena);
	alone = store_privacy_hash(&one, COLUMN_TO, SPAN("b@example.net"), &arena);
	list =
	    store_privacy_hash(&one, COLUMN_TO, SPAN("a@example.net, B <B@EXAMPLE.net>"), &arena);
	assert_int_equal(alone.n, strlen("hash-") + 32);
	assert_int_equal(list.n, 2 * alone.n + 2);
	assert_true(span_eq(span_from(list, alone.n + 2), alone));
	assert_false(
	    span_eq(store_privacy_hash(&other, COLUMN_TO, SPAN("b@example.net"), &arena), alone));
	arena_fini(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_columns),
	    cmocka_unit_test(test_same),
	    cmocka_unit_test(test_parts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
