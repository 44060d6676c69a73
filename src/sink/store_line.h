/*
 * A row of the history (store.h) as a line of JSON, and back: the line of the message in a JSON
 * report, with "history" beside it, an object with what a report does not have. So an export can be
 * read as a report, and as rows that are the same byte for byte.
 */
#ifndef SINK_STORE_LINE_H
#define SINK_STORE_LINE_H

#include <jansson.h>

#include "sink/sink_json_message.h"
#include "sink/store_record.h"

/* Bytes of a line that is read. A row of the longest texts has half as many. */
#define STORE_LINE_MAX ((size_t)2 * 1024 * 1024)

/* What only such a line has in it, outside of its texts. */
#define STORE_LINE_MARK "\"history\":{"

/* Memory of the conversion. What comes of it is valid until the next one. */
struct store_line {
	struct store_record record;
	struct sink_json_message message;
	json_t *read; /* the object of the row that was read */
	uint64_t number;
};

/* ERR_SYSTEM without memory; store_line_fini() accepts what that left. */
int store_line_init(struct store_line *line, struct err *err);
void store_line_fini(struct store_line *line);

/* Appends the line with its LF. Rows are numbered. ERR_DATA when the row has what this program
 * never writes; ERR_SYSTEM. */
int store_line_write(
    struct store_line *line, const struct store_row *row, struct buf *out, struct err *err);

/* 1: a row; 0: another line of a report; -1: ERR_DATA for what is neither, says why. */
int store_line_read(
    struct store_line *line, struct span text, struct store_row *row_r, struct err *err);

#endif
