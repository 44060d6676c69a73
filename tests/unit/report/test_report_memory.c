/*
 * From saved reports to reports when memory runs out: each allocation in turn
 * fails, alone or with all that follow. The run ends with an error, or its
 * output is the usual one. The linker wraps malloc(3) and others (--wrap);
 * jansson and libcsv use allocators of ours.
 */
#include <stdio.h>

#include "tests/unit/failing_memory.h"
#include "calendar/period.h"
#include "record/account.h"
#include "group/group.h"
#include "group/group_set.h"
#include "source/saved/saved.h"
#include "tests/unit/table.h"

enum { CSV, DISPLAY, JSON, HTML, GROUP_CSV, GROUP_DISPLAY, GROUP_JSON, IDENTITIES, OUTPUTS };

struct output {
	FILE *file;
	char *text;
	size_t n;
};

struct run {
	struct group_set *groups;
	struct sink *sinks;
	struct output output[OUTPUTS];
	struct column_list columns;
};

static const struct group_limits limits = {.top = 2};

static struct sink *make_sink(struct run *run, unsigned which, struct err *err)
{
	static const struct sink_csv_options csv = {.delimiter = ','};
	static const struct sink_display_options display = {.delimiter = ','};
	static const struct sink_table_options table = {.width = 100};
	const struct sink_html_options html = {.limits = &limits};
	const struct column_list key = {
	    .count = which == IDENTITIES ? 3 : 1,
	    .column = {which == IDENTITIES ? COLUMN_DOMAIN : COLUMN_IDENTITY, COLUMN_IP_USERNAME,
		COLUMN_IDENTITY},
	};
	FILE *out = run->output[which].file;
	struct grouping *grouping;

	switch (which) {
	case CSV:
		return sink_csv_new(out, &run->columns, &csv, err);
	case DISPLAY:
		return sink_display_new(out, &run->columns, &display, err);
	case JSON:
		return sink_json_new(out, err);
	case HTML:
		return sink_html_new(out, run->groups, &html, err);
	default:
		break;
	}
	grouping = group_set_get(run->groups, &key, err);
	if (grouping == NULL)
		return NULL;
	if (which == GROUP_CSV)
		return sink_group_csv_new(out, grouping, &limits, &csv, err);
	if (which == GROUP_DISPLAY)
		return sink_group_display_new(out, grouping, &limits, &table, err);
	if (which == GROUP_JSON)
		return sink_group_json_new(out, grouping, &limits, err);
	return sink_identity_report_new(out, grouping, false, err);
}

static int make_sinks(struct run *run, struct err *err)
{
	struct sink **end = &run->sinks;

	run->groups = group_set_new(err);
	if (run->groups == NULL)
		return -1;
	for (unsigned i = 0; i < OUTPUTS; i++) {
		*end = make_sink(run, i, err);
		if (*end == NULL)
			return -1;
		end = &(*end)->next;
	}
	return 0;
}

static int read_text(struct report *report, struct span text, struct err *err)
{
	const struct column_list needed = {.count = 1, .column = {COLUMN_IDENTITY}};
	struct account_place place = {.host = "day"};
	FILE *in = tmpfile();
	struct saved_job job = {
	    .in = in,
	    .name = "day",
	    .needed = &needed,
	    .report = report,
	    .place = &place,
	};
	int result;

	assert_non_null(in);
	assert_int_equal(fwrite(text.p, 1, text.n, in), text.n);
	rewind(in);
	result = saved_read(&job, err);
	fclose(in);
	return result;
}

static const struct span inputs[] = {
    SPAN("#,From,To,Subject,Auth-User,PHP script,Source IP,Date\r\n"
	 "1,a@parcel.example,\"=1\",\"'=1\",00491,parcel.example/m.php,192.0.2.1,"
	 "2026-02-10T12:00:00+01:00\r\n"
	 "2,b@example.com,c@example.net,\"\x1b$BF|K\\\x1b(B\",b@example.com,,192.0.2.2,\r\n"),
    SPAN("{\"schema\":1,\"kind\":\"message\",\"from\":\"a@parcel.example\",\"to\":"
	 "\"r@example.net, s@example.net\",\"subject\":\"Zo\xc3\xab \\u00e9 parcel\","
	 "\"auth_user\":\"parcel@example.com\",\"auth_sender\":\"\",\"vhost\":\"\","
	 "\"x_source_dir\":\"\",\"php_script\":\"\",\"qmail_uid\":\"10017\","
	 "\"ip_username\":\"192.0.2.7\",\"source_ip\":\"192.0.2.7\","
	 "\"date\":\"2026-02-11T00:00:00Z\",\"identity\":\"parcel@example.com\"}\n"
	 "{\"schema\":1,\"kind\":\"missing\",\"host\":\"h\",\"why\":\"w\"}\n"),
};

static int run_all(struct run *run, struct err *err)
{
	struct account_place gone = {.host = "mail.example.com", .missing = "gone"};
	struct account account = {.saved = 2, .place_count = 1, .place = &gone};
	struct report report;
	int result;

	*run = (struct run){0};
	assert_int_equal(column_list_parse("all", &run->columns, err), 0);
	for (unsigned i = 0; i < OUTPUTS; i++) {
		struct output *output = &run->output[i];

		output->file = open_memstream(&output->text, &output->n);
		assert_non_null(output->file);
	}
	result = make_sinks(run, err);
	report_init(&report, &(const struct report_parts){
				 .groups = run->groups, .sinks = run->sinks, .account = &account});
	for (unsigned i = 0; i < TABLE_COUNT(inputs) && result == 0; i++)
		result = read_text(&report, inputs[i], err);
	if (result == 0)
		result = report_end(&report, err);
	report_fini(&report);
	sink_free(run->sinks);
	group_set_free(run->groups);
	for (unsigned i = 0; i < OUTPUTS; i++)
		fclose(run->output[i].file);
	return result;
}

static void free_outputs(struct run *run)
{
	for (unsigned i = 0; i < OUTPUTS; i++)
		free(run->output[i].text);
}

/* False when the run needs no more than i allocations. */
static bool run_short_of_memory(const struct run *whole, unsigned i)
{
	struct err err = ERR_INIT;
	struct run run;
	int result;

	refused = 0;
	allowed = i;
	result = run_all(&run, &err);
	allowed = NEVER;
	if (result != 0 && (err.code != ERR_SYSTEM || strcmp(err.text, "out of memory") != 0))
		fail_msg("allocation %u: code %d: %s", i, (int)err.code, err.text);
	for (unsigned k = 0; k < OUTPUTS && result == 0; k++)
		if (run.output[k].n != whole->output[k].n ||
		    memcmp(run.output[k].text, whole->output[k].text, run.output[k].n) != 0)
			fail_msg("allocation %u: no error, and output %u is:\n%s", i, k,
			    run.output[k].text);
	free_outputs(&run);
	return refused > 0;
}

static void test_each_allocation(void **state)
{
	struct err err = ERR_INIT;
	struct run whole;
	unsigned i;

	(void)state;
	assert_int_equal(period_set_zone("Europe/Berlin", &err), 0);
	if (run_all(&whole, &err) != 0)
		fail_msg("%s", err.text);
	for (alone = true, i = 0; run_short_of_memory(&whole, i);)
		i++;
	assert_true(i > 100);
	for (alone = false, i = 0; run_short_of_memory(&whole, i);)
		i++;
	free_outputs(&whole);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_each_allocation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
