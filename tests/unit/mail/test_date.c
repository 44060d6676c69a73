#include "tests/unit/table.h"

#include "mail/date.h"

#define NONE ((time_t)-1)

static const struct {
	const char *text;
	time_t want;
} rows[] = {
    {"Tue, 04 Aug 2015 08:51:18 -0000", 1438678278},
    {"Tue, 4 Aug 2015 10:51:18 +0200", 1438678278},
    {"4 Aug 2015 08:51:18", 1438678278},
    {"Tue Aug  4 08:51:18 2015", 1438678278},      /* asctime(3) */
    {"Tue Aug  4 10:51:18 CEST 2015", 1438685478}, /* an unknown zone is UTC */
    {"Tue Aug  4 04:51:18 EDT 2015", 1438678278},
    {"Tue Aug  4 04:51:18 2015 -0400", 1438678278},
    {"Tue, 04 Aug 2015 08:51 GMT", 1438678260},
    {"Tue, 04 Aug 2015 08:51:18 (comment (nested) 12:00) +0000", 1438678278},
    {"Thu, 29 Apr 2009 00:00:00 -0000 (EST)", 1240963200},
    {"Thu, 8 Mar 2005 14:00:00 EDT", 1110304800},
    {"Tue, 02 Jan 26 23:45:00 PST", 1767426300},
    {"02 Jan 99 00:00:00 UT", 915235200},
    {"Fri, 20-Nov-2026 13:45:00 +0100", 1795178700},
    {"29 Feb 2024 12:00:00 Z", 1709208000},
    {"31 Dec 2016 23:59:60 +0000", 1483228800},
    {"1 January 1970 00:00:00 +0000", 0},
    {"Tue, 04 Aug 2015 08:51:18 +0200 -0700 (PDT)", 1438671078}, /* the first zone */
    {"", NONE},
    {"some day", NONE},
    {"Tue, 04 Aug 2015", NONE},
    {"29 Feb 2023 12:00:00 Z", NONE},
    {"32 Jan 2023 12:00:00 Z", NONE},
    {"0 Jan 2023 12:00:00 Z", NONE},
    {"1 Jan 2023 24:00:00 Z", NONE},
    {"1 Jan 2023 12:60:00 Z", NONE},
    {"1 Jan 1969 12:00:00 Z", NONE},
    {"1 Jan 1970 00:00:00 +0100", NONE},
    {"1 Jan 99999 00:00:00 Z", NONE},
    {"1 Foo 2020 00:00:00 Z", NONE},
    {"99999999999999999999999 Jan 2020 00:00:00 Z", NONE},
    {"(((((((((((", NONE},
    {"+ - +0200 -", NONE},
};

static void test_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		time_t when = NONE;
		bool read = mail_date_read(span_of(rows[i].text), &when);

		if (read != (rows[i].want != NONE) || when != rows[i].want)
			fail_msg("%s: %lld", rows[i].text, (long long)when);
	}
}

static void test_received(void **state)
{
	time_t when = 0;

	(void)state;
	assert_true(mail_date_of_received(
	    SPAN("from a (b; c) by d with e id f;\r\n\tTue, 04 Aug 2015 08:51:18 +0000"), &when));
	assert_int_equal(when, 1438678278);
	assert_false(mail_date_of_received(SPAN("from a by b, 04 Aug 2015 08:51:18"), &when));
}

static void test_exim(void **state)
{
	static const struct {
		const char *id;
		time_t want;
	} ids[] = {
	    {"1ZMXvl-000B9p-HH", 1438678241},
	    {"1vTzBP-00000002z2s-3vhE", 1765530687}, /* since 4.97 */
	    {"1ZMXvl-000B9p-H", NONE},
	    {"1ZMXvl-000B9p", NONE},
	    {"1ZMXv-000B9p-HH", NONE},
	    {"1ZMX!l-000B9p-HH", NONE},
	    {"4F2D41AB3", NONE}, /* Postfix */
	    {"", NONE},
	};

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(ids); i++) {
		time_t when = NONE;

		assert_row(mail_date_of_exim(span_of(ids[i].id), &when) == (ids[i].want != NONE),
		    ids[i].id);
		if (when != ids[i].want)
			fail_msg("%s: %lld", ids[i].id, (long long)when);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_read),
	    cmocka_unit_test(test_received),
	    cmocka_unit_test(test_exim),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
