/*
 * What the sinks of rows share: a header row, then the chosen columns of each
 * record, put together in one buffer and written at once, so that a row is
 * either whole in the stream or an error.
 */
#ifndef REPORT_SINK_ROW_H
#define REPORT_SINK_ROW_H

#include "base/buf.h"
#include "text/escape.h"
#include "sink/sink.h"

/* How rows get into their stream. */
enum sink_row_shown {
	SINK_ROW_PLAIN,
	SINK_ROW_ON_TERMINAL, /* the stream is one: what could turn its lines around is named */
	SINK_ROW_ON_ASCII_TERMINAL, /* everything beyond ASCII, too */
};

static inline enum sink_row_shown sink_row_shown(bool is_terminal, bool ascii_only)
{
	if (!is_terminal)
		return SINK_ROW_PLAIN;
	return ascii_only ? SINK_ROW_ON_ASCII_TERMINAL : SINK_ROW_ON_TERMINAL;
}

struct sink_row {
	FILE *out;           /* the caller's */
	const char *what;    /* for error texts: "the CSV report" */
	const char *row_end; /* CR LF or LF */
	char delimiter;
	struct column_list columns;
	struct buf line;
	enum sink_row_shown shown;
	/* How a row is shown: escape_json(); NULL: escape_rows(). */
	void (*show)(struct buf *out, struct span row, bool ascii_only);
};

/* Adds one value to row->line in the sink's format; the only way a value gets there. */
typedef void sink_row_field(struct sink *sink, enum column column, struct span value);

/* How cells of this kind, and of this column, are guarded in a report that is not raw. */
enum escape_guard sink_row_guard_kind(enum column_kind kind);
enum escape_guard sink_row_guard(enum column column);

/* The titles, unquoted: cli.md has them byte for byte. Appends to row->line and writes it. */
int sink_row_write_header(struct sink_row *row, struct err *err);

int sink_row_write(struct sink_row *row, struct sink *sink, sink_row_field *add_field,
    const struct record *record, struct err *err);

/* "missing" in place of a message's number, and behind it which host and why; flushed. */
int sink_row_write_missing(struct sink_row *row, struct sink *sink, sink_row_field *add_field,
    struct span host, struct span why, struct err *err);

/* Appends "(missing: HOST: WHY)", which stands where a group has its key. */
void sink_row_add_missing(struct buf *out, struct span host, struct span why);

/* What the number of a row is that says so. */
#define SINK_ROW_MISSING "missing"

/* Writes row->line, whatever was added to it, with the end of a row behind it. */
int sink_row_put(struct sink_row *row, struct err *err);

/* Hands to the system what the stream still holds; a write error of any row shows here again. */
int sink_row_flush(struct sink_row *row, struct err *err);

#endif
