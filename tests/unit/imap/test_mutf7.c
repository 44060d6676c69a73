#include "tests/unit/table.h"

#include "imap/mutf7.h"

static void test_encode(void **state)
{
	static const struct {
		const char *name;
		const char *want; /* NULL: refused */
	} rows[] = {
	    {"Caught (Outgoing)", "Caught (Outgoing)"},
	    {"Release & Train", "Release &- Train"},
	    {"a\"b\\c", "a\"b\\c"},
	    {"", ""},
	    {"Entw\xC3\xBCrfe", "Entw&APw-rfe"},
	    {"~peter/mail/\xE5\x8F\xB0\xE5\x8C\x97/\xE6\x97\xA5\xE6\x9C\xAC\xE8\xAA\x9E",
		"~peter/mail/&U,BTFw-/&ZeVnLIqe-"}, /* RFC 3501, 5.1.3 */
	    {"\xF0\x9F\x98\x80", "&2D3eAA-"},
	    {"broken \xC3", NULL},
	    {"Latin \xFC", NULL},
	    {"line\nbreak \xC3\xBC", NULL},
	};

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		struct err err = ERR_INIT;
		struct buf out;
		int result;

		buf_init(&out, 0);
		result = mutf7_encode(span_of(rows[i].name), &out, &err);
		assert_row((result == 0) == (rows[i].want != NULL), rows[i].name);
		if (result == 0)
			assert_span_text(buf_span(&out), rows[i].want, rows[i].name);
		else
			assert_row(err.code == ERR_USAGE, rows[i].name);
		buf_fini(&out);
	}
}

static void test_decode(void **state)
{
	static const struct {
		const char *name;
		const char *want;
	} rows[] = {
	    {"INBOX", "INBOX"},
	    {"Release &- Train", "Release & Train"},
	    {"Entw&APw-rfe", "Entw\xC3\xBCrfe"},
	    {"&2D3eAA-", "\xF0\x9F\x98\x80"},
	    {"no &such thing", "no &such thing"},
	    {"&ABs-[31m", "<U+001B>[31m"},
	    {"raw \xFC", "raw <FC>"},
	};

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		struct buf out;

		buf_init(&out, 0);
		mutf7_decode(span_of(rows[i].name), &out);
		assert_span_text(buf_span(&out), rows[i].want, rows[i].name);
		buf_fini(&out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_encode),
	    cmocka_unit_test(test_decode),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
