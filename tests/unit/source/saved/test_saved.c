#include "tests/unit/table.h"

#include <stdio.h>
#include <stdlib.h>

#include "mail/value.h"
#include "calendar/period.h"
#include "source/saved/saved.h"

#define BOM "\xef\xbb\xbf"
#define OLD_HEADER                                                                                 \
	"#,From,To,Reply-To,Qmail UID,Invoked for,IP/Username,Evidence,PHP script,Auth.sender,"    \
	"Auth-User,Auth-Email\r\n"
#define MESSAGE "{\"schema\":1,\"kind\":\"message\","

/* What came of the rows: "Title=value;…" and a line break for each. */
struct seen {
	struct sink sink;
	struct buf text;
	struct column_set absent; /* of the last record */
	uint32_t uid;
	time_t when;
	bool is_bounce;
	struct account_place place;
};

static int seen_record(struct sink *sink, const struct record *record, struct err *err)
{
	struct seen *seen = (struct seen *)sink;

	(void)err;
	for (unsigned i = 0; i < COLUMN_COUNT; i++) {
		if (record->value[i].n == 0)
			continue;
		buf_printf(&seen->text, "%s=", record_columns[i].title);
		buf_add(&seen->text, record->value[i]);
		buf_add_char(&seen->text, ';');
	}
	buf_add_char(&seen->text, '\n');
	seen->absent = record->absent;
	seen->uid = record->uid;
	seen->when = record->internal_date;
	seen->is_bounce = record->is_bounce;
	return 0;
}

static const struct sink_ops seen_ops = {.name = "seen", .record = seen_record};

static FILE *file_of(struct span text)
{
	FILE *file = tmpfile();

	assert_non_null(file);
	if (text.n > 0)
		assert_int_equal(fwrite(text.p, 1, text.n, file), text.n);
	rewind(file);
	return file;
}

/* Reads text as the file "day.csv"; *number counts on, and its counts are those of this file. */
static int read_saved(
    struct seen *seen, struct span text, const char *needed, uint64_t *number, struct err *err)
{
	struct column_list list = {0};
	struct saved_job job = {
	    .in = file_of(text),
	    .name = "day.csv",
	    .needed = &list,
	    .place = &seen->place,
	};
	struct report report;
	int result;

	if (needed != NULL)
		assert_int_equal(column_list_parse(needed, &list, err), 0);
	seen->sink.ops = &seen_ops;
	report_init(&report, &(const struct report_parts){.sinks = &seen->sink});
	report.number = *number;
	seen->place = (struct account_place){.host = "day.csv"};
	job.report = &report;
	result = saved_read(&job, err);
	*number = report.number;
	report_fini(&report);
	fclose(job.in);
	return result;
}

struct good_row {
	struct span text;
	const char *want;
};

static void check_good(const struct good_row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct seen seen = {0};
		struct err err = ERR_INIT;
		uint64_t number = 0;

		if (read_saved(&seen, rows[i].text, NULL, &number, &err) != 0)
			fail_msg("%.200s: %s", rows[i].text.p, err.text);
		assert_span_text(buf_span(&seen.text), rows[i].want, rows[i].text.p);
		buf_fini(&seen.text);
	}
}

#define GOOD(text, want)                                                                           \
	{                                                                                          \
		SPAN(text), want                                                                   \
	}

static void test_csv(void **state)
{
	static const struct good_row rows[] = {
	    GOOD("", ""),
	    GOOD(BOM, ""),
	    GOOD("\n", ""),
	    GOOD(BOM " \r\n\t\n\r\n ", ""),
	    GOOD("Subject\r\n", ""),
	    GOOD("Subject", ""),
	    GOOD(BOM "Subject,UID\r\n", ""),
	    GOOD("Subject\r\n\"a\"\r\n", "#=1;Subject=a;\n"),
	    GOOD("Subject\na\nb", "#=1;Subject=a;\n#=2;Subject=b;\n"),
	    GOOD("Subject\na\n\n", "#=1;Subject=a;\n"),
	    GOOD("Subject\nSubject\n", "#=1;Subject=Subject;\n"),
	    GOOD("Subject,To\nTo,Subject\n", "#=1;To=Subject;Subject=To;\n"),
	    GOOD("Subject\r\na\r\n\r\n\r\n", "#=1;Subject=a;\n"),
	    GOOD("\r\n \r\nSubject\r\na\r\n", "#=1;Subject=a;\n"),
	    GOOD("#,subject,X-SOURCE\r\n77,a,b\r\n", "#=1;Subject=a;X-Source=b;\n"),
	    GOOD(" Subject , Folder \na, b \n", "#=1;Folder=b;Subject=a;\n"),
	    GOOD("\"Subject\",\"Folder\"\na,b\n", "#=1;Folder=b;Subject=a;\n"),
	    GOOD("Folder,Subject\n\"a,b\",\"say \"\"x\"\"\"\n",
		"#=1;Folder=a,b;Subject=say \"x\";\n"),
	    GOOD("Folder;Subject\na,b;c\n", "#=1;Folder=a,b;Subject=c;\n"),
	    GOOD("Folder|Subject\na;b|c\n", "#=1;Folder=a;b;Subject=c;\n"),
	    GOOD("Folder\tSubject\na\tb c\n\tc\n\t\n",
		"#=1;Folder=a;Subject=b c;\n#=2;Subject=c;\n#=3;\n"),
	    GOOD("Folder\tSubject\n\"a\tb\"\tc\n", "#=1;Folder=a b;Subject=c;\n"),
	    GOOD("Subject,Folder\n\"a\r\n b\nc\",d\n", "#=1;Folder=d;Subject=a b c;\n"),
	    GOOD("Subject\n\"caf\xe9 \x80\"\n", "#=1;Subject=caf\xc3\xa9 \xe2\x82\xac;\n"),
	    GOOD("Subject\n=?utf-8?q?a?=\n", "#=1;Subject==?utf-8?q?a?=;\n"),
	    GOOD("Subject\n\"a\x01\x1b[31m b\"\n", "#=1;Subject=a [31m b;\n"),
	    /* The guard is taken off formulas and only there. */
	    GOOD("Subject\n\"'=1+1\"\n", "#=1;Subject==1+1;\n"),
	    GOOD("Subject\n\"' @x\"\n", "#=1;Subject=@x;\n"),
	    GOOD("Subject\n\"'\xef\xbc\x9d"
		 "1\"\n",
		"#=1;Subject=\xef\xbc\x9d"
		"1;\n"),
	    GOOD("Subject\n\"'tis\"\n", "#=1;Subject='tis;\n"),
	    GOOD("Subject\n\"''=1\"\n", "#=1;Subject='=1;\n"),
	    GOOD("Auth-User,Folder,UID\n\"=\"\"0049\"\"\",'0049,17\n",
		"#=1;Auth-User=0049;Folder='0049;UID=17;Identity=0049;"
		"Identity kind=account;\n"),
	    GOOD("Subject\n=1+1\n'\n", "#=1;Subject==1+1;\n#=2;Subject=';\n"),
	    GOOD("UID,Date\n,\n17,\n0,\n", "#=1;\n#=2;UID=17;\n#=3;\n"),
	    GOOD("Folder,Notes\na,header truncated\n", "#=1;Folder=a;Notes=header truncated;\n"),
	    /* The original script's, by python's csv. */
	    GOOD(OLD_HEADER
		"1,\"B\xfcro \"\"x\"\"\r\n <b@example.com>\",a@example.net,,,,192.0.2.7,"
		"Combined (0.9),,,,\r\n",
		"#=1;From=B\xc3\xbcro \"x\" <b@example.com>;To=a@example.net;IP/Username=192.0.2.7;"
		"Evidence=Combined (0.9);Identity=192.0.2.7;Source IP=192.0.2.7;"
		"Sender domain=example.com;Identity kind=server;\n"),
	};

	(void)state;
	check_good(rows, TABLE_COUNT(rows));
}

static void test_json(void **state)
{
	static const struct good_row rows[] = {
	    GOOD(MESSAGE "\"subject\":\"a\"}\n", "#=1;Subject=a;\n"),
	    GOOD(BOM MESSAGE "\"subject\":\"a\"}", "#=1;Subject=a;\n"),
	    GOOD(" \n" MESSAGE "\"subject\":\"a\"}\r\n\r\n" MESSAGE "\"folder\":null}\n",
		"#=1;Subject=a;\n#=2;\n"),
	    GOOD(MESSAGE "\"number\":9,\"uid\":17,\"future\":[{\"a\":1.5}],\"rules\":{}}\n",
		"#=1;UID=17;\n"),
	    GOOD(MESSAGE "\"uid\":0,\"subject\":\"\"}\n", "#=1;\n"),
	    GOOD(MESSAGE "\"subject\":\"a\\u0000b\\u202e\\n\\u00e9\"}\n",
		"#=1;Subject=a b\xe2\x80\xae \xc3\xa9;\n"),
	    /* Guards belong to CSV. */
	    GOOD(MESSAGE "\"subject\":\"'=1\"}\n", "#=1;Subject='=1;\n"),
	    GOOD(MESSAGE "\"qmail_uid\":1000}\n",
		"#=1;Qmail UID=1000;Identity=uid 1000;Identity kind=user;\n"),
	};

	(void)state;
	check_good(rows, TABLE_COUNT(rows));
}

struct bad_row {
	struct span text;
	const char *needed;
	const char *want; /* behind "day.csv, line " */
};

#define BAD(text, want)                                                                            \
	{                                                                                          \
		SPAN(text), NULL, want                                                             \
	}
#define LACKS(text, needed, want)                                                                  \
	{                                                                                          \
		SPAN(text), needed, want                                                           \
	}
#define NO_REPORT                                                                                  \
	"not a report of quarantine-report: expected a header row of its column titles, as "       \
	"#,From,To, or JSON Lines"
#define GROUPED    "this is a grouped report; merging needs one with a row a message"
#define IDENTITIES "this is an identity report; merging needs one with a row a message"
#define NO_TIME    "its Date is no time: expected one like 2026-11-20T13:45:00+01:00"

static void test_refused(void **state)
{
	static const struct bad_row rows[] = {
	    BAD("hello\n", "1: " NO_REPORT),
	    BAD("\n\nhello\n", "3: " NO_REPORT),
	    BAD("\"Authentication Domain\"\n", "1: " NO_REPORT),
	    BAD("\"Authentication Domain\",\"Percent\"\n", "1: " NO_REPORT),
	    BAD("Count,Authentication User\n", "1: " NO_REPORT),
	    BAD("\"Authentication Domain\",\"Authentication User\"\n", "1: " IDENTITIES),
	    BAD("\n" BOM "\n", "2: " NO_REPORT),
	    BAD("Authentication Domain,Authentication User,User Identification,Spam Count,Invalid "
		"Sender Count\r\n,,,1,\r\n",
		"1: " IDENTITIES),
	    BAD("%PDF-1.4\n\xff\xfe\n", "1: " NO_REPORT),
	    BAD("\xff\xfeS\0u\0b\0j\0", "1: " NO_REPORT),
	    BAD("\"Sub\"ject\"\n", "1: " NO_REPORT),
	    BAD("[1]\n", "1: " NO_REPORT),
	    BAD("{}\n", "1: " NO_REPORT),
	    BAD("{\"schema\":1}\n", "1: " NO_REPORT),
	    BAD("{\"schema\":\"1\",\"kind\":\"message\"}\n", "1: " NO_REPORT),
	    BAD("{\"schema\":1,\"kind\":\"messages\"}\n", "1: " NO_REPORT),
	    BAD("Folder,Subject,Colour\n", "1: 'Colour' is no column of a report"),
	    BAD("Folder;Subject;C\x1b[1m\n", "1: 'C<U+001B>[1m' is no column of a report"),
	    BAD("Folder,Subject,\n", "1: '' is no column of a report"),
	    BAD("Folder,Subject,folder\n", "1: 'folder' is a column that stands twice"),
	    BAD("Count,Percent,Identity,First seen\n", "1: " GROUPED),
	    BAD(BOM "\"Count\";\"Percent\";\"Identity\"\n", "1: " GROUPED),
	    BAD("{\"schema\":1,\"kind\":\"group\",\"count\":1}\n", "1: " GROUPED),
	    BAD(MESSAGE "\"uid\":1}\n{\"schema\":1,\"kind\":\"others\"}\n", "2: " GROUPED),
	    BAD("Folder,Subject\na,b\na\n", "3: fewer cells than the header row, which has 2"),
	    BAD("Folder,Subject\na,b,c\n", "2: more cells than the header row, which has 2"),
	    BAD("Folder,Subject\n\"a\n\n\",b\n\"c\nd\n\"\n",
		"5: fewer cells than the header row, which has 2"),
	    BAD("Folder,Subject\n\na,b\"c\n", "3: a quote in the middle of a cell"),
	    BAD("Subject\n\"a\nb\"c\n", "3: a quote in the middle of a cell"),
	    BAD("Subject\na\n\"b\n\nc", "3: the file ends within a quoted cell of this row"),
	    BAD("Subject\na\nb\0c\n", "3: a NUL byte: this is no text"),
	    BAD("Folder,Subject\na,b\nFolder,Subject\n",
		"3: a second header row: give each report as a file of its own"),
	    BAD("Date\n2026-11-20\n", "2: " NO_TIME),
	    BAD("Date\n\n2026-11-20T25:00:00Z\n", "3: " NO_TIME),
	    BAD(MESSAGE "\"date\":\"yesterday\"}\n", "1: " NO_TIME),
	    BAD("UID\n12a\n", "2: its UID is no number of a message"),
	    BAD("UID\n4294967296\n", "2: its UID is no number of a message"),
	    BAD(MESSAGE "\"uid\":-1}\n", "1: its UID is no number of a message"),
	    BAD(MESSAGE "\"uid\":1}\n" MESSAGE "\"uid\":1\n", "2: this is no valid JSON"),
	    BAD(MESSAGE "\"uid\":1}\nFrom,To\n", "2: this is no valid JSON"),
	    BAD(MESSAGE "\"from\":\"\xff\"}\n", "1: this is no valid JSON"),
	    BAD(MESSAGE "\"from\":\"\0\"}\n", "1: this is no valid JSON"),
	    BAD(MESSAGE "\"uid\":1,\"uid\":2}\n", "1: this is no valid JSON"),
	    BAD(MESSAGE "\"from\":[]}\n",
		"1: the value of \"from\" is neither text nor a whole number"),
	    BAD("{\"schema\":2,\"kind\":\"message\"}\n", "1: JSON of schema 2: expected 1"),
	    LACKS(OLD_HEADER, "From,Subject",
		"1: it has no column 'Subject', by which the report is grouped"),
	    LACKS("Subject\n", "Identity",
		"1: it has no column 'Identity', by which the report is grouped"),
	    LACKS(MESSAGE "\"subject\":\"a\"}\n" MESSAGE "\"from\":\"a\"}\n", "Subject",
		"2: it has no column 'Subject', by which the report is grouped"),
	};

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		struct seen seen = {0};
		struct err err = ERR_INIT;
		uint64_t number = 0;
		const char *text = rows[i].text.p;

		if (read_saved(&seen, rows[i].text, rows[i].needed, &number, &err) == 0)
			fail_msg("%s: was taken for a report", text);
		assert_row(err.code == ERR_DATA, text);
		assert_row(strncmp(err.text, "day.csv, line ", 14) == 0, text);
		assert_span_text(span_of(err.text + 14), rows[i].want, text);
		buf_fini(&seen.text);
	}
}

static void test_needed_is_derived(void **state)
{
	struct seen seen = {0};
	struct err err = ERR_INIT;
	uint64_t number = 0;

	(void)state;
	if (read_saved(&seen, SPAN(OLD_HEADER), "Identity,Source IP,Sender domain,From", &number,
		&err) != 0)
		fail_msg("%s", err.text);
}

static void test_record(void **state)
{
	struct seen seen = {0};
	struct err err = ERR_INIT;
	uint64_t number = 41;

	(void)state;
	assert_int_equal(period_set_zone("Europe/Berlin", &err), 0);
	assert_int_equal(
	    read_saved(&seen, SPAN("Date,UID,Subject\n2026-02-10T22:30:00-01:00,7,a\n"), NULL,
		&number, &err),
	    0);
	assert_span_text(buf_span(&seen.text),
	    "#=42;Date=2026-02-11T00:30:00+01:00;UID=7;Subject=a;\n", "in the zone of the report");
	assert_int_equal(seen.uid, 7);
	assert_int_equal(seen.when, 1770766200);
	assert_int_equal(number, 42);
	for (unsigned i = 0; i < COLUMN_COUNT; i++)
		assert_int_equal(
		    column_set_has(&seen.absent, i), i != COLUMN_NUMBER && i != COLUMN_DATE &&
							 i != COLUMN_UID && i != COLUMN_SUBJECT);
	buf_clear(&seen.text);
	assert_int_equal(
	    read_saved(&seen, SPAN(MESSAGE "\"bounce\":true}\n"), NULL, &number, &err), 0);
	assert_span_text(buf_span(&seen.text), "#=43;\n", "the number counts on");
	assert_true(seen.is_bounce);
	assert_int_equal(seen.uid, 0);
	buf_fini(&seen.text);
}

/* before + `count` times "x" + after */
static struct buf long_text(const char *before, size_t count, const char *after)
{
	struct buf text;

	buf_init(&text, 0);
	buf_add_text(&text, before);
	for (size_t i = 0; i < count; i++)
		buf_add_char(&text, 'x');
	buf_add_text(&text, after);
	assert_int_equal(text.failed, 0);
	return text;
}

static void test_limits(void **state)
{
	static const struct {
		const char *before;
		size_t count;
		const char *after;
		const char *want; /* the error, or NULL */
	} rows[] = {
	    {"Subject\n\"a\n", SAVED_MAX_CELL - 4, "\"\n", NULL},
	    {"Subject\na\n\"a\n", SAVED_MAX_CELL, "\"\n",
		"day.csv, line 3: a cell of more than 262144 bytes"},
	    {"Subject\n", SAVED_MAX_CELL + 1, "\n",
		"day.csv, line 2: a cell of more than 262144 bytes"},
	    {MESSAGE "\"from\":\"", SAVED_MAX_LINE - 100, "\"}\n", NULL},
	    {MESSAGE "\"uid\":1}\n" MESSAGE "\"from\":\"", SAVED_MAX_LINE, "\"}\n",
		"day.csv, line 2: a line of more than 524288 bytes"},
	    {"Subject,", SAVED_MAX_HEADER, "\n", "day.csv, line 1: " NO_REPORT},
	};

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		struct buf text = long_text(rows[i].before, rows[i].count, rows[i].after);
		struct seen seen = {0};
		struct err err = ERR_INIT;
		uint64_t number = 0;
		int result = read_saved(&seen, buf_span(&text), NULL, &number, &err);

		assert_row(result == (rows[i].want == NULL ? 0 : -1), err.text);
		assert_span_text(
		    span_of(err.text), rows[i].want != NULL ? rows[i].want : "", "limit");
		if (rows[i].want == NULL) /* one value, cut, with its title around it */
			assert_in_range(seen.text.n, VALUE_MAX, VALUE_MAX + 100);
		buf_fini(&seen.text);
		buf_fini(&text);
	}
}

/* Rows come out the same wherever the chunks cut them. */
static void test_chunks(void **state)
{
	static const char *const row[] = {
	    "\"a\r\n,\xc3\xa9\",b\r\n", MESSAGE "\"folder\":\"a ,\xc3\xa9\",\"subject\":\"b\"}\n"};

	(void)state;
	for (size_t shift = 0; shift < 120; shift++)
		for (size_t kind = 0; kind < 2; kind++) {
			struct buf text =
			    long_text(kind == 0 ? "Folder,Subject\n\"" : MESSAGE "\"x\":\"",
				65536 - 60 - shift, kind == 0 ? "\",\n" : "\"}\n");
			struct seen seen = {0};
			struct err err = ERR_INIT;
			uint64_t number = 0;
			struct span last;

			for (unsigned i = 0; i < 3; i++)
				buf_add_text(&text, row[kind]);
			if (read_saved(&seen, buf_span(&text), NULL, &number, &err) != 0)
				fail_msg("shift %zu: %s", shift, err.text);
			assert_int_equal(number, 4);
			last = span_from(buf_span(&seen.text),
			    span_find_text(buf_span(&seen.text), SPAN("#=2;")));
			assert_span_text(last,
			    "#=2;Folder=a ,\xc3\xa9;Subject=b;\n#=3;Folder=a ,\xc3\xa9;Subject=b;\n"
			    "#=4;Folder=a ,\xc3\xa9;Subject=b;\n",
			    row[kind]);
			buf_fini(&seen.text);
			buf_fini(&text);
		}
}

static void test_unreadable(void **state)
{
	struct column_list none = {0};
	struct err err = ERR_INIT;
	struct saved_job job = {
	    .in = fopen("/", "r"),
	    .name = "a folder",
	    .needed = &none,
	};

	(void)state;
	assert_non_null(job.in);
	assert_int_equal(saved_read(&job, &err), -1);
	assert_int_equal(err.code, ERR_IO);
	assert_non_null(strstr(err.text, "cannot read the saved report 'a folder': "));
	fclose(job.in);
}

/* The mark of a report that lacks a server is no message. */
static void test_incomplete(void **state)
{
	static const struct {
		struct span text;
		bool incomplete;
		uint64_t messages;
	} rows[] = {
	    {SPAN("#,From\r\n\"1\",\"a@example.com\"\r\n"), false, 1},
	    {SPAN("#,From\r\n\"1\",\"a@example.com\"\r\n"
		  "\"missing\",\"(missing: west.example.com: refused)\"\r\n"),
		true, 1},
	    {SPAN("#,From\r\n\"1\",\"(missing: west.example.com: refused)\"\r\n"), false, 1},
	    {SPAN("#,From\r\n\"missing\",\"\"\r\n"), true, 0},
	    /* What spreadsheets leave below the last row; without a number it may be a message. */
	    {SPAN("#,From\r\n1,a@example.com\r\n,\r\n,\r\n"), false, 1},
	    {SPAN("#,From\r\n,a@example.com\r\n"), false, 1},
	    {SPAN("To,From\r\n,\r\n"), false, 1},
	    {SPAN("{\"schema\":1,\"kind\":\"missing\",\"host\":\"h\",\"why\":\"w\"}\n"), true, 0},
	};

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		struct seen seen = {0};
		uint64_t number = 0;
		struct err err = ERR_INIT;

		assert_row(
		    read_saved(&seen, rows[i].text, NULL, &number, &err) == 0, rows[i].text.p);
		assert_row((seen.place.missing != NULL) == rows[i].incomplete, rows[i].text.p);
		assert_row(number == rows[i].messages, rows[i].text.p);
		buf_fini(&seen.text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_csv),
	    cmocka_unit_test(test_incomplete),
	    cmocka_unit_test(test_json),
	    cmocka_unit_test(test_refused),
	    cmocka_unit_test(test_needed_is_derived),
	    cmocka_unit_test(test_record),
	    cmocka_unit_test(test_limits),
	    cmocka_unit_test(test_chunks),
	    cmocka_unit_test(test_unreadable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
