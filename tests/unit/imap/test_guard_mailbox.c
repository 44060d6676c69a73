#include "tests/unit/guard_rows.h"

static const struct guard_row list_rows[] = {
    {"quoted", "* LIST (\\HasNoChildren) \".\" \"Caught (Outgoing)\"\r\n",
	"* LIST () NIL {17}\r\nCaught (Outgoing)\r\n", 0, 0, 0},
    {"an atom", "* LIST () \"/\" INBOX\r\n", "* LIST () NIL {5}\r\nINBOX\r\n", 0, 0, 0},
    {"a literal", "* LIST () \"/\" {3}\r\na\"b\r\n", "* LIST () NIL {3}\r\na\"b\r\n", 0, 0, 0},
    {"a literal with line breaks", "* LIST () \"/\" {8}\r\nx\r\n7 OK \r\n7 OK -\r\n",
	"* LIST () NIL {8}\r\nx\r\n7 OK \r\n7 OK -\r\n", 0, 0, 0},
    {"blanks and case", "*  list  ( \\A  \\B )\t\"/\"   \"a\"  \r\n* LIST () nil b  \r\n",
	"* LIST () NIL {1}\r\na\r\n* LIST () NIL {1}\r\nb\r\n", 0, 0, 0},
    {"a delimiter that needs a backslash", "* LIST () \"\\\\\" \"a\\\\b\"\r\n",
	"* LIST () NIL {3}\r\na\\b\r\n", 0, 0, 0},
    {"a delimiter without quotes", "* LIST () / a\r\n", "* LIST () NIL {1}\r\na\r\n", 0, 0, 0},
    {"odd quotes", "* LIST () \"/\" \"a \\\"{5} \\\\\"\r\n", "* LIST () NIL {8}\r\na \"{5} \\\r\n",
	0, 0, 0},
    {"odd flags", "* LIST (\\Foo! $x (a \"b)\") \xff) \"/\" a\r\n", "* LIST () NIL {1}\r\na\r\n", 0,
	0, 0},
    {"no name", "* LIST () \"/\" \"\"\r\n", "* LIST () NIL {0}\r\n\r\n", 0, 0, 0},
    {"UTF-8", "* LIST () \"/\" Gel\xc3\xb6schte\r\n* LIST () \"/\" \"\xc3\xb6\"\r\n",
	"* LIST () NIL {10}\r\nGel\xc3\xb6schte\r\n* LIST () NIL {2}\r\n\xc3\xb6\r\n", 0, 0, 0},
    {"unquoted, with blanks",
	"* LIST () \"/\" Folder\\Sub 1 \r\n* LIST () \"/\" Caught (Outgoing)\r\n",
	"* LIST () NIL {12}\r\nFolder\\Sub 1\r\n* LIST () NIL {17}\r\nCaught (Outgoing)\r\n", 0, 0,
	0},
    {"unquoted, with TABs", "* LIST () \"/\" a\tb\t\r\n* LIST () \"/\" c\t\r\n",
	"* LIST () NIL {4}\r\na\tb\t\r\n* LIST () NIL {1}\r\nc\r\n", 0, 0, 0},
    {"unquoted, with brackets", "* LIST () \"/\" [Gmail]/100%\r\n",
	"* LIST () NIL {12}\r\n[Gmail]/100%\r\n", 0, 0, 0},
    {"more data behind an atom", "* LIST () \"/\" a (\"CHILDINFO\" (\"SUBSCRIBED\"))\r\n",
	"* LIST () NIL {1}\r\na\r\n", 0, 0, 0},
    {"its name as an atom", "* LIST () \"/\" a  (oldname (\"b c\")) \r\n",
	"* LIST () NIL {1}\r\na\r\n", 0, 0, 0},
    {"more data behind quotes",
	"* LIST () \"/\" \"a\" (\"OLDNAME\" ({1}\r\nb))\r\n* LIST () NIL c\r\n",
	"* LIST () NIL {1}\r\na\r\n* LIST () NIL {1}\r\nc\r\n", 0, 0, 0},
    {"more data behind a literal",
	"* LIST () \"/\" {1}\r\na (\"OLDNAME\" ({8}\r\n* BYE  \r\n))\r\n* LIST () NIL c\r\n",
	"* LIST () NIL {1}\r\na\r\n* LIST () NIL {1}\r\nc\r\n", 0, 0, 0},
    {"no flags", "* LIST \"/\" a\r\n* LIST\r\n* LIST {5}\r\n* BYE\r\n", "", 3, 0, 0},
    {"no end of the flags", "* LIST (\\A \"/\" a\r\n", "", 1, 0, 0},
    {"no delimiter", "* LIST () INBOX\r\n* LIST () \"/\"\r\n* LIST () \"/\" \r\n", "", 3, 0, 0},
    {"no end of the quotes", "* LIST () \"/\" \"a\r\n", "", 1, 0, 0},
    {"an odd one hides no other", "* LIST x\r\n* LIST () NIL b\r\n", "* LIST () NIL {1}\r\nb\r\n",
	1, 0, 0},
    {"a literal too large", "* LIST () \"/\" {4000000000}\r\n", NULL, 0, 0, 0},
};

/* STATUS "Caught (Outgoing)". */
static const struct guard_row status_rows[] = {
    {"quoted", "* STATUS \"Caught (Outgoing)\" (MESSAGES 5)\r\n",
	"* STATUS {17}\r\nCaught (Outgoing) (MESSAGES 5)\r\n", 0, 0, 0},
    {"a literal", "* STATUS {17}\r\nCaught (Outgoing) (MESSAGES 5)\r\n", GUARD_AS_IT_IS, 0, 0, 0},
    {"unquoted", "* STATUS Caught (Outgoing) (MESSAGES 300)\r\n",
	"* STATUS {17}\r\nCaught (Outgoing) (MESSAGES 300)\r\n", 0, 0, 0},
    {"blanks and case", "*  status  \"Caught (Outgoing)\"  ( messages  5 ) \r\n",
	"* STATUS {17}\r\nCaught (Outgoing) (MESSAGES 5)\r\n", 0, 0, 0},
    {"all we need and more",
	"* STATUS \"Caught (Outgoing)\" (RECENT 0 UIDNEXT 77 MAILBOXID (F(a)b) HIGHESTMODSEQ "
	"99999999999999 X \"a)\" UIDVALIDITY 9 MESSAGES 3)\r\n",
	"* STATUS {17}\r\nCaught (Outgoing) (MESSAGES 3 UIDNEXT 77 UIDVALIDITY 9)\r\n", 0, 0, 0},
    {"an empty folder", "* STATUS \"Caught (Outgoing)\" (MESSAGES 0 UIDNEXT 0 UIDVALIDITY 0)\r\n",
	"* STATUS {17}\r\nCaught (Outgoing) (MESSAGES 0)\r\n", 0, 0, 0},
    {"an odd number hides no other",
	"* STATUS \"Caught (Outgoing)\" (MESSAGES 4294967296 UIDNEXT 7)\r\n",
	"* STATUS {17}\r\nCaught (Outgoing) (UIDNEXT 7)\r\n", 0, 0, 0},
    {"two numbers", "* STATUS \"Caught (Outgoing)\" (MESSAGES 5 UIDNEXT 7 MESSAGES 6)\r\n",
	"* STATUS {17}\r\nCaught (Outgoing) (UIDNEXT 7)\r\n", 0, 0, 0},
    {"nothing", "* STATUS \"Caught (Outgoing)\" ()\r\n* STATUS Caught (Outgoing) ( )\r\n", "", 2, 0,
	0},
    {"nothing we need", "* STATUS \"Caught (Outgoing)\" (RECENT 1)\r\n", "", 1, 0, 0},
    {"no number", "* STATUS \"Caught (Outgoing)\" (MESSAGES five)\r\n", "", 1, 0, 0},
    {"no value", "* STATUS \"Caught (Outgoing)\" (MESSAGES)\r\n", "", 1, 0, 0},
    {"no list", "* STATUS \"Caught (Outgoing)\" MESSAGES 5\r\n* STATUS \"Caught (Outgoing)\"\r\n",
	"", 2, 0, 0},
    {"nothing at all", "* STATUS\r\n* STATUS ()\r\n* STATUS )\r\n* STATUS a)\r\n", "", 3, 0, 0},
    {"something behind the list", "* STATUS \"Caught (Outgoing)\" (MESSAGES 5) x\r\n", "", 1, 0, 0},
    {"another folder",
	"* STATUS \"caught (outgoing)\" (MESSAGES 5)\r\n* STATUS INBOX (X {5}\r\n7 OK )\r\n", "", 1,
	0, 0},
    {"another folder in a literal", "* STATUS {5}\r\nINBOX (MESSAGES 5)\r\n", "", 0, 0, 0},
    {"a literal behind a literal", "* STATUS {5}\r\nINBOX (X {5}\r\n7 OK )\r\n", "", 0, 0, 0},
};

static const struct guard_row inbox_rows[] = {
    {"without case", "* STATUS InBox (MESSAGES 5)\r\n", "* STATUS {5}\r\nInBox (MESSAGES 5)\r\n", 0,
	0, 0},
};

static void test_list(void **state)
{
	struct guard_expect expect = {.tag = 1};

	(void)state;
	guard_rows_check(list_rows, TABLE_COUNT(list_rows), &expect);
}

static void test_status(void **state)
{
	struct guard_expect expect = {.tag = 1, .mailbox = SPAN("Caught (Outgoing)")};

	(void)state;
	guard_rows_check(status_rows, TABLE_COUNT(status_rows), &expect);
	expect.mailbox = SPAN("INBOX");
	guard_rows_check(inbox_rows, TABLE_COUNT(inbox_rows), &expect);
}

/* A LIST with a name of `n` bytes, as a literal or quoted. Returns how many bytes are passed on. */
static size_t list_long_name(bool literal, size_t n, unsigned *odd_r)
{
	struct guard_expect expect = {.tag = 1};
	struct stream_guard guard;
	struct err err = ERR_INIT;
	struct buf bytes;
	struct buf out;
	size_t handed_on;

	guard_rows_begin(&guard, &expect, &out);
	buf_clear(&out);
	buf_init(&bytes, 0);
	buf_add_text(&bytes, "* LIST () NIL ");
	if (literal)
		buf_printf(&bytes, "{%zu}\r\n", n);
	else
		buf_add_char(&bytes, '"');
	for (size_t i = 0; i < n; i++)
		buf_add_char(&bytes, 'x');
	buf_add_text(&bytes, literal ? "\r\n" : "\"\r\n");
	assert_int_equal(guard_rows_pass(&guard, buf_span(&bytes), 1000, &out, &err), 0);
	assert_true(stream_guard_at_rest(&guard));
	handed_on = out.n;
	*odd_r = guard.seen.odd;
	buf_fini(&bytes);
	buf_fini(&out);
	stream_guard_fini(&guard);
	return handed_on;
}

static void test_long_names(void **state)
{
	(void)state;
	for (int literal = 0; literal < 2; literal++) {
		unsigned odd;

		assert_true(list_long_name(literal, GUARD_MAX_NAME, &odd) > GUARD_MAX_NAME);
		assert_int_equal(odd, 0);
		assert_int_equal(list_long_name(literal, GUARD_MAX_NAME + 1, &odd), 0);
		assert_int_equal(odd, 1);
	}
}

/* libetpan would take what is before it for the whole name. */
static void test_nul_in_name(void **state)
{
	struct guard_expect expect = {.tag = 1, .mailbox = SPAN("a\0b")};
	struct stream_guard guard;
	struct err err = ERR_INIT;
	struct buf out;

	(void)state;
	guard_rows_begin(&guard, &expect, &out);
	buf_clear(&out);
	assert_int_equal(stream_guard_pass(&guard,
			     SPAN("* LIST () NIL {3}\r\na\0b\r\n* STATUS {3}\r\na\0b (MESSAGES "
				  "5)\r\n"),
			     &out, &err),
	    0);
	assert_int_equal(out.n, 0);
	assert_int_equal(guard.seen.odd, 2);
	buf_fini(&out);
	stream_guard_fini(&guard);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_list),
	    cmocka_unit_test(test_status),
	    cmocka_unit_test(test_long_names),
	    cmocka_unit_test(test_nul_in_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
