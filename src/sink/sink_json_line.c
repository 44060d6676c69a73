#include "sink/sink_json_line.h"

#include <string.h>

#include "base/block.h"
#include "base/json_memory.h"
#include "base/utf8.h"

/* Percents are the only numbers with a fraction: 100.0 has the most digits. */
#define SINK_JSON_DIGITS 4
#define SINK_JSON_FLAGS  (JSON_COMPACT | JSON_REAL_PRECISION(SINK_JSON_DIGITS))

struct sink_row sink_json_line_row(FILE *out)
{
	return (struct sink_row){
	    .out = out,
	    .what = "the JSON report",
	    .row_end = "\n",
	    .show = escape_json,
	};
}

json_t *sink_json_line_new(const char *kind)
{
	json_t *object = json_object();

	if (json_object_set_new_nocheck(object, "schema", json_integer(SINK_JSON_SCHEMA)) == 0 &&
	    json_object_set_new_nocheck(object, "kind", json_string(kind)) == 0)
		return object;
	json_decref(object);
	return NULL;
}

json_t *sink_json_line_text(struct span text)
{
	return json_stringn_nocheck(text.n > 0 ? text.p : "", text.n);
}

static int sink_json_line_add(const char *p, size_t n, void *data)
{
	struct buf *line = data;

	buf_add(line, (struct span){p, n});
	return line->failed == 0 ? 0 : -1;
}

static int sink_json_line_dump(struct buf *line, const json_t *value, size_t flags, struct err *err)
{
	json_memory_watch();
	if (json_dump_callback(value, sink_json_line_add, line, SINK_JSON_FLAGS | flags) == 0)
		return 0;
	if (line->failed != 0 || json_memory_failed())
		return err_nomem(err);
	return err_set(err, ERR_INTERNAL, "a value of the JSON report is not UTF-8");
}

/* What a text has in it. */
enum sink_json_content {
	SINK_JSON_HAS_QUOTE = 1 << 0, /* a quote or a backslash */
	SINK_JSON_HAS_CONTROL = 1 << 1,
	SINK_JSON_HAS_8BIT = 1 << 2,
};

static const unsigned char sink_json_marks[UCHAR_MAX + 1] = {
    [0 ... ' ' - 1] = SINK_JSON_HAS_CONTROL,
    ['"'] = SINK_JSON_HAS_QUOTE,
    ['\\'] = SINK_JSON_HAS_QUOTE,
    [0x80 ... UCHAR_MAX] = SINK_JSON_HAS_8BIT};

static inline unsigned sink_json_line_content(struct span text)
{
	const unsigned char *p = (const unsigned char *)text.p;
	block_t quote = {0}, control = {0}, high = {0};
	unsigned content = 0;

	if (text.n < BLOCK_SIZE) {
		for (size_t i = 0; i < text.n; i++)
			content |= sink_json_marks[p[i]];
		return content;
	}
	/* The last block overlaps the one before. */
	for (size_t i = 0; i < text.n; i += BLOCK_SIZE) {
		size_t last = text.n - BLOCK_SIZE;
		block_t bytes = block_read(text.p + (i < last ? i : last));

		quote |= block_is(bytes, '"') | block_is(bytes, '\\');
		control |= (block_t)(bytes < (unsigned char)' ');
		high |= (block_t)(bytes > 0x7F);
	}
	if (!block_any(quote | control | high))
		return 0;
	return (block_any(quote) ? SINK_JSON_HAS_QUOTE : 0) |
	       (block_any(control) ? SINK_JSON_HAS_CONTROL : 0) |
	       (block_any(high) ? SINK_JSON_HAS_8BIT : 0);
}

/* The text with a backslash in front of each quote and backslash (RFC 8259, 7). */
static void sink_json_line_add_quoted(struct buf *line, struct span text)
{
	static const unsigned char quotes[UCHAR_MAX + 1] = {['"'] = 1, ['\\'] = 1};
	size_t n;

	buf_add_char(line, '"');
	while ((n = span_marked(text, 0, quotes)) < text.n) {
		buf_add(line, span_head(text, n));
		buf_add_char(line, '\\');
		buf_add_char(line, text.p[n]);
		text = span_from(text, n + 1);
	}
	buf_add(line, text);
	buf_add_char(line, '"');
}

static void sink_json_line_add_plain(struct buf *line, struct span text)
{
	char *at = buf_reserve(line, text.n + 2);

	if (at == NULL)
		return;
	at[0] = '"';
	if (text.n > 0)
		memcpy(at + 1, text.p, text.n);
	at[1 + text.n] = '"';
	line->n += text.n + 2;
}

static int sink_json_line_dump_text(struct buf *line, struct span text, struct err *err)
{
	json_t *string;
	int result;

	json_memory_watch();
	string = sink_json_line_text(text);
	if (string == NULL)
		return err_nomem(err);
	result = sink_json_line_dump(line, string, JSON_ENCODE_ANY, err);
	json_decref(string);
	return result;
}

int sink_json_line_add_text(struct buf *line, struct span text, struct err *err)
{
	unsigned content = sink_json_line_content(text);

	if ((content & SINK_JSON_HAS_CONTROL) != 0 ||
	    ((content & SINK_JSON_HAS_8BIT) != 0 && !utf8_valid(text)))
		return sink_json_line_dump_text(line, text, err);
	if ((content & SINK_JSON_HAS_QUOTE) != 0)
		sink_json_line_add_quoted(line, text);
	else
		sink_json_line_add_plain(line, text);
	return line->failed == 0 ? 0 : err_nomem(err);
}

int sink_json_line_put(struct sink_row *row, const json_t *object, struct err *err)
{
	buf_clear(&row->line);
	if (sink_json_line_dump(&row->line, object, 0, err) == 0)
		return sink_row_put(row, err);
	buf_clear(&row->line);
	return -1;
}

int sink_json_line_put_missing(
    struct sink_row *row, struct span host, struct span why, struct err *err)
{
	json_t *object = sink_json_line_new(SINK_ROW_MISSING);
	int result;

	if (json_object_set_new_nocheck(object, "host", sink_json_line_text(host)) == 0 &&
	    json_object_set_new_nocheck(object, "why", sink_json_line_text(why)) == 0)
		result = sink_json_line_put(row, object, err);
	else
		result = err_nomem(err);
	json_decref(object);
	return result != 0 ? -1 : sink_row_flush(row, err);
}
