/*
 * From a value to the text of an output format. Values are valid UTF-8 on one
 * line (mail/value.h), and still hostile: formulas, delimiters, direction
 * marks.
 */
#ifndef REPORT_ESCAPE_H
#define REPORT_ESCAPE_H

#include "base/buf.h"

/*
 * The guard against formulas (CWE-1236; columns.md "Values"): true when a spreadsheet could take
 * the cell for one, since its first character after blanks is one of = + - @ or their full-width
 * forms, or since a TAB, CR or LF stands there. Such a cell gets one ' in front.
 */
bool escape_is_formula(struct span value);

enum escape_guard {
	ESCAPE_RAW,     /* nothing is guarded */
	ESCAPE_FORMULA, /* formulas, by a ' in front: where numbers stand, and times of ours */
	/*
	 * Also texts that would be shown as another one (numeral.h), by writing ="TEXT":
	 * spreadsheets show the result, which is the text, can sort it, and give it to who copies
	 * the cell. The display does not need it.
	 */
	ESCAPE_TEXT,
};

/* Takes the guard off a cell that was written with it: gives back the value, byte for byte. */
struct span escape_unguard(struct span cell, enum escape_guard guard);

/* A field of CSV (RFC 4180), quoted by libcsv, and guarded. */
void escape_csv(struct buf *out, struct span value, enum escape_guard guard);

/* The same with commas between the fields, quoted only where it must be. */
void escape_csv_sparing(struct buf *out, struct span value, enum escape_guard guard);

/*
 * A field that is never quoted, on one line: control characters and line breaks are blanks, bytes
 * that are no UTF-8 are U+FFFD. Of the guards only the ' in front of a formula is there.
 */
void escape_plain(struct buf *out, struct span value, enum escape_guard guard);

struct escape_display {
	char delimiter;
	enum escape_guard guard;
	bool ascii_only; /* the terminal does not speak UTF-8 */
};

/*
 * A field of a line that is shown: as in CSV, but quoted only when it must be (it holds the
 * delimiter, a quote, or a blank at an end), and harmless on a terminal: control, invisible and
 * bidirectional characters as <U+XXXX>, bytes that are no UTF-8 as <XX>. With ascii_only every
 * character beyond ASCII is shown so.
 */
void escape_display(struct buf *out, struct span value, const struct escape_display *how);

/*
 * Text of an HTML element or of a quoted attribute: & < > " ' as character references; control,
 * invisible and bidirectional characters and bytes that are no UTF-8 named as escape_display() does
 * it.
 */
void escape_html(struct buf *out, struct span value);

/*
 * JSON text that is shown on a terminal: control, invisible and bidirectional characters as \uXXXX
 * (RFC 8259, 7), which is the same to a program that reads it; with ascii_only every character
 * beyond ASCII. A line feed stays, and bytes that are no UTF-8 are U+FFFD.
 */
void escape_json(struct buf *out, struct span json, bool ascii_only);

/*
 * Rows of CSV or TSV that are shown on a terminal: as escape_display() shows its lines, but what
 * stands between cells and rows (TAB, CR, LF), which no cell has (mail/value.h), stays. CSV has no
 * other way to write a character, so this is for people: programs read a pipe or a file.
 */
void escape_rows(struct buf *out, struct span rows, bool ascii_only);

#endif
