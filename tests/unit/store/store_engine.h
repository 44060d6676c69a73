/*
 * The store that is tested: a file, or the tables of the ClickHouse server on this machine whose
 * port is in $QR_CLICKHOUSE (tests/system/test_clickhouse.py).
 */
#ifndef TESTS_UNIT_STORE_ENGINE_H
#define TESTS_UNIT_STORE_ENGINE_H

#include <stdlib.h>
#include <unistd.h>

#include "store/store.h"

#define ENGINE_FILE "history"

/* Microseconds of a run in 2026, whose time has come. */
#define ENGINE_FIRST_RUN ((uint64_t)1790000000 * 1000000)

static inline bool engine_is_clickhouse(void)
{
	return getenv("QR_CLICKHOUSE") != NULL;
}

/* A test of the file itself. */
#define ENGINE_IS_FILE()                                                                           \
	do {                                                                                       \
		if (engine_is_clickhouse())                                                        \
			skip();                                                                    \
	} while (0)

static inline const struct store_clickhouse_settings *engine_settings(void)
{
	static struct store_clickhouse_settings settings = {
	    .http = {.peer = "the server",
		.host = "127.0.0.1",
		.path = "/",
		.plaintext = true,
		.gzip = true,
		.max_body = UINT64_MAX,
		.timeout = 120},
	    .name = "test",
	    .database = "qr",
	};

	settings.http.port = (unsigned)atoi(getenv("QR_CLICKHOUSE"));
	return &settings;
}

static inline struct store *engine_open(uint64_t version, struct err *err)
{
	if (!engine_is_clickhouse())
		return store_sqlite_open(ENGINE_FILE, version, err);
	/* Below those of real runs are the versions of rows that replace none. */
	return store_clickhouse_open(engine_settings(),
	    version > STORE_OLDEST && version < 1000 ? ENGINE_FIRST_RUN + version : version, err);
}

static inline int engine_take_nothing(
    void *context, const struct http_answer *answer, struct span bytes, struct err *err)
{
	(void)context;
	(void)answer;
	(void)bytes;
	(void)err;
	return 0;
}

/* Another program's statement: 0 when it was done. */
static inline int engine_run(const char *text)
{
	const struct http_call call = {
	    .target = "/?database=qr", .body = span_of(text), .take = engine_take_nothing};
	struct http_answer answer = {0};
	struct err err = ERR_INIT;
	struct http *http;

	if (http_open(&engine_settings()->http, &http, &err) != 0)
		return -1;
	if (http_run(http, &call, &answer, &err) != 0 || answer.status != 200)
		answer.status = 0;
	http_close(http);
	return answer.status == 200 ? 0 : -1;
}

/* There is none any more. */
static inline int engine_forget(void)
{
	static const char *const statements[] = {"DROP TABLE IF EXISTS qr_message",
	    "DROP TABLE IF EXISTS qr_coverage", "DROP TABLE IF EXISTS qr_place",
	    "DROP TABLE IF EXISTS qr_meta", "DROP TABLE IF EXISTS qr_run"};

	if (!engine_is_clickhouse()) {
		unlink(ENGINE_FILE);
		return 0;
	}
	for (unsigned i = 0; i < sizeof(statements) / sizeof(statements[0]); i++)
		if (engine_run(statements[i]) != 0)
			return -1;
	return 0;
}

#endif
