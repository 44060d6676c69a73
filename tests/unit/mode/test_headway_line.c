/* What line is made of how far a run has come. */
#include "tests/unit/table.h"

#include "base/clock.h"
#include "base/utf8.h"
#include "mode/headway_line.h"
#include "text/table_cell.h"

#define MIB         ((uint64_t)1024 * 1024)
#define START       1000000
#define AT(seconds) (START + (seconds)*INT64_C(1000))

#define PLACE(what)    .phase = (what), .host = "imap.example.com", .folder = "Caught"
#define EXPECTED(d, e) .done = (d), .expected = (e), .expected_since = START
#define LOG(b, s)                                                                                  \
	.phase = HEADWAY_READING, .host = "mail.log", .bytes = (b), .size = (s), .since = START

static const struct {
	struct headway headway;
	int64_t now;
	const char *want;
	unsigned width;
	bool ascii_only;
} rows[] = {
    {{0}, AT(5), "", 0, false},
    {{.phase = HEADWAY_CONNECTING, .host = "imap.example.com"}, AT(5),
	"connecting to imap.example.com", 0, false},
    {{PLACE(HEADWAY_SEARCHING)}, AT(5), "searching imap.example.com, Caught", 0, false},
    /* What is known is of the slice before: there is no end to tell. */
    {{PLACE(HEADWAY_SEARCHING), EXPECTED(100, 100), .all_records = 100, .since = START}, AT(0),
	"searching imap.example.com, Caught: 100 messages", 0, false},

    {{PLACE(HEADWAY_READING), EXPECTED(0, 1)}, AT(0),
	"reading imap.example.com, Caught: 0 of 1 message (0%)", 0, false},
    {{PLACE(HEADWAY_READING), EXPECTED(12345, 50000)}, AT(10),
	"reading imap.example.com, Caught: 12,345 of 50,000 messages (24%), 1,235/s, 31 s left", 0,
	false},
    {{PLACE(HEADWAY_READING), EXPECTED(0, 50000)}, AT(10),
	"reading imap.example.com, Caught: 0 of 50,000 messages (0%)", 0, false},
    /* Too soon for a rate. */
    {{PLACE(HEADWAY_READING), EXPECTED(5, 10)}, START + 999,
	"reading imap.example.com, Caught: 5 of 10 messages (50%)", 0, false},
    {{PLACE(HEADWAY_READING), EXPECTED(10, 32768), .uncounted = 1}, AT(10),
	"reading imap.example.com, Caught: 10 of at least 32,768 messages, 1/s", 0, false},
    {{PLACE(HEADWAY_READING), EXPECTED(1000, 1000000)}, AT(10),
	"reading imap.example.com, Caught: 1,000 of 1,000,000 messages (0%), 100/s, 2 h 46 min "
	"left",
	0, false},
    /* More than was expected: no part of it. */
    {{PLACE(HEADWAY_READING), EXPECTED(11, 10)}, AT(10),
	"reading imap.example.com, Caught: 11 of 10 messages, 1/s", 0, false},

    {{LOG(34 * MIB, 340 * MIB), .all_records = 1}, AT(10),
	"reading mail.log: 34.0 of 340.0 MiB (10%), 1 message, 3.4 MiB/s, 90 s left", 0, false},
    {{LOG(MIB, 1000 * MIB)}, AT(1),
	"reading mail.log: 1.0 of 1000.0 MiB (0%), 0 messages, 1.0 MiB/s, 17 min left", 0, false},
    {{LOG(34 * MIB, 0), .all_records = 1234567}, AT(10),
	"reading mail.log: 34.0 MiB, 1,234,567 messages, 3.4 MiB/s", 0, false},
    {{LOG(0, 0), .records = 20, .all_records = 120}, AT(10), "reading mail.log: 120 messages, 2/s",
	0, false},
    {{LOG(UINT64_MAX, UINT64_MAX), .all_records = UINT64_MAX}, AT(1),
	"reading mail.log: 17592186044416.0 of 17592186044416.0 MiB (100%), "
	"18,446,744,073,709,551,615 messages, 17592186044416.0 MiB/s, 0 s left",
	0, false},

    /* Names are cut before numbers are. */
    {{PLACE(HEADWAY_READING), EXPECTED(5, 10)}, START, "reading imap.ex…: 5 of 10 messages (50%)",
	40, false},
    {{PLACE(HEADWAY_READING), EXPECTED(5, 10)}, START, "reading imap....: 5 of 10 messages (50%)",
	40, true},
    {{PLACE(HEADWAY_READING), EXPECTED(5, 10)}, START, "5 of 10 messages (50%)", 35, false},
    {{PLACE(HEADWAY_READING), EXPECTED(5, 10)}, START, "5 of 10 m…", 10, false},
    {{PLACE(HEADWAY_SEARCHING)}, START, "searching…", 10, false},

    /* Whoever named it. */
    {{.phase = HEADWAY_SEARCHING, .host = "a\x1b]0;b\a\r\n", .folder = "\xff\xe2\x80\xae"}, START,
	"searching a<U+001B>]0;b<U+0007><U+000D><U+000A>, <FF><U+202E>", 0, false},
    {{.phase = HEADWAY_SEARCHING, .host = "h", .folder = "漢字漢字"}, START, "searching h, 漢…", 16,
	false},
    {{.phase = HEADWAY_SEARCHING, .host = "h", .folder = "漢"}, START, "searching h, <U+6F22>", 0,
	true},
};

static void test_lines(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		const struct headway_form form = {rows[i].width, rows[i].ascii_only};
		struct buf line;

		buf_init(&line, 0);
		headway_add_line(&line, &rows[i].headway, rows[i].now, &form);
		assert_span_text(buf_span(&line), rows[i].want, rows[i].want);
		buf_fini(&line);
	}
}

/* At every width: nothing is wider, and nothing is cut within a character. */
static void test_widths(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(rows); i++)
		for (unsigned width = 1; width < 120; width++) {
			const struct headway_form form = {width, rows[i].ascii_only};
			struct buf line;

			buf_init(&line, 0);
			headway_add_line(&line, &rows[i].headway, rows[i].now, &form);
			assert_row(table_cell_width(buf_span(&line)) <= width, rows[i].want);
			assert_row(utf8_valid(buf_span(&line)), rows[i].want);
			buf_fini(&line);
		}
}

/* What those who do the work say is what is looked at. */
static void test_counts(void **state)
{
	static char name[2 * HEADWAY_MAX_NAME];
	struct headway seen;

	(void)state;
	memset(name, 'x', sizeof(name) - 1);
	headway_reset();
	headway_add_uncounted(2);
	headway_enter(HEADWAY_READING, name, NULL);
	headway_settle_count();
	headway_expect(3);
	headway_expect(4);
	headway_add_done();
	headway_add_record();
	headway_add_bytes(5);
	headway_set_size(6);
	headway_look(&seen);
	assert_int_equal(strlen(seen.host), HEADWAY_MAX_NAME - 1);
	assert_string_equal(seen.folder, "");
	assert_int_equal(seen.uncounted, 1);
	assert_int_equal(seen.expected, 7);
	assert_int_equal(seen.done, 1);
	assert_int_equal(seen.records, 1);
	assert_int_equal(seen.bytes, 5);
	assert_int_equal(seen.size, 6);

	headway_enter(HEADWAY_SEARCHING, "h", "f");
	headway_add_record();
	headway_settle_count();
	headway_settle_count();
	headway_look(&seen);
	assert_string_equal(seen.host, "h");
	assert_string_equal(seen.folder, "f");
	assert_int_equal(seen.uncounted, 0);
	assert_int_equal(seen.expected, 7);
	assert_int_equal(seen.records, 1);
	assert_int_equal(seen.all_records, 2);
	assert_int_equal(seen.bytes, 0);
	assert_int_equal(seen.size, 0);

	headway_reset();
	headway_look(&seen);
	assert_int_equal(seen.phase, HEADWAY_NONE);
	assert_int_equal(seen.done + seen.expected + seen.all_records, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_lines),
	    cmocka_unit_test(test_widths),
	    cmocka_unit_test(test_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
