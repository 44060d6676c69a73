#include "tests/unit/guard_rows.h"

#include <stdio.h>

/* FETCH (UID INTERNALDATE), as of FETCH_DATES. */
static const struct guard_row date_rows[] = {
    {"as it should be", "* 1 FETCH (UID 5 INTERNALDATE \"20-Nov-2026 00:00:00 +0000\")\r\n",
	GUARD_AS_IT_IS, 0, 0, 0},
    {"blanks too many",
	"*  1\t FETCH  ( UID \t5  INTERNALDATE   \"20-Nov-2026 00:00:00 +0000\"  ) \t\r\n",
	"* 1 FETCH (UID 5 INTERNALDATE \"20-Nov-2026 00:00:00 +0000\")\r\n", 0, 0, 0},
    {"lower case, bare line feed",
	"* 1 fetch (uid 5 internaldate \"20-nov-2026 00:00:00 +0000\")\n",
	"* 1 FETCH (UID 5 INTERNALDATE \"20-Nov-2026 00:00:00 +0000\")\r\n", 0, 0, 0},
    {"several CRs", "* 1 FETCH (UID 5)\r\r\r\n", "* 1 FETCH (UID 5)\r\n", 0, 0, 0},
    {"nothing at all", "* 1 FETCH ()\r\n* 1 FETCH ( )\r\n", "", 0, 0, 0},
    {"flags", "* 1 FETCH (FLAGS (\\Seen) UID 5)\r\n", "* 1 FETCH (UID 5)\r\n", 0, 0, 0},
    {"flags alone", "* 1 FETCH (FLAGS (\\Seen))\r\n", "", 0, 0, 0},
    {"flags empty, with blanks", "* 1 FETCH (UID 5 FLAGS ( ) )\r\n", "* 1 FETCH (UID 5)\r\n", 0, 0,
	0},
    {"odd keywords",
	"* 1 FETCH (FLAGS (\\Seen \\* action/meeting Important! todo:work gel&APY- a@b #1 "
	"gel\xc3\xb6scht \xff [brackets] ] [ a\"b 100% {x} {5}y ~) UID 5)\r\n",
	"* 1 FETCH (UID 5)\r\n", 0, 0, 0},
    {"items of extensions",
	"* 1 FETCH (UID 5 MODSEQ (366744470000000) X-GM-MSGID 1278455344230334865 X-GM-LABELS "
	"(\"\\\\Inbox\" \"a ) b\") EMAILID (M6d99) SAVEDATE NIL PREVIEW \"say \\\"hi\\\" (\" "
	"RFC822.SIZE 44827 THREADID NIL)\r\n",
	"* 1 FETCH (UID 5)\r\n", 0, 0, 0},
    {"structures",
	"* 1 FETCH (ENVELOPE (NIL \"a (\" ((NIL NIL \"b\" \"c\")) NIL) BODYSTRUCTURE ((\"a\" \"b\" "
	"(\"c\" \"d\") NIL) \"mixed\") BODY (\"text\" \"plain\") UID 5)\r\n",
	"* 1 FETCH (UID 5)\r\n", 0, 0, 0},
    {"literals within what is dropped",
	"* 1 FETCH (ENVELOPE (NIL {7}\r\n1 OK )\r {2}\r\n() (({1}\r\n))) NIL) X {3}\r\n* 2 UID "
	"5)\r\n",
	"* 1 FETCH (UID 5)\r\n", 0, 0, 0},
    {"literal with NUL bytes", "* 1 FETCH (BINARY[1] ~{3}\r\na)b UID 5)\r\n",
	"* 1 FETCH (UID 5)\r\n", 1, 0, 0},
    {"a literal as its last", "* 1 FETCH (UID 5 X {6}\r\n* BYE\n)\r\n", "* 1 FETCH (UID 5)\r\n", 0,
	0, 0},
    {"a section that nobody asked for", "* 1 FETCH (UID 5 BODY[HEADER] {1}\r\nx)\r\n",
	"* 1 FETCH (UID 5)\r\n", 1, 0, 0},
    {"UID twice", "* 1 FETCH (UID 5 UID 5)\r\n", "* 1 FETCH (UID 5)\r\n", 0, 0, 0},
    {"two UIDs", "* 1 FETCH (UID 5 UID 6)\r\n", NULL, 0, 0, 0},
    {"UID of no number", "* 1 FETCH (UID x)\r\n* 1 FETCH (UID 0)\r\n* 1 FETCH (UID 4294967296)\r\n",
	"", 3, 0, 0},
    {"UID that is long", "* 1 FETCH (UID 4294967301)\r\n* 1 FETCH (UID 5x)\r\n", "", 2, 0, 0},
    {"the largest UID", "* 4294967295 FETCH (UID 4294967295)\r\n", GUARD_AS_IT_IS, 0, 0, 0},
    {"no message has this number",
	"* 0 FETCH (UID 5 X {2}\r\nab)\r\n* 4294967297 FETCH (UID 5)\r\n* 1x FETCH (UID 5)\r\n", "",
	3, 0, 0},
    {"no list", "* 1 FETCH UID 5\r\n* 1 FETCH\r\n", "", 2, 0, 0},
    {"no end", "* 1 FETCH (UID 5\r\n", NULL, 0, 0, 0},
    {"something behind the end", "* 1 FETCH (UID 5) x\r\n", NULL, 0, 0, 0},
    {"no end of a list", "* 1 FETCH (FLAGS (\\Seen UID 5)\r\n", NULL, 0, 0, 0},
    {"too many ends", "* 1 FETCH (FLAGS \\Seen) UID 5)\r\n", NULL, 0, 0, 0},
    {"line break in quotes", "* 1 FETCH (X \"x\r\n", NULL, 0, 0, 0},
    {"no value", "* 1 FETCH (UID)\r\n", NULL, 0, 0, 0},
    {"no name", "* 1 FETCH (\"UID\" 5)\r\n", NULL, 0, 0, 0},
    {"brace that begins no literal", "* 1 FETCH (X {7}{100}\r\n", NULL, 0, 0, 0},
    {"brace with blanks behind it", "* 1 FETCH (UID 5 X {2} \r\nab)\r\n", "* 1 FETCH (UID 5)\r\n",
	0, 0, 0},
    {"brace without a number", "* 1 FETCH (X {}\r\n", NULL, 0, 0, 0},
    {"negative literal", "* 1 FETCH (X {-5}\r\n", NULL, 0, 0, 0},
    {"literal too large", "* 1 FETCH (X {4000000000}\r\n", NULL, 0, 0, 0},
    {"literal far too large", "* 1 FETCH (X {99999999999999999999999999}\r\n", NULL, 0, 0, 0},
    {"a literal that is longer than it says", "* 1 FETCH (X {1}\r\nab)\r\n", NULL, 0, 0, 0},
};

/* FETCH (UID INTERNALDATE BODY.PEEK[HEADER]<0.n>). */
static const struct guard_row header_rows[] = {
    {"as it should be", "* 1 FETCH (UID 5 BODY[HEADER] {5}\r\nab\r\nc)\r\n1 OK done\r\n",
	"* 1 FETCH (UID 5 BODY[HEADER] {5}\r\nab\r\nc)\r\n1 OK -\r\n", 0, 0, 0},
    {"origin with a length", "* 1 FETCH (UID 5 BODY[HEADER]<0.1048576> {1}\r\nx)\r\n",
	"* 1 FETCH (UID 5 BODY[HEADER] {1}\r\nx)\r\n", 0, 0, 0},
    {"another origin with a length", "* 1 FETCH (UID 5 BODY[HEADER]<1.1048576> {1}\r\nx)\r\n",
	"* 1 FETCH (UID 5)\r\n", 1, 0, 0},
    {"blanks around the section", "* 1 FETCH (UID 5 BODY [HEADER] <0> {1}\r\nx)\r\n",
	"* 1 FETCH (UID 5 BODY[HEADER] {1}\r\nx)\r\n", 0, 0, 0},
    {"blanks too few", "* 1 FETCH (BODY[HEADER]<0>{1}\r\nxUID 5 FLAGS ())\r\n",
	"* 1 FETCH (UID 5 BODY[HEADER] {1}\r\nx)\r\n", 0, 0, 0},
    {"an empty line behind the literal", "* 1 FETCH (UID 5 BODY[HEADER] {1}\r\nx\r\n\r\n)\r\n",
	"* 1 FETCH (UID 5 BODY[HEADER] {1}\r\nx)\r\n", 0, 0, 0},
    {"text of the header behind the literal", "* 1 FETCH (UID 5 BODY[HEADER] {1}\r\nxy (z))\r\n",
	NULL, 0, 0, 0},
    {"an item with brackets for a value", "* 1 FETCH (X-LABEL [a] UID 5 BODY [HEADER] NIL)\r\n",
	"* 1 FETCH (UID 5)\r\n", 0, 0, 0},
    {"literals in other forms",
	"* 1 FETCH (UID 5 BODY[HEADER] ~{1}\r\nx)\r\n* 2 FETCH (UID 6 BODY[HEADER] {1+}\r\ny)\r\n"
	"* 3 FETCH (UID 7 BODY[HEADER] {1} \r\nz)\r\n",
	"* 1 FETCH (UID 5 BODY[HEADER] {1}\r\nx)\r\n* 2 FETCH (UID 6 BODY[HEADER] {1}\r\ny)\r\n"
	"* 3 FETCH (UID 7 BODY[HEADER] {1}\r\nz)\r\n",
	0, 0, 0},
    {"with its origin", "* 1 FETCH (BODY[HEADER]<0> {0}\r\n)\r\n",
	"* 1 FETCH (BODY[HEADER] {0}\r\n)\r\n", 0, 0, 0},
    {"items behind the literal", "* 1 FETCH (BODY[HEADER] {1}\r\nx UID 5 FLAGS (\\Seen) )\r\n",
	"* 1 FETCH (UID 5 BODY[HEADER] {1}\r\nx)\r\n", 0, 0, 0},
    {"quoted", "* 1 FETCH (BODY[HEADER] \"a\\\"b\\\\\" UID 5)\r\n",
	"* 1 FETCH (UID 5 BODY[HEADER] {4}\r\na\"b\\)\r\n", 0, 0, 0},
    {"nothing in quotes", "* 1 FETCH (BODY[HEADER] \"\" UID 5)\r\n",
	"* 1 FETCH (UID 5 BODY[HEADER] {0}\r\n)\r\n", 0, 0, 0},
    {"NIL", "* 1 FETCH (UID 5 BODY[HEADER] NIL)\r\n", "* 1 FETCH (UID 5)\r\n", 0, 0, 0},
    {"a literal's text is no response", "* 1 FETCH (BODY[HEADER] {14}\r\n* BYE\r\n1 OK \r\n)\r\n",
	GUARD_AS_IT_IS, 0, 0, 0},
    {"blanks and case", "* 1 FETCH (body[ Header ]<0>  {1}\r\nx )\r\n",
	"* 1 FETCH (BODY[HEADER] {1}\r\nx)\r\n", 0, 0, 0},
    {"by its old name", "* 1 FETCH (UID 5 RFC822.HEADER {1}\r\nx)\r\n",
	"* 1 FETCH (UID 5 BODY[HEADER] {1}\r\nx)\r\n", 0, 0, 0},
    {"a part of it", "* 1 FETCH (UID 5 BODY[HEADER]<100> {1}\r\nx)\r\n", "* 1 FETCH (UID 5)\r\n", 1,
	0, 0},
    {"another origin", "* 1 FETCH (UID 5 BODY[HEADER]<99999999999999999999> {1}\r\nx)\r\n",
	"* 1 FETCH (UID 5)\r\n", 1, 0, 0},
    {"the header of a part", "* 1 FETCH (UID 5 BODY[1.HEADER] {1}\r\nx)\r\n",
	"* 1 FETCH (UID 5)\r\n", 1, 0, 0},
    {"other sections",
	"* 1 FETCH (UID 5 BODY[] {1}\r\nx BODY[TEXT] {1}\r\ny BODY[HEADER.FIELDS (FROM)] {1}\r\nz "
	"BODY[HEADER x] NIL BINARY[1]<0> NIL)\r\n",
	"* 1 FETCH (UID 5)\r\n", 5, 0, 0},
    {"twice", "* 1 FETCH (UID 5 BODY[HEADER] {1}\r\nx BODY[HEADER] {2}\r\nyz)\r\n",
	"* 1 FETCH (UID 5 BODY[HEADER] {1}\r\nx)\r\n", 1, 0, 0},
    {"no string", "* 1 FETCH (UID 5 BODY[HEADER] (\"x\"))\r\n* 2 FETCH (UID 6 BODY[HEADER] 7)\r\n",
	"* 1 FETCH (UID 5)\r\n* 2 FETCH (UID 6)\r\n", 2, 0, 0},
    {"no message has this number", "* 0 FETCH (UID 5 BODY[HEADER] {5}\r\n* BYE)\r\n", "", 2, 0, 0},
    {"no bracket", "* 1 FETCH (BODY[HEADER {1}\r\nx)\r\n", NULL, 0, 0, 0},
    {"no origin", "* 1 FETCH (BODY[HEADER]<> {1}\r\nx)\r\n", NULL, 0, 0, 0},
    {"a literal that is longer than it says", "* 1 FETCH (BODY[HEADER] {1}\r\nxy: z)\r\n", NULL, 0,
	0, 0},
    {"more behind the literal", "* 1 FETCH (BODY[HEADER] {1}\r\nx y: z)\r\n", NULL, 0, 0, 0},
    {"literal too large", "* 1 FETCH (BODY[HEADER] {4000000000}\r\n", NULL, 0, 0, 0},
};

/* FETCH (UID INTERNALDATE BODY.PEEK[HEADER.FIELDS (From To Subject X-A.B_C)]<0.n>). */
static const struct guard_row fields_rows[] = {
    {"as it was asked for",
	"* 1 FETCH (UID 5 BODY[HEADER.FIELDS (FROM TO SUBJECT X-A.B_C)]<0> {1}\r\nx)\r\n"
	"* 2 FETCH (UID 6 BODY[HEADER.FIELDS (FROM TO SUBJECT X-A.B_C)]<0> {1}\r\ny)\r\n",
	"* 1 FETCH (UID 5 BODY[HEADER] {1}\r\nx)\r\n* 2 FETCH (UID 6 BODY[HEADER] {1}\r\ny)\r\n", 0,
	0, 0},
    {"quoted", "* 1 FETCH (BODY[HEADER.FIELDS (\"From\" \"To\")] {1}\r\nx)\r\n",
	"* 1 FETCH (BODY[HEADER] {1}\r\nx)\r\n", 0, 0, 0},
    {"another order, blanks", "* 1 FETCH (BODY[header.fields  ( to  x-a.b_c\tFrom ) ]<0> NIL)\r\n",
	"", 0, 0, 0},
    {"no blank", "* 1 FETCH (BODY[HEADER.FIELDS(From To)] NIL)\r\n", "", 0, 0, 0},
    {"other fields", "* 1 FETCH (UID 5 BODY[HEADER.FIELDS (From Date)]<0> {1}\r\nx)\r\n",
	"* 1 FETCH (UID 5)\r\n", 1, 0, 0},
    {"a part of a name", "* 1 FETCH (UID 5 BODY[HEADER.FIELDS (Fro)]<0> {1}\r\nx)\r\n",
	"* 1 FETCH (UID 5)\r\n", 1, 0, 0},
    {"no field", "* 1 FETCH (UID 5 BODY[HEADER.FIELDS ()]<0> {0}\r\n)\r\n", "* 1 FETCH (UID 5)\r\n",
	1, 0, 0},
    {"more than were asked for",
	"* 1 FETCH (UID 5 BODY[HEADER.FIELDS (To To To To To)]<0> {0}\r\n)\r\n",
	"* 1 FETCH (UID 5)\r\n", 1, 0, 0},
    {"all but these", "* 1 FETCH (UID 5 BODY[HEADER.FIELDS.NOT (From)]<0> {1}\r\nx)\r\n",
	"* 1 FETCH (UID 5)\r\n", 1, 0, 0},
    {"the whole header", "* 1 FETCH (UID 5 BODY[HEADER] {1}\r\nx)\r\n", "* 1 FETCH (UID 5)\r\n", 1,
	0, 0},
    {"by its old name", "* 1 FETCH (UID 5 RFC822.HEADER {1}\r\nx)\r\n", "* 1 FETCH (UID 5)\r\n", 0,
	0, 0},
    {"another origin than before",
	"* 1 FETCH (BODY[HEADER.FIELDS (TO)]<0> NIL)\r\n* 2 FETCH (BODY[HEADER.FIELDS (TO)]<01> "
	"NIL)\r\n* 3 FETCH (BODY[HEADER.FIELDS (TO)]<0>x NIL)\r\n",
	NULL, 0, 0, 0},
    {"another part than before",
	"* 1 FETCH (BODY[HEADER.FIELDS (TO)] NIL)\r\n* 2 FETCH (BODY[HEADER.FIELDS (TO)]<7> "
	"NIL)\r\n",
	"", 1, 0, 0},
    {"a bracket in quotes", "* 1 FETCH (UID 5 BODY[HEADER.FIELDS (\"a]b\")] {1}\r\nx)\r\n",
	"* 1 FETCH (UID 5)\r\n", 1, 0, 0},
    {"a literal in a section", "* 1 FETCH (BODY[HEADER.FIELDS ({2}\r\nTO)] NIL)\r\n", NULL, 0, 0,
	0},
};

static void test_dates(void **state)
{
	struct guard_expect expect = {.tag = 1};

	(void)state;
	guard_rows_check(date_rows, TABLE_COUNT(date_rows), &expect);
}

static void test_header(void **state)
{
	struct guard_expect expect = {.tag = 1, .section = GUARD_SECTION_HEADER};

	(void)state;
	guard_rows_check(header_rows, TABLE_COUNT(header_rows), &expect);
}

static void test_fields(void **state)
{
	struct guard_expect expect = {
	    .tag = 1, .section = GUARD_SECTION_FIELDS, .fields = SPAN("From To Subject X-A.B_C")};

	(void)state;
	guard_rows_check(fields_rows, TABLE_COUNT(fields_rows), &expect);
}

/* Values of INTERNALDATE and when that was; NULL: it makes no sense. */
static const struct {
	const char *value;
	const char *want;
} values[] = {
    {"\"15-Mar-2024 12:34:56 +0130\"", "\"15-Mar-2024 11:04:56 +0000\""},
    {"\" 8-Mar-2024 00:00:00 -0800\"", "\"08-Mar-2024 08:00:00 +0000\""},
    {"\"8-Mar-2024 00:00:00 +0000\"", "\"08-Mar-2024 00:00:00 +0000\""},
    {"\"15-MAR-2024  12:34:56\t+0000 \"", "\"15-Mar-2024 12:34:56 +0000\""},
    {"\"31-dec-2016 23:59:60 +0000\"", "\"31-Dec-2016 23:59:59 +0000\""},
    {"\"29-Feb-2024 00:00:00 +0000\"", "\"29-Feb-2024 00:00:00 +0000\""},
    {"\"29-Feb-2000 00:00:00 +0000\"", "\"29-Feb-2000 00:00:00 +0000\""},
    {"\"01-Jan-1970 00:00:00 +0000\"", "\"01-Jan-1970 00:00:00 +0000\""},
    {"\"31-Dec-9999 23:59:59 +2400\"", "\"30-Dec-9999 23:59:59 +0000\""},
    {"\"31-Dec-1969 23:59:59 -0100\"", NULL},
    {"\"15-Jan-2024 00:00:00 +2401\"", NULL},
    {"\"15-Jan-2024 00:00:00 +0060\"", NULL},
    {"\"29-Feb-2023 00:00:00 +0000\"", NULL},
    {"\"29-Feb-1900 00:00:00 +0000\"", NULL},
    {"\"31-Apr-2024 00:00:00 +0000\"", NULL},
    {"\"00-Jan-0000 00:00:00 +0000\"", NULL},
    {"\"32-Jan-2024 00:00:00 +0000\"", NULL},
    {"\"4294967297-Jan-2024 00:00:00 +0000\"", NULL},
    {"\"015-Jan-2024 00:00:00 +0000\"", NULL},
    {"\"15-Jan-20240 00:00:00 +0000\"", NULL},
    {"\"15-Jan-24 00:00:00 +0000\"", NULL},
    {"\"15-Foo-2024 00:00:00 +0000\"", NULL},
    {"\"15-March-2024 00:00:00 +0000\"", NULL},
    {"\"15-Jan-2024 24:00:00 +0000\"", NULL},
    {"\"15-Jan-2024 00:60:00 +0000\"", NULL},
    {"\"15-Jan-2024 00:00:61 +0000\"", NULL},
    {"\"15-Jan-2024 0:00:00 +0000\"", NULL},
    {"\"15-Jan-2024 00:00:00\"", NULL},
    {"\"15-Jan-2024 00:00:00 0000\"", NULL},
    {"\"15-Jan-2024 00:00:00 +000\"", NULL},
    {"\"15-Jan-2024 00:00:00 +00000\"", NULL},
    {"\"15-Jan-2024 00:00:00 GMT\"", NULL},
    {"\"15-Jan-2024 00:00:00 +0000 (UTC)\"", NULL},
    {"\"Fri, 15 Mar 2024 12:00:00 +0000\"", NULL},
    {"\"\"", NULL},
    {"NIL", NULL},
    {"(1 2)", NULL},
    {"15-Mar-2024", NULL},
    {"{3}\r\nabc", NULL},
};

static void test_values(void **state)
{
	struct guard_expect expect = {.tag = 1};

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(values); i++) {
		char bytes[200];
		char want[200];
		struct guard_row row = {values[i].value, bytes, want, 0, 0, 0};

		snprintf(
		    bytes, sizeof(bytes), "* 1 FETCH (UID 5 INTERNALDATE %s)\r\n", values[i].value);
		snprintf(want, sizeof(want), "* 1 FETCH (UID 5 INTERNALDATE %s)\r\n",
		    values[i].want != NULL ? values[i].want : "\"00-Jan-1970 00:00:00 +0000\"");
		guard_rows_check(&row, 1, &expect);
	}
}

/* The known section is forgotten with the command that asked for it. */
static void test_next_command(void **state)
{
	struct guard_expect expect = {
	    .tag = 1, .section = GUARD_SECTION_FIELDS, .fields = SPAN("From To")};
	struct stream_guard guard;
	struct err err = ERR_INIT;
	struct buf out;

	(void)state;
	guard_rows_begin(&guard, &expect, &out);
	buf_clear(&out);
	assert_int_equal(stream_guard_pass(&guard,
			     SPAN("* 1 FETCH (BODY[HEADER.FIELDS (TO)] \"a\")\r\n"), &out, &err),
	    0);
	expect.fields = SPAN("From");
	stream_guard_begin_command(&guard, &expect);
	assert_int_equal(stream_guard_pass(&guard,
			     SPAN("* 2 FETCH (BODY[HEADER.FIELDS (TO)] \"b\")\r\n"), &out, &err),
	    0);
	assert_span_text(buf_span(&out), "* 1 FETCH (BODY[HEADER] {1}\r\na)\r\n", "next command");
	assert_int_equal(guard.seen.odd, 1);
	buf_fini(&out);
	stream_guard_fini(&guard);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_dates),
	    cmocka_unit_test(test_header),
	    cmocka_unit_test(test_fields),
	    cmocka_unit_test(test_values),
	    cmocka_unit_test(test_next_command),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
