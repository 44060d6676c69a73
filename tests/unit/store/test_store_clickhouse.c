#include "tests/unit/table.h"

#include <errno.h>

#include "store/store_clickhouse.h"

/* What it takes to be a literal of the same value, on every version. */
static void test_quoted(void **state)
{
	static const struct {
		struct span text;
		const char *want;
	} rows[] = {
	    {SPAN(""), "''"},
	    {SPAN("bob@example.com"), "'bob@example.com'"},
	    {SPAN("x' OR 1=1; --"), "'x\\' OR 1=1; --'"},
	    {SPAN("\\"), "'\\\\'"},
	    {SPAN("\\' OR 1=1"), "'\\\\\\' OR 1=1'"},
	    {SPAN("a\tb\nc\rd"), "'a\\x09b\\x0Ac\\x0Dd'"},
	    {SPAN("\x01\x1b\x7f"), "'\\x01\\x1B\\x7F'"},
	    {SPAN("a\0b"), "'a\\x00b'"},
	    {SPAN("M\xc3\xbcller \"x\" `y` {z:T} %"), "'M\xc3\xbcller \"x\" `y` {z:T} %'"},
	};

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		struct buf out;

		buf_init(&out, 0);
		clickhouse_add_quoted(&out, rows[i].text);
		assert_row(strcmp(buf_string(&out), rows[i].want) == 0, rows[i].want);
		buf_fini(&out);
	}
}

static void test_json(void **state)
{
	static const struct {
		struct span text;
		const char *want;
	} rows[] = {
	    {SPAN(""), "\"\""},
	    {SPAN("a\"b\\c"), "\"a\\\"b\\\\c\""},
	    {SPAN("\t\n\x01\x1f"), "\"\\u0009\\u000A\\u0001\\u001F\""},
	    {SPAN("\x7f \xe2\x82\xac \xf0\x9f\x98\x80"), "\"\x7f \xe2\x82\xac \xf0\x9f\x98\x80\""},
	    {SPAN("',\"identity\":\""), "\"',\\\"identity\\\":\\\"\""},
	};

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		struct buf out;

		buf_init(&out, 0);
		clickhouse_add_json(&out, rows[i].text);
		assert_row(strcmp(buf_string(&out), rows[i].want) == 0, rows[i].want);
		buf_fini(&out);
	}
}

/* The earliest and the latest that both versions keep. */
static void test_days(void **state)
{
	static const struct {
		int64_t day;
		const char *want;
	} rows[] = {{0, "1970-01-01"}, {1, "1970-01-02"}, {20783, "2026-11-26"},
	    {STORE_MAX_TIME / STORE_DAY, "2105-12-31"}};

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		struct buf out;

		buf_init(&out, 0);
		period_add_utc_day(&out, rows[i].day);
		assert_row(strcmp(buf_string(&out), rows[i].want) == 0, rows[i].want);
		buf_fini(&out);
	}
}

/* Below all runs, which are of 2026 or later; and the earlier one above the later. */
static void test_oldest(void **state)
{
	static const struct {
		time_t now;
		bool is_known; /* the clock may be right */
	} rows[] = {{0, false}, {-1, false}, {1767225599, false}, {1767225600, true},
	    {1795694400, true}, {3400000000, true}, {3400000001, false}, {INT64_MAX, false}};
	const uint64_t first_run = UINT64_C(1767225600000000);
	uint64_t before = first_run;

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		const struct timespec now = {rows[i].now, 1000};
		const uint64_t oldest = clickhouse_oldest_at(&now);

		assert_row(oldest > UINT64_C(90000000000000) && oldest < first_run, "below");
		assert_row(!rows[i].is_known || oldest < before, "earlier");
		if (rows[i].is_known)
			before = oldest;
	}
}

static void test_row(void **state)
{
	struct store_row row = {.key = {.place = {SPAN("u@h:1"), SPAN("h"), SPAN("f\"")},
				    .epoch = 7,
				    .uid = 8,
				    .queue_id = SPAN("q")},
	    .time = 86401,
	    .is_bounce = true,
	    .recipients = UINT32_MAX};
	struct buf out;

	(void)state;
	row.text[STORE_IDENTITY] = SPAN("i");
	row.text[STORE_EXTRA] = SPAN("{\"a\":1}");
	buf_init(&out, 0);
	clickhouse_add_row(&out, &row, 1795694400000001);
	assert_string_equal(buf_string(&out),
	    "{\"day\":\"1970-01-02\",\"source\":\"u@h:1\",\"host\":\"h\",\"place\":\"f\\\"\","
	    "\"epoch\":7,\"uid\":8,\"queue_id\":\"q\",\"version\":1795694400000001,\"time\":86401,"
	    "\"bounce\":1,\"rcpts\":4294967295,\"identity\":\"i\",\"domain\":\"\",\"auth_user\":"
	    "\"\",\"source_ip\":\"\",\"script\":\"\",\"class\":\"\",\"subject\":\"\","
	    "\"mail_from\":\"\",\"evidence\":\"\",\"rules\":\"\",\"rcpt\":\"\",\"message_id\":"
	    "\"\",\"notes\":\"\",\"extra\":\"{\\\"a\\\":1}\"}\n");
	buf_fini(&out);
}

static void test_refusals(void **state)
{
	static const struct {
		long status;
		const char *text;
		enum err_code code;
		const char *want;
	} rows[] = {
	    {401, "Code: 193, e.displayText() = DB::Exception: Wrong", ERR_LOGIN, "(Code 193)"},
	    {403, "Code: 516. DB::Exception: x (AUTHENTICATION_FAILED)", ERR_LOGIN, "(Code 516)"},
	    {404, "Code: 81, e.displayText() = DB", ERR_CONFIG, "no such database"},
	    {404, "Code: 60. DB::Exception", ERR_CONFIG, "table of the history is missing"},
	    {500, "Code: 164, e.displayText()", ERR_UNAVAILABLE, "may only read"},
	    {500, "Code: 497. DB", ERR_UNAVAILABLE, "may not do this"},
	    {500, "Code: 210. DB::NetException", ERR_TEMPORARY, "another server"},
	    {500, "Code: 242, e.displayText()", ERR_TEMPORARY, "without its ZooKeeper"},
	    {500, "Code: 286, e.displayText()", ERR_TEMPORARY, "rows before these"},
	    {500, "Code: 319, e.displayText()", ERR_TEMPORARY, "not known whether"},
	    {500, "Code: 999, e.displayText()", ERR_TEMPORARY, "its ZooKeeper"},
	    {500, "Code: 243. DB", ERR_IO, "no space left"},
	    {400, "Code: 26. DB", ERR_DATA, "does not take a value"},
	    {413, "<html>", ERR_DATA, "so long"},
	    {411, "", ERR_UNAVAILABLE, "another form (HTTP 411)"},
	    {302, "", ERR_UNAVAILABLE, "elsewhere"},
	    {503, "", ERR_TEMPORARY, "not available now"},
	    {200, "junk \x1b[31m\n second", ERR_PROTOCOL, "none of ClickHouse's (HTTP 200): junk "},
	    {500, "Code: 9999. DB::Exception: \x1b]0;x\x07", ERR_UNAVAILABLE, "Code: 9999"},
	    {500, "Code: 99999999999999999999", ERR_UNAVAILABLE, "refuses the request"},
	    {404, "Code: , x", ERR_UNAVAILABLE, "there is no ClickHouse (HTTP 404)"},
	};

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		struct err err = ERR_INIT;

		assert_int_equal(
		    clickhouse_refuse(rows[i].status, span_of(rows[i].text), &err), -1);
		if (err.code != rows[i].code || strstr(err.text, rows[i].want) == NULL ||
		    strpbrk(err.text, "\x1b\x07\n") != NULL)
			fail_msg("%ld %s: %d %s", rows[i].status, rows[i].text, err.code, err.text);
	}
}

/* "a,1;b,2;" */
static int take_pair(void *context, struct clickhouse_values *values, struct err *err)
{
	const struct span text = clickhouse_next_text(values);
	const uint64_t number = clickhouse_next_number(values, 1000);

	(void)err;
	if (!clickhouse_is_damaged(values))
		buf_printf(context, "%.*s,%u;", (int)text.n, text.p, (unsigned)number);
	return 0;
}

#define HEAD "{\n\t\"meta\":\n\t[\n\t\t{\n\t\t\t\"name\": \"a\"\n\t\t}\n\t],\n\n\t\"data\":\n\t[\n"
#define TAIL(rows)                                                                                 \
	"\n\t],\n\n\t\"rows\": " rows ",\n\n\t\"statistics\":\n\t{\n\t\t\"elapsed\": "             \
	"0.1\n\t}\n}\n"

static const struct {
	const char *text;
	const char *want;
	enum err_code code;
} answers[] = {
    {HEAD TAIL("0"), "", ERR_NONE},
    {HEAD "\t\t[\"a\", 1],\n\t\t[\"b\", \"2\"]" TAIL("2"), "a,1;b,2;", ERR_NONE},
    {HEAD "\t\t[\"a]\\n[\", 1]" TAIL("1"), "a]\n[,1;", ERR_NONE},
    {HEAD "[\"a\", 1]\r\n],\r\n\"rows\": 1\r\n}\r\n", "a,1;", ERR_NONE},
    {HEAD "[\"Code: 395\", 1]" TAIL("1"), "Code: 395,1;", ERR_NONE},
    /* not whole */
    {"", "", ERR_TEMPORARY},
    {HEAD, "", ERR_TEMPORARY},
    {HEAD "\t\t[\"a\", 1],\n\t\t[\"b\", ", "a,1;", ERR_TEMPORARY},
    {HEAD "\t\t[\"a\", 1]\n\t],\n", "a,1;", ERR_TEMPORARY},
    {HEAD "\t\t[\"a\", 1]\n\t],\n\t\"rows\": 1", "a,1;", ERR_TEMPORARY},
    {HEAD "\t\t[\"a\", 1]\n\t],\n\t\"rows\": 1,\n\t\"statistics\":\n\t{\n", "a,1;", ERR_TEMPORARY},
    {HEAD "\t\t[\"a\", 1]" TAIL("2"), "a,1;", ERR_PROTOCOL},
    {HEAD "\t\t[\"a\", 1],\n\t\t[\"b\", 2]" TAIL("1"), "a,1;b,2;", ERR_PROTOCOL},
    {HEAD "\t\t[\"a\", 1]" TAIL("x"), "a,1;", ERR_PROTOCOL},
    /* an error in it */
    {"Code: 60. DB", "", ERR_CONFIG},
    {HEAD "\t\t[\"a\", 1],\n\t\t[\"bCode: 241, e", "a,1;", ERR_TEMPORARY},
    {HEAD "\t\t[\"a\", 1],\nCode: 241, e", "a,1;", ERR_TEMPORARY},
    {HEAD "\t\t[\"a\", 1]\n\t],\n\t\"rows\": 1,\n\t\"exception\": \"Code: 241. x\"\n}\n", "a,1;",
	ERR_TEMPORARY},
    {HEAD "\t\t[\"a\", 1]" TAIL("1") "Code: 164, e", "a,1;", ERR_UNAVAILABLE},
    /* others */
    {HEAD "\t\t[\"a\"]" TAIL("1"), "", ERR_DATA},
    {HEAD "\t\t[\"a\", 1, 2]" TAIL("1"), "", ERR_DATA},
    {HEAD "\t\t[1, 1]" TAIL("1"), "", ERR_DATA},
    {HEAD "\t\t[\"a\", \"x\"]" TAIL("1"), "", ERR_DATA},
    {HEAD "\t\t[\"a\", -1]" TAIL("1"), "", ERR_DATA},
    {HEAD "\t\t[\"a\", 1.5]" TAIL("1"), "", ERR_DATA},
    {HEAD "\t\t[\"a\", 1001]" TAIL("1"), "", ERR_DATA},
    {HEAD "\t\t[\"a\", null]" TAIL("1"), "", ERR_DATA},
    {HEAD "\t\t[\"a\\u0000b\", 1]" TAIL("1"), "", ERR_PROTOCOL},
    {HEAD "\t\t[\"a\xff\", 1]" TAIL("1"), "", ERR_PROTOCOL},
    {HEAD "\t\t{\"a\": 1}" TAIL("1"), "", ERR_PROTOCOL},
    {"<html>\n<body>\n", "", ERR_TEMPORARY},
};

/* In parts of any length it is the same. */
static void test_answers(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(answers); i++)
		for (size_t part = 1; part < 40; part += 3) {
			const struct span text = span_of(answers[i].text);
			struct clickhouse_answer answer;
			struct err err = ERR_INIT;
			struct buf out;
			int result = 0;

			buf_init(&out, 0);
			clickhouse_answer_init(&answer, 2, take_pair, &out);
			for (size_t at = 0; at < text.n && result == 0; at += part)
				result = clickhouse_answer_add(
				    &answer, span_head(span_from(text, at), part), &err);
			if (result == 0)
				result = clickhouse_answer_end(&answer, &err);
			if (err.code != answers[i].code ||
			    (result == 0) != (answers[i].code == ERR_NONE) ||
			    strcmp(buf_string(&out), answers[i].want) != 0)
				fail_msg("row %zu in parts of %zu: %d %s; %s", i, part, err.code,
				    err.text, buf_string(&out));
			clickhouse_answer_fini(&answer);
			buf_fini(&out);
		}
}

static int add_line(void *context, struct span line, struct err *err)
{
	(void)err;
	buf_add(context, line);
	buf_add_char(context, '|');
	return 0;
}

static void test_batch(void **state)
{
	struct clickhouse_batch batch;
	struct err err = ERR_INIT;
	struct buf out;

	(void)state;
	buf_init(&out, 0);
	clickhouse_batch_init(&batch);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(clickhouse_batch_begin(&batch, SPAN("INSERT\n"), &err), 0);
		assert_int_equal(clickhouse_batch_add(&batch, SPAN("{1}\n"), &err), 0);
		assert_int_equal(clickhouse_batch_add(&batch, SPAN("{2}\n"), &err), 0);
		assert_int_equal(batch.rows, 2);
		assert_int_equal(batch.bytes, 15);
		assert_int_equal(clickhouse_batch_finish(&batch, &err), 0);
		assert_int_equal(clickhouse_batch_finish(&batch, &err), 0);
	}
	assert_int_equal(clickhouse_batch_read(buf_span(&batch.gzip), add_line, &out, &err), 0);
	assert_string_equal(buf_string(&out), "INSERT\n|{1}\n|{2}\n|");
	for (size_t n = 0; n < batch.gzip.n; n++) {
		err = (struct err)ERR_INIT;
		assert_int_equal(clickhouse_batch_read(
				     span_head(buf_span(&batch.gzip), n), add_line, &out, &err),
		    -1);
		assert_int_equal(err.code, ERR_DATA);
	}
	clickhouse_batch_fini(&batch);
	buf_fini(&out);
}

/* Lines longer than what is read at a time. */
static void test_batch_of_long_lines(void **state)
{
	struct clickhouse_batch batch;
	struct err err = ERR_INIT;
	struct buf line, out;

	(void)state;
	buf_init(&line, 0);
	buf_init(&out, 0);
	for (unsigned i = 0; i < 100000; i++)
		buf_printf(&line, "%u,", i * 7919);
	buf_add_char(&line, '\n');
	clickhouse_batch_init(&batch);
	assert_int_equal(clickhouse_batch_begin(&batch, SPAN("INSERT\n"), &err), 0);
	for (int i = 0; i < 3; i++)
		assert_int_equal(clickhouse_batch_add(&batch, buf_span(&line), &err), 0);
	assert_int_equal(clickhouse_batch_finish(&batch, &err), 0);
	assert_true(batch.gzip.n < batch.bytes / 2);
	assert_int_equal(clickhouse_batch_read(buf_span(&batch.gzip), add_line, &out, &err), 0);
	assert_int_equal(out.n, batch.bytes + 4);
	clickhouse_batch_fini(&batch);
	buf_fini(&line);
	buf_fini(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_quoted),
	    cmocka_unit_test(test_json),
	    cmocka_unit_test(test_days),
	    cmocka_unit_test(test_oldest),
	    cmocka_unit_test(test_row),
	    cmocka_unit_test(test_refusals),
	    cmocka_unit_test(test_answers),
	    cmocka_unit_test(test_batch),
	    cmocka_unit_test(test_batch_of_long_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
