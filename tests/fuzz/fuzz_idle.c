/*
 * A folder that is followed, of a server whose words are the input (wire.h): it is looked at a few
 * times, and waited for in IDLE in between. The first byte says how often, the second in how large
 * pieces the answers come.
 */
#include <stdint.h>
#include <string.h>

#include "base/log.h"
#include "base/utf8.h"
#include "check.h"
#include "imap/idle.h"
#include "source/quarantine/folder.h"
#include "tests/support/wire.h"

#define FUZZ_FOLDER "Caught (Outgoing)"
#define FUZZ_LOOKS  8

/* 2026-11-20, UTC, and what comes after. */
static const struct period fuzz_period = {1795132800, PERIOD_END};

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

static void fuzz_check(const struct folder_job *job, int result, const struct err *err)
{
	const struct account_counts *counts = &job->place->counts;
	uint64_t told = counts->reported + counts->filtered + counts->vanished + counts->unreadable;

	CHECK(counts->reported == fuzz_records);
	CHECK(told <= counts->found);
	CHECK(job->state->open.count == 0);
	CHECK(job->seen->count <= FOLDER_MAX_SEEN && job->seen->old <= job->seen->count);
	if (result == 0)
		CHECK(told == counts->found);
	else
		CHECK(err->code != ERR_NONE && err->code != ERR_SYSTEM && err->text[0] != '\0');
}

static int fuzz_look(const struct folder_job *job, struct err *err)
{
	int result = folder_run(job, err);

	fuzz_check(job, result, err);
	if (result == 0)
		folder_seen_settle(job->seen, fuzz_period.since);
	return result;
}

/* Nothing may come of it but that it was said, or that the connection is of no use any more. */
static int fuzz_wait(struct session *session, struct err *err)
{
	enum idle_state state = IDLE_NOT;
	int fd = -1;

	if (idle_begin(session, &state, &fd, err) != 0) {
		CHECK(err->code != ERR_NONE);
		return -1;
	}
	CHECK((fd >= 0) == (state == IDLE_WAITS));
	if (idle_end(session, err) == 0)
		return 0;
	CHECK(err->code != ERR_NONE);
	return -1;
}

static void fuzz_follow(struct session *session, unsigned looks)
{
	static const struct sink_ops ops = {.name = "check", .record = fuzz_take_record};
	static const struct reader_options options = {0};
	static struct reader *reader;
	struct account_place place = {.host = "quarantine.example.com", .name = FUZZ_FOLDER};
	struct folder_state state = {0};
	struct folder_seen seen = {0};
	struct brand_set brands = {0};
	struct guessed_fields guessed = {0};
	struct sink sink = {.ops = &ops};
	struct report report;
	struct err err = ERR_INIT;
	const struct folder_job job = {
	    .session = session,
	    .place = &place,
	    .period = &fuzz_period,
	    .guessed = &guessed,
	    .brands = &brands,
	    .report = &report,
	    .state = &state,
	    .seen = &seen,
	    .reader = reader != NULL ? reader : (reader = reader_new(&options, &err)),
	};

	if (reader == NULL || folder_seen_prepare(&err) != 0)
		return;
	report_init(&report, &(const struct report_parts){.sinks = &sink});
	for (unsigned i = 0; i < looks; i++)
		if (fuzz_look(&job, &err) != 0 || fuzz_wait(session, &err) != 0)
			break;
	folder_seen_fini(&seen);
	report_fini(&report);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char password[] = "marker";
	const struct secret secret = {.bytes = password, .n = sizeof(password) - 1};
	const struct tls_settings tls = {.mode = TLS_OFF, .port = 143};
	const struct session_settings settings = {
	    .stream = {.host = "127.0.0.1", .tls = &tls, .timeout = 1},
	    .username = "user@example.com",
	    .password = &secret,
	};
	struct session *session = NULL;
	struct err err = ERR_INIT;

	if (size < 3)
		return 0;
	log_set_level(LOG_QUIET);
	fuzz_records = 0;
	wire_begin((struct span){(const char *)data + 2, size - 2}, (size_t)1 + data[1] * 16);
	if (session_open(&settings, &session, &err) == 0) {
		fuzz_follow(session, 1 + data[0] % FUZZ_LOOKS);
		session_close(session, 0);
	}
	wire_end();
	return 0;
}
