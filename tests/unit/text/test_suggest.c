#include "tests/unit/table.h"

#include "text/suggest.h"

static const struct {
	const char *a;
	const char *b;
	unsigned most;
	unsigned want;
	const char *why;
} distances[] = {
    {"columns", "columns", 3, 0, "the same"},
    {"colums", "columns", 3, 1, "one is missing"},
    {"columnns", "columns", 3, 1, "one too many"},
    {"colunns", "columns", 3, 1, "another letter"},
    {"imaphsot", "imaphost", 3, 1, "two changed places"},
    {"mialto", "mail-to", 3, 2, "changed places, and one is missing"},
    {"ca", "abc", 3, 3, "each place is edited once"},
    {"", "", 1, 0, "nothing and nothing"},
    {"", "abc", 3, 3, "nothing"},
    {"", "abcd", 3, 4, "nothing, and too much"},
    {"PHP_Script", "php script", 0, 0, "case and marks between words count nothing"},
    {"abcdefgh", "stuvwxyz", 3, 4, "no more than most + 1"},
    {"a", "abcdefgh", 2, 3, "the lengths tell"},
    {"123456789012345678901234567890123456789012345678",
	"12345678901234567890123456789012345678901234567", 2, 1, "as long as it may be"},
    {"1234567890123456789012345678901234567890123456789",
	"1234567890123456789012345678901234567890123456789", 2, 3, "longer ones are like nothing"},
    {"\xC3\xA4", "\xC3\xB6", 2, 1, "bytes"},
};

static void test_distance(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(distances); i++) {
		struct span a = span_of(distances[i].a);
		struct span b = span_of(distances[i].b);

		assert_row(suggest_distance(a, b, distances[i].most) == distances[i].want,
		    distances[i].why);
		assert_row(suggest_distance(b, a, distances[i].most) == distances[i].want,
		    distances[i].why);
	}
}

static const struct {
	const char *word;
	const char *want; /* the error's text behind "x" */
	const char *why;
} words[] = {
    {"colums", "; did you mean '--columns'?", "a likely one"},
    {"cvs", "; did you mean '--csv'?", "a short one"},
    {"date", "; did you mean '--date'?", "the word itself"},
    {"dete", "; did you mean '--date'?", "of two that are as near the first"},
    {"x", "", "no name is nothing but mistakes"},
    {"zzz", "", "all other letters"},
    {"", "", "nothing"},
    {"columns-of-the-report", "", "more mistakes than there may be"},
};

static void test_suggest(void **state)
{
	static const char *const names[] = {"columns", "csv", "date", "dute", "q"};

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(words); i++) {
		struct err err = ERR_INIT;
		struct suggest suggest;

		suggest_init(&suggest, span_of(words[i].word));
		for (size_t k = 0; k < TABLE_COUNT(names); k++)
			suggest_offer(&suggest, span_of(names[k]));
		err_set(&err, ERR_USAGE, "x");
		assert_int_equal(suggest_add(&suggest, "--", &err), -1);
		assert_span_text(span_from(span_of(err.text), 1), words[i].want, words[i].why);
	}
}

/* A text that is full stays as it is. */
static void test_full(void **state)
{
	struct err err = ERR_INIT;
	struct suggest suggest;

	(void)state;
	err_set(&err, ERR_USAGE, "%*s", ERR_TEXT_MAX - 1, "x");
	suggest_init(&suggest, SPAN("csw"));
	suggest_offer(&suggest, SPAN("csv"));
	suggest_add(&suggest, "", &err);
	assert_int_equal(strlen(err.text), ERR_TEXT_MAX - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_distance),
	    cmocka_unit_test(test_suggest),
	    cmocka_unit_test(test_full),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
