#include "tests/unit/grouping_sink.h"

#include "sink/formats.h"

/* What cut and awk see of a job's rows: the whole text. */
static struct format_job job_of(const char *columns)
{
	struct format_job job = {.delimiter = ';', .bom = true};
	struct err err = ERR_INIT;

	assert_int_equal(column_list_parse(columns, &job.columns, &err), 0);
	return job;
}

/* The lines of a message whose values have all that a line could be broken with. */
static struct span write_message(
    struct written *written, const struct format_job *job, const struct account *account)
{
	struct record record = {.number = 1};
	struct err err = ERR_INIT;
	struct sink *sink;

	written_open(written);
	sink = sink_tsv_open(written->out, job, &err);
	assert_non_null(sink);
	record.value[COLUMN_NUMBER] = SPAN("1");
	record.value[COLUMN_IDENTITY] = SPAN("00491234");
	record.value[COLUMN_SUBJECT] = SPAN("=1+1\t\"x\"\r\n y");
	assert_int_equal(sink_record(sink, &record, &err), 0);
	assert_int_equal(sink_end(sink, account, &err), 0);
	sink_free(sink);
	assert_int_equal(fclose(written->out), 0);
	return (struct span){written->p, written->n};
}

static void test_messages(void **state)
{
	struct account_place place = {.host = "west.example.com", .missing = "no\tanswer"};
	const struct account missing = {.place_count = 1, .place = &place};
	struct format_job job = job_of("#,Identity,Subject");
	struct written written;

	(void)state;
	assert_span_text(write_message(&written, &job, &missing),
	    "#\tIdentity\tSubject\n"
	    "1\t00491234\t'=1+1 \"x\"   y\n"
	    "missing\t(missing: west.example.com: no answer)\t\n",
	    "a line each; neither delimiter nor mark of the CSV");
	written_free(&written);
	job.raw = true;
	assert_span_text(write_message(&written, &job, &(const struct account){0}),
	    "#\tIdentity\tSubject\n1\t00491234\t=1+1 \"x\"   y\n", "no guard; still one line");
	written_free(&written);
}

static void test_groups(void **state)
{
	static const struct message messages[] = {
	    {.identity = "bob@example.com", .subject = "a\tb", .uid = 7},
	    {.identity = "bob@example.com", .subject = "c", .uid = 8},
	    {.identity = "-eve@example.org", .uid = 10},
	};
	struct format_job job = job_of("default");
	struct grouping_sink counted;
	struct err err = ERR_INIT;
	struct written written;

	(void)state;
	grouping_sink_open(&counted, "Identity");
	grouping_sink_add_all(&counted, messages, TABLE_COUNT(messages));
	job.grouping = counted.grouping;
	written_open(&written);
	assert_span_text(written_end(&written, sink_tsv_open(written.out, &job, &err)),
	    "Count\tPercent\tIdentity\tFirst seen\tLast seen\tRecipients\tSource IPs\tSubjects\t"
	    "Top PHP script\tTop PHP script percent\tTop source IP\tTop source IP percent\t"
	    "Sample subject\tSample UID\tIdentity kind\tLogin IPs\tCallers\n"
	    "2\t66.7\tbob@example.com\t\t\t0\t0\t2\t\t\t\t\ta b\t7\t\t0\t0\n"
	    "1\t33.3\t'-eve@example.org\t\t\t0\t0\t0\t\t\t\t\t\t10\t\t0\t0\n",
	    "a line a group");
	written_free(&written);
	grouping_sink_close(&counted);
}

static void test_full_disk(void **state)
{
	struct format_job job = job_of("default");
	FILE *full = fopen("/dev/full", "w");
	struct err err = ERR_INIT;

	(void)state;
	assert_non_null(full);
	assert_disk_is_full(sink_tsv_open(full, &job, &err), full);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_messages),
	    cmocka_unit_test(test_groups),
	    cmocka_unit_test(test_full_disk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
