/*
 * Reports of rows: a header row, then a row a message, or a row a group. What differs between the
 * formats is a form; everything else, what is missing included, is the same for all of them.
 */
#ifndef SINK_ROWS_H
#define SINK_ROWS_H

#include "group/group.h"
#include "sink/sink_row.h"

struct sink_form {
	const char *what;    /* for error texts: "the CSV report" */
	const char *row_end; /* CR LF or LF */
	char delimiter;
	bool bom;        /* U+FEFF in front of the header row */
	bool raw;        /* cells are not guarded */
	bool ascii_only; /* for a terminal without UTF-8 */
	bool continued;  /* the header row is there already */
	enum sink_row_shown shown;
	bool each; /* somebody watches: each row is flushed, and the header row comes with the
		      first one, so not before a login that is refused */
	/* Adds a cell: the only way a value gets into a row. */
	void (*add_cell)(struct buf *line, struct span value, enum escape_guard guard,
	    const struct sink_form *form);
};

/* A row a message. The stream is the caller's and must outlive the sink. NULL: ERR_SYSTEM without
 * memory, ERR_IO. */
struct sink *sink_rows_new(
    FILE *out, const struct column_list *columns, const struct sink_form *form, struct err *err);

/* A row a group, all of them written at the end. The grouping must outlive the sink. */
struct sink *sink_group_rows_new(FILE *out, struct grouping *grouping,
    const struct group_limits *limits, const struct sink_form *form, struct err *err);

/* The same of the groups that somebody has chosen (group_view_of()). The view's grouping and order
 * outlive the sink. */
struct sink *sink_view_rows_new(
    FILE *out, const struct group_view *view, const struct sink_form *form, struct err *err);

#endif
