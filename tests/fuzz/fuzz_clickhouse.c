#include <stdint.h>
#include <string.h>

#include "base/utf8.h"
#include "check.h"
#include "store/store.h"
#include "store/store_clickhouse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Columns of the answer: as many numbers behind as many texts. */
#define COLUMNS 4

/* What came of an answer. */
struct check {
	struct buf rows;
	uint64_t count;
};

static void check_literal(struct span text)
{
	struct buf out;
	size_t quotes = 0;

	buf_init(&out, 0);
	clickhouse_add_quoted(&out, text);
	CHECK(out.n >= 2 && out.p[0] == '\'' && out.p[out.n - 1] == '\'');
	for (size_t i = 1; i + 1 < out.n; i++) {
		CHECK((unsigned char)out.p[i] >= ' ');
		if (out.p[i] == '\\')
			i++;
		else
			quotes += out.p[i] == '\'';
	}
	CHECK(quotes == 0);
	buf_fini(&out);
}

static int check_row(void *context, struct clickhouse_values *values, struct err *err)
{
	struct check *check = context;

	(void)err;
	for (unsigned i = 0; i < COLUMNS / 2; i++) {
		const struct span text = clickhouse_next_text(values);

		CHECK(text.n <= STORE_MAX_TEXT && span_find(text, '\0') == SPAN_NPOS);
		check_literal(text);
		buf_add(&check->rows, text);
		buf_add_char(&check->rows, ',');
	}
	for (unsigned i = 0; i < COLUMNS / 2; i++)
		CHECK(clickhouse_next_number(values, 99) <= 99);
	buf_add_char(&check->rows, clickhouse_is_damaged(values) ? '!' : ';');
	check->count++;
	return 0;
}

/* The answer in parts of this many bytes. */
static int read_answer(struct check *check, struct span text, size_t part, struct err *err)
{
	struct clickhouse_answer answer;
	int result = 0;

	buf_init(&check->rows, 0);
	check->count = 0;
	clickhouse_answer_init(&answer, COLUMNS, check_row, check);
	for (size_t at = 0; at < text.n && result == 0; at += part)
		result = clickhouse_answer_add(&answer, span_head(span_from(text, at), part), err);
	if (result == 0)
		result = clickhouse_answer_end(&answer, err);
	CHECK(result != 0 || (answer.is_counted && answer.rows == check->count));
	clickhouse_answer_fini(&answer);
	return result;
}

static void check_err(int result, const struct err *err)
{
	CHECK((result == 0) == (err->code == ERR_NONE));
	for (const char *p = err->text; *p != '\0'; p++)
		CHECK((unsigned char)*p >= ' ' && *p != 0x7f);
}

static int count_line(void *context, struct span line, struct err *err)
{
	(void)err;
	CHECK(line.n > 0 && line.p[line.n - 1] == '\n');
	*(size_t *)context += line.n;
	return 0;
}

/* A file of the spool is read, or refused. */
static void check_batch(struct span bytes)
{
	struct err err = ERR_INIT;
	size_t sum = 0;
	int result = clickhouse_batch_read(bytes, count_line, &sum, &err);

	check_err(result, &err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct span text = {(const char *)data, size};
	struct err whole_err = ERR_INIT, parts_err = ERR_INIT, refused = ERR_INIT;
	struct check whole, parts;
	int result;

	if (size == 0)
		return 0;
	result = read_answer(&whole, text, size, &whole_err);
	check_err(result, &whole_err);
	CHECK(read_answer(&parts, text, 1 + data[0] % 7, &parts_err) == result);
	CHECK(whole_err.code == parts_err.code && whole.rows.n == parts.rows.n);
	CHECK(whole.rows.n == 0 || memcmp(whole.rows.p, parts.rows.p, whole.rows.n) == 0);
	check_err(clickhouse_refuse(200 + data[0], text, &refused), &refused);
	check_literal(text);
	check_batch(text);
	buf_fini(&whole.rows);
	buf_fini(&parts.rows);
	return 0;
}
