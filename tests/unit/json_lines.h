/*
 * Reading back what a sink of JSON Lines wrote.
 */
#ifndef TESTS_UNIT_JSON_LINES_H
#define TESTS_UNIT_JSON_LINES_H

#include "table.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "sink/sink.h"

struct json_lines {
	FILE *out; /* for the sink to write to */
	char *p;
	size_t n;
	struct span rest; /* what was not read yet */
};

static inline void json_lines_open(struct json_lines *lines)
{
	*lines = (struct json_lines){0};
	lines->out = open_memstream(&lines->p, &lines->n);
	assert_non_null(lines->out);
}

/* The sink's end; then there is something to read. */
static inline void json_lines_end(struct json_lines *lines, struct sink *sink)
{
	struct err err = ERR_INIT;

	if (sink_end(sink, &(const struct account){0}, &err) != 0)
		fail_msg("%s", err.text);
	lines->rest = (struct span){lines->p, lines->n};
}

/* The next line without its LF, which it must have. */
static inline struct span json_lines_text(struct json_lines *lines)
{
	size_t end = span_find(lines->rest, '\n');
	struct span line = span_head(lines->rest, end);

	if (end == SPAN_NPOS)
		fail_msg("no whole line: \"%.*s\"", (int)lines->rest.n, lines->rest.p);
	lines->rest = span_from(lines->rest, end + 1);
	return line;
}

/* The next line as an object; json_decref() it. */
static inline json_t *json_lines_next(struct json_lines *lines)
{
	struct span line = json_lines_text(lines);
	json_error_t error;
	json_t *object =
	    json_loadb(line.p, line.n, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);

	if (object == NULL)
		fail_msg("%s: %.*s", error.text, (int)line.n, line.p);
	assert_true(json_is_object(object));
	return object;
}

/* Nothing may be left. */
static inline void json_lines_close(struct json_lines *lines)
{
	assert_int_equal(lines->rest.n, 0);
	assert_int_equal(fclose(lines->out), 0);
	free(lines->p);
}

/* Fails unless the object has this text under the key. */
static inline void json_lines_check_text(const json_t *object, const char *key, struct span want)
{
	const json_t *value = json_object_get(object, key);

	if (!json_is_string(value))
		fail_msg("%s: no text", key);
	if (!span_eq((struct span){json_string_value(value), json_string_length(value)}, want))
		fail_msg("%s: \"%s\", want \"%.*s\"", key, json_string_value(value), (int)want.n,
		    want.n != 0 ? want.p : "");
}

static inline void json_lines_check_number(const json_t *object, const char *key, json_int_t want)
{
	const json_t *value = json_object_get(object, key);

	if (!json_is_integer(value) || json_integer_value(value) != want)
		fail_msg("%s: %lld, want %lld", key, (long long)json_integer_value(value),
		    (long long)want);
}

/* Values that a spammer may write, or a bug let through: they stay text, in one line. */
static const struct span json_lines_hostile[] = {
    SPAN(""),
    SPAN("plain"),
    SPAN("\"quoted\" \\ \\\" \\n \\u0000"),
    SPAN("\",\"kind\":\"others\",\"x\":\""),
    SPAN("}\n{\"schema\":1}\r\n"),
    SPAN("a\0b\x01\x1f\x7f"),
    SPAN("line\xE2\x80\xA8separator, paragraph\xE2\x80\xA9separator, next\xC2\x85line"),
    SPAN("\xEF\xBF\xBD and \xEF\xBB\xBF"),
    SPAN("</script><script>alert(1)</script>"),
    SPAN("=1+1"),
    SPAN("\xF0\x9F\x92\xB8 caf\xC3\xA9 \xE6\xBC\xA2"),
};

#endif
