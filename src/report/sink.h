/*
 * Where records go. A sink formats; where the bytes end up is deliver/'s
 * business. Several sinks share one pass over the quarantine.
 */
#ifndef REPORT_SINK_H
#define REPORT_SINK_H

#include <stdio.h>

#include "report/record.h"

struct sink;

struct sink_ops {
	const char *name;
	/* One record, in the order of the report. What a sink keeps it copies. */
	int (*record)(struct sink *sink, const struct record *record, struct err *err);
	/* After the last record; nothing may be left in a buffer of the sink's own. */
	int (*end)(struct sink *sink, struct err *err);
	void (*free)(struct sink *sink);
};

/* The head of every sink's structure. */
struct sink {
	const struct sink_ops *ops;
	struct sink *next; /* the fan-out: the sinks of a run are a list */
};

/* Hand a record, the end, to each sink of the list; the first error ends it. */
int sink_record(struct sink *first, const struct record *record, struct err *err);
int sink_end(struct sink *first, struct err *err);
void sink_free(struct sink *first);

struct sink_csv_options {
	char delimiter;
	bool bom; /* U+FEFF in front, for spreadsheets that ask for it */
	bool raw; /* no guard against formulas */
};

/*
 * CSV (RFC 4180): CR LF, every field quoted, the header row as it stands in the contract. Writes
 * the header row at once. `out` is the caller's and must outlive the sink. NULL and err on failure:
 * ERR_IO for every write error, ERR_SYSTEM without memory.
 */
struct sink *sink_csv_new(FILE *out, const struct column_list *columns,
    const struct sink_csv_options *options, struct err *err);

struct sink_display_options {
	char delimiter;
	bool raw;
	bool ascii_only; /* see escape_display() */
};

/* The display: header row, then a line a message, each flushed as it is written. */
struct sink *sink_display_new(FILE *out, const struct column_list *columns,
    const struct sink_display_options *options, struct err *err);

struct evidence;

/*
 * Explanations (explain.h), a block of lines a message with an empty line behind it, each flushed
 * as it is written. Takes only records that `evidence` has just filled; it must outlive the sink.
 */
struct sink *sink_explain_new(
    FILE *out, struct evidence *evidence, bool ascii_only, struct err *err);

#endif
