/*
 * A list that a command shows: as a table on standard output, or with --csv, --tsv and --json as
 * these, there or in a file. Values are the filter's, or a history's, and hostile.
 */
#ifndef MODE_LISTING_H
#define MODE_LISTING_H

#include "base/env.h"
#include "settings/options.h"
#include "text/table.h"

enum listing_kind {
	LISTING_TEXT,
	LISTING_NUMBER,
	LISTING_TIME, /* made by the program: a spreadsheet may take it for what it is */
};

struct listing_column {
	const char *title;
	const char *json_key;
	enum listing_kind kind;
	unsigned rank; /* a narrow terminal leaves out the highest first; 0: never */
	bool folds;    /* goes on below itself when it is too wide */
};

/* A row that is made cell by cell. */
struct listing_row {
	struct buf text;
	size_t end[TABLE_MAX_COLUMNS];
	unsigned cells;
};

struct listing {
	const struct options *options;
	const struct env *env;
	const struct listing_column *column;
	unsigned count;
	uint64_t rows;
	struct table table;
	struct buf cells;  /* of the table, a LF behind each cell */
	struct buf output; /* of the other forms */
};

void listing_open(struct listing *listing, const struct options *options, const struct env *env,
    const struct listing_column *columns, unsigned count);
void listing_add(struct listing *listing, const struct span *cells);

/* What is added to `text` becomes a cell when that ends; all columns have one, in their order.
 * listing_add_row() begins the next row. */
void listing_row_init(struct listing_row *row);
void listing_row_fini(struct listing_row *row);
void listing_row_end_cell(struct listing_row *row);
void listing_row_add_text(struct listing_row *row, struct span text);
void listing_row_add_number(struct listing_row *row, uint64_t number);
int listing_add_row(struct listing *listing, struct listing_row *row, struct err *err);

/* No other form was asked for. */
bool listing_is_table(const struct listing *listing);

/* Writes all of it, and frees. Errors as of deliver_commit(). */
int listing_close(struct listing *listing, struct err *err);

/* A string of JSON (RFC 8259, 7); bytes that are no UTF-8 are U+FFFD. */
void listing_add_string(struct buf *out, struct span text);

/* Writes objects that the caller has made, a line each, where --json of a list would be; `lines`
 * may change. Errors as of deliver_commit(). */
int listing_write_json(
    const struct options *options, const struct env *env, struct buf *lines, struct err *err);

/* Frees what was not written. */
void listing_abort(struct listing *listing);

#endif
