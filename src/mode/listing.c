#include "mode/listing.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "base/log.h"
#include "base/utf8.h"
#include "deliver/deliver_file.h"
#include "mode/run_parts.h"
#include "text/escape.h"
#include "text/table_cell.h"

/* How narrow a text can become; see struct table_column. */
#define LISTING_LEAST 16
#define LISTING_TIGHT 8
#define LISTING_FOLD  23 /* two days and what is between them */

static const struct format_request *listing_request(const struct listing *listing)
{
	const struct format_request *output = listing->options->output;

	if (output[FORMAT_JSON].wanted)
		return &output[FORMAT_JSON];
	if (output[FORMAT_TSV].wanted)
		return &output[FORMAT_TSV];
	return output[FORMAT_CSV].wanted ? &output[FORMAT_CSV] : NULL;
}

bool listing_is_table(const struct listing *listing)
{
	return listing_request(listing) == NULL;
}

static bool listing_is_tsv(const struct listing *listing)
{
	return listing_request(listing) == &listing->options->output[FORMAT_TSV];
}

static bool listing_is_json(const struct listing *listing)
{
	return listing->options->output[FORMAT_JSON].wanted;
}

/* Numbers and times are no longer the same when something of them is missing. */
static void listing_add_column(struct table *table, const struct listing_column *column)
{
	struct table_column shown = {
	    .title = column->title,
	    .is_number = column->kind == LISTING_NUMBER,
	    .optional = column->rank > 0,
	    .rank = column->rank,
	};

	if (column->kind == LISTING_TEXT)
		shown.least = LISTING_LEAST, shown.tight = LISTING_TIGHT;
	if (column->folds) {
		shown.when_long = column->kind == LISTING_TEXT ? TABLE_FOLD : TABLE_FOLD_WORDS;
		shown.least = shown.tight = LISTING_FOLD;
	}
	table_add_column(table, &shown);
}

/* In front of a cell of CSV. */
static void listing_add_delimiter(struct listing *listing, unsigned column)
{
	if (column > 0)
		buf_add_char(&listing->output, listing->options->delimiter);
}

void listing_open(struct listing *listing, const struct options *options, const struct env *env,
    const struct listing_column *columns, unsigned count)
{
	*listing =
	    (struct listing){.options = options, .env = env, .column = columns, .count = count};
	buf_init(&listing->cells, 0);
	buf_init(&listing->output, 0);
	table_init(&listing->table, env->terminal_width,
	    env->stdout_is_terminal && !env->terminal_is_utf8);
	for (unsigned i = 0; i < count; i++)
		listing_add_column(&listing->table, &columns[i]);
	if (listing_request(listing) == NULL || listing_is_json(listing))
		return;
	if (!listing_is_tsv(listing) && options->csv_bom)
		utf8_add(&listing->output, UTF8_BOM);
	for (unsigned i = 0; i < count; i++) {
		if (listing_is_tsv(listing)) {
			buf_printf(&listing->output, "%s%s", i > 0 ? "\t" : "", columns[i].title);
			continue;
		}
		listing_add_delimiter(listing, i);
		escape_csv(&listing->output, span_of(columns[i].title), ESCAPE_RAW);
	}
	buf_add_text(&listing->output, listing_is_tsv(listing) ? "\n" : "\r\n");
}

void listing_add_string(struct buf *out, struct span text)
{
	buf_add_char(out, '"');
	while (text.n > 0) {
		uint32_t c = 0;
		size_t n = utf8_next(text, &c);

		if (n == 0)
			buf_add_text(out, "\xEF\xBF\xBD");
		else if (c == '"' || c == '\\')
			buf_printf(out, "\\%c", (char)c);
		else if (utf8_is_control(c))
			buf_printf(out, "\\u%04x", (unsigned)c);
		else
			buf_add(out, span_head(text, n));
		text = span_from(text, n > 0 ? n : 1);
	}
	buf_add_char(out, '"');
}

static void listing_add_json(struct listing *listing, const struct span *cells)
{
	struct buf *out = &listing->output;

	for (unsigned i = 0; i < listing->count; i++) {
		buf_printf(out, "%s\"%s\":", i > 0 ? "," : "{", listing->column[i].json_key);
		if (listing->column[i].kind == LISTING_NUMBER)
			buf_add(out, cells[i]);
		else
			listing_add_string(out, cells[i]);
	}
	buf_add_text(out, "}\n");
}

static enum escape_guard listing_guard(const struct listing *listing, unsigned column)
{
	return listing->options->raw_csv || listing->column[column].kind == LISTING_TIME
		   ? ESCAPE_RAW
		   : ESCAPE_TEXT;
}

static void listing_add_csv(struct listing *listing, const struct span *cells)
{
	struct buf plain;

	buf_init(&plain, 0);
	for (unsigned i = 0; i < listing->count; i++) {
		buf_clear(&plain);
		escape_plain(&plain, cells[i], ESCAPE_RAW);
		buf_fail(&listing->output, plain.failed);
		listing_add_delimiter(listing, i);
		escape_csv(&listing->output, buf_span(&plain), listing_guard(listing, i));
	}
	buf_add_text(&listing->output, "\r\n");
	buf_fini(&plain);
}

static void listing_add_tsv(struct listing *listing, const struct span *cells)
{
	for (unsigned i = 0; i < listing->count; i++) {
		buf_add_text(&listing->output, i > 0 ? "\t" : "");
		escape_plain(&listing->output, cells[i], listing_guard(listing, i));
	}
	buf_add_char(&listing->output, '\n');
}

static void listing_cells(struct span text, unsigned count, struct span *cells)
{
	for (unsigned i = 0; i < count; i++) {
		size_t end = span_find(text, '\n');

		cells[i] = span_head(text, end);
		text = span_from(text, end + 1);
	}
}

static void listing_add_cells(struct listing *listing, const struct span *cells)
{
	struct span shown[TABLE_MAX_COLUMNS];
	size_t from = listing->cells.n;

	for (unsigned i = 0; i < listing->count; i++) {
		table_cell_add(&listing->cells, cells[i], listing->table.ascii_only);
		buf_add_char(&listing->cells, '\n');
	}
	if (listing->cells.failed != 0)
		return;
	listing_cells(span_from(buf_span(&listing->cells), from), listing->count, shown);
	table_measure(&listing->table, shown);
}

void listing_add(struct listing *listing, const struct span *cells)
{
	listing->rows++;
	if (listing_request(listing) == NULL)
		listing_add_cells(listing, cells);
	else if (listing_is_json(listing))
		listing_add_json(listing, cells);
	else if (listing_is_tsv(listing))
		listing_add_tsv(listing, cells);
	else
		listing_add_csv(listing, cells);
}

void listing_row_init(struct listing_row *row)
{
	row->cells = 0;
	buf_init(&row->text, 0);
}

void listing_row_fini(struct listing_row *row)
{
	buf_fini(&row->text);
}

void listing_row_end_cell(struct listing_row *row)
{
	row->end[row->cells++] = row->text.n;
}

void listing_row_add_text(struct listing_row *row, struct span text)
{
	buf_add(&row->text, text);
	listing_row_end_cell(row);
}

void listing_row_add_number(struct listing_row *row, uint64_t number)
{
	buf_printf(&row->text, "%" PRIu64, number);
	listing_row_end_cell(row);
}

int listing_add_row(struct listing *listing, struct listing_row *row, struct err *err)
{
	struct span cell[TABLE_MAX_COLUMNS];
	size_t from = 0;

	if (row->text.failed != 0)
		return err_nomem(err);
	for (unsigned i = 0; i < row->cells; i++) {
		cell[i] = (struct span){row->text.p + from, row->end[i] - from};
		from = row->end[i];
	}
	listing_add(listing, cell);
	buf_clear(&row->text);
	row->cells = 0;
	return 0;
}

static void listing_add_left_out(struct listing *listing)
{
	const size_t before = listing->output.n;

	table_add_left_out(&listing->output, &listing->table);
	if (listing->output.n > before)
		buf_add_char(&listing->output, '\n');
}

static void listing_add_table(struct listing *listing)
{
	struct span rest = buf_span(&listing->cells);
	struct span cells[TABLE_MAX_COLUMNS];

	table_fit(&listing->table);
	table_add_titles(&listing->output, &listing->table);
	buf_add_char(&listing->output, '\n');
	for (uint64_t i = 0; i < listing->rows && listing->cells.failed == 0; i++) {
		const struct span *last = &cells[listing->count - 1];

		listing_cells(rest, listing->count, cells);
		rest = span_from(rest, (size_t)(last->p - rest.p) + last->n + 1);
		table_add_row(&listing->output, &listing->table, cells);
		buf_add_char(&listing->output, '\n');
	}
	listing_add_left_out(listing);
	buf_fail(&listing->output, listing->cells.failed);
}

/* What a file or another program gets is the text itself. */
static int listing_show(const struct listing *listing, struct buf *lines, struct err *err)
{
	bool ascii_only = !listing->env->terminal_is_utf8;
	struct buf shown;

	buf_init(&shown, 0);
	if (listing_is_json(listing))
		escape_json(&shown, buf_span(lines), ascii_only);
	else
		escape_rows(&shown, buf_span(lines), ascii_only);
	buf_fini(lines);
	*lines = shown;
	return lines->failed == 0 ? 0 : err_nomem(err);
}

static int listing_write(const struct listing *listing, struct buf *text, struct err *err)
{
	const struct format_request *request = listing_request(listing);
	const char *name = request != NULL && request->file != NULL ? request->file : "-";
	struct deliver_file *file = deliver_open_named(name, run_deadline(listing->options), err);

	if (file == NULL)
		return -1;
	if (request != NULL && listing->env->stdout_is_terminal && deliver_is_stdout(file) &&
	    listing_show(listing, text, err) != 0) {
		deliver_abort(file);
		return -1;
	}
	if (text->n > 0 && fwrite(text->p, 1, text->n, deliver_stream(file)) != text->n) {
		err_set_sys(err, ERR_IO, errno, "cannot write '%s'", name);
		deliver_abort(file);
		return -1;
	}
	return deliver_commit(file, err);
}

int listing_write_json(
    const struct options *options, const struct env *env, struct buf *lines, struct err *err)
{
	const struct listing listing = {.options = options, .env = env};

	return lines->failed != 0 ? err_nomem(err) : listing_write(&listing, lines, err);
}

int listing_close(struct listing *listing, struct err *err)
{
	int result;

	if (listing_request(listing) == NULL)
		listing_add_table(listing);
	result = listing->output.failed != 0 ? err_nomem(err)
					     : listing_write(listing, &listing->output, err);
	listing_abort(listing);
	return result;
}

void listing_abort(struct listing *listing)
{
	buf_fini(&listing->cells);
	buf_fini(&listing->output);
}
