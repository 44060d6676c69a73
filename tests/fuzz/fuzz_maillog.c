#include <stdint.h>

#include "base/utf8.h"
#include "check.h"
#include "source/maillog/maillog.h"
#include "source/maillog/maillog_kind.h"

/* 2026-11-26 12:00:00 UTC */
#define ANCHOR ((time_t)1795694400)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int check_record(struct sink *sink, const struct record *record, struct err *err)
{
	(void)sink;
	(void)err;
	for (unsigned i = 0; i < COLUMN_COUNT; i++) {
		struct span value = record->value[i];
		uint32_t c = 0;

		CHECK(value.n == 0 || !column_set_has(&record->absent, i));
		CHECK(utf8_valid(value));
		for (size_t at = 0; at < value.n;) {
			at += utf8_next(span_from(value, at), &c);
			CHECK(!utf8_is_control(c));
		}
	}
	return 0;
}

static const struct sink_ops check_ops = {.name = "check", .record = check_record};

/* A byte 255 ends a file, and begins the next: see check_log(). */
static void feed(struct maillog *log, struct account_place *place, struct span text)
{
	struct err err = ERR_INIT;

	maillog_begin(log, place, ANCHOR);
	maillog_set_host(log, SPAN("web1"));
	while (text.n > 0) {
		size_t end = span_find(text, '\n');

		CHECK(maillog_take(log, span_head(text, end), end == SPAN_NPOS, &err) == 0);
		text = span_from(text, end != SPAN_NPOS ? end + 1 : text.n);
	}
	CHECK(maillog_end_file(log, &err) == 0);
}

static void check_log(struct span text, bool failed_logins)
{
	struct sink sink = {.ops = &check_ops};
	struct account_place place = {.host = "seed"};
	struct err err = ERR_INIT;
	struct report report;
	const struct maillog_settings settings = {
	    .report = &report, .failed_logins = failed_logins, .filter_uid = 5001};
	const struct maillog_counts *counts;
	struct maillog *log;

	report_init(&report, &(const struct report_parts){.sinks = &sink});
	log = maillog_new(&settings, &err);
	CHECK(log != NULL);
	while (text.n > 0) {
		size_t end = span_find(text, '\xff');

		feed(log, &place, span_head(text, end));
		text = span_from(text, end != SPAN_NPOS ? end + 1 : text.n);
	}
	CHECK(maillog_end(log, &err) == 0);
	counts = maillog_counts(log);
	CHECK(counts->lines == counts->used + counts->other + counts->early + counts->odd +
				   counts->forged + counts->injected + counts->continued);
	CHECK(place.counts.found == report.number);
	maillog_free(log);
	report_fini(&report);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span text = {(const char *)data, size};

	(void)maillog_is_exim(text, true);
	(void)maillog_is_postfix(text, false);
	check_log(text, false);
	check_log(text, true);
	return 0;
}
