#include "tests/unit/table.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "sink/sink.h"

#define HEADER                                                                                     \
	"#,From,To,Reply-To,Qmail UID,Invoked for,IP/Username,Evidence,PHP script,Auth.sender,"    \
	"Auth-User,Auth-Email\n"

static const struct sink_display_options plain = {.delimiter = ','};

struct pipe_sink {
	struct sink *sink;
	FILE *out;
	int reader;
};

static void pipe_sink_open(
    struct pipe_sink *opened, const char *columns, const struct sink_display_options *options)
{
	struct err err = ERR_INIT;
	struct column_list list;
	int ends[2];

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	assert_int_equal(fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
	opened->reader = ends[0];
	opened->out = fdopen(ends[1], "w");
	assert_non_null(opened->out);
	assert_int_equal(column_list_parse(columns, &list, &err), 0);
	opened->sink = sink_display_new(opened->out, &list, options, &err);
	assert_non_null(opened->sink);
}

/* What has gone through the pipe by now. */
static void assert_shown(const struct pipe_sink *opened, const char *want, const char *why)
{
	char text[4096];
	ssize_t n = read(opened->reader, text, sizeof(text));

	assert_row(n >= 0, why);
	assert_span_text(((struct span){text, (size_t)n}), want, why);
}

static void pipe_sink_close(struct pipe_sink *opened)
{
	sink_free(opened->sink);
	fclose(opened->out);
	close(opened->reader);
}

static void test_flush_per_line(void **state)
{
	struct record record = {.number = 1};
	struct err err = ERR_INIT;
	struct pipe_sink opened;

	(void)state;
	pipe_sink_open(&opened, "default", &plain);
	record.value[COLUMN_NUMBER] = SPAN("1");
	record.value[COLUMN_FROM] = SPAN("\"Alice, Sales\" <alice@example.com>");
	record.value[COLUMN_EVIDENCE] = SPAN("=HYPERLINK()");
	record.value[COLUMN_AUTH_USER] = SPAN("a\xC2\x9B\x1B[2Jb");
	assert_int_equal(sink_record(opened.sink, &record, &err), 0);
	assert_shown(&opened,
	    HEADER "1,\"\"\"Alice, Sales\"\" <alice@example.com>\",,,,,,'=HYPERLINK(),,,"
		   "a<U+009B><U+001B>[2Jb,\n",
	    "the header row with the first line, at once");
	record.value[COLUMN_NUMBER] = SPAN("2");
	record.value[COLUMN_FROM] = SPAN("");
	record.value[COLUMN_EVIDENCE] = SPAN("");
	record.value[COLUMN_AUTH_USER] = SPAN("");
	assert_int_equal(sink_record(opened.sink, &record, &err), 0);
	assert_shown(&opened, "2,,,,,,,,,,,\n", "the second line at once");
	assert_int_equal(sink_end(opened.sink, &(const struct account){0}, &err), 0);
	pipe_sink_close(&opened);
}

/* A report of nothing has its header row too; what is missing comes last. */
static void test_empty(void **state)
{
	struct account_place place = {.host = "west.example.com", .missing = "no, \x1B"};
	const struct account account = {.place_count = 1, .place = &place};
	struct err err = ERR_INIT;
	struct pipe_sink opened;

	(void)state;
	pipe_sink_open(&opened, "default", &plain);
	assert_int_equal(sink_end(opened.sink, &account, &err), 0);
	assert_shown(&opened,
	    HEADER "missing,\"(missing: west.example.com: no, <U+001B>)\",,,,,,,,,,\n",
	    "a server is missing");
	pipe_sink_close(&opened);

	pipe_sink_open(&opened, "default", &plain);
	assert_int_equal(sink_end(opened.sink, &(const struct account){0}, &err), 0);
	assert_shown(&opened, HEADER, "no message");
	pipe_sink_close(&opened);
}

static void test_options(void **state)
{
	const struct sink_display_options options = {
	    .delimiter = ';', .raw = true, .ascii_only = true};
	struct record record = {.number = 1};
	struct err err = ERR_INIT;
	struct pipe_sink opened;

	(void)state;
	pipe_sink_open(&opened, "Subject,Notes", &options);
	record.value[COLUMN_SUBJECT] = SPAN("=\xC3\xBC");
	record.value[COLUMN_NOTES] = SPAN("a;b");
	assert_int_equal(sink_record(opened.sink, &record, &err), 0);
	assert_shown(&opened, "Subject;Notes\n=<U+00FC>;\"a;b\"\n", "semicolon, raw, ASCII");
	pipe_sink_close(&opened);
}

/* The reader of a pipe may go at any time: "| head -1". */
static void test_closed_pipe(void **state)
{
	struct record record = {.number = 1};
	struct err err = ERR_INIT;
	struct pipe_sink opened;

	(void)state;
	signal(SIGPIPE, SIG_IGN);
	pipe_sink_open(&opened, "default", &plain);
	close(opened.reader);
	opened.reader = -1;
	assert_int_equal(sink_record(opened.sink, &record, &err), -1);
	assert_int_equal(err_exit_status(&err), 74);
	assert_non_null(strstr(err.text, "Broken pipe"));
	pipe_sink_close(&opened);
}

static void test_full_disk(void **state)
{
	FILE *out = fopen("/dev/full", "w");
	struct err err = ERR_INIT;
	struct column_list list;
	struct sink *sink;

	(void)state;
	assert_non_null(out);
	assert_int_equal(column_list_parse("default", &list, &err), 0);
	sink = sink_display_new(out, &list, &plain, &err);
	assert_non_null(sink);
	assert_int_equal(sink_end(sink, &(const struct account){0}, &err), -1);
	assert_int_equal(err_exit_status(&err), 74);
	sink_free(sink);
	fclose(out);
}

/* Two sinks of one run get the same records; an error of the first is not lost. */
static void test_fan_out(void **state)
{
	struct record record = {.number = 1};
	struct err err = ERR_INIT;
	struct pipe_sink first;
	struct pipe_sink second;

	(void)state;
	pipe_sink_open(&first, "From", &plain);
	pipe_sink_open(&second, "To", &plain);
	first.sink->next = second.sink;
	record.value[COLUMN_FROM] = SPAN("a@example.com");
	record.value[COLUMN_TO] = SPAN("b@example.net");
	assert_int_equal(sink_record(first.sink, &record, &err), 0);
	assert_shown(&first, "From\na@example.com\n", "first");
	assert_shown(&second, "To\nb@example.net\n", "second");
	assert_int_equal(sink_end(first.sink, &(const struct account){0}, &err), 0);
	close(first.reader);
	first.reader = -1;
	assert_int_equal(sink_record(first.sink, &record, &err), -1);
	assert_int_equal(err.code, ERR_IO);
	second.sink = NULL; /* sink_free() takes the list */
	pipe_sink_close(&first);
	pipe_sink_close(&second);
}

/* Who sent it stands first, and no line is wider than the terminal. */
static void test_passing(void **state)
{
	static const struct {
		struct sink_passing_options options;
		const char *identity, *subject;
		bool is_bounce;
		const char *want;
	} rows[] = {
	    {{.width = 80}, "user@example.com", "Buy now", false,
		"11-20 00:00  user@example.com              account  Buy now\n"},
	    {{.width = 80, .has_hosts = true}, "web", "Buy what you have always wanted", true,
		"11-20 00:00  web                           bounce   Buy what you have always "
		"wa…\n"},
	    {{.width = 0, .ascii_only = true}, "web", "Buy what you have always wanted", false,
		"11-20 00:00  web                           account  Buy what you have always "
		"...\n"},
	    {{.width = 40}, "somebody-with-a-name@example.com", "Buy now", false,
		"11-20 00:00  somebody-with-a-name@examp…\n"},
	    {{.width = 60}, "somebody-with-a-name@example.com", "Buy now", false,
		"11-20 00:00  somebody-with-a-name@example.com  Buy now\n"},
	    {{.width = 120}, "", "Buy \033[2J now", false,
		"11-20 00:00  (none)                        account  a@example.net, b@exampl…  "
		"Buy <U+001B>[2J now\n"},
	    {{.width = 100, .has_hosts = true}, "\u732b@example.com", "Buy", false,
		"11-20 00:00  \u732b@example.com                account  mail.example.com      "
		"Buy\n"},
	    {{.width = 14}, "user@example.com", "Buy", false, "11-20 00:00\n"},
	};

	(void)state;
	setenv("TZ", "UTC", 1);
	tzset();
	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		struct sink_passing_options options = rows[i].options;
		struct record record = {
		    .internal_date = 1795132800, .is_bounce = rows[i].is_bounce};
		struct pipe_sink opened;
		struct err err = ERR_INIT;

		options.continued = true;
		record.value[COLUMN_DATE] = SPAN("known");
		record.value[COLUMN_IDENTITY] = span_of(rows[i].identity);
		record.value[COLUMN_IDENTITY_KIND] = SPAN("account");
		record.value[COLUMN_HOST] = SPAN("mail.example.com");
		record.value[COLUMN_TO] = SPAN("a@example.net, b@example.net");
		record.value[COLUMN_SUBJECT] = span_of(rows[i].subject);
		pipe_sink_open(&opened, "default", &plain);
		sink_free(opened.sink);
		opened.sink = sink_passing_new(opened.out, &options, &err);
		assert_non_null(opened.sink);
		assert_int_equal(sink_record(opened.sink, &record, &err), 0);
		assert_shown(&opened, rows[i].want, rows[i].want);
		pipe_sink_close(&opened);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_flush_per_line),
	    cmocka_unit_test(test_empty),
	    cmocka_unit_test(test_options),
	    cmocka_unit_test(test_closed_pipe),
	    cmocka_unit_test(test_full_disk),
	    cmocka_unit_test(test_fan_out),
	    cmocka_unit_test(test_passing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
