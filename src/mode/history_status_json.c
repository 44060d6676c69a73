/* history status --json: what the text says, for programs. */
#include <inttypes.h>

#include "mode/history_status.h"
#include "sink/sink_json_line.h"

/* {"schema":1,"kind":"KIND" */
static void status_begin(struct buf *out, const char *kind)
{
	buf_printf(out, "{\"schema\":%d,\"kind\":\"%s\"", SINK_JSON_SCHEMA, kind);
}

static void status_add_text(struct buf *out, const char *key, struct span text)
{
	buf_printf(out, ",\"%s\":", key);
	listing_add_string(out, text);
}

static void status_add_number(struct buf *out, const char *key, uint64_t number)
{
	buf_printf(out, ",\"%s\":%" PRIu64, key, number);
}

/* null when it is unknown. */
static void status_add_time(struct buf *out, const char *key, int64_t time)
{
	buf_printf(out, time != 0 ? ",\"%s\":\"" : ",\"%s\":null", key);
	if (time == 0)
		return;
	history_add_time(out, time);
	buf_add_char(out, '"');
}

static void status_add_day(struct buf *out, const char *key, int64_t time)
{
	buf_printf(out, time != 0 ? ",\"%s\":\"" : ",\"%s\":null", key);
	if (time == 0)
		return;
	period_add_utc_day(out, store_day(time));
	buf_add_char(out, '"');
}

static void status_add_columns(struct buf *out, const char *key, const struct column_list *columns)
{
	buf_printf(out, ",\"%s\":[", key);
	for (unsigned i = 0; i < columns->count; i++)
		buf_printf(
		    out, "%s\"%s\"", i > 0 ? "," : "", record_columns[columns->column[i]].json_key);
	buf_add_char(out, ']');
}

static void status_add_history(
    struct buf *out, const struct history_run *run, const struct history_status *status)
{
	const struct store_about *about = &status->about;

	status_begin(out, "history");
	status_add_text(out, "history", span_of(about->place));
	status_add_text(out, "engine", span_of(about->engine));
	status_add_number(out, "form", (uint64_t)about->schema);
	status_add_text(out, "program", SPAN(PACKAGE_STRING));
	status_add_number(out, "bytes", about->bytes);
	status_add_number(out, "bytes_free", about->unused);
	status_add_number(out, "messages", about->rows);
	status_add_day(out, "oldest_day", status->first);
	status_add_day(out, "newest_day", status->last);
	status_add_number(out, "waiting_batches", about->waiting);
	status_add_number(out, "waiting_bytes", about->waiting_bytes);
	if (about->spool != NULL)
		status_add_text(out, "waiting_files", span_of(about->spool));
	else
		buf_add_text(out, ",\"waiting_files\":null");
	status_add_columns(out, "without", &run->options->history_without);
	status_add_columns(out, "hashed", &run->options->history_hash);
	buf_printf(out, ",\"has_hidden\":%s}\n", status->is_hidden ? "true" : "false");
}

static void status_add_place(struct buf *out, const struct history_place *place)
{
	const struct store_place_sum *sum = &place->sum;

	status_begin(out, "place");
	status_add_text(out, "host", sum->place.host);
	status_add_text(out, "folder", sum->place.name);
	status_add_text(out, "source", sum->place.source);
	status_add_number(out, "messages", sum->rows);
	status_add_time(out, "first_seen", sum->first);
	status_add_time(out, "last_seen", sum->last);
	status_add_number(out, "epochs", sum->epochs);
	status_add_number(out, "days", place->days);
	buf_add_text(out, ",\"known\":[");
	for (size_t i = 0; i < place->stretches; i++) {
		buf_add_text(out, i > 0 ? ",{\"since\":\"" : "{\"since\":\"");
		period_add_iso(out, (time_t)place->stretch[i].since);
		buf_add_text(out, "\",\"until\":\"");
		period_add_iso(out, (time_t)place->stretch[i].until);
		buf_add_text(out, "\"}");
	}
	buf_add_text(out, "]}\n");
}

/* Of one that has not ended nobody knows how it did. */
static int status_take_run(void *context, const struct store_run *run, struct err *err)
{
	struct buf *out = context;

	(void)err;
	status_begin(out, "run");
	status_add_time(out, "began", run->began);
	status_add_time(out, "ended", run->ended);
	status_add_text(out, "program", run->program);
	status_add_text(out, "options", run->options);
	if (run->ended != 0)
		buf_printf(
		    out, ",\"messages\":%" PRIu64 ",\"status\":%d}\n", run->rows, run->status);
	else
		buf_add_text(out, ",\"messages\":null,\"status\":null}\n");
	return 0;
}

int history_status_write_json(
    const struct history_run *run, const struct history_status *status, struct err *err)
{
	struct buf out;
	int result;

	buf_init(&out, 0);
	status_add_history(&out, run, status);
	for (size_t i = 0; i < status->count; i++)
		status_add_place(&out, &status->place[i]);
	result =
	    run->store->ops->runs(run->store, HISTORY_STATUS_JSON_RUNS, status_take_run, &out, err);
	if (result == 0)
		result = listing_write_json(run->options, run->env, &out, err);
	buf_fini(&out);
	return result;
}
