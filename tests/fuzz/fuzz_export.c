/* A line of an export: what is read as a row is written as one, and read once more as the same. */
#include <stdint.h>

#include "base/utf8.h"
#include "check.h"
#include "sink/store_line.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_text(struct span a, struct span b)
{
	CHECK(span_eq(a, b));
	CHECK(utf8_valid(a));
	CHECK(span_find(a, '\0') == SPAN_NPOS);
	CHECK(a.n <= STORE_MAX_TEXT);
}

static void check_same(const struct store_row *a, const struct store_row *b)
{
	CHECK(a->key.epoch == b->key.epoch && a->key.epoch <= INT64_MAX);
	CHECK(a->key.uid == b->key.uid && a->key.uid <= UINT32_MAX);
	CHECK(a->time == b->time && a->time >= 0 && a->time <= STORE_MAX_TIME);
	CHECK(a->recipients == b->recipients);
	CHECK(a->is_bounce == b->is_bounce);
	CHECK(a->key.place.source.n > 0);
	check_text(a->key.place.source, b->key.place.source);
	check_text(a->key.place.host, b->key.place.host);
	check_text(a->key.place.name, b->key.place.name);
	check_text(a->key.queue_id, b->key.queue_id);
	for (unsigned i = 0; i < STORE_TEXT_COUNT; i++)
		check_text(a->text[i], b->text[i]);
}

static void check_row(const struct store_row *row)
{
	struct err err = ERR_INIT;
	struct store_line other;
	struct store_row again;
	struct buf text;

	buf_init(&text, 0);
	CHECK(store_line_init(&other, &err) == 0);
	CHECK(store_line_write(&other, row, &text, &err) == 0);
	CHECK(span_find_text(buf_span(&text), SPAN(STORE_LINE_MARK)) != SPAN_NPOS);
	CHECK(span_find(buf_span(&text), '\n') == text.n - 1);
	CHECK(store_line_read(&other, buf_span(&text), &again, &err) == 1);
	check_same(row, &again);
	store_line_fini(&other);
	buf_fini(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct span text = {(const char *)data, size};
	struct err err = ERR_INIT;
	struct store_line line;
	struct store_row row;
	int got;

	CHECK(store_line_init(&line, &err) == 0);
	got = store_line_read(&line, text, &row, &err);
	CHECK(got >= -1 && got <= 1);
	CHECK(got != -1 || err.code == ERR_DATA);
	if (got == 1)
		check_row(&row);
	store_line_fini(&line);
	return 0;
}
