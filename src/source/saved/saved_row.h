/*
 * What the readers of saved reports share: from the cells of one row to a
 * record in the sinks.
 */
#ifndef REPORT_SAVED_ROW_H
#define REPORT_SAVED_ROW_H

#include "base/arena.h"
#include "evidence/derive.h"
#include "mail/value.h"
#include "source/saved/saved.h"
#include "source/saved/saved_input.h"

struct saved_row {
	const struct saved_job *job;
	const struct saved_input *input;
	struct value_reader reader;
	struct derive_rules derive;
	struct arena arena;
	struct record record;
	bool is_missing; /* it is no message, but says that a host's are not there (--partial) */
	bool is_unnumbered, has_value; /* without either it is a spreadsheet's empty row */
	struct buf date;
};

/* 0 or -1 (no memory). saved_row_fini() accepts one that failed. */
int saved_row_init(
    struct saved_row *row, const struct saved_job *job, const struct saved_input *input);
void saved_row_fini(struct saved_row *row);

/* ERR_DATA when a column that the report is grouped by is neither there nor derived. */
int saved_row_check_needed(
    const struct saved_row *row, struct column_set absent, uint64_t line, struct err *err);

/* A new record without values. */
void saved_row_begin(struct saved_row *row, struct column_set absent);

/* Sets a value, cleaned and copied. The last one counts. */
void saved_row_set(struct saved_row *row, enum column column, struct span value);

/* For a row that does not say whether it is a bounce: From and qmail may tell. */
void saved_row_guess_bounce(struct saved_row *row);

/* The row says that the report was not complete when it was saved. */
void saved_row_note_missing(const struct saved_row *row);

/* Derives, numbers and hands on what was set; `line` is that of the row, for errors. */
int saved_row_end(struct saved_row *row, uint64_t line, struct err *err);

/* The readers: from the first line to the end of the input. */
int saved_csv_read(struct saved_input *input, struct saved_row *row, struct err *err);
int saved_json_read(struct saved_input *input, struct saved_row *row, struct err *err);

#endif
