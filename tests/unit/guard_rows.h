/*
 * Rows for the readers of IMAP responses: what the server says to a command,
 * and what the parser sees of it, with the messages among it that it does not see.
 */
#ifndef TESTS_UNIT_GUARD_ROWS_H
#define TESTS_UNIT_GUARD_ROWS_H

#include "tests/unit/table.h"

#include "imap/stream_guard.h"
#include "tests/unit/etpan_reader.h"
#include "tests/unit/guard_message.h"

#define GUARD_AS_IT_IS      "="
#define GUARD_GREETING      "* OK hello\r\n"
#define GUARD_GREETING_SEEN "* OK -\r\n"

struct guard_row {
	const char *why;
	const char *bytes;
	const char *want; /* NULL: the connection ends; "=": the bytes themselves */
	unsigned odd;
	bool exists;
	bool search;
};

/* Passes the bytes in pieces of `step`. */
static inline int guard_rows_pass(
    struct stream_guard *guard, struct span bytes, size_t step, struct buf *out, struct err *err)
{
	while (bytes.n > 0) {
		struct span piece = span_head(bytes, step);

		if (stream_guard_pass(guard, piece, out, err) != 0)
			return -1;
		bytes = span_from(bytes, piece.n);
	}
	return 0;
}

static inline void guard_rows_begin(
    struct stream_guard *guard, const struct guard_expect *expect, struct buf *out)
{
	struct err err = ERR_INIT;

	stream_guard_init(guard);
	buf_init(out, 0);
	guard->take = guard_message_add;
	guard->take_context = out;
	assert_int_equal(stream_guard_pass(guard, SPAN(GUARD_GREETING), out, &err), 0);
	assert_span_text(buf_span(out), GUARD_GREETING_SEEN, "greeting");
	stream_guard_begin_command(guard, expect);
}

static inline void guard_rows_check_one(
    const struct guard_row *row, const struct guard_expect *expect, size_t step)
{
	const char *want = row->want;
	struct stream_guard guard;
	struct err err = ERR_INIT;
	struct buf out;
	int result;

	guard_rows_begin(&guard, expect, &out);
	result = guard_rows_pass(&guard, span_of(row->bytes), step, &out, &err);
	assert_row((result == 0) == (want != NULL), row->why);
	assert_row(want != NULL || err.code == ERR_PROTOCOL, row->why);
	if (want != NULL)
		assert_span_text(span_from(buf_span(&out), sizeof(GUARD_GREETING_SEEN) - 1),
		    strcmp(want, GUARD_AS_IT_IS) == 0 ? row->bytes : want, row->why);
	assert_row(want == NULL || guard.seen.odd == row->odd, row->why);
	assert_row(guard.seen.exists == row->exists, row->why);
	assert_row(guard.seen.search == row->search, row->why);
	if (want != NULL)
		buf_add_text(&out, "1 OK -\r\n");
	assert_row(etpan_reader_parses(buf_span(&out)), row->why);
	buf_fini(&out);
	stream_guard_fini(&guard);
}

/* The result is the same however the bytes are cut. */
static inline void guard_rows_check(
    const struct guard_row *rows, size_t count, const struct guard_expect *expect)
{
	for (size_t i = 0; i < count; i++)
		for (size_t step = 1; step < 1000; step = step < 8 ? step + 1 : step * 5)
			guard_rows_check_one(&rows[i], expect, step);
}

#endif
