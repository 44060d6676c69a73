/*
 * A header section through the whole report: evidence, every output, and back by libcsv, jansson
 * and --merge. What comes out is what went in.
 */
#include <csv.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdint.h>
#include <string.h>

#include "base/utf8.h"
#include "check.h"
#include "calendar/period.h"
#include "text/escape.h"
#include "evidence/evidence.h"
#include "record/account.h"
#include "group/group_set.h"
#include "sink/sink_row.h"
#include "source/saved/saved.h"

#define PIPE_WHEN 1795132800 /* 2026-11-20, UTC */
/* Groups and page take most of the time: an input whose size is a multiple of this has them. */
#define PIPE_GROUPED_EACH 8

#define PIPE_HOST   "quarantine.example.com"
#define PIPE_FOLDER "Caught (Outgoing)"

enum pipe_output {
	PIPE_CSV,
	PIPE_JSON,
	PIPE_DISPLAY,
	PIPE_GROUPS,
	PIPE_TABLE,
	PIPE_HTML,
	PIPE_COUNT
};

/* All columns, in their order. */
static struct column_list pipe_columns;

static struct evidence *pipe_evidence;

struct pipe {
	FILE *out[PIPE_COUNT];
	char *text[PIPE_COUNT];
	size_t n[PIPE_COUNT];
	bool grouped; /* with groups and page */
	struct group_set *groups;
	struct sink *sinks;
	struct sink **end;
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool pipe_prepare(void)
{
	struct err err = ERR_INIT;

	if (pipe_evidence != NULL)
		return true;
	CHECK(period_set_zone("UTC", &err) == 0);
	for (unsigned i = 0; i < COLUMN_COUNT; i++)
		pipe_columns.column[pipe_columns.count++] = (enum column)i;
	pipe_evidence = evidence_new(NULL, &err);
	return pipe_evidence != NULL;
}

static void pipe_make_record(struct span header, struct arena *arena, struct record *record)
{
	struct err err = ERR_INIT;
	struct buf date;

	*record = (struct record){.number = 1, .uid = 7, .internal_date = PIPE_WHEN};
	CHECK(evidence_extract(pipe_evidence, header, arena, record, &err) == 0);
	buf_init(&date, 0);
	period_add_iso(&date, PIPE_WHEN);
	record->value[COLUMN_DATE] = arena_copy_buf(arena, &date);
	buf_fini(&date);
	record->value[COLUMN_NUMBER] = SPAN("1");
	record->value[COLUMN_UID] = SPAN("7");
	record->value[COLUMN_FOLDER] = SPAN(PIPE_FOLDER);
	record->value[COLUMN_HOST] = SPAN(PIPE_HOST);
}

/* --- there --- */

static void pipe_add(struct pipe *pipe, struct sink *sink)
{
	CHECK(sink != NULL);
	*pipe->end = sink;
	pipe->end = &sink->next;
}

static void pipe_open(struct pipe *pipe, bool grouped)
{
	static const struct column_list key = {1, {COLUMN_IDENTITY}};
	static const struct sink_csv_options csv = {.delimiter = ','};
	static const struct sink_display_options display = {.delimiter = ','};
	static const struct sink_table_options table = {.width = 80};
	static const struct group_limits limits = {0};
	const struct sink_html_options html = {.limits = &limits};
	struct err err = ERR_INIT;
	struct grouping *grouping;

	*pipe = (struct pipe){.end = &pipe->sinks, .grouped = grouped};
	for (unsigned i = 0; i < PIPE_COUNT; i++)
		CHECK((pipe->out[i] = open_memstream(&pipe->text[i], &pipe->n[i])) != NULL);
	pipe_add(pipe, sink_csv_new(pipe->out[PIPE_CSV], &pipe_columns, &csv, &err));
	pipe_add(pipe, sink_json_new(pipe->out[PIPE_JSON], &err));
	pipe_add(pipe, sink_display_new(pipe->out[PIPE_DISPLAY], &pipe_columns, &display, &err));
	if (!pipe->grouped)
		return;
	CHECK((pipe->groups = group_set_new(&err)) != NULL);
	CHECK((grouping = group_set_get(pipe->groups, &key, &err)) != NULL);
	pipe_add(pipe, sink_group_csv_new(pipe->out[PIPE_GROUPS], grouping, &limits, &csv, &err));
	pipe_add(
	    pipe, sink_group_display_new(pipe->out[PIPE_TABLE], grouping, &limits, &table, &err));
	pipe_add(pipe, sink_html_new(pipe->out[PIPE_HTML], pipe->groups, &html, &err));
}

static void pipe_run(struct pipe *pipe, const struct record *record, const struct account *account)
{
	struct err err = ERR_INIT;

	CHECK(pipe->groups == NULL || group_set_add(pipe->groups, record, &err) == 0);
	CHECK(sink_record(pipe->sinks, record, &err) == 0);
	CHECK(sink_end(pipe->sinks, account, &err) == 0);
	sink_free(pipe->sinks);
	group_set_free(pipe->groups);
	for (unsigned i = 0; i < PIPE_COUNT; i++)
		fclose(pipe->out[i]);
}

static void pipe_close(struct pipe *pipe)
{
	for (unsigned i = 0; i < PIPE_COUNT; i++)
		free(pipe->text[i]);
}

static struct span pipe_text(const struct pipe *pipe, enum pipe_output output)
{
	return (struct span){pipe->text[output], pipe->n[output]};
}

/* --- and back --- */

struct pipe_cells {
	const struct record *record;
	unsigned rows;
	unsigned cells; /* of the row */
};

static void pipe_take_cell(void *cell, size_t n, void *data)
{
	struct pipe_cells *cells = data;
	struct span got = {n > 0 ? cell : "", n};
	struct span value;
	unsigned column = cells->cells++;

	CHECK(column < COLUMN_COUNT);
	if (cells->rows == 0) {
		CHECK(span_eq(got, span_of(record_columns[column].title)));
		return;
	}
	/* The only formulas are ours: one whose result is the text that it holds. */
	value = escape_unguard(got, sink_row_guard(column));
	CHECK(!escape_is_formula(got) || (got.p[0] == '=' && value.p == got.p + 2));
	for (size_t i = 0; got.p[0] == '=' && i < value.n; i++)
		CHECK(value.p[i] != '"');
	CHECK(span_eq(value, cells->record->value[column]));
}

static void pipe_take_row(int end, void *data)
{
	struct pipe_cells *cells = data;

	CHECK(end == '\r' || end == '\n');
	CHECK(cells->cells == COLUMN_COUNT);
	cells->cells = 0;
	cells->rows++;
}

static void pipe_check_csv(struct span text, const struct record *record)
{
	struct pipe_cells cells = {.record = record};
	struct csv_parser parser;

	CHECK(csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI) == 0);
	CHECK(csv_parse(&parser, text.p, text.n, pipe_take_cell, pipe_take_row, &cells) == text.n);
	CHECK(csv_fini(&parser, pipe_take_cell, pipe_take_row, &cells) == 0);
	csv_free(&parser);
	CHECK(cells.rows == 2);
}

static void pipe_check_json(struct span text, const struct record *record)
{
	json_t *object = json_loadb(text.p, text.n, JSON_REJECT_DUPLICATES, NULL);

	CHECK(object != NULL);
	CHECK(span_find(text, '\n') == text.n - 1);
	for (unsigned i = 0; i < COLUMN_COUNT; i++) {
		const json_t *value = json_object_get(object, record_columns[i].json_key);
		struct span got = {json_string_value(value), json_string_length(value)};

		if (i == COLUMN_NUMBER || i == COLUMN_UID)
			CHECK(json_integer_value(value) == (i == COLUMN_UID ? 7 : 1));
		else
			CHECK(json_is_string(value) && span_eq(got, record->value[i]));
	}
	CHECK(json_is_true(json_object_get(object, "bounce")) == record->is_bounce);
	json_decref(object);
}

static const struct record *pipe_saved;

static int pipe_check_saved_record(struct sink *sink, const struct record *record, struct err *err)
{
	(void)sink;
	(void)err;
	CHECK(record->number == 1 && column_set_is_empty(&record->absent));
	for (unsigned i = 0; i < COLUMN_COUNT; i++)
		CHECK(span_eq(record->value[i], pipe_saved->value[i]));
	return 0;
}

static void pipe_check_merge(struct span text, const struct record *record)
{
	static const struct sink_ops ops = {.name = "check", .record = pipe_check_saved_record};
	struct column_list needed = {0};
	struct sink sink = {.ops = &ops};
	struct err err = ERR_INIT;
	struct account_place place = {.host = "saved"};
	struct report report;
	struct saved_job job = {
	    .name = "saved", .needed = &needed, .report = &report, .place = &place};

	pipe_saved = record;
	job.in = fmemopen((void *)(uintptr_t)text.p, text.n, "r");
	CHECK(job.in != NULL);
	report_init(&report, &(const struct report_parts){.sinks = &sink});
	CHECK(saved_read(&job, &err) == 0 && report.number == 1 && place.missing == NULL);
	report_fini(&report);
	fclose(job.in);
}

/* For eyes: no line breaks but ours, no controls, nothing that cannot be seen. */
static void pipe_check_display(struct span text, unsigned lines)
{
	uint32_t c = 0;

	for (size_t i = 0; i < text.n; i += utf8_next(span_from(text, i), &c)) {
		CHECK(utf8_next(span_from(text, i), &c) != 0);
		CHECK(c == '\n' || (!utf8_is_control(c) && !utf8_is_invisible(c)));
		lines -= c == '\n';
	}
	CHECK(lines == 0);
}

/* Markup is ours: a page without a message has as many scripts. */
static void pipe_check_html(struct span text)
{
	unsigned scripts = 0;
	size_t at;

	CHECK(utf8_valid(text));
	for (; (at = span_find_text_nocase(text, SPAN("<script"))) != SPAN_NPOS; scripts++)
		text = span_from(text, at + 1);
	CHECK(scripts == 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct account_place folder = {
	    .host = PIPE_HOST, .name = PIPE_FOLDER, .counts = {.found = 1, .reported = 1}};
	const struct account account = {.made = PIPE_WHEN,
	    .has_period = true,
	    .since = PIPE_WHEN,
	    .until = PIPE_WHEN + 86400,
	    .place_count = 1,
	    .place = &folder};
	struct record record;
	struct arena arena;
	struct pipe pipe;

	if (!pipe_prepare())
		return 0;
	arena_init(&arena);
	pipe_make_record((struct span){(const char *)data, size}, &arena, &record);
	pipe_open(&pipe, size % PIPE_GROUPED_EACH == 0);
	pipe_run(&pipe, &record, &account);
	pipe_check_csv(pipe_text(&pipe, PIPE_CSV), &record);
	pipe_check_json(pipe_text(&pipe, PIPE_JSON), &record);
	pipe_check_merge(pipe_text(&pipe, PIPE_CSV), &record);
	pipe_check_merge(pipe_text(&pipe, PIPE_JSON), &record);
	pipe_check_display(pipe_text(&pipe, PIPE_DISPLAY), 2);
	if (pipe.grouped)
		pipe_check_html(pipe_text(&pipe, PIPE_HTML));
	pipe_close(&pipe);
	arena_fini(&arena);
	return 0;
}
