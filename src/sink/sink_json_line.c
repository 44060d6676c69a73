#include "sink/sink_json_line.h"

#include "base/json_memory.h"

/* Percents are the only numbers with a fraction: 100.0 has the most digits. */
#define SINK_JSON_DIGITS 4
#define SINK_JSON_FLAGS  (JSON_COMPACT | JSON_REAL_PRECISION(SINK_JSON_DIGITS))

struct sink_row sink_json_line_row(FILE *out)
{
	return (struct sink_row){
	    .out = out,
	    .what = "the JSON report",
	    .row_end = "\n",
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

int sink_json_line_put(struct sink_row *row, const json_t *object, struct err *err)
{
	bool no_memory;

	json_memory_watch();
	buf_clear(&row->line);
	if (json_dump_callback(object, sink_json_line_add, &row->line, SINK_JSON_FLAGS) == 0)
		return sink_row_put(row, err);
	no_memory = row->line.failed != 0 || json_memory_failed();
	buf_clear(&row->line);
	return no_memory ? err_nomem(err)
			 : err_set(err, ERR_INTERNAL, "a value of the JSON report is not UTF-8");
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
