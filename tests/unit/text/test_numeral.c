#include "text/numeral.h"
#include "tests/unit/table.h"

static const struct {
	bool want;
	const char *value;
} rows[] = {
    /* Plain whole numbers are shown as they are. */
    {false, "0"},
    {false, "7"},
    {false, "10017"},
    {false, "12345678901"},
    {true, "123456789012"}, /* shown as a power */
    {true, "4915112345678901234567"},
    {true, "00491234"},
    {true, "007"},
    {true, "00"},
    {true, " 12"},

    /* Fractions, thousands, powers, percent, money. */
    {true, "1.5"},
    {true, "1,5"},
    {true, "1.50"},
    {true, ".5"},
    {true, "5."},
    {true, "1,000"},
    {true, "1.000,5"},
    {true, "1'000"},
    {true, "1 000"},
    {true, "1\xc2\xa0"
	   "000"},
    {true, "1.234.567.890"},
    {true, "1E5"},
    {true, "1e5"},
    {true, "1.5e-3"},
    {true, "12e+3"},
    {true, "12 %"},
    {true, "12%"},
    {true, "$5"},
    {true, "$ 5"},
    {true, "5 \xe2\x82\xac"},
    {true, "(5)"},
    {true, "1/2"},
    {true, "1 1/2"},
    {true, "\xd9\xa1\xd9\xa2\xd9\xa3"}, /* 123 in Arabic digits */
    {true, "\xef\xbc\x91\xef\xbc\x92"}, /* 12 in full width */

    /* Dates and times. */
    {true, "12:30"},
    {true, "12:30:15"},
    {true, "12:30:15.25"},
    {true, "12:30 PM"},
    {true, "5 pm"},
    {true, "12:30a"},
    {true, "2024-03-15"},
    {true, "2024-03-15 12:30"},
    {true, "2024-03-15T12:30:00"},
    {true, "2024-03-15T12:30:00Z"},
    {true, "15.03.2024"},
    {true, "15.03."},
    {true, "3/15/2024"},
    {true, "1-2"},
    {true, "jan1"},
    {true, "SEPT2"},
    {true, "march1"},
    {true, "1-Mar"},
    {true, "15 March 2024"},
    {true, "March 15, 2024"},
    {true, "mar-15"},
    {true, "15. Mar 2024 12:30"},

    {true, "TRUE"},
    {true, "false"},

    /* Texts. */
    {false, ""},
    {false, " "},
    {false, "-"},
    {false, "."},
    {false, "e5"},
    {false, "5e"},
    {false, "1e5x"},
    {false, "x1"},
    {false, "12d"},
    {false, "12a"},
    {false, "0x1F"},
    {false, "jan"},
    {false, "may"},
    {false, "jane1"},
    {false, "marc1"},
    {false, "1jane"},
    {false, "user1"},
    {false, "truest"},
    {false, "192.0.2.1"},
    {false, "192.168.100.100"}, /* an address, though it has the marks of thousands */
    {false, "192.0.2.1, 192.0.2.2"},
    {false, "192.0.2.1 192.0.2.2"},
    {false, "192.0.2.1:25"},
    {false, "192.0.2.0/24"},
    {false, "2001:db8::1"},
    {false, "::1"},
    {false, "1:2:3:4:5:6:7:8"},
    {false, "10017:mail.php"},
    {false, "1.php"},
    {false, "1@example.com"},
    {false, "example.com"},
    {false, "4.example"},
    {false, "()"},
    {false, "%"},
    {false, "$"},
    {false, "\xe2\x82\xac"},
    {false, "Re: 12:30"},
};

static void test_misread(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(rows); i++)
		if (numeral_is_misread(span_of(rows[i].value)) != rows[i].want)
			fail_msg("\"%s\": not %d", rows[i].value, rows[i].want);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_misread),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
