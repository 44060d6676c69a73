/*
 * The whole client against a server whose words are the input (wire.h): connection, login, and
 * then what --check or what a report asks, down to the records. The first byte says what is asked,
 * the second in how large pieces the answers come.
 */
#include <stdint.h>
#include <string.h>

#include "base/log.h"
#include "base/utf8.h"
#include "check.h"
#include "source/quarantine/folder.h"
#include "tests/support/wire.h"

#define FUZZ_USER     "user@example.com"
#define FUZZ_PASSWORD "marker"
#define FUZZ_FOLDER   "Caught (Outgoing)"

enum fuzz_wish {
	FUZZ_CHECK = 1,
	FUZZ_NEW_ONLY = 2,
	FUZZ_RESUMED = 4,
	FUZZ_NO_BOUNCE = 8,
	FUZZ_WHOLE_HEADERS = 16,
};

/* 2026-11-20, UTC. */
static const struct period fuzz_period = {1795132800, 1795219200};

static uint64_t fuzz_records;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int fuzz_take_record(struct sink *sink, const struct record *record, struct err *err)
{
	(void)sink;
	(void)err;
	CHECK(record->number == ++fuzz_records && record->uid != 0);
	for (unsigned i = 0; i < COLUMN_COUNT; i++)
		CHECK(utf8_valid(record->value[i]));
	return 0;
}

static void fuzz_check_counts(const struct account_counts *counts, struct span said, int result)
{
	uint64_t told = counts->reported + counts->filtered + counts->vanished + counts->unreadable;

	CHECK(counts->reported == fuzz_records);
	CHECK(told <= counts->found);
	if (result != 0)
		return;
	CHECK(told == counts->found);
	/* A report without these numbers would rest on nothing. */
	CHECK(span_find_text_nocase(said, SPAN("EXISTS")) != SPAN_NPOS);
	/* Without an answer to SEARCH the messages are listed by FETCH. */
	CHECK(!wire_was_searched() || span_find_text_nocase(said, SPAN("SEARCH")) != SPAN_NPOS ||
	      span_find_text_nocase(said, SPAN("FETCH")) != SPAN_NPOS);
}

static void fuzz_report(struct session *session, unsigned wish, struct span said)
{
	static const struct sink_ops ops = {.name = "check", .record = fuzz_take_record};
	static const struct reader_options options = {0};
	static struct reader *reader;
	struct account_place place = {.host = "quarantine.example.com", .name = FUZZ_FOLDER};
	struct filter bounces = filter_bounces();
	struct report report;
	struct folder_state state = {
	    .uidvalidity = wish & FUZZ_RESUMED ? 7 : 0,
	    .last_uid = wish & FUZZ_RESUMED ? 1 : 0,
	};
	const struct folder_state before = state;
	struct brand_set brands = {0};
	struct guessed_fields guessed = {0};
	struct sink sink = {.ops = &ops};
	struct err err = ERR_INIT;
	struct folder_job job = {
	    .session = session,
	    .place = &place,
	    .period = &fuzz_period,
	    .whole_headers = (wish & FUZZ_WHOLE_HEADERS) != 0,
	    .guessed = &guessed,
	    .brands = &brands,
	    .report = &report,
	    .state = wish & FUZZ_NEW_ONLY ? &state : NULL,
	};
	int result;

	if (reader == NULL && (reader = reader_new(&options, &err)) == NULL)
		return;
	job.reader = reader;
	report_init(&report, &(const struct report_parts){
				 .filters = wish & FUZZ_NO_BOUNCE ? &bounces : NULL,
				 .sinks = &sink,
			     });
	result = folder_run(&job, &err);
	report_fini(&report);
	CHECK(bounces.dropped == place.counts.filtered);
	fuzz_check_counts(&place.counts, said, result);
	if (result != 0)
		CHECK(err.code != ERR_NONE && err.code != ERR_SYSTEM && err.text[0] != '\0');
	if (state.uidvalidity == before.uidvalidity && result != 0)
		CHECK(state.last_uid == before.last_uid || state.last_uid > 0);
}

static void fuzz_describe(struct session *session)
{
	struct err err = ERR_INIT;
	struct buf out;

	buf_init(&out, 0);
	if (session_describe(session, &out, &err) == 0)
		CHECK(out.failed == 0 && utf8_valid(buf_span(&out)));
	buf_fini(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char password[] = FUZZ_PASSWORD;
	const struct secret secret = {.bytes = password, .n = sizeof(password) - 1};
	const struct tls_settings tls = {.mode = TLS_OFF, .port = 143};
	const struct session_settings settings = {
	    .stream = {.host = "127.0.0.1", .tls = &tls, .timeout = 1},
	    .username = FUZZ_USER,
	    .password = &secret,
	};
	struct session *session = NULL;
	struct err err = ERR_INIT;
	struct span input;

	if (size < 3)
		return 0;
	log_set_level(LOG_QUIET);
	fuzz_records = 0;
	input = (struct span){(const char *)data + 2, size - 2};
	wire_begin(input, (size_t)1 + data[1] * 16);
	if (session_open(&settings, &session, &err) == 0) {
		if (data[0] & FUZZ_CHECK)
			fuzz_describe(session);
		else
			fuzz_report(session, data[0], input);
		session_close(session, 0);
	}
	wire_end();
	return 0;
}
