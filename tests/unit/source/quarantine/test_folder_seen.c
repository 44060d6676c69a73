/* Messages that are known again by what is said in them. */
#include "tests/unit/table.h"

#include <stdio.h>

#include "source/quarantine/folder_seen.h"

#define WHEN ((time_t)1795129200)

static const char *const headers[] = {
    "From: a@example.com\r\nTo: b@example.net\r\nSubject: one\r\nMessage-ID: <1@example>\r\n\r\n",
    "From: a@example.com\r\nX-Other: 1\r\nTo: b@example.net\r\nSubject: one\r\n"
    "Message-ID: <1@example>\r\nX-Other: 2\r\n\r\n",
    "From: a@example.com\r\nTo: b@example.net\r\nSubject: two\r\nMessage-ID: <1@example>\r\n\r\n",
    "From: a@example.comTo\r\n: b@example.net\r\nSubject: one\r\nMessage-ID: <1@example>\r\n\r\n",
    "",
};

static void note(struct folder_seen *seen, const char *header, time_t when)
{
	struct err err = ERR_INIT;

	assert_int_equal(folder_seen_note(seen, span_of(header), when, &err), 0);
}

static void test_what_counts(void **state)
{
	static const struct {
		unsigned noted, asked;
		time_t later;
		bool want;
		const char *why;
	} rows[] = {
	    {0, 0, 0, true, "the same"},
	    {0, 1, 0, true, "other fields play no part"},
	    {0, 2, 0, false, "another subject"},
	    {0, 0, 1, false, "another time"},
	    {0, 3, 0, false, "another division into fields"},
	    {4, 4, 0, true, "nothing but a time"},
	};

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		struct folder_seen seen = {0};
		struct span asked = span_of(headers[rows[i].asked]);

		note(&seen, headers[rows[i].noted], WHEN);
		assert_row(!folder_seen_take(&seen, asked, WHEN), "it is not made anew");
		folder_seen_begin_anew(&seen);
		assert_row(folder_seen_take(&seen, asked, WHEN + rows[i].later) == rows[i].want,
		    rows[i].why);
		assert_row(!folder_seen_take(&seen, asked, WHEN + rows[i].later), "once");
		folder_seen_fini(&seen);
	}
}

/* As often as it was noted, and not what was noted since. */
static void test_copies(void **state)
{
	struct folder_seen seen = {0};
	struct span header = span_of(headers[0]);

	(void)state;
	note(&seen, headers[0], WHEN);
	note(&seen, headers[0], WHEN);
	folder_seen_begin_anew(&seen);
	note(&seen, headers[0], WHEN);
	assert_true(folder_seen_take(&seen, header, WHEN));
	assert_true(folder_seen_take(&seen, header, WHEN));
	assert_false(folder_seen_take(&seen, header, WHEN));
	folder_seen_settle(&seen, WHEN);
	assert_int_equal(seen.count, 1);
	note(&seen, headers[0], WHEN - 1);
	assert_int_equal(seen.count, 1);
	folder_seen_settle(&seen, WHEN + 1);
	assert_int_equal(seen.count, 0);
	folder_seen_fini(&seen);
}

static void test_limit(void **state)
{
	struct folder_seen seen = {0};

	(void)state;
	for (size_t i = 0; i < 3 * FOLDER_MAX_SEEN; i++) {
		note(&seen, "", WHEN + (time_t)i);
		if (i == FOLDER_MAX_SEEN / 2)
			folder_seen_begin_anew(&seen);
		assert_true(seen.count <= FOLDER_MAX_SEEN && seen.old <= seen.count);
	}
	folder_seen_begin_anew(&seen);
	assert_true(folder_seen_take(&seen, SPAN_EMPTY, WHEN + 3 * (time_t)FOLDER_MAX_SEEN - 1));
	assert_false(folder_seen_take(&seen, SPAN_EMPTY, WHEN));
	folder_seen_fini(&seen);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_what_counts),
	    cmocka_unit_test(test_copies),
	    cmocka_unit_test(test_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
