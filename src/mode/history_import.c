/*
 * history import: exports come in as they are, and of saved reports the messages that their server
 * has named: others could be there already under another name, and would be counted twice.
 *
 * Nothing that is there is replaced, so the same import twice is one.
 */
#include <errno.h>
#include <inttypes.h>

#include "base/interrupt.h"
#include "base/log.h"
#include "input/input.h"
#include "mode/history_part.h"
#include "mode/history_saved.h"
#include "mode/run_parts.h"
#include "report/report.h"
#include "sink/store_line.h"
#include "source/saved/saved.h"
#include "source/saved/saved_input.h"

/* The files of a run. */
struct history_import {
	struct history_run *run;
	struct history_known known;
	const struct store_privacy *privacy;
	struct history_counts counts; /* of all of them */
};

/* An export that is read. */
struct history_lines {
	struct store *store;
	struct saved_input input;
	struct store_line line;
	struct buf begun;           /* a line that is cut by the end of a chunk */
	struct store_record memory; /* of rows of which not all is kept */
	uint64_t taken;
};

/* Its key and what was counted stay. */
static int history_protect(struct history_lines *lines, struct store_row *row, struct err *err)
{
	struct store_row kept;
	struct record record;

	if (store_record_read(&lines->line.record, row, &record, err) != 0)
		return -1;
	lines->memory.was_without = lines->line.record.without;
	lines->memory.was_hashed = lines->line.record.hashed;
	if (store_record_write(&lines->memory, &record, &kept, err) != 0)
		return -1;
	for (unsigned i = 0; i < STORE_TEXT_COUNT; i++)
		if (i != STORE_RULES)
			row->text[i] = kept.text[i];
	return 0;
}

static int history_take_line(struct history_lines *lines, struct span text, struct err *err)
{
	struct store_row row;
	int got;

	if (span_trim(text).n == 0)
		return 0;
	got = store_line_read(&lines->line, text, &row, err);
	if (got == 0)
		err_set(err, ERR_DATA, "this is no row of an export, as those before it are");
	if (got <= 0) {
		const struct err why = *err;

		if (why.code == ERR_DATA)
			saved_input_refuse(&lines->input, lines->input.line, err, "%s", why.text);
		return -1;
	}
	lines->taken++;
	if (lines->memory.privacy != NULL && history_protect(lines, &row, err) != 0)
		return -1;
	return lines->store->ops->put(lines->store, &row, err);
}

static int history_take_piece(struct history_lines *lines, struct span piece, struct err *err)
{
	int result;

	if (lines->begun.n == 0 && lines->input.line_ends)
		return history_take_line(lines, piece, err);
	buf_add(&lines->begun, piece);
	if (lines->begun.failed == EMSGSIZE)
		return saved_input_refuse(&lines->input, lines->input.line, err,
		    "a line of more than %zu bytes", STORE_LINE_MAX);
	if (lines->begun.failed != 0)
		return err_nomem(err);
	if (!lines->input.line_ends)
		return 0;
	result = history_take_line(lines, buf_span(&lines->begun), err);
	buf_clear(&lines->begun);
	return result;
}

static int history_import_lines(
    struct history_import *import, FILE *in, const char *name, struct err *err)
{
	struct history_lines lines = {.store = import->run->store};
	struct span piece;
	int got, result;

	buf_init(&lines.begun, STORE_LINE_MAX);
	store_record_init(&lines.memory);
	lines.memory.privacy = import->privacy;
	result = store_line_init(&lines.line, err);
	if (result == 0)
		result = saved_input_init(&lines.input, in, name, err);
	while (result == 0 && (got = saved_input_next(&lines.input, &piece, err)) != 0)
		result = got > 0 ? history_take_piece(&lines, piece, err) : -1;
	if (result == 0)
		result = history_take_line(&lines, buf_span(&lines.begun), err);
	import->counts.taken += lines.taken;
	store_line_fini(&lines.line);
	store_record_fini(&lines.memory);
	buf_fini(&lines.begun);
	return result;
}

static int history_import_report(
    struct history_import *import, FILE *in, const char *name, struct err *err)
{
	static const struct column_list none = {.count = 0};
	struct account_place place = {.host = name};
	struct account account = {.place = &place, .place_count = 1};
	struct report report;
	const struct history_saved_settings settings = {
	    import->run->store, &import->known, import->privacy, &import->counts};
	struct sink *sink = history_saved_new(&settings, err);
	const struct saved_job job = {
	    .in = in, .name = name, .needed = &none, .report = &report, .place = &place};
	int result;

	if (sink == NULL)
		return -1;
	report_init(&report, &(const struct report_parts){.sinks = sink, .account = &account});
	result = saved_read(&job, err);
	if (result == 0)
		result = sink_end(sink, &account, err);
	if (result == 0 && place.missing != NULL)
		log_warn("%s: %s", name, place.missing);
	report_fini(&report);
	sink_free(sink);
	return result;
}

/* The first line of an export; what it has in texts has its quotes escaped. */
static bool history_is_export(struct span first)
{
	const struct span text = span_trim(first);
	const struct span line = span_head(text, span_find(text, '\n'));

	return span_find_text(line, SPAN(STORE_LINE_MARK)) != SPAN_NPOS;
}

/* Of a file that ends too early all that is complete counts, and that it lacks something. */
static int history_import_input(struct history_import *import, struct input *input, struct err *err)
{
	struct err why = ERR_INIT;
	struct span first = SPAN_EMPTY;
	FILE *in;
	int result;

	if (input_is_folder(input))
		return err_set(err, ERR_USAGE, "'%s' is a folder", input_name(input));
	if (input_window(input, INPUT_WINDOW, &first, err) < 0)
		return -1;
	if (span_trim(first).n == 0)
		return 0;
	if (!history_is_export(first) && !saved_is_json(first, false) &&
	    !saved_is_csv(first, false))
		return err_set(err, ERR_DATA, "'%s' is neither an export of a history nor a report",
		    input_name(input));
	in = input_stream(input, err);
	if (in == NULL)
		return -1;
	if (history_is_export(first))
		result = history_import_lines(import, in, input_name(input), err);
	else
		result = history_import_report(import, in, input_name(input), err);
	fclose(in);
	if (err->code != ERR_SIGNAL && input_check(input, &why) != 0) {
		*err = why;
		result = -1;
	}
	return result;
}

/* What was acknowledged before a failure stays: the next import goes on. */
static int history_import_file(struct history_import *import, const char *path, struct err *err)
{
	struct store *store = import->run->store;
	struct input *input = input_open(path, run_deadline(import->run->options), err);
	struct err ignored = ERR_INIT;
	int result;

	if (input == NULL)
		return -1;
	result = history_import_input(import, input, err);
	input_close(input);
	if (result == 0)
		return store->ops->commit(store, err);
	store->ops->commit(store, &ignored);
	return -1;
}

static int history_say_imported(
    const struct history_import *import, uint64_t added, struct err *err)
{
	const struct history_counts *counts = &import->counts;
	const uint64_t there = counts->taken > added ? counts->taken - added : 0;
	struct buf text;
	int result;

	buf_init(&text, 0);
	history_add_messages(&text, added);
	buf_printf(&text, " imported, %" PRIu64 " %s there already\n", there + counts->known,
	    there + counts->known != 1 ? "were" : "was");
	result = history_say(import->run, &text, err);
	buf_fini(&text);
	if (result == 0 && counts->unnamed > 0)
		return err_set(err, ERR_DATA,
		    "%" PRIu64 " %s not imported, since nothing tells %s from those that are "
		    "there: a report must have the columns Host, Folder, UID and Date",
		    counts->unnamed, counts->unnamed == 1 ? "message is" : "messages are",
		    counts->unnamed == 1 ? "it" : "them");
	return result;
}

static int history_import_files(struct history_import *import, struct err *err)
{
	struct history_run *run = import->run;
	struct store_about before, after;
	int result;

	if (run_history_find_privacy(
		&run->history, run->options, run->env, &import->privacy, err) != 0 ||
	    history_known_read(&import->known, run->store, err) != 0 ||
	    run->store->ops->about(run->store, &before, err) != 0)
		return -1;
	for (unsigned i = 0; i < run->operand_count; i++)
		if (history_import_file(import, run->operand[i], err) != 0)
			return -1;
	result = run->store->ops->about(run->store, &after, err);
	if (result != 0)
		return -1;
	run->rows = after.rows > before.rows ? after.rows - before.rows : 0;
	return history_say_imported(
	    import, after.rows > before.rows ? after.rows - before.rows : 0, err);
}

int history_import(struct history_run *run, struct err *err)
{
	struct history_import import = {.run = run};
	const int result = history_import_files(&import, err);

	history_known_fini(&import.known);
	return result;
}
