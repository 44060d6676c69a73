#include "tests/unit/table.h"

#include <stdio.h>
#include <stdlib.h>

#include "control/value.h"

static const struct {
	const char *value;
	bool want;
} values[] = {
    {"bob@example.com", true},
    {"eve, \"the\" one%&#'", true},
    {"\xC3\xA4\xC3\xB6@example.com", true},
    {"\xFF\xFE raw", true},
    {"a*", true},
    {"**", true},
    {"", false},
    {"*", false},
    {" ", false},
    {"\xC2\xA0", false},
    {"\xE2\x80\x8B\xE2\x80\xAE", false}, /* zero width, direction */
    {"\xFF\xFE", false},
    {"a\nb", false},
    {"a\tb", false},
    {"a\x7F", false},
    {"a\xC2\x85", false}, /* NEL */
    {"a\x1B[2J", false},
};

static void test_check(void **state)
{
	char text[VALUE_MAX_BYTES + 2];

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(values); i++) {
		struct err err = ERR_INIT;
		int result = control_value_check("it", span_of(values[i].value), &err);

		assert_row((result == 0) == values[i].want, values[i].value);
		assert_row(err.code == (values[i].want ? ERR_NONE : ERR_USAGE), values[i].value);
	}
	memset(text, 'x', sizeof(text));
	for (size_t n = VALUE_MAX_BYTES; n <= VALUE_MAX_BYTES + 1; n++) {
		struct err err = ERR_INIT;

		assert_int_equal(control_value_check("it", (struct span){text, n}, &err),
		    n <= VALUE_MAX_BYTES ? 0 : -1);
	}
}

static const struct {
	const char *text;
	const char *pattern;
	bool want;
} patterns[] = {
    {"bob@example.com", "bob@example.com", true},
    {"Bob@Example.com", "bob@EXAMPLE.com", true},
    {"bob@example.com", "bob", false},
    {"bob@example.com", "bob*", true},
    {"bob@example.com", "*@example.com", true},
    {"bob@example.com", "*example*", true},
    {"bob@example.com", "*@example.org", false},
    {"bob", "b?b", true},
    {"b\xC3\xB6"
     "b",
	"b?b", true},
    {"b\xFF"
     "b",
	"b?b", true},
    {"bb", "b?b", false},
    {"", "*", true},
    {"", "", true},
    {"a", "", false},
    {"b1", "b[0-9]", true},
    {"bx", "b[0-9]", false},
    {"bx", "b[!0-9]", true},
    {"bX", "b[x-z]", true},
    {"b]", "b[]]", true},
    {"b[", "b[", true},
    {"b[x", "b[x", true},
    {"b*", "b\\*", true},
    {"bx", "b\\*", false},
    {"b-", "b[a-]", true},
    {"aXbXc", "a*b*c", true},
    {"aXbXd", "a*b*c", false},
};

static void test_matches(void **state)
{
	char label[128];
	char text[VALUE_MAX_BYTES];

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(patterns); i++) {
		snprintf(label, sizeof(label), "%s ~ %s", patterns[i].text, patterns[i].pattern);
		assert_row(control_value_matches(span_of(patterns[i].text),
			       span_of(patterns[i].pattern)) == patterns[i].want,
		    label);
	}
	/* Many stars take no time that grows with all of their places. */
	memset(text, 'a', sizeof(text));
	assert_false(control_value_matches((struct span){text, sizeof(text)},
	    span_of("*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*ab")));
}

/* What a shell makes of it. */
static void test_shell(void **state)
{
	static const char *const rows[] = {"bob@example.com", "it's", "$(id)", "`id`", "a\\b",
	    "'; rm -rf x; '", "!!", "a\nb", "--undo", "\xC3\xA4", "''", "-n"};

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		char back[256];
		struct buf command;
		size_t n;
		FILE *shell;

		buf_init(&command, 0);
		buf_add_text(&command, "printf -- %s ");
		control_value_add_shell(&command, span_of(rows[i]));
		shell = popen(buf_string(&command), "r");
		assert_non_null(shell);
		n = fread(back, 1, sizeof(back), shell);
		pclose(shell);
		assert_span_text(((struct span){back, n}), rows[i], rows[i]);
		buf_fini(&command);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_check),
	    cmocka_unit_test(test_matches),
	    cmocka_unit_test(test_shell),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
