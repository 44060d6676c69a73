/* The desk: filters, numbers, counts, groups, outputs, and many threads at once. */
#include "tests/unit/table.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "report/report.h"

#define THREADS  4
#define MESSAGES 500 /* of each thread */

/* An output that keeps its records as "NUMBER From Folder;". */
struct seen {
	struct sink sink;
	struct buf text;
	uint64_t records;
	uint64_t fail_at;          /* this record is refused; 0: none */
	struct grouping *grouping; /* counts each record before it comes here; NULL: none */
	unsigned missing;          /* as the account had it at the end */
	bool ended;
	bool explained;
};

static int seen_record(struct sink *sink, const struct record *record, struct err *err)
{
	struct seen *seen = (struct seen *)sink;

	if (++seen->records == seen->fail_at)
		return err_set(err, ERR_IO, "cannot write");
	if (record->number != 0) {
		uint64_t number = 0;

		span_number(record->value[COLUMN_NUMBER], &number);
		assert_int_equal(record->number, number);
	}
	buf_add(&seen->text, record->value[COLUMN_NUMBER]);
	buf_add_char(&seen->text, ' ');
	buf_add(&seen->text, record->value[COLUMN_FROM]);
	buf_add_char(&seen->text, ' ');
	buf_add(&seen->text, record->value[COLUMN_FOLDER]);
	buf_add_char(&seen->text, ';');
	if (seen->grouping != NULL)
		assert_int_equal(grouping_messages(seen->grouping), seen->records);
	seen->explained = record->explanation.n > 0;
	return 0;
}

static int seen_end(struct sink *sink, const struct account *account, struct err *err)
{
	struct seen *seen = (struct seen *)sink;
	unsigned next = 0;

	(void)err;
	seen->ended = true;
	while (account_next_missing(account, &next) != NULL)
		seen->missing++;
	return 0;
}

static const struct sink_ops seen_ops = {.name = "seen", .record = seen_record, .end = seen_end};

/* A desk with one place, one output, and the filters that a test gives it. */
struct desk {
	struct report report;
	struct seen seen;
	struct account account;
	struct account_place place;
	struct reader *reader;
};

static void desk_open(struct desk *desk, struct filter *filters, bool explain)
{
	const struct reader_options options = {.explain = explain};
	struct err err = ERR_INIT;

	*desk = (struct desk){
	    .seen = {.sink = {.ops = &seen_ops}},
	    .place = {.host = "quarantine.example.com", .name = "Caught"},
	    .account = {.place_count = 1},
	};
	desk->account.place = &desk->place;
	desk->reader = reader_new(&options, &err);
	assert_non_null(desk->reader);
	report_init(&desk->report, &(const struct report_parts){
				       .filters = filters,
				       .sinks = &desk->seen.sink,
				       .account = &desk->account,
				   });
}

static void desk_close(struct desk *desk)
{
	report_fini(&desk->report);
	reader_free(desk->reader);
	buf_fini(&desk->seen.text);
}

static int desk_take(struct desk *desk, const char *header, struct err *err)
{
	const struct message message = {
	    .header = span_of(header), .uid = 7, .when = 1770766200, .place = &desk->place};

	return report_take_message(&desk->report, desk->reader, &message, err);
}

#define BOUNCE "From: MAILER-DAEMON@example.com\r\n\r\n"

static bool keeps_no_carol(const struct filter *filter, const struct record *record)
{
	(void)filter;
	return span_find_text_nocase(record->value[COLUMN_FROM], SPAN("carol")) == SPAN_NPOS;
}

static void test_filters(void **state)
{
	struct filter carol = {.name = "carol", .keeps = keeps_no_carol};
	struct filter bounces = filter_bounces();
	struct err err = ERR_INIT;
	struct desk desk;

	(void)state;
	bounces.next = &carol;
	desk_open(&desk, &bounces, false);
	assert_int_equal(desk_take(&desk, "From: alice@example.com\r\n\r\n", &err), 0);
	assert_int_equal(desk_take(&desk, BOUNCE, &err), 0);
	assert_int_equal(desk_take(&desk, "From: carol@example.com\r\n\r\n", &err), 0);
	assert_int_equal(desk_take(&desk, "From: bob@example.com\r\n\r\n", &err), 0);
	assert_int_equal(desk_take(&desk, "From: MAILER-DAEMON@carol.example\r\n\r\n", &err), 0);
	assert_span_text(buf_span(&desk.seen.text),
	    "1 alice@example.com Caught;2 bob@example.com Caught;", "no number is left out");
	assert_int_equal(bounces.dropped, 2);
	assert_int_equal(carol.dropped, 1); /* the second bounce did not come to it */
	assert_int_equal(desk.place.counts.filtered, 3);
	assert_int_equal(desk.place.counts.reported, 2);
	desk_close(&desk);
}

/* A record is filtered, numbered and counted like a message. */
/* Who keeps all gets what filters leave out, whole; numbers and counts are those of the report. */
static void test_all(void **state)
{
	struct filter bounces = filter_bounces();
	struct seen all = {.sink = {.ops = &seen_ops}};
	struct err err = ERR_INIT;
	struct desk desk;

	(void)state;
	desk_open(&desk, &bounces, false);
	desk.report.all = &all.sink;
	assert_int_equal(desk_take(&desk, BOUNCE, &err), 0);
	assert_int_equal(desk_take(&desk, "From: bob@example.com\r\n\r\n", &err), 0);
	assert_span_text(buf_span(&desk.seen.text), "1 bob@example.com Caught;", "the report");
	assert_span_text(buf_span(&all.text),
	    " MAILER-DAEMON@example.com Caught; bob@example.com Caught;", "all");
	assert_int_equal(bounces.dropped, 1);
	assert_int_equal(desk.place.counts.filtered, 1);
	assert_int_equal(desk.place.counts.reported, 1);
	buf_fini(&all.text);
	desk_close(&desk);
}

static void test_records(void **state)
{
	struct filter bounces = filter_bounces();
	struct err err = ERR_INIT;
	struct desk desk;

	(void)state;
	desk_open(&desk, &bounces, false);
	for (unsigned i = 0; i < 4; i++) {
		struct record record = {.place = &desk.place, .is_bounce = i % 2 == 0};

		record.value[COLUMN_FROM] = i < 2 ? SPAN("a") : SPAN("b");
		assert_int_equal(report_take_record(&desk.report, &record, &err), 0);
		assert_int_equal(record.value[COLUMN_NUMBER].n, 0);
	}
	assert_int_equal(desk_take(&desk, "From: c@example.com\r\n\r\n", &err), 0);
	assert_span_text(
	    buf_span(&desk.seen.text), "1 a ;2 b ;3 c@example.com Caught;", "one numbering");
	assert_int_equal(bounces.dropped, 2);
	assert_int_equal(desk.place.counts.filtered, 2);
	desk_close(&desk);
}

/* A record that an output refuses is not reported, and leaves its number to the next. */
static void test_refused(void **state)
{
	struct err err = ERR_INIT;
	struct desk desk;

	(void)state;
	desk_open(&desk, NULL, false);
	desk.seen.fail_at = 2;
	assert_int_equal(desk_take(&desk, "From: a@example.com\r\n\r\n", &err), 0);
	assert_int_equal(desk_take(&desk, "From: b@example.com\r\n\r\n", &err), -1);
	assert_int_equal(err.code, ERR_IO);
	assert_int_equal(desk.place.counts.reported, 1);
	assert_int_equal(desk_take(&desk, BOUNCE, &err), 0);
	assert_span_text(buf_span(&desk.seen.text),
	    "1 a@example.com Caught;2 MAILER-DAEMON@example.com Caught;", "without a filter");
	desk_close(&desk);
}

static void test_explanation(void **state)
{
	struct err err = ERR_INIT;
	struct desk desk;

	(void)state;
	for (int wanted = 0; wanted < 2; wanted++) {
		desk_open(&desk, NULL, wanted != 0);
		assert_int_equal(desk_take(&desk, "From: a@example.com\r\n\r\n", &err), 0);
		assert_int_equal(desk.seen.explained, wanted);
		desk_close(&desk);
	}
}

static void test_groups_and_end(void **state)
{
	static const struct column_list key = {.count = 1, .column = {COLUMN_FROM}};
	struct err err = ERR_INIT;
	struct group_set *groups = group_set_new(&err);
	struct desk desk;

	(void)state;
	assert_non_null(groups);
	desk_open(&desk, NULL, false);
	desk.report.groups = groups;
	desk.seen.grouping = group_set_get(groups, &key, &err);
	assert_non_null(desk.seen.grouping);
	assert_int_equal(desk_take(&desk, "From: a@example.com\r\n\r\n", &err), 0);
	assert_int_equal(desk_take(&desk, "From: b@example.com\r\n\r\n", &err), 0);
	desk.place.missing = "refused";
	assert_false(desk.seen.ended);
	assert_int_equal(report_end(&desk.report, &err), 0);
	assert_true(desk.seen.ended);
	assert_int_equal(desk.seen.missing, 1);
	desk_close(&desk);
	group_set_free(groups);
}

struct worker {
	struct report *report;
	struct account_place place;
	int result;
};

static void *work(void *context)
{
	const struct reader_options options = {0};
	struct worker *worker = context;
	struct err err = ERR_INIT;
	struct reader *reader = reader_new(&options, &err);

	worker->result = reader != NULL ? 0 : -1;
	for (unsigned i = 0; i < MESSAGES && worker->result == 0; i++) {
		const struct message message = {
		    .header = i % 5 == 0 ? SPAN(BOUNCE) : SPAN("From: =?utf-8?q?a?= <a@b>\r\n\r\n"),
		    .uid = i + 1,
		    .place = &worker->place,
		};

		worker->result = report_take_message(worker->report, reader, &message, &err);
	}
	reader_free(reader);
	return NULL;
}

/* Numbers come in their order, each once, however many threads read. */
static void test_threads(void **state)
{
	struct filter bounces = filter_bounces();
	struct worker worker[THREADS];
	pthread_t thread[THREADS];
	const char *at;
	struct desk desk;

	(void)state;
	desk_open(&desk, &bounces, false);
	for (unsigned i = 0; i < THREADS; i++) {
		worker[i] =
		    (struct worker){.report = &desk.report, .place = {.host = "h", .name = "x"}};
		assert_int_equal(pthread_create(&thread[i], NULL, work, &worker[i]), 0);
	}
	for (unsigned i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_join(thread[i], NULL), 0);
		assert_int_equal(worker[i].result, 0);
		assert_int_equal(worker[i].place.counts.filtered, MESSAGES / 5);
		assert_int_equal(worker[i].place.counts.reported, MESSAGES - MESSAGES / 5);
	}
	assert_int_equal(bounces.dropped, THREADS * MESSAGES / 5);
	at = buf_string(&desk.seen.text);
	for (unsigned number = 1; number <= THREADS * (MESSAGES - MESSAGES / 5); number++) {
		assert_int_equal(strtoul(at, NULL, 10), number);
		at = strchr(at, ';') + 1;
	}
	assert_int_equal(*at, '\0');
	desk_close(&desk);
}

/* An output that waits until another message has been read, and a filter that shows when it has. */
struct meeting {
	struct sink sink;
	struct filter filter;
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	bool writing; /* the first message has come to the output */
	bool read;    /* the evidence in the second is known */
};

static struct meeting meeting = {
    .mutex = PTHREAD_MUTEX_INITIALIZER,
    .changed = PTHREAD_COND_INITIALIZER,
};

static int meeting_record(struct sink *sink, const struct record *record, struct err *err)
{
	(void)sink;
	(void)err;
	if (record->uid != 1)
		return 0;
	pthread_mutex_lock(&meeting.mutex);
	meeting.writing = true;
	pthread_cond_broadcast(&meeting.changed);
	while (!meeting.read)
		pthread_cond_wait(&meeting.changed, &meeting.mutex);
	pthread_mutex_unlock(&meeting.mutex);
	return 0;
}

static bool meeting_keeps(const struct filter *filter, const struct record *record)
{
	(void)filter;
	if (!span_eq(record->value[COLUMN_FROM], SPAN("second")))
		return true;
	pthread_mutex_lock(&meeting.mutex);
	meeting.read = true;
	pthread_cond_broadcast(&meeting.changed);
	pthread_mutex_unlock(&meeting.mutex);
	return true;
}

static void *write_first(void *context)
{
	struct desk *desk = context;
	const struct message message = {
	    .header = SPAN("From: first\r\n\r\n"), .uid = 1, .place = &desk->place};
	struct err err = ERR_INIT;

	return report_take_message(&desk->report, desk->reader, &message, &err) == 0 ? desk : NULL;
}

/* While a record is written, and the desk is locked, the next message is read. */
static void test_reads_while_writing(void **state)
{
	static const struct sink_ops ops = {.record = meeting_record};
	const struct reader_options options = {0};
	struct message message = {.header = SPAN("From: second\r\n\r\n"), .uid = 2};
	struct err err = ERR_INIT;
	struct reader *reader = reader_new(&options, &err);
	pthread_t thread;
	struct desk desk;
	void *result;

	(void)state;
	meeting.sink.ops = &ops;
	meeting.filter.keeps = meeting_keeps;
	desk_open(&desk, &meeting.filter, false);
	desk.report.sinks = &meeting.sink;
	message.place = &desk.place;
	alarm(60); /* otherwise a desk that cannot do it would hang */
	assert_int_equal(pthread_create(&thread, NULL, write_first, &desk), 0);
	pthread_mutex_lock(&meeting.mutex);
	while (!meeting.writing)
		pthread_cond_wait(&meeting.changed, &meeting.mutex);
	pthread_mutex_unlock(&meeting.mutex);
	assert_int_equal(report_take_message(&desk.report, reader, &message, &err), 0);
	assert_int_equal(pthread_join(thread, &result), 0);
	alarm(0);
	assert_non_null(result);
	assert_int_equal(desk.place.counts.reported, 2);
	reader_free(reader);
	desk_close(&desk);
}

/* In the place of the library's, for this program: the clock of the day is a day ahead. */
int clock_gettime(clockid_t clock, struct timespec *now)
{
	int result = (int)syscall(SYS_clock_gettime, clock, now);

	if (result == 0 && clock == CLOCK_REALTIME)
		now->tv_sec += 86400;
	return result;
}

static void *pause_soon(void *context)
{
	struct desk *desk = context;

	return report_pause_soon(&desk->report) ? desk : NULL;
}

/* Who waits for a busy desk does so by a clock that nobody sets. */
static void test_pauses_soon(void **state)
{
	pthread_t thread;
	struct desk desk;
	void *result;

	(void)state;
	desk_open(&desk, NULL, false);
	report_pause(&desk.report);
	alarm(60); /* otherwise it would take a day */
	assert_int_equal(pthread_create(&thread, NULL, pause_soon, &desk), 0);
	assert_int_equal(pthread_join(thread, &result), 0);
	alarm(0);
	assert_null(result);
	report_resume(&desk.report);
	assert_true(report_pause_soon(&desk.report));
	report_resume(&desk.report);
	desk_close(&desk);
}

/* A server is named once, whether one of its mailboxes is missing or all. */
static void test_account(void **state)
{
	static const struct {
		struct account_place place[4];
		const char *want;
	} rows[] = {
	    {{{.host = "a"}, {.host = "b", .server = 1}}, ""},
	    {{{.host = "a", .missing = "x"}, {.host = "a", .missing = "x"},
		 {.host = "b", .server = 1}},
		"a x;"},
	    {{{.host = "a"}, {.host = "a", .missing = "x"}, {.host = "b", .server = 1},
		 {.host = "b", .server = 1, .missing = "y"}},
		"a x;b y;"},
	    {{{.host = "same", .missing = "x"}, {.host = "same", .server = 1, .missing = "y"}},
		"same x;same y;"},
	};
	struct buf got;

	(void)state;
	buf_init(&got, 0);
	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		struct account_place copy[4];
		struct account account = {.place = copy};
		const struct account_place *place;
		unsigned next = 0;

		memcpy(copy, rows[i].place, sizeof(copy));
		while (account.place_count < 4 && copy[account.place_count].host != NULL)
			account.place_count++;
		buf_clear(&got);
		while ((place = account_next_missing(&account, &next)) != NULL)
			buf_printf(&got, "%s %s;", place->host, place->missing);
		assert_span_text(buf_span(&got), rows[i].want, rows[i].want);
		assert_int_equal(account_has_news(&account), rows[i].want[0] != '\0');
	}
	buf_fini(&got);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_filters),
	    cmocka_unit_test(test_all),
	    cmocka_unit_test(test_records),
	    cmocka_unit_test(test_refused),
	    cmocka_unit_test(test_explanation),
	    cmocka_unit_test(test_groups_and_end),
	    cmocka_unit_test(test_threads),
	    cmocka_unit_test(test_reads_while_writing),
	    cmocka_unit_test(test_pauses_soon),
	    cmocka_unit_test(test_account),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
