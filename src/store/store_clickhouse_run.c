/* Which runs the history has seen. */
#include <inttypes.h>

#include "store/store_clickhouse.h"

/* Of a row that is asked for. FINAL of 18.16 over a cluster finds the version, and what is sorted
 * by, only when they are, too. */
#define CLICKHOUSE_RUN_COLUMNS 8

struct clickhouse_listing {
	struct clickhouse *clickhouse;
	store_take_run *take;
	void *context;
};

static int clickhouse_take_last(void *context, struct clickhouse_values *values, struct err *err)
{
	(void)err;
	*(uint64_t *)context = clickhouse_next_number(values, UINT64_MAX);
	return 0;
}

int clickhouse_choose_version(struct clickhouse *clickhouse, struct err *err)
{
	const uint64_t began = clickhouse->version;
	uint64_t last = 0;

	if (began <= STORE_OLDEST)
		return 0;
	buf_clear(&clickhouse->text);
	buf_add_text(
	    &clickhouse->text, "SELECT id FROM qr_run ORDER BY id DESC LIMIT 1 FORMAT JSONCompact");
	if (clickhouse_ask(clickhouse, 1, clickhouse_take_last, &last, err) != 0)
		return -1;
	clickhouse->version = store_version_behind(began, last);
	return clickhouse->version != began ? clickhouse_cut_covers(clickhouse, err) : 0;
}

/* A run is noted as it begins, and once more as it ends: the last note counts. */
int clickhouse_note_run(struct store *store, const struct store_run *run, struct err *err)
{
	struct clickhouse *clickhouse = (struct clickhouse *)store;
	struct buf *text = &clickhouse->text;
	struct http_call call = {.target = buf_string(&clickhouse->writing)};

	if (clickhouse_check_text(run->program, err) != 0 ||
	    clickhouse_check_text(run->options, err) != 0)
		return -1;
	buf_clear(text);
	clickhouse_add_insert(text, "qr_run", clickhouse_run_columns);
	clickhouse_add_number(text, "id", store_version_noted(clickhouse->version, run->began));
	clickhouse_add_number(text, "began", (uint64_t)run->began);
	clickhouse_add_number(text, "ended", (uint64_t)run->ended);
	clickhouse_add_member(text, "program", run->program);
	clickhouse_add_member(text, "options", run->options);
	clickhouse_add_number(text, "rows", run->rows);
	clickhouse_add_number(text, "status", (uint64_t)run->status);
	clickhouse_add_number(text, "version", ++clickhouse->notes);
	buf_add_text(text, "}\n");
	if (text->failed != 0 || clickhouse->writing.failed != 0)
		return err_nomem(err);
	call.body = buf_span(text);
	if (clickhouse_send_often(clickhouse, &call, err) == 0)
		return 0;
	return clickhouse_blame(clickhouse, err);
}

static int clickhouse_take_run(void *context, struct clickhouse_values *values, struct err *err)
{
	struct clickhouse_listing *listing = context;
	struct store_run run;
	int result;

	run.began = (int64_t)clickhouse_next_number(values, STORE_MAX_TIME);
	run.ended = (int64_t)clickhouse_next_number(values, STORE_MAX_TIME);
	run.program = clickhouse_next_text(values);
	run.options = clickhouse_next_text(values);
	run.rows = clickhouse_next_number(values, INT64_MAX);
	run.status = (int)clickhouse_next_number(values, INT32_MAX);
	if (clickhouse_is_damaged(values))
		return 0;
	result = listing->take(listing->context, &run, err);
	listing->clickhouse->is_callers = result != 0;
	return result;
}

int clickhouse_runs(
    struct store *store, unsigned max, store_take_run *take, void *context, struct err *err)
{
	struct clickhouse_listing listing = {(struct clickhouse *)store, take, context};

	buf_clear(&listing.clickhouse->text);
	buf_printf(&listing.clickhouse->text,
	    "SELECT began, ended, program, options, rows, status, id, version FROM qr_run FINAL"
	    " ORDER BY id DESC LIMIT %u FORMAT JSONCompact",
	    max);
	return clickhouse_ask(
	    listing.clickhouse, CLICKHOUSE_RUN_COLUMNS, clickhouse_take_run, &listing, err);
}
