/*
 * A message as a line of JSON: all columns by their keys, and which rule filled them.
 *
 * Put together here and not by jansson, which takes three times as long for a message as all the
 * rest of the program. What stands between the values is always the same; it is made once.
 */
#ifndef SINK_JSON_MESSAGE_H
#define SINK_JSON_MESSAGE_H

#include "base/buf.h"
#include "record/record.h"

struct sink_json_message {
	struct buf keys; /* what begins a line, and behind it ,"KEY": of each column */
	size_t head_end;
	size_t key_end[COLUMN_COUNT];
};

/* ERR_SYSTEM without memory; sink_json_message_fini() accepts what that left. */
int sink_json_message_init(struct sink_json_message *message, struct err *err);
void sink_json_message_fini(struct sink_json_message *message);

/* Appends the object without the brace that ends it. Errors as of sink_json_line_add_text(). */
int sink_json_message_add(const struct sink_json_message *message, const struct record *record,
    struct buf *line, struct err *err);

#endif
