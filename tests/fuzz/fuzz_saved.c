#include <stdint.h>

#include "base/utf8.h"
#include "check.h"
#include "mail/value.h"
#include "source/saved/saved.h"

#define NAME "seed"

/* A derived identity is longer than a value by what stands around it: "uid ", "@" and a host. */
#define VALUE_MOST ((size_t)2 * (8 * 1024 + 3) + 8)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Checks the records, and keeps what they hold. */
struct check {
	struct sink sink;
	struct buf text;
	bool is_long; /* a value would be cut once more */
};

static int check_record(struct sink *sink, const struct record *record, struct err *err)
{
	struct check *check = (struct check *)sink;

	(void)err;
	CHECK(!column_set_has(&record->absent, COLUMN_NUMBER));
	for (unsigned i = 0; i < COLUMN_COUNT; i++) {
		struct span value = record->value[i];
		uint32_t c = 0;

		CHECK(value.n == 0 || !column_set_has(&record->absent, i));
		CHECK(value.n <= VALUE_MOST);
		CHECK(utf8_valid(value));
		check->is_long = check->is_long || value.n > VALUE_MAX;
		buf_add(&check->text, value);
		buf_add_char(&check->text, '\n');
		for (size_t at = 0; at < value.n;) {
			at += utf8_next(span_from(value, at), &c);
			CHECK(!utf8_is_control(c));
		}
	}
	return 0;
}

static const struct sink_ops check_ops = {.name = "check", .record = check_record};

static int read_file(FILE *in, struct sink *sinks, struct err *err)
{
	const struct column_list needed = {0};
	struct account_place place = {.host = NAME};
	struct report report;
	const struct saved_job job = {
	    .in = in, .name = NAME, .needed = &needed, .report = &report, .place = &place};
	int result;

	report_init(&report, &(const struct report_parts){.sinks = sinks});
	result = saved_read(&job, err);
	CHECK(report.number == place.counts.reported);
	report_fini(&report);
	return result;
}

/* What was written as CSV comes back as it was. */
static void check_again(const struct check *first, const char *csv, size_t n)
{
	struct check again = {.sink = {.ops = &check_ops}};
	struct err err = ERR_INIT;
	FILE *in = fmemopen((void *)(uintptr_t)csv, n, "r");

	CHECK(in != NULL);
	CHECK(read_file(in, &again.sink, &err) == 0);
	CHECK(span_eq(buf_span(&first->text), buf_span(&again.text)));
	fclose(in);
	buf_fini(&again.text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct sink_csv_options options = {.delimiter = ','};
	struct check check = {.sink = {.ops = &check_ops}};
	struct column_list columns = {.count = COLUMN_COUNT};
	struct err err = ERR_INIT;
	char *csv = NULL;
	size_t n = 0;
	FILE *out = open_memstream(&csv, &n);
	/* fmemopen(3) only reads in this mode. */
	FILE *in = size > 0 ? fmemopen((void *)(uintptr_t)data, size, "r") : tmpfile();
	int result;

	CHECK(in != NULL && out != NULL);
	for (unsigned i = 0; i < COLUMN_COUNT; i++)
		columns.column[i] = (enum column)i;
	check.sink.next = sink_csv_new(out, &columns, &options, &err);
	result = read_file(in, &check.sink, &err);
	sink_free(check.sink.next);
	fclose(in);
	fclose(out);
	if (result == 0 && !check.is_long)
		check_again(&check, csv, n);
	if (result != 0) {
		CHECK(err.code == ERR_DATA);
		CHECK(span_starts_nocase(span_of(err.text), SPAN(NAME ", line ")));
	}
	free(csv);
	buf_fini(&check.text);
	return 0;
}
