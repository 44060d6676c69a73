#include "tests/unit/guard_rows.h"

/* UID SEARCH with the tag 7. */
static const struct guard_row rows[] = {
    {"found", "* SEARCH 1 2 3\r\n", GUARD_AS_IT_IS, 0, 0, 1},
    {"nothing found", "* SEARCH\r\n", GUARD_AS_IT_IS, 0, 0, 1},
    {"nothing said", "7 OK done\r\n", "7 OK -\r\n", 0, 0, 0},
    {"blanks and case", "*  search \t1   2 \r\n* SEARCH \r\n", "* SEARCH 1 2\r\n* SEARCH\r\n", 0, 0,
	1},
    {"in several lines", "* SEARCH 1 2\r\n* SEARCH 3\r\n", GUARD_AS_IT_IS, 0, 0, 1},
    {"with a modification sequence",
	"* SEARCH 1 2 (MODSEQ 46539)\r\n* SEARCH ( modseq 1 ) \r\n* SEARCH (MODSEQ 917162500)\r\n",
	"* SEARCH 1 2\r\n* SEARCH\r\n* SEARCH\r\n", 0, 0, 1},
    {"leading zeros", "* SEARCH 007\r\n", "* SEARCH 7\r\n", 0, 0, 1},
    {"the largest number", "* SEARCH 4294967295\r\n", GUARD_AS_IT_IS, 0, 0, 1},
    {"a number that is too large", "* SEARCH 1 4294967296\r\n", NULL, 0, 0, 0},
    {"one far too large", "* SEARCH 99999999999999999999999\r\n", NULL, 0, 0, 0},
    {"zero", "* SEARCH 1 0\r\n", NULL, 0, 0, 0},
    {"a word", "* SEARCH 1 x\r\n", NULL, 0, 0, 0},
    {"a set", "* SEARCH 1:3\r\n", NULL, 0, 0, 0},
    {"a list", "* SEARCH (1 2)\r\n", NULL, 0, 0, 0},
    {"numbers behind the modification sequence", "* SEARCH 1 (MODSEQ 5) 2\r\n", NULL, 0, 0, 0},
    {"extended", "* ESEARCH (TAG \"7\") UID ALL 1:3,7\r\n", "* SEARCH 1 2 3 7\r\n", 0, 0, 1},
    {"extended, without a tag", "* ESEARCH UID ALL 2\r\n", "* SEARCH 2\r\n", 0, 0, 1},
    {"extended, blanks and case", "* esearch  ( tag  7 )  uid  all  5 , \r\n", NULL, 0, 0, 0},
    {"extended, more blanks", "* esearch  ( tag  7 )uid  all  5:4  \r\n", "* SEARCH 4 5\r\n", 0, 0,
	1},
    {"extended, other data before and behind",
	"* ESEARCH (TAG \"7\") UID MIN 1 COUNT 2 X-DATA (\"a\" (1 2)) ALL 1,9 MAX 9 MODSEQ 5\r\n",
	"* SEARCH 1 9\r\n", 0, 0, 1},
    {"extended, nothing found",
	"* ESEARCH (TAG \"7\") UID\r\n* ESEARCH (TAG \"7\") UID COUNT 0\r\n",
	"* SEARCH\r\n* SEARCH\r\n", 0, 0, 1},
    {"extended, nothing found, with a sequence", "* ESEARCH (TAG \"7\") UID MODSEQ 8\r\n",
	"* SEARCH\r\n", 0, 0, 1},
    {"extended, only how many", "* ESEARCH (TAG \"7\") UID COUNT 3\r\n", "", 1, 0, 0},
    {"extended, only the ends", "* ESEARCH (TAG \"7\") UID MIN 1 MAX 3\r\n", "", 1, 0, 0},
    {"extended, only a part", "* ESEARCH (TAG \"7\") UID PARTIAL (1:10 5)\r\n", "", 1, 0, 0},
    {"extended, fewer than it says", "* ESEARCH (TAG \"7\") UID COUNT 3 ALL 1:2\r\n", "", 1, 0, 0},
    {"extended, numbers of messages", "* ESEARCH (TAG \"7\") ALL 1:3\r\n", "", 1, 0, 0},
    {"extended, for another command", "* ESEARCH (TAG \"8\") UID ALL 1:3\r\n", "", 0, 0, 0},
    {"extended, for nobody", "* ESEARCH (TAG \"x\") UID ALL 1:*\r\n", "", 0, 0, 0},
    {"extended, an asterisk", "* ESEARCH (TAG \"7\") UID ALL 1:*\r\n", NULL, 0, 0, 0},
    {"extended, only an asterisk", "* ESEARCH (TAG \"7\") UID ALL *\r\n", NULL, 0, 0, 0},
    {"extended, zero", "* ESEARCH (TAG \"7\") UID ALL 0:3\r\n", NULL, 0, 0, 0},
    {"extended, too large", "* ESEARCH (TAG \"7\") UID ALL 1,4294967296\r\n", NULL, 0, 0, 0},
    {"extended, nothing behind a comma", "* ESEARCH (TAG \"7\") UID ALL 1,\r\n", NULL, 0, 0, 0},
    {"extended, nothing between commas", "* ESEARCH (TAG \"7\") UID ALL 1,,2\r\n", NULL, 0, 0, 0},
    {"extended, twice", "* ESEARCH (TAG \"7\") UID ALL 1 ALL 2\r\n", NULL, 0, 0, 0},
    {"extended, no value", "* ESEARCH (TAG \"7\") UID ALL\r\n", NULL, 0, 0, 0},
    {"extended, far too many", "* ESEARCH (TAG \"7\") UID ALL 1:4294967295\r\n", NULL, 0, 0, 0},
};

static void test_rows(void **state)
{
	struct guard_expect expect = {.tag = 7, .search = true};

	(void)state;
	guard_rows_check(rows, TABLE_COUNT(rows), &expect);
}

/* Nobody searches. */
static const struct guard_row unasked[] = {
    {"nobody asked", "* SEARCH 1 2 3\r\n* SEARCH x\r\n", "", 0, 0, 0},
    {"extended, nobody asked", "* ESEARCH (TAG \"7\") UID ALL 1:*\r\n", "", 0, 0, 0},
};

static void test_unasked(void **state)
{
	struct guard_expect expect = {.tag = 7};

	(void)state;
	guard_rows_check(unasked, TABLE_COUNT(unasked), &expect);
}

/* FETCH with the tag 6, and behind it a search for ranges with the tag 7. */
static const struct {
	const char *why;
	const char *bytes;
	const char *want;  /* as "first:last," for each; NULL: there was no answer */
	const char *left;  /* what waits for the search */
	const char *words; /* of its tagged answer, when that has come */
} ahead_rows[] = {
    {"in their order", "6 OK f\r\n* ESEARCH (TAG \"7\") UID ALL 1:3,9\r\n7 OK s\r\n", "1:3,9:9,",
	"* ESEARCH (TAG \"7\") UID ALL 1:3,9\r\n7 OK s\r\n", "s"},
    {"mixed", "* ESEARCH (TAG \"7\") UID ALL 1:3\r\n6 OK f\r\n7 OK s\r\n", "1:3,", "7 OK s\r\n",
	"s"},
    {"the other way round", "* ESEARCH (TAG \"7\") UID ALL 2\r\n7 NO s\r\n6 OK f\r\n", "2:2,", "",
	"s"},
    {"nothing found", "* ESEARCH (TAG \"7\") UID\r\n6 OK f\r\n7 OK s\r\n", "", "7 OK s\r\n", "s"},
    {"in two responses",
	"* ESEARCH (TAG \"7\") UID ALL 5\r\n6 OK f\r\n"
	"* ESEARCH (TAG \"7\") UID ALL 1\r\n7 OK s\r\n",
	"5:5,1:1,", "* ESEARCH (TAG \"7\") UID ALL 1\r\n7 OK s\r\n", "s"},
    {"without a tag", "6 OK f\r\n* ESEARCH UID ALL 1\r\n7 OK s\r\n", NULL,
	"* ESEARCH UID ALL 1\r\n7 OK s\r\n", "s"},
    {"of another", "* ESEARCH (TAG \"6\") UID ALL 1\r\n6 OK f\r\n7 OK s\r\n", NULL, "7 OK s\r\n",
	"s"},
    {"no range", "6 OK f\r\n* SEARCH 1 2\r\n7 OK s\r\n", NULL, "* SEARCH 1 2\r\n7 OK s\r\n", "s"},
};

static void add_ranges(const struct buf *found, struct buf *out)
{
	struct guard_range range;

	for (size_t at = 0; at < found->n; at += sizeof(range)) {
		memcpy(&range, found->p + at, sizeof(range));
		buf_printf(out, "%u:%u,", (unsigned)range.first, (unsigned)range.last);
	}
}

static void test_ahead(void **state)
{
	const struct guard_expect fetch = {.tag = 6, .last = 7};
	const struct guard_expect search = {.tag = 7, .last = 7, .search = true, .ranges = true};

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(ahead_rows); i++) {
		const char *why = ahead_rows[i].why;
		struct stream_guard guard;
		struct err err = ERR_INIT;
		struct span left;
		struct buf found;
		struct buf out;

		guard_rows_begin(&guard, &fetch, &out);
		stream_guard_expect_ranges(&guard, 7);
		assert_int_equal(
		    stream_guard_pass_some(&guard, span_of(ahead_rows[i].bytes), &out, &left, &err),
		    0);
		assert_row(guard.seen.answered && guard.seen.ok && !guard.seen.search, why);
		assert_span_text(left, ahead_rows[i].left, why);
		stream_guard_begin_command(&guard, &search);
		assert_row(guard.seen.answered == (left.n == 0), why);
		assert_int_equal(stream_guard_pass(&guard, left, &out, &err), 0);
		assert_row(guard.seen.answered, why);
		assert_span_text(buf_span(&guard.words), ahead_rows[i].words, why);
		assert_row(guard.seen.search == (ahead_rows[i].want != NULL), why);
		buf_init(&found, 0);
		add_ranges(&guard.found, &found);
		if (ahead_rows[i].want != NULL)
			assert_span_text(buf_span(&found), ahead_rows[i].want, why);
		buf_fini(&found);
		buf_fini(&out);
		stream_guard_fini(&guard);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_rows),
	    cmocka_unit_test(test_unasked),
	    cmocka_unit_test(test_ahead),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
