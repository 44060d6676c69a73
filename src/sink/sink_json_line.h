/*
 * What the sinks of JSON Lines share: one object a line (RFC 8259), in UTF-8
 * as it is and without blanks, ended by LF. The rest of a row is sink_row.h's.
 */
#ifndef REPORT_SINK_JSON_LINE_H
#define REPORT_SINK_JSON_LINE_H

#include <jansson.h>

#include "sink/sink_row.h"

/* The value of "schema": changes when a key changes its meaning, not when keys are added. */
#define SINK_JSON_SCHEMA 1

/* A row that sink_json_line_put() can write: no columns, no delimiter. */
struct sink_row sink_json_line_row(FILE *out);

/* An object with "schema" and "kind", which come first; NULL without memory. */
json_t *sink_json_line_new(const char *kind);

/* A string; NULL without memory. Whether it is UTF-8 is looked at when it is written. */
json_t *sink_json_line_text(struct span text);

/*
 * Adds a string, as jansson would write it. jansson looks at each character, and takes many times
 * as long: here it has those with control characters only. ERR_SYSTEM, or ERR_INTERNAL when it is
 * not UTF-8; what was added to the line is of no use.
 */
int sink_json_line_add_text(struct buf *line, struct span text, struct err *err);

/* The object that says that a host is missing, written as a line and flushed. */
int sink_json_line_put_missing(
    struct sink_row *row, struct span host, struct span why, struct err *err);

/*
 * Writes the object as one line: all of it or an error, as sink_row_put(). ERR_INTERNAL when a
 * string in it is not UTF-8: values are.
 */
int sink_json_line_put(struct sink_row *row, const json_t *object, struct err *err);

#endif
