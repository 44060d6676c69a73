#include "tests/unit/group_message.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"

/* --- Which messages are one group. */

static void test_same_key(void **state)
{
	static const struct {
		struct column_list key;
		const char *a[2]; /* the values of the two key columns */
		const char *b[2];
		bool same;
		const char *why;
	} rows[] = {
	    {{1, {COLUMN_IDENTITY}}, {"A@Example.com"}, {"a@example.COM"}, true, "case"},
	    {{1, {COLUMN_IDENTITY}}, {"a@example.com"}, {"b@example.com"}, false, "letter"},
	    {{1, {COLUMN_IDENTITY}}, {NULL}, {""}, true, "both empty"},
	    {{1, {COLUMN_IDENTITY}}, {""}, {"a"}, false, "empty is not a value"},
	    {{1, {COLUMN_IDENTITY}}, {""}, {" "}, false, "nor a blank"},
	    {{1, {COLUMN_IDENTITY}}, {""}, {"(no identity)"}, false, "nor its own name"},
	    {{1, {COLUMN_SUBJECT}}, {"Hello"}, {"hello"}, false, "case of a subject"},
	    {{1, {COLUMN_PHP_SCRIPT}}, {"A.example/m.php"}, {"a.example/m.php"}, true, "host"},
	    {{1, {COLUMN_PHP_SCRIPT}}, {"a.example/m.php"}, {"a.example/M.php"}, false, "path"},
	    {{2, {COLUMN_IDENTITY, COLUMN_SUBJECT}}, {"a", "bc"}, {"ab", "c"}, false, "border"},
	    {{2, {COLUMN_IDENTITY, COLUMN_SUBJECT}}, {"a", ""}, {"", "a"}, false, "order"},
	    {{2, {COLUMN_IDENTITY, COLUMN_SUBJECT}}, {"a", "b"}, {"b", "a"}, false, "order"},
	    {{2, {COLUMN_IDENTITY, COLUMN_SUBJECT}}, {"a", "b"}, {"A", "b"}, true, "both"},
	    {{2, {COLUMN_IDENTITY, COLUMN_SUBJECT}}, {"a", "b"}, {"A", "B"}, false, "each"},
	};

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		struct record a = {0}, b = {0};
		struct group_fixture f;

		for (unsigned k = 0; k < rows[i].key.count; k++) {
			a.value[rows[i].key.column[k]] = group_message_text(rows[i].a[k]);
			b.value[rows[i].key.column[k]] = group_message_text(rows[i].b[k]);
		}
		group_fixture_init_key(&f, &rows[i].key);
		assert_int_equal(group_set_add(f.set, &a, &f.err), 0);
		assert_int_equal(group_set_add(f.set, &b, &f.err), 0);
		assert_row(grouping_count(f.grouping) == (rows[i].same ? 1 : 2), rows[i].why);
		assert_row(grouping_last(f.grouping) == (rows[i].same ? 0 : 1), rows[i].why);
		assert_row(grouping_messages(f.grouping) == 2, rows[i].why);
		group_fixture_fini(&f);
	}
}

static void test_first_spelling(void **state)
{
	static const struct group_message messages[] = {
	    {.identity = "Office@Example.com"}, {.identity = "office@example.com"}};
	struct group_fixture f;
	struct group_row row;

	(void)state;
	group_fixture_init(&f);
	for (size_t i = 0; i < TABLE_COUNT(messages); i++)
		group_fixture_add(&f, &messages[i]);
	group_fixture_row(&f, &row);
	assert_int_equal(row.count, 2);
	assert_span_text(row.key[0], "Office@Example.com", "the first one's");
	group_fixture_fini(&f);
}

/* --- What is counted in a group. */

static void test_recipients(void **state)
{
	static const struct {
		const char *to[3];
		unsigned want;
	} rows[] = {
	    {{"a@example.org"}, 1},
	    {{"a@example.org", "A@Example.ORG", "Ann <a@example.org>"}, 1},
	    {{"a@example.org, b@example.org", "b@example.org", "c@example.org"}, 3},
	    {{"a@example.org, a@example.org"}, 1},
	    {{"\"Reader, A.\" <a@example.org>"}, 1},
	    {{"Reader, A. <a@example.org>"}, 1},
	    {{"root, a@example.org"}, 1},
	    {{"undisclosed-recipients:;"}, 0},
	    {{"undisclosed-recipients:;", "Undisclosed-Recipients:;"}, 0},
	    {{"undisclosed-recipients:;", "a@example.org"}, 1},
	    {{"root", "operator", "root"}, 0},
	    {{"", "", ""}, 0},
	    {{"", "a@example.org"}, 1},
	    {{"a@example.org", "a@example.net"}, 2},
	    {{"a1@b.example,a2@b.example,a3@b.example,a4@b.example,a5@b.example,a6@b.example,"
	      "a7@b.example,a8@b.example,a9@b.example,b1@b.example,b2@b.example,b3@b.example,"
	      "b4@b.example,b5@b.example,b6@b.example,b7@b.example,b8@b.example,b9@b.example"},
		18},
	};

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		struct group_fixture f;
		struct group_row row;

		group_fixture_init(&f);
		for (unsigned k = 0; k < 3 && rows[i].to[k] != NULL; k++)
			group_fixture_add(&f, &(struct group_message){.to = rows[i].to[k]});
		group_fixture_row(&f, &row);
		if (row.recipients.count != rows[i].want)
			fail_msg("%s...: %u recipients, want %u", rows[i].to[0],
			    (unsigned)row.recipients.count, rows[i].want);
		group_fixture_fini(&f);
	}
}

/* Each letter is a message with that script and source address; '-' has none. */
static void test_leaders(void **state)
{
	static const struct {
		const char *letters;
		const char *top;
		unsigned count;
		unsigned distinct;
	} rows[] = {
	    {"", "", 0, 0},
	    {"-", "", 0, 0},
	    {"a", "a", 1, 1},
	    {"-a-", "a", 1, 1},
	    {"aa", "a", 2, 1},
	    {"ab", "a", 1, 2},
	    {"aba", "a", 2, 2},
	    {"abb", "b", 2, 2},
	    {"abba", "b", 2, 2},
	    {"abbaa", "a", 3, 2},
	    {"abbaabb", "b", 4, 2},
	    {"abcabcab", "a", 3, 3},
	    {"abcbcc", "c", 3, 3},
	    {"aabbccbbaa", "b", 4, 3},
	    {"aAAa", "a", 4, 1},
	    {"abcdefghijk", "a", 1, 11},
	    {"abcdefghijkk", "k", 2, 11},
	};

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		struct group_fixture f;
		struct group_row row;

		group_fixture_init(&f);
		group_fixture_add(&f, &(struct group_message){0});
		for (const char *letter = rows[i].letters; *letter != '\0'; letter++) {
			const char text[] = {*letter == '-' ? '\0' : *letter, '\0'};
			const char script[] = {text[0], text[0] != '\0' ? '/' : '\0', '\0'};

			group_fixture_add(
			    &f, &(struct group_message){.source_ip = text, .script = script});
		}
		group_fixture_row(&f, &row);
		assert_span_text(row.source_ip.value, rows[i].top, rows[i].letters);
		assert_row(row.source_ip.count == rows[i].count, rows[i].letters);
		assert_row(row.source_ips.count == rows[i].distinct, rows[i].letters);
		assert_row(row.script.value.n == row.source_ip.value.n * 2, rows[i].letters);
		assert_row(row.script.count == rows[i].count, rows[i].letters);
		group_fixture_fini(&f);
	}
}

static void test_subjects(void **state)
{
	static const struct group_message messages[] = {
	    {.identity = "a", .subject = "One"},
	    {.identity = "a", .subject = "one"},
	    {.identity = "a", .subject = "One"},
	    {.identity = "a", .subject = ""},
	    {.identity = "b", .subject = "One"},
	};
	struct group_fixture f;
	struct group_view view;
	struct group_row row;

	(void)state;
	group_fixture_init(&f);
	for (size_t i = 0; i < TABLE_COUNT(messages); i++)
		group_fixture_add(&f, &messages[i]);
	group_fixture_view(&f, &view, 0, 0);
	group_view_row(&view, 0, &row);
	assert_int_equal(row.subjects.count, 2);
	group_view_row(&view, 1, &row);
	assert_int_equal(row.subjects.count, 1);
	group_fixture_fini(&f);
}

static void test_times(void **state)
{
	static const struct {
		time_t when[4]; /* 0: not known */
		bool dated;
		time_t first, last;
		const char *why;
	} rows[] = {
	    {{0, 0}, false, 0, 0, "no time"},
	    {{500}, true, 500, 500, "one"},
	    {{500, 400, 600}, true, 400, 600, "in no order"},
	    {{0, 500, 0, 400}, true, 400, 500, "some without"},
	    {{-5, 5}, true, -5, 5, "before 1970"},
	};

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		struct group_fixture f;
		struct group_row row;

		group_fixture_init(&f);
		for (unsigned k = 0; k < 4; k++)
			group_fixture_add(&f, &(struct group_message){.when = rows[i].when[k]});
		group_fixture_row(&f, &row);
		assert_row(row.dated == rows[i].dated, rows[i].why);
		assert_row(row.first == rows[i].first, rows[i].why);
		assert_row(row.last == rows[i].last, rows[i].why);
		group_fixture_fini(&f);
	}
}

/* Who still sends: of each group, and of all that are not shown. */
static void test_watch(void **state)
{
	static const struct group_message messages[] = {
	    {.identity = "a", .when = 99},
	    {.identity = "a", .when = 100},
	    {.identity = "a", .when = 101},
	    {.identity = "b", .when = 200},
	    {.identity = "b"},
	    {.identity = "c", .when = 100},
	};
	static const uint64_t wanted[] = {2, 1, 1};
	struct group_fixture f;
	struct group_view view;
	struct group_row row;

	(void)state;
	group_fixture_init(&f);
	group_set_watch(f.set, 100);
	for (size_t i = 0; i < TABLE_COUNT(messages); i++)
		group_fixture_add(&f, &messages[i]);
	group_fixture_view(&f, &view, 0, 0);
	for (uint32_t i = 0; i < TABLE_COUNT(wanted); i++) {
		group_view_row(&view, i, &row);
		assert_int_equal(row.recent, wanted[i]);
	}
	group_fixture_view(&f, &view, 1, 0);
	group_view_row(&view, 1, &row);
	assert_int_equal(row.recent, 2);
	group_fixture_fini(&f);
}

static void test_sample(void **state)
{
	static const struct {
		struct group_message messages[3];
		unsigned count;
		uint32_t uid;
		const char *subject;
		const char *why;
	} rows[] = {
	    {{{.uid = 5, .subject = "x"}, {.uid = 6, .subject = "y"}}, 2, 5, "x", "the first"},
	    {{{.uid = 5}, {.uid = 6, .subject = "y"}, {.uid = 7, .subject = "z"}}, 3, 6, "y",
		"the first with a subject"},
	    {{{.uid = 5}, {.uid = 6}}, 2, 5, "", "none has one"},
	    {{{.uid = 5, .subject = "x", .absent = {COLUMN_UID}}}, 1, 0, "x", "no UID"},
	    {{{.uid = 5, .subject = "x", .absent = {COLUMN_SUBJECT}}, {.uid = 6, .subject = "y"}},
		2, 6, "y", "subject absent"},
	};

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		struct group_fixture f;
		struct group_row row;

		group_fixture_init(&f);
		for (unsigned k = 0; k < rows[i].count; k++)
			group_fixture_add(&f, &rows[i].messages[k]);
		group_fixture_row(&f, &row);
		assert_row(row.sample_uid == rows[i].uid, rows[i].why);
		assert_span_text(row.sample_subject, rows[i].subject, rows[i].why);
		group_fixture_fini(&f);
	}
}

static void test_absent(void **state)
{
	struct group_message message = {.identity = "a",
	    .to = "a@example.org",
	    .subject = "x",
	    .source_ip = "192.0.2.1",
	    .script = "m.php",
	    .when = 5,
	    .absent = {COLUMN_SUBJECT, COLUMN_SOURCE_IP, COLUMN_PHP_SCRIPT, COLUMN_DATE,
		COLUMN_IDENTITY, COLUMN_TO}};
	struct group_fixture f;
	struct group_row row;

	(void)state;
	group_fixture_init(&f);
	assert_true(grouping_knows(f.grouping, COLUMN_TO));
	group_fixture_add(&f, &message);
	group_fixture_row(&f, &row);
	assert_int_equal(row.key[0].n, 0);
	assert_int_equal(row.recipients.count + row.source_ips.count + row.subjects.count, 0);
	assert_int_equal(row.script.count + row.source_ip.count, 0);
	assert_false(row.dated);
	assert_false(grouping_knows(f.grouping, COLUMN_TO));
	assert_false(grouping_knows(f.grouping, COLUMN_IDENTITY));
	assert_true(grouping_knows(f.grouping, COLUMN_FROM));
	message.absent[MESSAGE_MAX_ABSENT - 1] = COLUMN_NUMBER; /* To is known */
	group_fixture_add(&f, &message);
	group_fixture_row(&f, &row);
	assert_int_equal(row.recipients.count, 1);
	assert_true(grouping_knows(f.grouping, COLUMN_TO));
	assert_false(grouping_knows(f.grouping, COLUMN_SUBJECT));
	assert_true(grouping_knows_of(f.grouping, row.id, COLUMN_TO));
	message = (struct group_message){.identity = "b"};
	group_fixture_add(&f, &message);
	assert_true(grouping_knows(f.grouping, COLUMN_SUBJECT));
	assert_false(grouping_knows_of(f.grouping, row.id, COLUMN_SUBJECT));
	assert_true(grouping_knows_of(f.grouping, 1, COLUMN_SUBJECT));
	group_fixture_fini(&f);
}

/* Groups differ by the whole value; shown is the beginning, in whole characters. */
static void test_long_texts(void **state)
{
	struct buf longest, text, want;
	struct group_fixture f;
	struct group_view view;
	struct group_row row;

	(void)state;
	buf_init(&longest, 0);
	buf_init(&text, 0);
	buf_init(&want, 0);
	buf_add_char(&longest, 'x'); /* so that a character stands over the limit */
	while (longest.n + 1 < GROUP_MAX_TEXT)
		buf_add_text(&longest, "é");
	buf_add(&want, buf_span(&longest));
	buf_add_text(&want, "…");
	buf_add(&text, buf_span(&longest));
	buf_add_text(&text, "éééé");
	buf_add_char(&longest, 'y');
	assert_int_equal(longest.n, GROUP_MAX_TEXT);

	group_fixture_init(&f);
	for (unsigned i = 0; i < 3; i++) {
		const char *value = buf_string(i == 0 ? &longest : &text);

		group_fixture_add(&f,
		    &(struct group_message){
			.identity = value, .subject = value, .source_ip = value, .script = value});
		buf_add_char(&text, 'z');
	}
	assert_int_equal(grouping_count(f.grouping), 3);
	group_fixture_view(&f, &view, 0, 0);
	group_view_row(&view, 0, &row);
	assert_span_text(row.key[0], buf_string(&longest), "as long as it may be");
	for (uint32_t i = 1; i < 3; i++) {
		group_view_row(&view, i, &row);
		assert_int_equal(row.id, i);
		assert_span_text(row.key[0], buf_string(&want), "key");
		assert_span_text(row.sample_subject, buf_string(&want), "subject");
		assert_span_text(row.source_ip.value, buf_string(&want), "address");
		assert_span_text(row.script.value, buf_string(&want), "script");
	}
	group_fixture_fini(&f);
	buf_fini(&want);
	buf_fini(&text);
	buf_fini(&longest);
}

/* --- Rows. */

/* Each letter is a message of that group; want: "key:count", or "+groups:count" for the others. */
static void test_rows(void **state)
{
	static const struct {
		const char *letters;
		unsigned top, min_count;
		const char *want;
	} rows[] = {
	    {"", 0, 0, ""},
	    {"", 1, 1, ""},
	    {"abcbcc", 0, 0, "c:3 b:2 a:1 "},
	    {"abcbcc", 3, 0, "c:3 b:2 a:1 "},
	    {"abcbcc", 4, 1, "c:3 b:2 a:1 "},
	    {"abcbcc", 2, 0, "c:3 b:2 +1:1 "},
	    {"abcbcc", 1, 0, "c:3 +2:3 "},
	    {"abcbcc", 0, 2, "c:3 b:2 +1:1 "},
	    {"abcbcc", 0, 3, "c:3 +2:3 "},
	    {"abcbcc", 0, 4, "+3:6 "},
	    {"abcbcc", 2, 3, "c:3 +2:3 "},
	    {"abcbcc", 1, 2, "c:3 +2:3 "},
	    {"cab", 0, 0, "a:1 b:1 c:1 "},
	    {"cabca", 0, 0, "a:2 c:2 b:1 "},
	    {"c-a", 0, 0, ":1 a:1 c:1 "},
	    {"baab", 1, 0, "a:2 +1:2 "},
	};

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		struct group_fixture f;
		struct group_view view;
		struct buf got;
		uint64_t sum = 0;

		buf_init(&got, 0);
		group_fixture_init(&f);
		for (const char *letter = rows[i].letters; *letter != '\0'; letter++) {
			const char text[] = {*letter == '-' ? '\0' : *letter, '\0'};

			group_fixture_add(&f, &(struct group_message){.identity = text});
		}
		group_fixture_view(&f, &view, rows[i].top, rows[i].min_count);
		for (uint32_t r = 0; r < view.rows; r++) {
			struct group_row row;

			group_view_row(&view, r, &row);
			assert_row((row.others != 0) == (r == view.shown), rows[i].letters);
			assert_row(row.total == strlen(rows[i].letters), rows[i].letters);
			sum += row.count;
			if (row.others != 0)
				buf_printf(&got, "+%u", (unsigned)row.others);
			buf_add(&got, row.key[0]);
			buf_printf(&got, ":%u ", (unsigned)row.count);
		}
		assert_span_text(buf_span(&got), rows[i].want, rows[i].letters);
		assert_row(sum == grouping_messages(f.grouping), rows[i].letters);
		buf_fini(&got);
		group_fixture_fini(&f);
	}
}

/* The first few of many are those that a report of all has in front, whoever asks how often. */
static void test_few_of_many(void **state)
{
	enum { MANY = 400 };
	static const unsigned tops[] = {1, 2, 7, 49, 50, 399, 3, 0, 400, 5};
	unsigned seed = 1;
	struct group_fixture f;
	struct group_view all;
	struct buf want;

	(void)state;
	for (unsigned round = 0; round < 20; round++) {
		group_fixture_init(&f);
		for (unsigned i = 0; i < 5 * MANY; i++) {
			char text[16];

			seed = seed * 1103515245 + 12345;
			snprintf(text, sizeof(text), "%u",
			    i < MANY ? (i * 7919) % MANY : (seed >> 16) % MANY);
			group_fixture_add(&f, &(struct group_message){.identity = text});
		}
		for (size_t i = round % 4; i < TABLE_COUNT(tops); i++) {
			struct group_view view;
			uint64_t before = UINT64_MAX, sum = 0;

			group_fixture_view(&f, &view, tops[i], 0);
			buf_init(&want, 0);
			for (uint32_t r = 0; r < view.rows; r++) {
				struct group_row row;

				group_view_row(&view, r, &row);
				sum += row.count;
				if (row.others == 0)
					assert_true(row.count <= before);
				if (row.others == 0)
					before = row.count;
				buf_add(&want, row.key[0]);
				buf_add_char(&want, ' ');
			}
			assert_int_equal(sum, 5 * MANY);
			group_fixture_view(&f, &all, 0, 0);
			for (uint32_t r = 0, at = 0; r < view.shown; r++) {
				struct group_row row;

				group_view_row(&all, r, &row);
				assert_true(span_eq(row.key[0],
				    span_head(span_from(buf_span(&want), at), row.key[0].n)));
				at += (uint32_t)row.key[0].n + 1;
			}
			buf_fini(&want);
		}
		group_fixture_fini(&f);
	}
}

static void test_others(void **state)
{
	static const struct group_message messages[] = {
	    {.identity = "a", .when = 100, .source_ip = "192.0.2.1", .uid = 1, .subject = "x"},
	    {.identity = "a", .when = 900},
	    {.identity = "b", .when = 300, .source_ip = "192.0.2.1", .uid = 2, .subject = "x"},
	    {.identity = "c", .when = 200},
	    {.identity = "d"},
	};
	struct group_fixture f;
	struct group_view view;
	struct group_row row;

	(void)state;
	group_fixture_init(&f);
	for (size_t i = 0; i < TABLE_COUNT(messages); i++)
		group_fixture_add(&f, &messages[i]);
	group_fixture_view(&f, &view, 1, 0);
	assert_int_equal(view.rows, 2);
	group_view_row(&view, 1, &row);
	assert_int_equal(row.others, 3);
	assert_int_equal(row.count, 3);
	assert_int_equal(row.total, 5);
	assert_true(row.dated);
	assert_int_equal(row.first, 200);
	assert_int_equal(row.last, 300);
	assert_int_equal(
	    row.source_ips.count + row.subjects.count + row.source_ip.count + row.sample_uid, 0);
	assert_int_equal(row.sample_subject.n + row.key[0].n, 0);
	group_fixture_fini(&f);
}

static void test_several_keys(void **state)
{
	const struct column_list key = {.count = 2, .column = {COLUMN_SUBJECT, COLUMN_IDENTITY}};
	static const struct group_message messages[] = {
	    {.subject = "y", .identity = "a"},
	    {.subject = "x", .identity = "c"},
	    {.subject = "x", .identity = ""},
	    {.subject = "xx", .identity = "b"},
	};
	static const char *const want[] = {"x|", "x|c", "xx|b", "y|a"};
	struct group_fixture f;
	struct group_view view;
	struct arena arena;

	(void)state;
	arena_init(&arena);
	group_fixture_init_key(&f, &key);
	for (size_t i = 0; i < TABLE_COUNT(messages); i++)
		group_fixture_add(&f, &messages[i]);
	assert_int_equal(grouping_key(f.grouping)->column[1], COLUMN_IDENTITY);
	group_fixture_view(&f, &view, 0, 0);
	assert_int_equal(view.rows, TABLE_COUNT(want));
	for (uint32_t i = 0; i < view.rows; i++) {
		struct group_row row;

		group_view_row(&view, i, &row);
		assert_span_text(arena_printf(&arena, "%.*s|%.*s", (int)row.key[0].n, row.key[0].p,
				     (int)row.key[1].n, row.key[1].p),
		    want[i], "by the first key, then the second");
	}
	group_fixture_fini(&f);
	arena_fini(&arena);
}

/* A view made after a record is up to date. */
static void test_rank_again(void **state)
{
	struct group_fixture f;
	struct group_row row;

	(void)state;
	group_fixture_init(&f);
	group_fixture_add(&f, &(struct group_message){.identity = "a"});
	group_fixture_add(&f, &(struct group_message){.identity = "b"});
	group_fixture_row(&f, &row);
	assert_span_text(row.key[0], "a", "two equals");
	group_fixture_add(&f, &(struct group_message){.identity = "b"});
	group_fixture_row(&f, &row);
	assert_span_text(row.key[0], "b", "one message more");
	assert_int_equal(row.id, 1);
	assert_int_equal(row.total, 3);
	group_fixture_fini(&f);
}

/* --- Many messages, against counting that is plain and slow. */

#define RANDOM_MESSAGES 30000
#define RANDOM_GROUPS   150
#define RANDOM_VALUES   12

struct naive_group {
	uint32_t count, distinct, subjects;
	uint32_t values[RANDOM_VALUES];
	bool subject[RANDOM_VALUES];
	unsigned top;
};

static void naive_add(struct naive_group *group, unsigned value, unsigned subject)
{
	group->count++;
	group->distinct += group->values[value]++ == 0;
	if (group->values[value] > group->values[group->top])
		group->top = value;
	group->subjects += !group->subject[subject];
	group->subject[subject] = true;
}

/* Values of different lengths, so that places of texts are reused. */
static struct span value_text(struct arena *arena, unsigned value)
{
	return arena_printf(arena, "192.0.2.%u%.*s", value, (int)value * 40,
	    "                                                                                "
	    "                                                                                "
	    "                                                                                "
	    "                                                                                "
	    "                                                                                "
	    "                                                                                ");
}

static void check_naive(
    struct group_fixture *f, const struct naive_group *groups, struct arena *arena)
{
	struct group_view view;
	uint64_t sum = 0, before = UINT64_MAX;

	group_fixture_view(f, &view, 0, 0);
	for (uint32_t i = 0; i < view.rows; i++) {
		const struct naive_group *want;
		struct group_row row;
		uint64_t number = 0;

		group_view_row(&view, i, &row);
		assert_true(span_number(row.key[0], &number) > 0);
		want = &groups[number];
		assert_true(row.count <= before);
		before = row.count;
		sum += row.count;
		assert_int_equal(row.count, want->count);
		assert_int_equal(row.source_ips.count, want->distinct);
		assert_int_equal(row.recipients.count, want->distinct);
		assert_int_equal(row.subjects.count, want->subjects);
		assert_int_equal(row.source_ip.count, want->values[want->top]);
		assert_true(span_eq(row.source_ip.value, value_text(arena, want->top)));
		assert_true(span_eq(row.script.value, row.source_ip.value));
	}
	assert_int_equal(sum, RANDOM_MESSAGES);
}

static void test_many(void **state)
{
	static struct naive_group groups[RANDOM_GROUPS];
	struct group_fixture f;
	struct arena arena;

	(void)state;
	srandom(4);
	arena_init(&arena);
	group_fixture_init(&f);
	for (unsigned i = 0; i < RANDOM_MESSAGES; i++) {
		unsigned number = (unsigned)random() % (i % RANDOM_GROUPS + 1);
		unsigned value = (unsigned)random() % (number % RANDOM_VALUES + 1);
		unsigned subject = (unsigned)random() % RANDOM_VALUES;
		struct record record = {.uid = i + 1};

		arena_reset(&arena);
		record.value[COLUMN_IDENTITY] = arena_printf(&arena, "%u", number);
		record.value[COLUMN_SUBJECT] = arena_printf(&arena, "s%u", subject);
		record.value[COLUMN_SOURCE_IP] = value_text(&arena, value);
		record.value[COLUMN_PHP_SCRIPT] = record.value[COLUMN_SOURCE_IP];
		record.value[COLUMN_TO] = arena_printf(&arena, "r%u@example.org", value);
		assert_int_equal(group_set_add(f.set, &record, &f.err), 0);
		naive_add(&groups[number], value, subject);
	}
	check_naive(&f, groups, &arena);
	group_fixture_fini(&f);
	arena_fini(&arena);
}

/* --- The texts of a record are kept once for all groupings. */

static void check_texts(struct grouping *grouping, const char *const *wanted)
{
	const struct group_limits limits = {0};
	struct err err = ERR_INIT;
	struct group_view view;
	struct group_row row;

	assert_int_equal(group_view_init(&view, grouping, &limits, &err), 0);
	for (uint32_t i = 0; i < view.shown; i++, wanted += 4) {
		group_view_row(&view, i, &row);
		assert_span_text(row.key[0], wanted[0], "key");
		assert_span_text(row.source_ip.value, wanted[1], "address");
		assert_span_text(row.script.value, wanted[2], "script");
		assert_span_text(row.sample_subject, wanted[3], "subject");
	}
	assert_null(*wanted);
}

static void add_texts(struct group_fixture *f, const char *const *text)
{
	group_fixture_add(f,
	    &(struct group_message){
		.identity = text[0], .subject = text[1], .source_ip = text[2], .script = text[3]});
}

/* A leader that changes, to a longer text or a shorter one, changes in its own group only. */
static void test_shared_texts(void **state)
{
	static const struct {
		const char *messages[6][4]; /* identity, subject, address, script */
		const char *identities[13]; /* four texts a group, NULL */
		const char *addresses[17];
	} rows[] = {
	    {{{"a", "s", "192.0.2.200", "m/long.php"}, {"a", "t", "::1", "m.php"},
		 {"a", "u", "::1", "m.php"}},
		{"a", "::1", "m.php", "s"},
		{"::1", "::1", "m.php", "t", "192.0.2.200", "192.0.2.200", "m/long.php", "s"}},
	    {{{"a", "s", "::1", "m.php"}, {"b", "t", "::1", "o/longer.php"},
		 {"a", "u", "::1", "o/longer.php"}, {"a", "v", "192.0.2.1", "o/longer.php"},
		 {"a", "w", "192.0.2.1", "x"}, {"a", "w", "192.0.2.1", "x"}},
		{"a", "192.0.2.1", "o/longer.php", "s", "b", "::1", "o/longer.php", "t"},
		{"192.0.2.1", "192.0.2.1", "x", "v", "::1", "::1", "o/longer.php", "s"}},
	};
	const struct column_list by_ip = {.count = 1, .column = {COLUMN_SOURCE_IP}};
	const struct column_list by_two = {.count = 2, .column = {COLUMN_SOURCE_IP, COLUMN_DOMAIN}};

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		struct grouping *addresses, *both;
		struct group_fixture f;

		group_fixture_init(&f);
		addresses = group_set_get(f.set, &by_ip, &f.err);
		both = group_set_get(f.set, &by_two, &f.err);
		assert_true(addresses != NULL && both != NULL);
		for (size_t k = 0; k < 6 && rows[i].messages[k][0] != NULL; k++)
			add_texts(&f, rows[i].messages[k]);
		check_texts(f.grouping, rows[i].identities);
		check_texts(addresses, rows[i].addresses);
		check_texts(both, rows[i].addresses);
		group_fixture_fini(&f);
	}
}

/* --- The set. */

static void test_set(void **state)
{
	const struct column_list by_ip = {.count = 1, .column = {COLUMN_SOURCE_IP}};
	struct column_list key = {.count = 1, .column = {COLUMN_IDENTITY}};
	struct group_fixture f;
	struct grouping *other;

	(void)state;
	group_fixture_init(&f);
	assert_ptr_equal(group_set_get(f.set, &key, &f.err), f.grouping);
	other = group_set_get(f.set, &by_ip, &f.err);
	assert_non_null(other);
	assert_ptr_not_equal(other, f.grouping);
	group_fixture_add(&f, &(struct group_message){.identity = "a", .source_ip = "192.0.2.1"});
	group_fixture_add(&f, &(struct group_message){.identity = "b", .source_ip = "192.0.2.1"});
	assert_int_equal(grouping_count(f.grouping), 2);
	assert_int_equal(grouping_count(other), 1);
	assert_int_equal(grouping_messages(other), 2);
	assert_ptr_equal(group_set_get(f.set, &by_ip, &f.err), other);
	key.column[0] = COLUMN_FROM;
	assert_null(group_set_get(f.set, &key, &f.err)); /* too late */
	assert_int_equal(f.err.code, ERR_INTERNAL);
	group_fixture_fini(&f);
}

static void test_set_limits(void **state)
{
	struct column_list key = {.count = 0};
	struct err err = ERR_INIT;
	struct group_set *set = group_set_new(&err);

	(void)state;
	assert_non_null(set);
	assert_null(group_set_get(set, &key, &err));
	key.count = GROUP_MAX_KEYS + 1;
	for (unsigned i = 0; i < key.count; i++)
		key.column[i] = (enum column)i;
	assert_null(group_set_get(set, &key, &err));
	key.count = 1;
	for (unsigned i = 0; i < GROUP_SET_MAX; i++) {
		key.column[0] = (enum column)(COLUMN_FROM + i);
		assert_non_null(group_set_get(set, &key, &err));
	}
	key = (struct column_list){.count = 1, .column = {COLUMN_HOST}};
	assert_null(group_set_get(set, &key, &err));
	assert_int_equal(err.code, ERR_INTERNAL);
	group_set_free(set);
	group_set_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_same_key),
	    cmocka_unit_test(test_first_spelling),
	    cmocka_unit_test(test_recipients),
	    cmocka_unit_test(test_leaders),
	    cmocka_unit_test(test_subjects),
	    cmocka_unit_test(test_times),
	    cmocka_unit_test(test_watch),
	    cmocka_unit_test(test_sample),
	    cmocka_unit_test(test_absent),
	    cmocka_unit_test(test_long_texts),
	    cmocka_unit_test(test_rows),
	    cmocka_unit_test(test_few_of_many),
	    cmocka_unit_test(test_others),
	    cmocka_unit_test(test_several_keys),
	    cmocka_unit_test(test_rank_again),
	    cmocka_unit_test(test_many),
	    cmocka_unit_test(test_shared_texts),
	    cmocka_unit_test(test_set),
	    cmocka_unit_test(test_set_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
