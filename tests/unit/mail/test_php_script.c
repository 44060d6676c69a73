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

static const struct {
	const char *place, *file;
} files[] = {
    {"a.example/index.php/contact/7", "a.example/index.php"},
    {"a.example/x/INDEX.PHP/7/y.php/8", "a.example/x/INDEX.PHP"},
    {"a.example/m.phtml/7", "a.example/m.phtml"},
    {"a.example/m.php", "a.example/m.php"},
    {"www.php/m.php", "www.php/m.php"},
    {"/srv/old.php/m.php", "/srv/old.php/m.php"},
    {"10003:m.php", "10003:m.php"},
    {"", ""},
};

static void test_file(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(files); i++)
		assert_span_text(
		    php_script_file(span_of(files[i].place)), files[i].file, files[i].place);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_split),
	    cmocka_unit_test(test_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
