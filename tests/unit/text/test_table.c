#include "tests/unit/table.h"

#include "base/buf.h"
#include "text/table.h"
#include "text/table_cell.h"

#define HAN "\xE6\xBC\xA2" /* two columns */

#define MAX_ROWS 4
#define MARK     "\xE2\x80\xA6"

static const struct table_column count = {.title = "Count", .is_number = true};
static const struct table_column percent = {.title = "%", .is_number = true, .rank = 8};
static const struct table_column name = {.title = "Name", .least = 12, .tight = 6};
static const struct table_column second = {.title = "Second", .least = 8, .tight = 6, .rank = 1};
static const struct table_column seen = {.title = "Last seen", .optional = true, .rank = 2};
static const struct table_column uid = {
    .title = "UID", .is_number = true, .optional = true, .rank = 3};
static const struct table_column subject = {
    .title = "Subject", .least = 10, .optional = true, .rank = 1};
static const struct table_column path = {
    .title = "Path", .least = 10, .when_long = TABLE_CUT_START, .optional = true, .rank = 1};
static const struct table_column whole = {
    .title = "Name", .least = 12, .tight = 6, .when_long = TABLE_FOLD};
static const struct table_column words = {
    .title = "Known", .least = 12, .tight = 12, .when_long = TABLE_FOLD_WORDS};
static const struct table_column number = {
    .title = "IPs", .is_number = true, .optional = true, .rank = 1};

/* Lays a table out: all lines, each with LF. */
static void lay_out(struct buf *out, struct table *table,
    const struct span rows[][TABLE_MAX_COLUMNS], unsigned row_count)
{
	for (unsigned i = 0; i < row_count; i++)
		table_measure(table, rows[i]);
	table_fit(table);
	table_add_titles(out, table);
	buf_add_char(out, '\n');
	for (unsigned i = 0; i < row_count; i++) {
		table_add_row(out, table, rows[i]);
		buf_add_char(out, '\n');
	}
	table_add_left_out(out, table);
}

static const struct {
	unsigned width;
	bool ascii_only;
	const struct table_column *columns[6];
	const char *cells[MAX_ROWS][6];
	const char *want;
	const char *why;
} rows[] = {
    {0, false, {&count, &name, &seen}, {{"1", "a", "x"}, {"1000000", "bob", ""}},
	"  Count  Name  Last seen\n"
	"      1  a     x\n"
	"1000000  bob\n",
	"numbers to the right, no trailing blanks"},
    {80, false, {&count, &name, &seen}, {{"1", "a", "x"}, {"1000000", "bob", ""}},
	"  Count  Name  Last seen\n"
	"      1  a     x\n"
	"1000000  bob\n",
	"no wider than it needs to be"},
    {0, false, {&name, &uid}, {{HAN HAN, "1"}, {"abcd", "2"}, {"e\xCC\x81", "3"}},
	"Name  UID\n" HAN HAN "    1\n"
	"abcd    2\n"
	"e\xCC\x81       3\n",
	"widths are those of the terminal"},
    {34, false, {&count, &name, &subject}, {{"1", "bob@example.com", "a subject that is long"}},
	"Count  Name            Subject\n"
	"    1  bob@example.c\xE2\x80\xA6  a subject \xE2\x80\xA6\n",
	"what is left is shared"},
    {34, true, {&count, &name, &subject}, {{"1", "bob@example.com", "a subject that is long"}},
	"Count  Name            Subject\n"
	"    1  bob@example...  a subjec...\n",
	"ASCII"},
    {21, false, {&count, &name}, {{"1", HAN HAN HAN HAN HAN HAN HAN}, {"2", "abcdefghijklmn"}},
	"Count  Name\n"
	"    1  " HAN HAN HAN HAN HAN HAN HAN "\n"
	"    2  abcdefghijklmn\n",
	"just fits"},
    {21, false, {&count, &percent, &name, &second},
	{{"1", "100.0", "bob@example.com", "second@example.com"}},
	"Count  Name    Second\n"
	"    1  bob@e\xE2\x80\xA6  secon\xE2\x80\xA6\n"
	"not shown at this\n"
	"width: %",
	"all cut"},
    {20, false, {&name, &uid},
	{{HAN HAN HAN HAN HAN HAN HAN HAN HAN, "1"}, {"abcdefghijklmnopqr", "2"}},
	"Name             UID\n" HAN HAN HAN HAN HAN HAN HAN "\xE2\x80\xA6    1\n"
	"abcdefghijklmn\xE2\x80\xA6    2\n",
	"cut between wide characters: as wide, or a column less"},
    {28, false, {&count, &name, &seen, &uid}, {{"1", "bob@example.com", "02-10", "7"}},
	"Count  Name\n"
	"    1  bob@example.com\n"
	"not shown at this width:\n"
	"Last seen, UID",
	"the list of columns is wrapped"},
    {40, false, {&count, &name, &seen, &uid, &subject},
	{{"1", "bob@example.com", "02-10 09:15", "7", "hello"}},
	"Count  Name             Subject\n"
	"    1  bob@example.com  hello\n"
	"not shown at this width: Last seen, UID",
	"optional columns by rank"},
    {40, false, {&count, &name, &seen, &uid, &subject},
	{{"1", "bob@example.com", "02-10 09:15", "7", ""}},
	"Count  Name             Last seen    UID\n"
	"    1  bob@example.com  02-10 09:15    7\n"
	"not shown at this width: Subject",
	"a column without text goes before"},
    {36, false, {&count, &name, &seen, &number},
	{{"1", "bob@example.com", "02-10", "1"}, {"1", "eve@example.com", "02-10", ""}},
	"Count  Name             Last seen\n"
	"    1  bob@example.com  02-10\n"
	"    1  eve@example.com  02-10\n"
	"not shown at this width: IPs",
	"a number that is 1 everywhere as well"},
    {34, false, {&count, &name, &seen, &number},
	{{"1", "bob@example.com", "02-10", "1"}, {"1", "eve@example.com", "02-10", "2"}},
	"Count  Name             IPs\n"
	"    1  bob@example.com    1\n"
	"    1  eve@example.com    2\n"
	"not shown at this width: Last\n"
	"seen",
	"but not one that is 2 once"},
    {36, false, {&count, &name, &path},
	{{"1", "a@example.com", "shop.example/wp-content/plugins/x.php"}},
	"Count  Name           Path\n"
	"    1  a@example.com  " MARK "/x.php\n",
	"a path is cut at its beginning, behind a /"},
    {44, false, {&count, &name, &path},
	{{"1", "a@example.com", "~7% shop.example/wp-content/plugins/x.php"},
	    {"1", "b@example.com", " 7% \xE6\xBC\xA2\xE6\xBC\xA2/a-name-that-is-long.php"},
	    {"1", "c@example.com", "srv"}, {"1", "d@example.com", "/srv/some/where/longer/"}},
	"Count  Name           Path\n"
	"    1  a@example.com  ~7% " MARK "/plugins/x.php\n"
	"    1  b@example.com   7% " MARK "-that-is-long.php\n"
	"    1  c@example.com  srv\n"
	"    1  d@example.com  " MARK "/some/where/longer/\n",
	"the share in front stays"},
    {44, true, {&count, &name, &path},
	{{"1", "a@example.com", "99% shop.example/wp-content/plugins/x.php"}},
	"Count  Name           Path\n"
	"    1  a@example.com  99% .../plugins/x.php\n",
	"in ASCII"},
    {24, false, {&count, &whole, &seen},
	{{"1", "bob-with-a-long-name@example.com", "02-10"}, {"22", "eve", "02-10"}},
	"Count  Name\n"
	"    1  bob-with-a-long-n\n"
	"       ame@example.com\n"
	"   22  eve\n"
	"not shown at this\n"
	"width: Last seen",
	"what must be whole is folded"},
    {32, false, {&count, &whole, &seen},
	{{"1", HAN HAN HAN HAN HAN HAN HAN HAN HAN HAN, "02-10"}, {"22", "eve", "02-10"}},
	"Count  Name            Last seen\n"
	"    1  " HAN HAN HAN HAN HAN HAN HAN "  02-10\n"
	"       " HAN HAN HAN "\n"
	"   22  eve             02-10\n",
	"between characters, beside what fits"},
    {20, false, {&count, &words},
	{{"1", "01-02..01-03, 01-05, 01-07..02-28, 03-02"}, {"22", "2026-01-02..2026-01-29"},
	    {"3", "123456789012 345"}},
	"Count  Known\n"
	"    1  01-02..01-03,\n"
	"       01-05,\n"
	"       01-07..02-28,\n"
	"       03-02\n"
	"   22  2026-01-02..2\n"
	"       026-01-29\n"
	"    3  123456789012\n"
	"       345\n",
	"behind a blank, where there is one"},
    {0, false, {&whole, &seen},
	{{"a23456789012345678901234567890123456789012345678901234567890123456789", "02-10"},
	    {"eve", "02-10"}},
	"Name                                                              Last seen\n"
	"a23456789012345678901234567890123456789012345678901234567890123456789  02-10\n"
	"eve                                                               02-10\n",
	"without a terminal the row becomes longer"},
    {24, false, {&count, &percent, &name, &second}, {{"1", "100.0", "bob@example.com", "x"}},
	"Count  Name       Second\n"
	"    1  bob@exam\xE2\x80\xA6  x\n"
	"not shown at this\n"
	"width: %",
	"then the others by rank"},
    {20, false, {&count, &percent, &name, &second},
	{{"1", "100.0", "bob@example.com", "second@example.com"}},
	"Count  Name\n"
	"    1  bob@example.\xE2\x80\xA6\n"
	"not shown at this\n"
	"width: %, Second",
	"rank 0 stays"},
    {20, false, {&count, &percent, &name}, {{"1", "100.0", "bob@example.com"}},
	"Count      %  Name\n"
	"    1  100.0  bob@e\xE2\x80\xA6\n",
	"a needed text is cut further"},
    {3, false, {&count, &percent, &name}, {{"1", "100.0", "bob@example.com"}},
	"Count      %  Name\n"
	"    1  100.0  bob@e\xE2\x80\xA6\n",
	"no terminal is narrower than 20"},
};

static unsigned fill(struct table *table, size_t i, struct span cells[][TABLE_MAX_COLUMNS])
{
	unsigned row_count = 0;

	table_init(table, rows[i].width, rows[i].ascii_only);
	for (unsigned c = 0; c < 6 && rows[i].columns[c] != NULL; c++)
		table_add_column(table, rows[i].columns[c]);
	for (; row_count < MAX_ROWS && rows[i].cells[row_count][0] != NULL; row_count++)
		for (unsigned c = 0; c < table->count; c++)
			cells[row_count][c] = span_of(rows[i].cells[row_count][c]);
	return row_count;
}

static void test_layout(void **state)
{
	struct span cells[MAX_ROWS][TABLE_MAX_COLUMNS];
	struct table table;
	struct buf out;

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		unsigned row_count = fill(&table, i, cells);

		buf_init(&out, 0);
		lay_out(&out, &table, cells, row_count);
		assert_span_text(buf_span(&out), rows[i].want, rows[i].why);
		buf_fini(&out);
	}
}

#define MAX_CELL 30

/* Any cells on any terminal: no line is wider, none ends in a blank, all stand one below another.
 */
static void test_never_wraps(void **state)
{
	static const struct table_column *const all[] = {
	    &count, &percent, &name, &second, &seen, &uid, &subject};
	static const char *const parts[] = {"a", "Z9 ", HAN, "e\xCC\x81", "\xF0\x9F\x98\x80", "."};
	struct buf text;
	struct buf out;
	uint32_t seed = 7;

	(void)state;
	buf_init(&text, 0);
	buf_init(&out, 0);
	for (unsigned width = TABLE_MIN_WIDTH; width < 140; width++) {
		struct span cells[TABLE_MAX_COLUMNS];
		size_t end[TABLE_COUNT(all)];
		struct table table;

		buf_clear(&text);
		buf_clear(&out);
		table_init(&table, width, width % 2 == 0);
		for (size_t c = 0; c < TABLE_COUNT(all); c++) {
			table_add_column(&table, all[c]);
			seed = seed * 1664525u + 1013904223u;
			for (unsigned n = (seed >> 16) % (all[c]->least != 0 ? MAX_CELL : 6); n > 0;
			     n--)
				buf_add_text(&text, parts[(seed >> n) % TABLE_COUNT(parts)]);
			end[c] = text.n;
		}
		for (size_t c = 0; c < TABLE_COUNT(all); c++) {
			size_t start = c > 0 ? end[c - 1] : 0;

			cells[c] = (struct span){text.p + start, end[c] - start};
		}
		table_measure(&table, cells);
		table_fit(&table);
		table_add_row(&out, &table, cells);
		if (table_cell_width(buf_span(&out)) > width)
			fail_msg("width %u: \"%s\" is wider", width, buf_string(&out));
		assert_row(out.n == 0 || out.p[out.n - 1] != ' ', buf_string(&out));
		buf_clear(&out);
		table_add_left_out(&out, &table);
		for (struct span rest = buf_span(&out); rest.n > 0;) {
			struct span line = span_head(rest, span_find(rest, '\n'));

			if (table_cell_width(line) > width)
				fail_msg("width %u: \"%s\" is wider", width, buf_string(&out));
			rest = span_from(rest, line.n + 1);
		}
	}
	buf_fini(&text);
	buf_fini(&out);
}

/* A column that never ends; a fixed one is not cut. */
static void test_widest_cell(void **state)
{
	char long_text[2 * TABLE_MAX_CELL];
	struct span cells[TABLE_MAX_COLUMNS];
	struct table table;
	struct buf out;

	(void)state;
	memset(long_text, 'x', sizeof(long_text));
	cells[0] = cells[1] = (struct span){long_text, sizeof(long_text)};
	table_init(&table, 0, false);
	table_add_column(&table, &name);
	table_add_column(&table, &seen);
	table_measure(&table, cells);
	table_fit(&table);
	buf_init(&out, 0);
	table_add_row(&out, &table, cells);
	assert_int_equal(
	    table_cell_width(buf_span(&out)), TABLE_MAX_CELL + TABLE_GAP + sizeof(long_text));
	buf_fini(&out);
}

/* Colours are around the text, never in the blanks; what is cut has its mark within. */
static void test_looks(void **state)
{
	static const enum table_look looks[] = {TABLE_PLAIN, TABLE_MUCH, TABLE_FAINT};
	const struct span cells[] = {SPAN("1"), SPAN("x"), SPAN("a subject that is long")};
	struct table table;
	struct buf out;

	(void)state;
	buf_init(&out, 0);
	for (int color = 0; color < 2; color++) {
		table_init(&table, 30, false);
		table.color = color == 1;
		table_add_column(&table, &count);
		table_add_column(&table, &name);
		table_add_column(&table, &subject);
		table_measure(&table, cells);
		table_fit(&table);
		table_add_titles(&out, &table);
		buf_add_char(&out, '|');
		table_add_row_looking(&out, &table, cells, looks);
		buf_add_char(&out, '|');
	}
	assert_span_text(buf_span(&out),
	    "Count  Name  Subject|"
	    "    1  x     a subject that i" MARK "|"
	    "\033[1mCount\033[0m  \033[1mName\033[0m  \033[1mSubject\033[0m|"
	    "    1  \033[31mx\033[0m     \033[2ma subject that i" MARK "\033[0m|",
	    "looks");
	buf_fini(&out);
}

static void test_too_many_columns(void **state)
{
	struct table table;

	(void)state;
	table_init(&table, 0, false);
	for (unsigned i = 0; i <= TABLE_MAX_COLUMNS; i++)
		table_add_column(&table, &name);
	assert_int_equal(table.count, TABLE_MAX_COLUMNS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_layout),
	    cmocka_unit_test(test_never_wraps),
	    cmocka_unit_test(test_widest_cell),
	    cmocka_unit_test(test_looks),
	    cmocka_unit_test(test_too_many_columns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
