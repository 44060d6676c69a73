#include "store/store_clickhouse_batch.h"

#include <stdlib.h>
#include <zlib.h>

#include "store/store_clickhouse_answer.h"

/* Little effort makes it a seventh; more of it costs more than it saves. */
#define BATCH_LEVEL 1

/* The window of gzip, and its mark. */
#define BATCH_WINDOW (15 + 16)

#define BATCH_MEMORY 8
#define BATCH_ROOM   ((size_t)16 * 1024)

void clickhouse_batch_init(struct clickhouse_batch *batch)
{
	*batch = (struct clickhouse_batch){.stream = NULL};
	buf_init(&batch->gzip, 0);
}

static void batch_end_stream(struct clickhouse_batch *batch)
{
	if (batch->stream != NULL)
		deflateEnd(batch->stream);
	free(batch->stream);
	batch->stream = NULL;
}

void clickhouse_batch_fini(struct clickhouse_batch *batch)
{
	batch_end_stream(batch);
	buf_fini(&batch->gzip);
}

static int batch_write(
    struct clickhouse_batch *batch, struct span bytes, int flush, struct err *err)
{
	z_stream *stream = batch->stream;
	int result;

	/* zlib does not write to what it reads. */
	stream->next_in = (unsigned char *)(uintptr_t)bytes.p;
	stream->avail_in = (unsigned)bytes.n;
	do {
		char *room = buf_reserve(&batch->gzip, BATCH_ROOM);

		if (room == NULL)
			return err_nomem(err);
		stream->next_out = (unsigned char *)room;
		stream->avail_out = BATCH_ROOM;
		result = deflate(stream, flush);
		batch->gzip.n += BATCH_ROOM - stream->avail_out;
	} while (result == Z_OK && (stream->avail_out == 0 || flush == Z_FINISH));
	if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR)
		return err_set(err, ERR_INTERNAL, "a batch cannot be compressed");
	batch->bytes += bytes.n;
	return 0;
}

int clickhouse_batch_begin(struct clickhouse_batch *batch, struct span statement, struct err *err)
{
	batch_end_stream(batch);
	buf_clear(&batch->gzip);
	batch->rows = 0;
	batch->bytes = 0;
	batch->is_finished = false;
	batch->stream = calloc(1, sizeof(z_stream));
	if (batch->stream == NULL)
		return err_nomem(err);
	if (deflateInit2(batch->stream, BATCH_LEVEL, Z_DEFLATED, BATCH_WINDOW, BATCH_MEMORY,
		Z_DEFAULT_STRATEGY) != Z_OK) {
		free(batch->stream);
		batch->stream = NULL;
		return err_nomem(err);
	}
	return batch_write(batch, statement, Z_NO_FLUSH, err);
}

int clickhouse_batch_add(struct clickhouse_batch *batch, struct span line, struct err *err)
{
	batch->rows++;
	return batch_write(batch, line, Z_NO_FLUSH, err);
}

int clickhouse_batch_finish(struct clickhouse_batch *batch, struct err *err)
{
	if (batch->is_finished)
		return 0;
	if (batch_write(batch, SPAN_EMPTY, Z_FINISH, err) != 0)
		return -1;
	batch->is_finished = true;
	batch_end_stream(batch);
	return 0;
}

/* Hands on the lines that are whole; of the last the beginning stays. */
static int batch_cut(struct buf *text, clickhouse_take_line *take, void *context, struct err *err)
{
	const struct span all = buf_span(text);
	size_t from = 0;

	for (;;) {
		const struct span rest = span_from(all, from);
		const size_t end = span_find(rest, '\n');

		if (end == SPAN_NPOS)
			break;
		if (take(context, span_head(rest, end + 1), err) != 0)
			return -1;
		from += end + 1;
	}
	if (from > 0) {
		memmove(text->p, text->p + from, text->n - from);
		text->n -= from;
	}
	return 0;
}

static int batch_inflate(
    z_stream *stream, struct buf *text, clickhouse_take_line *take, void *context, struct err *err)
{
	int result = Z_OK;

	while (result == Z_OK) {
		char *room = buf_reserve(text, BATCH_ROOM);

		if (room == NULL)
			return err_nomem(err);
		stream->next_out = (unsigned char *)room;
		stream->avail_out = BATCH_ROOM;
		result = inflate(stream, Z_NO_FLUSH);
		text->n += BATCH_ROOM - stream->avail_out;
		if (batch_cut(text, take, context, err) != 0)
			return -1;
	}
	if (result != Z_STREAM_END || text->n > 0)
		return err_set(err, ERR_DATA, "a batch that is damaged");
	return 0;
}

int clickhouse_batch_read(
    struct span gzip, clickhouse_take_line *take, void *context, struct err *err)
{
	z_stream stream = {
	    .next_in = (unsigned char *)(uintptr_t)gzip.p, .avail_in = (unsigned)gzip.n};
	struct buf text;
	int result;

	if (inflateInit2(&stream, BATCH_WINDOW) != Z_OK)
		return err_nomem(err);
	buf_init(&text, CLICKHOUSE_MAX_LINE + BATCH_ROOM);
	result = batch_inflate(&stream, &text, take, context, err);
	buf_fini(&text);
	inflateEnd(&stream);
	return result;
}
