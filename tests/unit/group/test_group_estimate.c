/* Groups with more different values than are counted one by one. */
#include "tests/unit/group_message.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"

/* The hashes have another key in every run: six standard errors and the rounding. */
#define MOST_OFF 110 /* permille */

static void assert_about(struct group_distinct got, uint64_t want, const char *what)
{
	uint64_t off = got.count > want ? got.count - want : want - got.count;

	if (!got.estimated || off * 1000 > want * MOST_OFF)
		fail_msg("%s: %u%s, want about %u", what, (unsigned)got.count,
		    got.estimated ? " estimated" : "", (unsigned)want);
}

static void assert_exact(struct group_distinct got, uint64_t want, const char *what)
{
	if (got.estimated || got.count != want)
		fail_msg("%s: %u%s, want %u", what, (unsigned)got.count,
		    got.estimated ? " estimated" : "", (unsigned)want);
}

struct numbered {
	unsigned identity, to, subject, source_ip, script; /* 0: none */
};

static void add(struct group_fixture *f, const struct numbered *n)
{
	char text[5][32] = {"", "", "", "", ""};
	const struct group_message message = {.identity = text[0],
	    .to = text[1],
	    .subject = text[2],
	    .source_ip = text[3],
	    .script = text[4]};

	snprintf(text[0], sizeof(text[0]), "u%u@example.com", n->identity);
	if (n->to != 0)
		snprintf(text[1], sizeof(text[1]), "r%u@example.org", n->to);
	if (n->subject != 0)
		snprintf(text[2], sizeof(text[2]), "Subject %u", n->subject);
	if (n->source_ip != 0)
		snprintf(text[3], sizeof(text[3]), "2001:db8::%x", n->source_ip);
	if (n->script != 0)
		snprintf(text[4], sizeof(text[4]), "m%u.php", n->script);
	group_fixture_add(f, &message);
}

/* Up to the bound all is exact; one value more makes an estimate. */
static void test_bound(void **state)
{
	struct group_fixture f;
	struct group_row row;

	(void)state;
	group_fixture_init(&f);
	for (unsigned i = 1; i <= GROUP_EXACT_MOST; i++)
		add(&f, &(struct numbered){1, i, i, i, i});
	group_fixture_row(&f, &row);
	assert_exact(row.recipients, GROUP_EXACT_MOST, "recipients");
	assert_exact(row.subjects, GROUP_EXACT_MOST, "subjects");
	assert_exact(row.source_ips, GROUP_EXACT_MOST, "addresses");
	assert_int_equal(group_set_error(f.set), 0);
	for (unsigned i = 1; i <= 2 * GROUP_EXACT_MOST; i++) /* again */
		add(&f, &(struct numbered){1, i % GROUP_EXACT_MOST + 1, 1, 1, 1});
	group_fixture_row(&f, &row);
	assert_exact(row.recipients, GROUP_EXACT_MOST, "recipients again");
	assert_false(row.script.estimated || row.source_ip.estimated);
	add(&f, &(struct numbered){1, GROUP_EXACT_MOST + 1, 0, GROUP_EXACT_MOST + 1, 0});
	group_fixture_row(&f, &row);
	assert_int_equal(row.recipients.count, 4100); /* rounded */
	assert_true(row.recipients.estimated);
	assert_true(row.source_ips.estimated);
	assert_exact(row.subjects, GROUP_EXACT_MOST, "subjects");
	assert_true(group_set_error(f.set) > 0);
	group_fixture_fini(&f);
}

static void test_beyond(void **state)
{
	static const unsigned counts[] = {5000, 20000, 100000, 400000};

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(counts); i++) {
		struct group_fixture f;
		struct group_row row;

		group_fixture_init(&f);
		for (unsigned k = 1; k <= counts[i] + 5000; k++) {
			unsigned n = k <= counts[i] ? k : k - counts[i];

			add(&f, &(struct numbered){1, n, n, n, 1});
		}
		group_fixture_row(&f, &row);
		assert_about(row.recipients, counts[i], "recipients");
		assert_about(row.subjects, counts[i], "subjects");
		assert_about(row.source_ips, counts[i], "addresses");
		assert_int_equal(row.script.count, counts[i] + 5000);
		assert_false(row.script.estimated);
		group_fixture_fini(&f);
	}
}

/* A frequent value becomes the leader, however late it begins. */
static void test_late_leader(void **state)
{
	enum { OTHERS = 50000, LATE = 2000 };
	struct group_fixture f;
	struct group_row row;

	(void)state;
	group_fixture_init(&f);
	for (unsigned i = 1; i <= OTHERS; i++)
		add(&f, &(struct numbered){1, 0, 0, i, i});
	group_fixture_row(&f, &row);
	assert_in_range(row.source_ip.count, 1, 10);
	for (unsigned i = 1; i <= LATE; i++)
		add(&f, &(struct numbered){1, 0, 0, i % 2 == 0 ? i : OTHERS + 1, OTHERS + 1});
	group_fixture_row(&f, &row);
	assert_span_text(row.script.value, "m50001.php", "the script");
	assert_true(row.script.estimated);
	assert_in_range(row.script.count, LATE, LATE + 10);
	assert_span_text(row.source_ip.value, "2001:db8::c351", "the address");
	assert_in_range(row.source_ip.count, LATE / 2, LATE / 2 + 10);
	/* A value with a place of its own overtakes it again. */
	for (unsigned i = 0; i < 2 * LATE; i++)
		add(&f, &(struct numbered){1, 0, 0, 0, 5});
	group_fixture_row(&f, &row);
	assert_span_text(row.script.value, "m5.php", "the script");
	assert_int_equal(row.script.count, 2 * LATE + 1);
	assert_false(row.script.estimated);
	/* The one before, whose count was kept, overtakes that. */
	for (unsigned i = 0; i < 2 * LATE; i++)
		add(&f, &(struct numbered){1, 0, 0, 0, OTHERS + 1});
	group_fixture_row(&f, &row);
	assert_span_text(row.script.value, "m50001.php", "the script");
	assert_in_range(row.script.count, 3 * LATE, 3 * LATE + 10);
	assert_true(row.source_ip.count <= row.count && row.script.count <= row.count);
	group_fixture_fini(&f);
}

static void check_small_groups(struct group_fixture *f, unsigned groups, unsigned values)
{
	struct group_view view;
	struct group_row row;

	group_fixture_view(f, &view, 0, 0);
	for (uint32_t i = 0; i < view.rows; i++) {
		group_view_row(&view, i, &row);
		if (row.id == 0 || row.id > groups)
			continue;
		assert_int_equal(row.count, values);
		if (values <= GROUP_EXACT_LEAST) {
			assert_exact(row.recipients, values, "recipients of a small group");
			assert_exact(row.source_ips, values, "addresses of a small group");
			assert_int_equal(row.script.count, 1);
			assert_false(row.script.estimated);
		} else {
			assert_true(row.recipients.estimated);
			assert_in_range(row.recipients.count, GROUP_EXACT_LEAST, values * 2);
			assert_in_range(row.script.count, 1, values - GROUP_EXACT_LEAST);
		}
	}
}

/* When the budget of the run is used up, groups still count their first few values exactly. */
static void test_budget(void **state)
{
	enum { FULL = GROUP_EXACT_TOTAL / GROUP_EXACT_MOST / 4, GROUPS = 20000, LAST = 900000 };
	struct group_fixture f;
	struct group_row row;

	(void)state;
	group_fixture_init(&f);
	add(&f, &(struct numbered){.identity = 1});
	for (unsigned id = 2; id < GROUPS + 2; id++)
		for (unsigned i = 1; i <= GROUP_EXACT_LEAST; i++)
			add(&f, &(struct numbered){
				    id, id * 100 + i, id * 100 + i, id * 100 + i, id * 100 + i});
	check_small_groups(&f, GROUPS, GROUP_EXACT_LEAST);
	assert_int_equal(group_set_error(f.set), 0);
	for (unsigned id = 0; id <= FULL; id++)
		for (unsigned i = 1; i <= GROUP_EXACT_MOST; i++)
			add(&f, &(struct numbered){GROUPS + 2 + id, i, i, i, i});
	for (unsigned id = 2; id < GROUPS + 2; id++)
		for (unsigned i = 1; i <= 3; i++)
			add(&f, &(struct numbered){id, i, 0, i, i});
	check_small_groups(&f, GROUPS, GROUP_EXACT_LEAST + 3);
	/* There are now so many sketches that they are less precise. */
	assert_int_equal(group_set_error(f.set), 130);
	/* A new group needs no sketch for a few values. */
	for (unsigned i = 1; i <= 2 * GROUP_EXACT_MOST; i++)
		add(&f, &(struct numbered){LAST, i % 8, i % 8, i % 8, i % 8});
	group_fixture_row(&f, &row);
	assert_span_text(row.key[0], "u900000@example.com", "the largest");
	assert_exact(row.recipients, 7, "recipients of the last");
	assert_exact(row.subjects, 7, "subjects of the last");
	assert_exact(row.source_ips, 7, "addresses of the last");
	assert_false(row.script.estimated);
	for (unsigned i = 1; i <= 1000; i++)
		add(&f, &(struct numbered){.identity = 1, .to = i});
	for (unsigned i = 1; i <= 2 * GROUP_EXACT_MOST; i++)
		add(&f, &(struct numbered){.identity = 1});
	group_fixture_row(&f, &row);
	assert_int_equal(row.id, 0);
	assert_true(row.recipients.estimated);
	assert_in_range(row.recipients.count, 300, 2500);
	assert_exact(row.subjects, 0, "no subjects");
	group_fixture_fini(&f);
}

/* --- Groupings that count messages only. */

/* A source of very many rows has less room, and as many messages. */
static void test_small(void **state)
{
	enum { GROUPS = 3000, VALUES = 40 };
	struct group_fixture f;

	(void)state;
	group_fixture_init(&f);
	group_set_be_small(f.set);
	add(&f, &(struct numbered){.identity = 1});
	for (unsigned i = 1; i <= VALUES; i++)
		for (unsigned id = 2; id < GROUPS + 2; id++)
			add(&f, &(struct numbered){
				    id, id * 100 + i, id * 100 + i, id * 100 + i, id * 100 + i});
	check_small_groups(&f, GROUPS, VALUES);
	assert_in_range(group_set_error(f.set), 17, 130);
	group_fixture_fini(&f);
}

static void test_bare(void **state)
{
	const struct column_list by_ip = {.count = 1, .column = {COLUMN_SOURCE_IP}};
	const struct column_list by_from = {.count = 1, .column = {COLUMN_FROM}};
	const struct group_limits limits = {0};
	struct group_fixture f;
	struct grouping *bare, *both;
	struct group_view view;
	struct group_row row;

	(void)state;
	group_fixture_init(&f);
	bare = group_set_get_bare(f.set, &by_ip, &f.err);
	assert_non_null(bare);
	both = group_set_get_bare(f.set, &by_from, &f.err);
	assert_ptr_equal(group_set_get(f.set, &by_from, &f.err), both);
	assert_ptr_equal(group_set_get_bare(f.set, &by_from, &f.err), both);
	add(&f, &(struct numbered){1, 1, 1, 1, 1});
	assert_int_equal(group_view_init(&view, bare, &limits, &f.err), 0);
	group_view_row(&view, 0, &row);
	assert_int_equal(row.count, 1);
	assert_exact(row.recipients, 0, "not counted");
	assert_int_equal(row.sample_subject.n + row.script.value.n, 0);
	assert_int_equal(group_view_init(&view, both, &limits, &f.err), 0);
	group_view_row(&view, 0, &row);
	assert_exact(row.recipients, 1, "counted");
	assert_null(group_set_get(f.set, &by_ip, &f.err)); /* too late for more */
	assert_int_equal(f.err.code, ERR_INTERNAL);
	assert_ptr_equal(group_set_get_bare(f.set, &by_ip, &f.err), bare);
	group_fixture_fini(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_bound),
	    cmocka_unit_test(test_beyond),
	    cmocka_unit_test(test_late_leader),
	    cmocka_unit_test(test_budget),
	    cmocka_unit_test(test_small),
	    cmocka_unit_test(test_bare),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
