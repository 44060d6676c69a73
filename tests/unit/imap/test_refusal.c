#include "tests/unit/table.h"

#include "imap/refusal.h"

static void test_temporary(void **state)
{
	static const struct {
		const char *words;
		bool temporary;
	} table[] = {
	    {"", false},
	    {"[", false},
	    {"[]", false},
	    {"Invalid credentials (Failure)", false},
	    {"[AUTHENTICATIONFAILED] Authentication failed.", false},
	    {"[AUTHENTICATIONFAILED] Authentication service unavailable", false},
	    {"[UNAVAILABLE] Temporary authentication failure.", true},
	    {"[unavailable]", true},
	    {"[UNAVAILABLE", true},
	    {"[UNAVAILABLEX] no", false},
	    {"[INUSE] Mailbox in use", true},
	    {"[LIMIT] Too many", true},
	    {"[SERVERBUG] Internal error occurred. Refer to server log for more information.",
		true},
	    {"[THROTTLED] Account is temporarily throttled", true},
	    {"[OVERQUOTA] Account exceeded command or bandwidth limits.", true},
	    {"[ALERT] Too many simultaneous connections. (Failure)", true},
	    {"[ALERT] Maximum number of connections from user+IP exceeded", true},
	    {"[ALERT] Application-specific password required", false},
	    {"User is authenticated but not connected.", true},
	    {"LOGOUT Intrusion prevention active for 192.0.2.7", true},
	    {"System error (Failure)", true},
	    {"[NONEXISTENT] Mailbox doesn't exist: Caught", false},
	    {"[NONEXISTENT] unavailable", false},
	    {"[NOPERM] Permission denied", false},
	    {"[CANNOT] try again without quotes", false},
	    {"[EXPIRED] Password expired, try again", false},
	};

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(table); i++)
		assert_row(refusal_is_temporary(span_of(table[i].words)) == table[i].temporary,
		    table[i].words);
}

static void test_of_mechanism(void **state)
{
	static const struct {
		const char *words;
		bool mechanism;
	} table[] = {
	    {"", false},
	    {"[CANNOT] mechanism not available", true},
	    {"[CANNOT]", true},
	    {"Unsupported authentication mechanism.", true},
	    {"AUTHENTICATE command not supported", true},
	    {"command unknown or disabled", true},
	    {"[CLIENTBUG] Unknown command", true},
	    {"[ALERT] PLAIN authentication is disabled", true},
	    {"AUTHENTICATE failed", false},
	    {"Invalid credentials", false},
	    {"[AUTHENTICATIONFAILED] mechanism refused this user", false},
	    {"[UNAVAILABLE] mechanism not available", false},
	};

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(table); i++)
		assert_row(refusal_is_of_mechanism(span_of(table[i].words)) == table[i].mechanism,
		    table[i].words);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_temporary),
	    cmocka_unit_test(test_of_mechanism),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
