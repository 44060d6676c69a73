#include <stdint.h>

#include "base/utf8.h"
#include "check.h"
#include "report/saved.h"

#define NAME "seed"

/* A derived identity is longer than a value by what stands around it: "uid ", "@" and a host. */
#define VALUE_MOST ((size_t)2 * (8 * 1024 + 3) + 8)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int check_record(struct sink *sink, const struct record *record, struct err *err)
{
	const uint32_t all = (UINT32_C(1) << COLUMN_COUNT) - 1;

	(void)sink;
	(void)err;
	CHECK((record->absent & ~all) == 0);
	for (unsigned i = 0; i < COLUMN_COUNT; i++) {
		struct span value = record->value[i];
		uint32_t c = 0;

		CHECK(value.n == 0 || (record->absent & (UINT32_C(1) << i)) == 0);
		CHECK(value.n <= VALUE_MOST);
		CHECK(utf8_valid(value));
		for (size_t at = 0; at < value.n;) {
			at += utf8_next(span_from(value, at), &c);
			CHECK(!utf8_is_control(c));
		}
	}
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct sink_ops ops = {.name = "check", .record = check_record};
	struct column_list needed = {0};
	struct sink sink = {.ops = &ops};
	struct err err = ERR_INIT;
	uint64_t number = 0;
	bool incomplete = false;
	struct saved_job job = {.name = NAME,
	    .needed = &needed,
	    .sinks = &sink,
	    .number = &number,
	    .incomplete = &incomplete};

	/* fmemopen(3) only reads in this mode. */
	job.in = size > 0 ? fmemopen((void *)(uintptr_t)data, size, "r") : tmpfile();
	if (job.in == NULL)
		return 0;
	if (saved_read(&job, &err) != 0) {
		CHECK(err.code == ERR_DATA);
		CHECK(span_starts_nocase(span_of(err.text), SPAN(NAME ", line ")));
	}
	fclose(job.in);
	return 0;
}
