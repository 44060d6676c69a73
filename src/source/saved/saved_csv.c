/* Saved CSV, through libcsv. */
#include <csv.h>
#include <stdlib.h>

#include "source/saved/saved_header.h"
#include "source/saved/saved_row.h"
#include "sink/sink_row.h"

/* libcsv's buffer for a cell grows by so many bytes. */
#define SAVED_CSV_BLOCK ((size_t)4 * 1024)

struct saved_csv {
	struct csv_parser parser;
	struct saved_header header;
	struct saved_input *input;
	struct saved_row *row;
	unsigned cells;  /* of the row being read */
	unsigned titles; /* cells of it that are the title of their column */
	uint64_t line;   /* where it began: a cell may hold line breaks */
	bool in_row;     /* something of a row was read */
	struct err *err; /* for the callbacks */
	bool failed;     /* one of them filled it */
};

/* Refuses what would be beyond the longest cell; libcsv then tries less, and stops. */
static void *saved_csv_cell_realloc(void *p, size_t n)
{
	return n <= SAVED_MAX_CELL ? realloc(p, n) : NULL;
}

static int saved_csv_refuse_width(struct saved_csv *csv, const char *how)
{
	csv->failed = true;
	return saved_input_refuse(csv->input, csv->line, csv->err,
	    "%s cells than the header row, which has %u", how, csv->header.count);
}

static void saved_csv_cell(void *cell, size_t n, void *data)
{
	struct saved_csv *csv = data;
	struct span value = {cell, n};
	enum column column;

	if (csv->failed)
		return;
	if (csv->cells == csv->header.count) {
		saved_csv_refuse_width(csv, "more");
		return;
	}
	if (csv->cells == 0)
		saved_row_begin(csv->row, column_set_others(&csv->header.there));
	column = csv->header.column[csv->cells++];
	csv->titles += span_eq_nocase(value, span_of(record_columns[column].title));
	saved_row_set(csv->row, column, escape_unguard(value, sink_row_guard(column)));
}

static int saved_csv_row_end(struct saved_csv *csv)
{
	/* Files put together by cat(1) would count a header row as a message. */
	if (csv->titles == csv->header.count && csv->titles > 1)
		return saved_input_refuse(csv->input, csv->line, csv->err,
		    "a second header row: give each report as a file of its own");
	saved_row_guess_bounce(csv->row);
	return saved_row_end(csv->row, csv->line, csv->err);
}

static void saved_csv_row(int end, void *data)
{
	struct saved_csv *csv = data;

	(void)end;
	if (csv->failed)
		return;
	if (csv->cells < csv->header.count)
		saved_csv_refuse_width(csv, "fewer");
	else if (saved_csv_row_end(csv) != 0)
		csv->failed = true;
	csv->cells = csv->titles = 0;
	csv->in_row = false;
}

static int saved_csv_stopped(struct saved_csv *csv)
{
	if (csv_error(&csv->parser) == CSV_EPARSE)
		return saved_input_refuse(
		    csv->input, csv->input->line, csv->err, "a quote in the middle of a cell");
	if (csv_get_buffer_size(&csv->parser) >= SAVED_MAX_CELL)
		return saved_input_refuse(csv->input, csv->line, csv->err,
		    "a cell of more than %zu bytes", SAVED_MAX_CELL);
	return err_nomem(csv->err);
}

static int saved_csv_piece(struct saved_csv *csv, struct span piece)
{
	if (span_find(piece, '\0') != SPAN_NPOS)
		return saved_input_refuse(
		    csv->input, csv->input->line, csv->err, "a NUL byte: this is no text");
	if (!csv->in_row) {
		csv->line = csv->input->line;
		csv->in_row = span_trim(piece).n > 0;
	}
	if (csv_parse(&csv->parser, piece.p, piece.n, saved_csv_cell, saved_csv_row, csv) !=
	    piece.n)
		return saved_csv_stopped(csv);
	return csv->failed ? -1 : 0;
}

static int saved_csv_pieces(struct saved_csv *csv)
{
	struct span piece;
	int got;

	while ((got = saved_input_next(csv->input, &piece, csv->err)) == 1)
		if (saved_csv_piece(csv, piece) != 0)
			return -1;
	if (got < 0)
		return -1;
	if (csv_fini(&csv->parser, saved_csv_cell, saved_csv_row, csv) != 0)
		return saved_input_refuse(csv->input, csv->line, csv->err,
		    "the file ends within a quoted cell of this row");
	return csv->failed ? -1 : 0;
}

int saved_csv_read(struct saved_input *input, struct saved_row *row, struct err *err)
{
	struct saved_csv csv = {.input = input, .row = row, .err = err};
	int result = saved_header_read(input, &csv.header, err);

	if (result <= 0)
		return result;
	if (saved_row_check_needed(row, column_set_others(&csv.header.there), input->line, err) !=
	    0)
		return -1;
	if (csv_init(&csv.parser, CSV_STRICT | CSV_STRICT_FINI) != 0)
		return err_nomem(err);
	csv_set_delim(&csv.parser, (unsigned char)csv.header.delimiter);
	csv_set_realloc_func(&csv.parser, saved_csv_cell_realloc);
	csv_set_blk_size(&csv.parser, SAVED_CSV_BLOCK);
	result = saved_csv_pieces(&csv);
	csv_free(&csv.parser);
	return result;
}
