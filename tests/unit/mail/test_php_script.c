#include "tests/unit/table.h"

#include "mail/php_script.h"

static const struct {
	const char *value;
	const char *place; /* NULL: no callers */
	const char *callers;
} rows[] = {
    {"a.example/m.php for 192.0.2.1", "a.example/m.php", "192.0.2.1"},
    {"a.example/m.php for 192.0.2.1, 192.0.2.2", "a.example/m.php", "192.0.2.1, 192.0.2.2"},
    {"a.example/m.php for 2001:db8::1", "a.example/m.php", "2001:db8::1"},
    {"a.example/ for 192.0.2.9 for 192.0.2.1", "a.example/ for 192.0.2.9", "192.0.2.1"},
    {"a.example/m.php for for 192.0.2.1", "a.example/m.php for", "192.0.2.1"},
    {"/home/a/m.php REMOTE_ADDR: 192.0.2.1", "/home/a/m.php", "192.0.2.1"},
    {"/home/a/m.php REMOTE_ADDR:192.0.2.1", "/home/a/m.php", "192.0.2.1"},
    {"a.example/m.php for mail.example", NULL, NULL},
    {"a.example/m.php for ", NULL, NULL},
    {"/home/a/m.php REMOTE_ADDR: localhost", NULL, NULL},
    {"10003:m.php", NULL, NULL},
    {"", NULL, NULL},
};

static void test_split(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		struct span place = SPAN("as it was"), callers = SPAN("as they were");
		bool got = php_script_split(span_of(rows[i].value), &place, &callers);

		assert_row(got == (rows[i].place != NULL), rows[i].value);
		assert_span_text(place, got ? rows[i].place : "as it was", rows[i].value);
		assert_span_text(callers, got ? rows[i].callers : "as they were", rows[i].value);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_split),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
