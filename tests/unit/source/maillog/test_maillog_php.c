#include "tests/unit/table.h"

#include <stdlib.h>
#include <time.h>

#include "source/maillog/maillog_php.h"

#define AT "[20-Nov-2026 10:00:00 UTC] mail() on "

static void test_entries(void **state)
{
	static const struct {
		const char *line, *script, *to;
	} rows[] = {
	    {AT "[/home/u/x.php:12]: To: a@example.net -- Headers: From: x -- Subject: y",
		"/home/u/x.php", "a@example.net"},
	    {AT "[/home/u/x.php:12]: To: a@example.net, b@example.net -- Headers: x",
		"/home/u/x.php", "a@example.net, b@example.net"},
	    {AT "[/home/u/x.php(1955) : eval()'d code:775]: To: a@example.net -- Headers:",
		"/home/u/x.php", "a@example.net"},
	    {AT "[/home/u/a]b.php:1]: To: x]: To: y -- Headers: z", "/home/u/a]b.php", "x]: To: y"},
	    {AT "[/home/u/x.php:12]: To: a -- Headers: b -- Headers: c", "/home/u/x.php", "a"},
	    {"[20-Nov-2026 11:00:00 Europe/Berlin] mail() on [/x.php:1]: To: a", "/x.php", "a"},
	    {"[20-Nov-2026 10:00:00] mail() on [/x.php:1]: To: a", "/x.php", "a"},
	    {"[20-Nov-2026 10:00:00 UTC] PHP Warning: mail() on [/x.php:1]: To: a", NULL, NULL},
	    {"[20-Nox-2026 10:00:00 UTC] mail() on [/x.php:1]: To: a", NULL, NULL},
	    {"[x] mail() on [/x.php:1]: To: a", NULL, NULL},
	    {AT "[/x.php:1] To: a", NULL, NULL},
	    {"", NULL, NULL},
	};

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		struct php_entry entry;
		bool is = php_entry_read(span_of(rows[i].line), &entry);

		assert_row(is == (rows[i].script != NULL), rows[i].line);
		if (!is)
			continue;
		assert_span_text(entry.script, rows[i].script, rows[i].line);
		assert_span_text(entry.to, rows[i].to, rows[i].line);
	}
}

/* Times in UTC and in the zone of the process are told apart. */
static void test_times(void **state)
{
	struct php_entry entry;

	(void)state;
	assert_true(php_entry_read(SPAN(AT "[/x.php:1]: To: a"), &entry));
	assert_int_equal(entry.when, 1795168800);
	assert_true(php_entry_read(
	    SPAN("[20-Nov-2026 11:00:00 Europe/Berlin] mail() on [/x.php:1]: To: a"), &entry));
	assert_int_equal(entry.when, 1795168800);
}

static void add(struct php_calls *calls, time_t when, const char *script, const char *to)
{
	const struct php_entry entry = {.when = when, .script = span_of(script), .to = span_of(to)};

	assert_int_equal(php_calls_add(calls, &entry), 0);
}

static void test_join(void **state)
{
	static const struct {
		time_t when;
		const char *recipients, *script;
	} rows[] = {
	    {1000, "b@example.net", "b1"}, /* the last before it */
	    {1000, "B@example.net", "b0"}, /* each once; case does not matter */
	    {1000, "b@example.net", "b2"}, /* a little behind */
	    {1000, "b@example.net", NULL}, /* none is left */
	    {1000, "x@example.net, a@example.net", "a"},
	    {1020, "c@example.net", NULL}, /* too long ago */
	    {1000, "", NULL},
	    {2000, "b@example.net", NULL}, /* a part of an address is another */
	    {2000, "ob@example.net", NULL},
	    {2000, "rob@example.net", NULL},
	    {2000, "rob@example.network", "r"},
	    {3000, "d@example.net", "d0"}, /* who began first is done first */
	    {3000, "d@example.net", "d1"},
	};
	struct php_calls calls;
	struct span script;

	(void)state;
	php_calls_init(&calls);
	add(&calls, 1001, "b2", "b@example.net");
	add(&calls, 995, "b0", "b@example.net");
	add(&calls, 999, "b1", "\"B\" <b@example.net>, z@example.net");
	add(&calls, 998, "a", "a@example.net");
	add(&calls, 1000, "c", "c@example.net");
	add(&calls, 2000, "r", "rob@example.network,b@example.net.example");
	add(&calls, 2999, "d0", "d@example.net");
	add(&calls, 2999, "d1", "<d@example.net>");
	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		bool is =
		    php_calls_take(&calls, rows[i].when, span_of(rows[i].recipients), &script);

		if (is != (rows[i].script != NULL))
			fail_msg("row %zu", i);
		if (is)
			assert_span_text(script, rows[i].script, rows[i].recipients);
	}
	php_calls_fini(&calls);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_entries),
	    cmocka_unit_test(test_times),
	    cmocka_unit_test(test_join),
	};

	setenv("TZ", "Europe/Berlin", 1);
	tzset();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
