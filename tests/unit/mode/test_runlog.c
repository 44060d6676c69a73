#include "tests/unit/table.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/buf.h"
#include "mode/runlog.h"

/* 2026-11-20, Europe/Berlin */
#define TWENTIETH ((time_t)1795129200)
#define DAY       ((time_t)24 * 60 * 60)

#define MAX_FOLDERS 4

/* In runlog.c: bytes of a text; a longer one ends in "...". */
#define MAX_TEXT 512

#define OUT "Caught (Outgoing)"

#define NO_COUNTS "found=0 reported=0 filtered=0 vanished=0 unreadable=0 "
#define NOTHING   NO_COUNTS "missing=0 bytes=0 seconds=0.000 tls=none"

static int set_zone(void **state)
{
	(void)state;
	setenv("TZ", "Europe/Berlin", 1);
	tzset();
	return 0;
}

/* Folders are those with a host. */
struct line {
	struct account_place folder[MAX_FOLDERS];
	struct account account;
	struct runlog runlog;
	const char *profile;
};

static struct span make_line(const struct line *line, struct buf *out)
{
	struct options *options = calloc(1, sizeof(*options));
	struct account_place folder[MAX_FOLDERS];
	struct account account = line->account;
	struct runlog runlog = line->runlog;

	assert_non_null(options);
	memcpy(folder, line->folder, sizeof(folder));
	account.place = folder;
	for (unsigned i = 0; i < MAX_FOLDERS && folder[i].host != NULL; i++) {
		bool another = i > 0 && strcmp(folder[i].host, folder[i - 1].host) != 0;

		folder[i].server = i > 0 ? folder[i - 1].server + another : 0;
		account.place_count++;
	}
	options->profile = line->profile;
	runlog.options = options;
	runlog.account = &account;
	buf_clear(out);
	runlog_add_line(&runlog, out);
	free(options);
	return buf_span(out);
}

static const char west[] = "west.example.com";
static const char east[] = "2001:db8::1";

static const struct {
	struct line line;
	const char *want;
	const char *why;
} line_rows[] = {
    {{.runlog = {.status = 78, .failure = "no such zone"}},
	"exit=78 " NOTHING " host=\"\" folder=\"\" error=\"no such zone\"",
	"a run that failed before it knew of any folder"},
    {{.folder = {{west, OUT, {37, 34, 3, 0, 0}, NULL}},
	 .account = {.has_period = true, .since = TWENTIETH, .until = TWENTIETH + DAY},
	 .runlog = {.bytes = 88126, .milliseconds = 412, .tls = "TLSv1.3"},
	 .profile = "west"},
	"exit=0 found=37 reported=34 filtered=3 vanished=0 unreadable=0 missing=0 "
	"bytes=88126 seconds=0.412 tls=TLSv1.3 "
	"since=2026-11-20T00:00:00+01:00 until=2026-11-21T00:00:00+01:00 "
	"profile=\"west\" host=\"west.example.com\" folder=\"Caught (Outgoing)\"",
	"the example of the manual"},
    {{.folder = {{west, OUT, {10, 4, 3, 2, 1}, NULL}, {west, "Caught", {5, 5, 0, 0, 0}, NULL}}},
	"exit=0 found=15 reported=9 filtered=3 vanished=2 unreadable=1 missing=0 bytes=0 "
	"seconds=0.000 tls=none host=\"west.example.com\" folder=\"Caught (Outgoing),Caught\"",
	"two folders of one host"},
    {{.folder = {{west, OUT, {1, 1, 0, 0, 0}, NULL}, {east, OUT, {2, 2, 0, 0, 0}, NULL}}},
	"exit=0 found=3 reported=3 filtered=0 vanished=0 unreadable=0 missing=0 bytes=0 "
	"seconds=0.000 tls=none host=\"west.example.com,2001:db8::1\" "
	"folder=\"Caught (Outgoing)\"",
	"a folder of two hosts"},
    {{.folder = {{west, OUT, {1, 1, 0, 0, 0}, NULL}, {west, "Caught", {0}, NULL},
	  {east, OUT, {0}, "refused"}, {east, "Caught", {0}, "refused"}},
	 .runlog = {.status = 75, .failure = "refused"}},
	"exit=75 found=1 reported=1 filtered=0 vanished=0 unreadable=0 missing=1 bytes=0 "
	"seconds=0.000 tls=none host=\"west.example.com,2001:db8::1\" "
	"folder=\"Caught (Outgoing),Caught\" error=\"refused\"",
	"two folders of two hosts, of which one is missing"},
    {{.folder = {{west, OUT, {0}, NULL}},
	 .account =
	     {.has_period = true, .new_only = true, .since = TWENTIETH, .until = TWENTIETH + 61}},
	"exit=0 " NOTHING " window=new until=2026-11-20T00:01:01+01:00 "
	"host=\"west.example.com\" folder=\"Caught (Outgoing)\"",
	"only what is new"},
    {{.account = {.saved = 3}, .profile = "west"},
	"exit=0 saved=3 missing=0 bytes=0 seconds=0.000 tls=none profile=\"west\"",
	"saved reports"},
    {{.folder = {{"day.csv", NULL, {0}, "not complete"}},
	 .account = {.saved = 3},
	 .runlog = {.status = 65, .failure = "not complete"}},
	"exit=65 saved=3 missing=1 bytes=0 seconds=0.000 tls=none error=\"not complete\"",
	"saved reports, of which one was not complete"},
    {{.runlog = {.bytes = UINT64_MAX, .milliseconds = 3600000}},
	"exit=0 " NO_COUNTS "missing=0 bytes=18446744073709551615 seconds=3600.000 tls=none "
	"host=\"\" folder=\"\"",
	"large numbers"},
    {{.runlog = {.milliseconds = 1007, .status = 128 + 15, .failure = "stopped by signal 15"}},
	"exit=143 " NO_COUNTS "missing=0 bytes=0 seconds=1.007 tls=none host=\"\" folder=\"\" "
	"error=\"stopped by signal 15\"",
	"a signal; milliseconds have three digits"},
};

static void test_lines(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, 0);
	for (size_t i = 0; i < TABLE_COUNT(line_rows); i++)
		assert_span_text(
		    make_line(&line_rows[i].line, &out), line_rows[i].want, line_rows[i].why);
	buf_fini(&out);
}

static const struct {
	const char *text;
	const char *want;
	const char *why;
} text_rows[] = {
    {"", "", "nothing"},
    {"refused", "refused", "plain"},
    {"B\xC3\xBCro", "B\xC3\xBCro", "UTF-8"},
    {"a\nexit=0", "a<U+000A>exit=0", "a newline cannot begin a line"},
    {"a\r\nb\tc", "a<U+000D><U+000A>b<U+0009>c", "other white space"},
    {"a\" exit=0 b=\"", "a\\\" exit=0 b=\\\"", "a quote cannot end the text"},
    {"a\\", "a\\\\", "a backslash cannot hide the closing quote"},
    {"a\\\"", "a\\\\\\\"", "both"},
    {"\x1B[2J\x1B]0;x\x07", "<U+001B>[2J<U+001B>]0;x<U+0007>", "control sequences"},
    {"%s%n%100$x%%", "%s%n%100$x%%", "no format"},
    {"\xC2\x9B"
     "31m",
	"<U+009B>31m", "C1"},
    {"\xE2\x80\xAE"
     "gpj",
	"<U+202E>gpj", "text that runs the other way"},
    {"\xE2\x80\xA8", "<U+2028>", "a line separator"},
    {"\xFF\xC3", "<FF><C3>", "not UTF-8"},
};

/* The same in each place where a text may stand. */
static void test_texts(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, 0);
	for (size_t i = 0; i < TABLE_COUNT(text_rows); i++) {
		const char *text = text_rows[i].text;
		const struct line line = {
		    .folder = {{text, text, {0}, NULL}},
		    .runlog = {.failure = text, .status = 75},
		    .profile = text,
		};
		struct buf want;

		buf_init(&want, 0);
		buf_printf(&want,
		    "exit=75 " NOTHING " profile=\"%s\" host=\"%s\" folder=\"%s\" error=\"%s\"",
		    text_rows[i].want, text_rows[i].want, text_rows[i].want, text_rows[i].want);
		assert_span_text(make_line(&line, &out), buf_string(&want), text_rows[i].why);
		buf_fini(&want);
	}
	buf_fini(&out);
}

static void test_long_texts(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, 0);
	for (size_t n = MAX_TEXT - 1; n <= MAX_TEXT + 2; n++) {
		static char text[MAX_TEXT + 3];
		const struct line line = {.runlog = {.failure = text, .status = 75}};
		size_t shown = n <= MAX_TEXT ? n : MAX_TEXT;
		struct buf want;

		memset(text, '"', n);
		text[n] = '\0';
		buf_init(&want, 0);
		buf_add_text(&want, "error=\"");
		for (size_t i = 0; i < shown; i++)
			buf_add_text(&want, "\\\"");
		buf_add_text(&want, n > MAX_TEXT ? "...\"" : "\"");
		make_line(&line, &out);
		if (span_find_text(buf_span(&out), buf_span(&want)) == SPAN_NPOS)
			fail_msg("%zu bytes: no %s in %s", n, buf_string(&want), buf_string(&out));
		buf_fini(&want);
	}
	buf_fini(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_lines),
	    cmocka_unit_test(test_texts),
	    cmocka_unit_test(test_long_texts),
	};

	return cmocka_run_group_tests(tests, set_zone, NULL);
}
