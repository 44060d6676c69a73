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

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_rows),
	    cmocka_unit_test(test_unasked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
