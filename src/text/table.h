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

#define TABLE_MAX_COLUMNS 32

/* Blanks between two columns. */
#define TABLE_GAP 2

/* A narrower terminal counts as one of this width. */
#define TABLE_MIN_WIDTH 20

/* Without a terminal texts are cut here. */
#define TABLE_MAX_CELL 64

/* What becomes of a text that is wider than its column. */
enum table_long {
	TABLE_CUT_END,
	/* Of a path the end tells more. A share in front ("37% /srv/x.php") stays. */
	TABLE_CUT_START,
	/* Nothing is lost: it goes on in lines of its own, below itself; without a terminal the row
	 * becomes longer. */
	TABLE_FOLD,
	TABLE_FOLD_WORDS, /* the same, behind a blank where one fits */
};

struct table_column {
	const char *title; /* ASCII; "": none */
	bool is_number;    /* aligned at the right */
	/*
	 * A column can be narrower than its texts: `least` while there are optional columns to
	 * leave out, and `tight` when only those are left that are not optional. 0: never.
	 */
	unsigned least;
	unsigned tight;
	enum table_long when_long;
	/*
	 * Left out are first, before any text is made narrower, the columns that say
	 * nothing, since they are empty, or numbers that are 0 or 1 in each row; then the other
	 * optional ones, and after them the rest, but never a column of rank 0. The highest rank
	 * goes first.
	 */
	bool optional;
	unsigned rank;
	bool needs_text; /* it is there only when some row has a text in it, and else not missed */
	/* The table's own: */
	unsigned widest; /* cell, or title */
	unsigned width;  /* as shown */
	bool has_text;
	bool says_something;
	bool left_out;
};

/* How a cell looks where there are colours. They say nothing that the text does not say. */
enum table_look { TABLE_PLAIN, TABLE_STRONG, TABLE_FAINT, TABLE_MUCH, TABLE_SOME, TABLE_LITTLE };

struct table {
	struct table_column column[TABLE_MAX_COLUMNS];
	unsigned count;
	unsigned width; /* of the terminal; 0: none */
	bool ascii_only;
	bool color;
};

void table_init(struct table *table, unsigned width, bool ascii_only);

/* The title is not copied. Columns beyond TABLE_MAX_COLUMNS are not taken. */
void table_add_column(struct table *table, const struct table_column *column);

/* A row: a text of table_cell_add() for each column, without line breaks. */
void table_measure(struct table *table, const struct span *cells);

/*
 * Decides on widths and columns: all as wide as they need to be when they fit, else texts become
 * narrower and columns are left out, and the narrow ones share the rest. After it no line is wider
 * than the terminal, unless the columns of rank 0 alone are.
 */
void table_fit(struct table *table);

/*
 * Append a line, or several with LF between when a text is folded; the last LF and trailing blanks
 * are not included. Where a text is cut stands "…" ("..."). `looks` has the look of each cell;
 * without it all are plain.
 */
void table_add_titles(struct buf *out, const struct table *table);
void table_add_row(struct buf *out, const struct table *table, const struct span *cells);
void table_add_row_looking(struct buf *out, const struct table *table, const struct span *cells,
    const enum table_look *looks);

/* Appends "not shown at this width: TITLE, TITLE", with LF where a line is full; nothing when all
 * columns are shown. */
void table_add_left_out(struct buf *out, const struct table *table);

#endif
