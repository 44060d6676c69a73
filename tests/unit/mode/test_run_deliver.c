/*
 * The last step of a run, with an output that is no stream: a store in memory, which notes what
 * becomes of it. When any output fails nothing is delivered, and --new-only reports the same
 * messages again.
 */
#include "tests/unit/state_place.h"

#include <string.h>

#include "mode/run_parts.h"
#include "report/report.h"

#define KEY "test:place"

/* Where the store fails. */
enum refusal { NOWHERE, AT_BEGIN, AT_RECORD, AT_END, AT_FINISH, AT_COMMIT };

struct memory {
	struct delivery delivery;
	struct sink sink;
	enum refusal refuses;
	struct buf events;
};

static struct memory memory;

static int memory_note(const char *event, enum refusal stage, struct err *err)
{
	buf_add_text(&memory.events, event);
	if (memory.refuses == stage)
		return err_set(err, ERR_TEMPORARY, "the store is away");
	return 0;
}

static int memory_record(struct sink *sink, const struct record *record, struct err *err)
{
	char event[40];

	(void)sink;
	snprintf(event, sizeof(event), "%.*s ", (int)record->value[COLUMN_NUMBER].n,
	    record->value[COLUMN_NUMBER].p);
	return memory_note(event, AT_RECORD, err);
}

static int memory_end(struct sink *sink, const struct account *account, struct err *err)
{
	(void)sink;
	assert_int_equal(account->place_count, 1);
	return memory_note("end ", AT_END, err);
}

static void memory_sink_free(struct sink *sink)
{
	struct err unused;

	(void)sink;
	memory_note("close ", NOWHERE, &unused);
}

static int memory_finish(struct delivery *delivery, struct err *err)
{
	assert_ptr_equal(delivery, &memory.delivery);
	return memory_note("finish ", AT_FINISH, err);
}

/* Nothing else has happened yet. */
static int memory_commit(struct delivery *delivery, struct err *err)
{
	assert_ptr_equal(delivery, &memory.delivery);
	assert_false(is_there("report.csv"));
	assert_false(is_there(JOURNAL));
	assert_false(is_there("sent"));
	return memory_note("commit ", AT_COMMIT, err);
}

static void memory_free(struct delivery *delivery)
{
	struct err unused;

	assert_ptr_equal(delivery, &memory.delivery);
	memory_note("free", NOWHERE, &unused);
}

static int memory_begin(const char *given, const struct format_job *job, struct sink **sink_r,
    struct delivery **delivery_r, struct err *err)
{
	static const struct sink_ops sink_ops = {
	    .name = "memory",
	    .record = memory_record,
	    .end = memory_end,
	    .free = memory_sink_free,
	};
	static const struct delivery_ops delivery_ops = {
	    .finish = memory_finish,
	    .commit = memory_commit,
	    .free = memory_free,
	};

	assert_int_equal(job->columns.count, 1);
	assert_string_equal(given, "memory");
	if (memory_note("begin ", AT_BEGIN, err) != 0)
		return -1;
	memory.sink = (struct sink){.ops = &sink_ops};
	memory.delivery = (struct delivery){.ops = &delivery_ops};
	*sink_r = &memory.sink;
	*delivery_r = &memory.delivery;
	return 0;
}

/* The row of the table. */
static const struct format memory_format = {.begin = memory_begin, .can = FORMAT_CAN_FILE};

static bool progress(
    const struct source *source, const struct account_place *at, struct state *now_r)
{
	(void)source;
	(void)at;
	*now_r = state_at("new 9");
	return true;
}

static const struct source_ops source_ops = {.name = "test", .progress = progress};

/* What a run is made of. */
struct delivering {
	struct account_place at;
	struct account account;
	struct outputs outputs;
	struct state_store *store; /* NULL: no --new-only */
};

static void delivering_open(struct delivering *run, const char *file, bool new_only)
{
	static struct format_request requests[FORMAT_COUNT];

	requests[FORMAT_CSV] = (struct format_request){.wanted = true, .file = file};
	*run = (struct delivering){
	    .at = {.host = "quarantine.example.com", .name = "Caught", .key = KEY},
	    .account = {.made = 1770766200, .place_count = 1, .new_only = new_only},
	    .store = new_only ? open_store("default") : NULL,
	};
	run->account.place = &run->at;
	outputs_init(&run->outputs,
	    &(const struct outputs_settings){
		.requests = requests,
		.form = {.columns = {.count = 1, .column = {COLUMN_NUMBER}}, .delimiter = ','},
		.identities = true,
		.account = &run->account,
	    });
}

static int delivering_read(struct delivering *run, struct err *err)
{
	struct report report;
	int result = 0;

	report_init(&report, &(const struct report_parts){.groups = run->outputs.groups,
				 .sinks = run->outputs.sinks,
				 .account = &run->account});
	for (unsigned i = 0; i < 2 && result == 0; i++) {
		struct record record = {.place = &run->at};

		result = report_take_record(&report, &record, err);
		run->at.counts.found++;
	}
	if (result == 0)
		result = report_end(&report, err);
	report_fini(&report);
	return result;
}

static int delivering_run(struct delivering *run, struct err *err)
{
	static const char *const to[] = {"noc@example.com"};
	struct source source = {&source_ops};
	const struct run_news news = {run->store, &source};
	const struct letter_settings letter = {.to = to, .to_count = 1, .sendmail = sendmail};

	if (outputs_open_files(&run->outputs, err) != 0 ||
	    outputs_open(&run->outputs, &memory_format, "memory", err) != 0 ||
	    outputs_open_display(&run->outputs, err) != 0 || delivering_read(run, err) != 0)
		return -1;
	return run->store != NULL ? run_deliver_new(&run->outputs, &letter, &news, err)
				  : run_deliver(&run->outputs, &letter, err);
}

static void delivering_close(struct delivering *run)
{
	outputs_fini(&run->outputs);
	state_close(run->store);
}

static const struct row {
	const char *label;
	enum refusal refuses;
	const char *file;
	const char *events;
	int status;
} rows[] = {
    {"all is well", NOWHERE, "report.csv", "begin 1 2 end finish commit close free", 0},
    {"it cannot be opened", AT_BEGIN, "report.csv", "begin ", 75},
    {"a record is refused", AT_RECORD, "report.csv", "begin 1 close free", 75},
    {"its end is refused", AT_END, "report.csv", "begin 1 2 end close free", 75},
    {"it cannot be finished", AT_FINISH, "report.csv", "begin 1 2 end finish close free", 75},
    {"it does not acknowledge", AT_COMMIT, "report.csv", "begin 1 2 end finish commit close free",
	75},
    {"another output fails", NOWHERE, "/dev/full", "begin 1 2 close free", 74},
};

static void check_row(const struct row *row, bool new_only)
{
	struct err err = ERR_INIT;
	struct delivering run;
	int result;

	memory = (struct memory){.refuses = row->refuses};
	buf_init(&memory.events, 0);
	delivering_open(&run, row->file, new_only);
	result = delivering_run(&run, &err);
	delivering_close(&run);
	if (result != (row->status == 0 ? 0 : -1) ||
	    (result != 0 && err_exit_status(&err) != row->status))
		fail_msg("%s: %d, %s", row->label, result, err.text);
	assert_span_text(buf_span(&memory.events), row->events, row->label);
	assert_int_equal(is_there("report.csv"), result == 0);
	assert_int_equal(is_there("sent"), result == 0);
	if (new_only) {
		run.store = open_store("default");
		assert_string_equal(load(run.store, KEY).position.text, result == 0 ? "new 9" : "");
		state_close(run.store);
	}
	buf_fini(&memory.events);
}

static void test_store(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		check_row(&rows[i], false);
		remove("report.csv");
		remove("sent");
	}
}

static void test_store_of_news(void **state)
{
	(void)state;
	for (size_t i = TABLE_COUNT(rows); i-- > 0;)
		check_row(&rows[i], true);
}

/* The letter has the files; the store is none. */
static void test_letter(void **state)
{
	struct err err = ERR_INIT;
	struct delivering run;

	(void)state;
	memory = (struct memory){.refuses = NOWHERE};
	delivering_open(&run, "report.csv", false);
	assert_int_equal(delivering_run(&run, &err), 0);
	assert_non_null(strstr(read_text("sent"), "report.csv"));
	assert_null(strstr(read_text("sent"), "memory"));
	delivering_close(&run);
	buf_fini(&memory.events);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_store, enter_place, leave_place),
	    cmocka_unit_test_setup_teardown(test_store_of_news, enter_place, leave_place),
	    cmocka_unit_test_setup_teardown(test_letter, enter_place, leave_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
