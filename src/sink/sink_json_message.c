#include "sink/sink_json_message.h"

#include "evidence/evidence_rules.h"
#include "sink/sink_json_line.h"

static struct span sink_json_message_key(const struct sink_json_message *message, unsigned column)
{
	size_t from = column > 0 ? message->key_end[column - 1] : message->head_end;

	return (struct span){message->keys.p + from, message->key_end[column] - from};
}

static int sink_json_message_add_values(const struct sink_json_message *message,
    const struct record *record, struct buf *line, struct err *err)
{
	for (unsigned i = 0; i < COLUMN_COUNT; i++) {
		buf_add(line, sink_json_message_key(message, i));
		if (record_columns[i].kind == KIND_NUMBER)
			buf_add_number(line, record_number(record, (enum column)i), 1);
		else if (sink_json_line_add_text(line, record->value[i], err) != 0)
			return -1;
	}
	return 0;
}

static int sink_json_message_add_rules(const struct sink_json_message *message,
    const struct record *record, struct buf *line, struct err *err)
{
	size_t comma = 1; /* bytes of the key that the first has not */

	for (unsigned i = 0; i < COLUMN_COUNT; i++) {
		if (record->rule[i] == NULL || record->rule[i]->unlisted)
			continue;
		buf_add(line, span_from(sink_json_message_key(message, i), comma));
		if (sink_json_line_add_text(line, span_of(record->rule[i]->name), err) != 0)
			return -1;
		comma = 0;
	}
	return 0;
}

int sink_json_message_add(const struct sink_json_message *message, const struct record *record,
    struct buf *line, struct err *err)
{
	buf_add(line, (struct span){message->keys.p, message->head_end});
	if (sink_json_message_add_values(message, record, line, err) != 0)
		return -1;
	buf_add_text(line, record->is_bounce ? ",\"bounce\":true" : ",\"bounce\":false");
	buf_add_text(line, ",\"rules\":{");
	if (sink_json_message_add_rules(message, record, line, err) != 0)
		return -1;
	buf_add_char(line, '}');
	return 0;
}

int sink_json_message_init(struct sink_json_message *message, struct err *err)
{
	struct buf *keys = &message->keys;

	buf_init(keys, 0);
	buf_printf(keys, "{\"schema\":%d,\"kind\":\"message\"", SINK_JSON_SCHEMA);
	message->head_end = keys->n;
	for (unsigned i = 0; i < COLUMN_COUNT; i++) {
		buf_add_char(keys, ',');
		if (sink_json_line_add_text(keys, span_of(record_columns[i].json_key), err) != 0)
			return -1;
		buf_add_char(keys, ':');
		message->key_end[i] = keys->n;
	}
	return keys->failed == 0 ? 0 : err_nomem(err);
}

void sink_json_message_fini(struct sink_json_message *message)
{
	buf_fini(&message->keys);
}
