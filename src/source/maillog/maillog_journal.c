/*
 * Entries of systemd's journal: journalctl -o json, and -o export (systemd's Journal Export
 * Formats).
 */
#include <errno.h>
#include <jansson.h>

#include "base/json_memory.h"
#include "source/maillog/maillog_part.h"

#define USEC UINT64_C(1000000)

/* Bytes in front of a binary value that say how long it is, lowest first. */
#define EXPORT_LENGTH 8

/* Of a field that was given several times, the first. A value that is no text, since it has control
 * characters or is not UTF-8, is an array of numbers. */
static struct span json_text(struct maillog *log, const json_t *entry, const char *name)
{
	json_t *value = json_object_get(entry, name), *item;
	struct buf *out = &log->scratch;
	size_t i;

	if (json_is_array(value) && !json_is_integer(json_array_get(value, 0)))
		value = json_array_get(value, 0);
	if (json_is_string(value))
		return (struct span){json_string_value(value), json_string_length(value)};
	if (!json_is_array(value))
		return SPAN_EMPTY;
	buf_clear(out);
	json_array_foreach(value, i, item) buf_add_char(out, (char)json_integer_value(item));
	return arena_copy_buf(&log->line_arena, out);
}

static bool usec_read(struct span text, time_t *when_r)
{
	uint64_t usec;

	if (text.n == 0 || span_number(text, &usec) != text.n)
		return false;
	*when_r = (time_t)(usec / USEC);
	return true;
}

/* Texts of the entry are copied: it is freed before they are used. */
int maillog_json_read(struct maillog *log, struct span text, struct maillog_line *line_r)
{
	struct arena *arena = &log->line_arena;
	struct maillog_line line = {0};
	json_t *entry;
	int got = 0;

	arena_reset(arena);
	json_memory_watch();
	entry = json_loadb(text.p, text.n, JSON_ALLOW_NUL | JSON_REJECT_DUPLICATES, NULL);
	if (json_memory_failed())
		arena_fail(arena, ENOMEM);
	if (entry == NULL)
		return 0;
	line.text = arena_copy(arena, json_text(log, entry, "MESSAGE"));
	line.host = arena_copy(arena, json_text(log, entry, "_HOSTNAME"));
	line.tag = arena_copy(arena, json_text(log, entry, "SYSLOG_IDENTIFIER"));
	line.pid = arena_copy(arena, json_text(log, entry, "_PID"));
	if (line.pid.n == 0) /* what the writer says */
		line.pid = arena_copy(arena, json_text(log, entry, "SYSLOG_PID"));
	line.writer = arena_copy(arena, json_text(log, entry, "_UID"));
	line.command = arena_copy(arena, json_text(log, entry, "_COMM"));
	line.transport = arena_copy(arena, json_text(log, entry, "_TRANSPORT"));
	line.unit = arena_copy(arena, json_text(log, entry, "_SYSTEMD_UNIT"));
	if (usec_read(json_text(log, entry, "__REALTIME_TIMESTAMP"), &line.when)) {
		line.is_instant = true;
		line.program = maillog_program_of(line.tag, &line.service);
		*line_r = line;
		got = 1;
	}
	json_decref(entry);
	return got;
}

static void export_set(struct maillog_export *export, struct span name, struct span value)
{
	const struct {
		struct span name;
		struct buf *field;
	} fields[] = {
	    {{"MESSAGE", 7}, &export->text},
	    {{"_HOSTNAME", 9}, &export->host},
	    {{"SYSLOG_IDENTIFIER", 17}, &export->tag},
	    {{"SYSLOG_PID", 10}, export->has_true_pid ? NULL : &export->pid},
	    {{"_PID", 4}, &export->pid},
	    {{"_UID", 4}, &export->writer},
	    {{"_COMM", 5}, &export->command},
	    {{"_TRANSPORT", 10}, &export->transport},
	    {{"_SYSTEMD_UNIT", 13}, &export->unit},
	};

	if (span_eq(name, SPAN("__REALTIME_TIMESTAMP"))) {
		export->has_usec = span_number(value, &export->usec) == value.n && value.n > 0;
		return;
	}
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		if (fields[i].field == NULL || !span_eq(name, fields[i].name))
			continue;
		buf_clear(fields[i].field);
		buf_add(fields[i].field, value);
		export->no_memory = export->no_memory || fields[i].field->failed == ENOMEM;
		export->has_true_pid = export->has_true_pid || span_eq(name, SPAN("_PID"));
	}
}

/* The value of a binary field, which may have line breaks; the line gets its own back. */
static void export_add_bytes(struct maillog_export *export, struct span text)
{
	uint64_t length = 0;

	export->have += text.n + 1;
	buf_add(&export->bytes, text);
	buf_add_char(&export->bytes, '\n');
	export->no_memory = export->no_memory || export->bytes.failed == ENOMEM;
	if (export->want == 0 && export->bytes.n >= EXPORT_LENGTH) {
		for (unsigned i = 0; i < EXPORT_LENGTH; i++)
			length |= (uint64_t)(unsigned char)export->bytes.p[i] << (8 * i);
		export->want = length < UINT64_MAX / 2 ? length + EXPORT_LENGTH + 1 : UINT64_MAX;
	}
	if (export->want == 0 || export->have < export->want)
		return;
	if (export->have == export->want && export->bytes.failed == 0)
		export_set(export, buf_span(&export->field),
		    (struct span){
			export->bytes.p + EXPORT_LENGTH, export->bytes.n - EXPORT_LENGTH - 1});
	export->in_binary = false;
}

static void export_begin_bytes(struct maillog_export *export, struct span name)
{
	buf_clear(&export->field);
	buf_add(&export->field, name);
	export->no_memory = export->no_memory || export->field.failed == ENOMEM;
	buf_clear(&export->bytes);
	export->have = export->want = 0;
	export->in_binary = true;
}

/* An empty line ends an entry. */
static int export_end(struct maillog *log, struct maillog_line *line_r)
{
	struct maillog_export *export = &log->export;
	bool is_complete = export->has_usec;

	*line_r = (struct maillog_line){
	    .when = (time_t)(export->usec / USEC),
	    .is_instant = true,
	    .host = buf_span(&export->host),
	    .tag = buf_span(&export->tag),
	    .pid = buf_span(&export->pid),
	    .text = buf_span(&export->text),
	    .writer = buf_span(&export->writer),
	    .command = buf_span(&export->command),
	    .transport = buf_span(&export->transport),
	    .unit = buf_span(&export->unit),
	};
	line_r->program = maillog_program_of(line_r->tag, &line_r->service);
	return is_complete ? 1 : 0;
}

static void export_forget(struct maillog_export *export)
{
	buf_clear(&export->host);
	buf_clear(&export->tag);
	buf_clear(&export->pid);
	buf_clear(&export->text);
	buf_clear(&export->writer);
	buf_clear(&export->command);
	buf_clear(&export->transport);
	buf_clear(&export->unit);
	export->has_true_pid = false;
	export->has_usec = false;
	export->is_over = false;
}

int maillog_export_read(struct maillog *log, struct span text, struct maillog_line *line_r)
{
	struct maillog_export *export = &log->export;
	size_t equals;

	if (export->is_over)
		export_forget(export);
	if (export->in_binary) {
		export_add_bytes(export, text);
		return 0;
	}
	if (text.n == 0) {
		export->is_over = true;
		return export_end(log, line_r);
	}
	equals = span_find(text, '=');
	if (equals == SPAN_NPOS)
		export_begin_bytes(export, text);
	else
		export_set(export, span_head(text, equals), span_from(text, equals + 1));
	return 0;
}

void maillog_export_cut(struct maillog *log)
{
	log->export.in_binary = false;
}
