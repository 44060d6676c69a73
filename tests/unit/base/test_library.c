#include "base/library.h"

#include <string.h>

#include "base/span.h"
#include "tests/unit/table.h"

static double (*found)(double);

static const struct library_function cosine[] = {{"cos", &found}};
static const struct library_function unknown[] = {{"cos", &found}, {"no_such_function", &found}};
static const char *const math[] = {"libnowhere.so.0", "libm.so.6", NULL};
static const char *const nowhere[] = {"libnowhere.so.0", "libelsewhere.so.0", NULL};

static void test_the_first_file_that_is_there(void **state)
{
	struct library library = {
	    .title = "mathematics", .files = math, .functions = cosine, .function_count = 1};
	struct err err = ERR_INIT;

	(void)state;
	found = NULL;
	assert_int_equal(library_open(&library, &err), 0);
	assert_true(library.is_open);
	assert_true(found(0) == 1);
	assert_int_equal(err.code, ERR_NONE);
	library.files = nowhere; /* it is open */
	assert_int_equal(library_open(&library, &err), 0);
}

static void test_a_library_that_is_missing(void **state)
{
	struct library library = {.title = "letters", .files = nowhere};
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(library_open(&library, &err), -1);
	assert_false(library.is_open);
	assert_int_equal(err.code, ERR_SYSTEM);
	assert_non_null(strstr(err.text, "letters cannot be loaded: libnowhere.so.0"));
}

static void test_a_function_that_is_missing(void **state)
{
	struct library library = {
	    .title = "mathematics", .files = math, .functions = unknown, .function_count = 2};
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(library_open(&library, &err), -1);
	assert_false(library.is_open);
	assert_string_equal(err.text, "mathematics has no no_such_function: is it too old?");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_the_first_file_that_is_there),
	    cmocka_unit_test(test_a_library_that_is_missing),
	    cmocka_unit_test(test_a_function_that_is_missing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
