/*
 * An aligned table for a terminal or a file: measured in one pass over the
 * rows, written in a second, so that no row is kept.
 *
 *     table_init(), columns are added; table_measure() each row; table_fit();
 *     table_add_titles(), table_add_row() each row; table_add_left_out()
 */
#ifndef REPORT_TABLE_H
#define REPORT_TABLE_H

#include "base/buf.h"

#define TABLE_MAX_COLUMNS 24

/* Blanks between two columns. */
#define TABLE_GAP 2

/* A narrower terminal counts as one of this width. */
#define TABLE_MIN_WIDTH 20

/* Without a terminal texts are cut here. */
#define TABLE_MAX_CELL 64

struct table_column {
	const char *title; /* ASCII */
	bool is_number;    /* aligned at the right */
	/*
	 * Texts can be cut: to `least` while there are optional columns to leave out, and to
	 * `tight` when only those are left that are not optional. 0: never cut.
	 */
	unsigned least;
	unsigned tight;
	/*
	 * Optional columns are left out first, those without any text before the others, then the
	 * highest rank; after them the rest, but never a column of rank 0.
	 */
	bool optional;
	unsigned rank;
	/* The table's own: */
	unsigned widest; /* cell, or title */
	unsigned width;  /* as shown */
	bool has_text;
	bool left_out;
};

struct table {
	struct table_column column[TABLE_MAX_COLUMNS];
	unsigned count;
	unsigned width; /* of the terminal; 0: none */
	bool ascii_only;
};

void table_init(struct table *table, unsigned width, bool ascii_only);

/* The title is not copied. Columns beyond TABLE_MAX_COLUMNS are not taken. */
void table_add_column(struct table *table, const struct table_column *column);

/* A row: a text of table_cell_add() for each column, without line breaks. */
void table_measure(struct table *table, const struct span *cells);

/*
 * Decides on widths and columns: all as wide as they need to be when they fit, else texts are cut
 * and columns left out, and the cut texts share the rest. After it no line is wider than the
 * terminal, unless the columns of rank 0 alone are.
 */
void table_fit(struct table *table);

/* Append a line, LF and trailing blanks not included. What is cut ends in "…" ("..."). */
void table_add_titles(struct buf *out, const struct table *table);
void table_add_row(struct buf *out, const struct table *table, const struct span *cells);

/* Appends "not shown at this width: TITLE, TITLE", with LF where a line is full; nothing when all
 * columns are shown. */
void table_add_left_out(struct buf *out, const struct table *table);

#endif
