/*
 * Where records go. A sink formats; where the bytes end up is deliver/'s
 * business. Several sinks share one pass over the quarantine.
 */
#ifndef REPORT_SINK_H
#define REPORT_SINK_H

#include <stdio.h>

#include "record/account.h"
#include "record/record.h"
#include "sink/sink_lock.h"

struct sink;

struct sink_ops {
	const char *name;
	/* One record, in the order of the report. What a sink keeps it copies. NULL: none is
	 * needed. */
	int (*record)(struct sink *sink, const struct record *record, struct err *err);
	/*
	 * After the last record: says in the report what is missing, as the account has it, and
	 * leaves nothing in a buffer of the sink's own. NULL: there is nothing to say it in.
	 */
	int (*end)(struct sink *sink, const struct account *account, struct err *err);
	/*
	 * Of a run that stays, now and then, at this time of day: what has come is to be seen.
	 * NULL: it shows at its end only.
	 */
	int (*tick)(struct sink *sink, time_t now, struct err *err);
	void (*free)(struct sink *sink);
};

/* The head of every sink's structure. */
struct sink {
	const struct sink_ops *ops;
	struct sink *next; /* the fan-out: the sinks of a run are a list */
};

/* Hand a record, a tick, the end, to each sink of the list; the first error ends it. */
int sink_record(struct sink *first, const struct record *record, struct err *err);
int sink_tick(struct sink *first, time_t now, struct err *err);
int sink_end(struct sink *first, const struct account *account, struct err *err);
void sink_free(struct sink *first);

/* Says in the sink's format that the messages of a host are not all there. Text is one line. */
typedef int sink_missing_writer(
    struct sink *sink, struct span host, struct span why, struct err *err);

/* For the end of a sink: calls `write` for each server, or saved report, that lacks messages. */
int sink_for_missing(
    struct sink *sink, const struct account *account, sink_missing_writer *write, struct err *err);

struct sink_csv_options {
	char delimiter;
	bool bom;         /* U+FEFF in front, for spreadsheets that ask for it */
	bool raw;         /* no guard against formulas */
	bool continued;   /* without the header row, which is there already */
	bool is_terminal; /* the stream is one; see escape_rows() */
	bool ascii_only;
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
	bool continued;  /* as in sink_csv_options */
};

/* The display: header row with the first of them, then a line a message, each flushed as it is
 * written. */
struct sink *sink_display_new(FILE *out, const struct column_list *columns,
    const struct sink_display_options *options, struct err *err);

struct sink_passing_options {
	unsigned width; /* columns of the terminal; 0: 80 */
	bool ascii_only;
	bool has_hosts; /* from several servers */
	bool continued; /* as in sink_csv_options */
};

/*
 * Messages as they pass by on a terminal: when, who sent it, of which kind that is ("bounce" of a
 * bounce), the first recipients, the subject. The identity is cut only at the edge of the terminal,
 * the rest ends there. Each line is flushed as it is written.
 */
struct sink *sink_passing_new(
    FILE *out, const struct sink_passing_options *options, struct err *err);

/*
 * JSON Lines: one object a message, with all columns, the names of the rules that filled them, and
 * "schema": 1 (samples/quarantine-report.schema.json). Whole lines only.
 */
struct sink *sink_json_new(FILE *out, struct err *err);

struct grouping;
struct group_set;
struct group_limits;

/* Grouped CSV: written at the end, quoted and guarded as that of messages. The grouping, which has
 * counted each record before a sink is given it, must outlive the sink, as in all of the following.
 */
struct sink *sink_group_csv_new(FILE *out, struct grouping *grouping,
    const struct group_limits *limits, const struct sink_csv_options *options, struct err *err);

struct group_view;

/* The same of chosen groups: the view's grouping and order outlive the sink. */
struct sink *sink_view_csv_new(FILE *out, const struct group_view *view,
    const struct sink_csv_options *options, struct err *err);

struct sink_table_options {
	bool ascii_only;
	unsigned width; /* columns of the terminal; 0: as wide as it needs to be */
	bool bars;      /* of each group's share */
	bool color;
};

/*
 * An aligned table, written at the end, and a line that says in which zone its times are. On a
 * narrow terminal texts are cut ("…") and the least important columns left out; a last line says
 * which. What Identity says is never cut where there is no terminal, or one of
 * SINK_TABLE_WHOLE_WIDTH or more.
 */
#define SINK_TABLE_WHOLE_WIDTH 60
struct sink *sink_group_display_new(FILE *out, struct grouping *grouping,
    const struct group_limits *limits, const struct sink_table_options *options, struct err *err);

/* JSON Lines, one object a group, written at the end. */
struct sink *sink_group_json_new(
    FILE *out, struct grouping *grouping, const struct group_limits *limits, struct err *err);

/* Right behind it: the stream is a terminal; see escape_json(). */
void sink_group_json_show(struct sink *sink, bool ascii_only);

/*
 * The filter's two-hourly report: Authentication Domain, Authentication User, User Identification,
 * Spam Count, Invalid Sender Count (empty: the headers in a quarantine do not tell). The grouping
 * is by Domain, IP/Username and Identity. The header row is quoted, other cells only where they
 * must be, as the filter does it; guarded against formulas unless raw.
 */
struct sink *sink_identity_report_new(
    FILE *out, struct grouping *grouping, bool raw, struct err *err);

struct sink_html_options {
	const struct column_list *group_by; /* a table by these columns in front; NULL: none */
	const struct group_limits *limits;  /* of the tables; top 0: SINK_HTML_TOP */
	struct sink_lock lock;
};

/* Rows of each table unless the limits say otherwise. */
#define SINK_HTML_TOP 50

/*
 * One self-contained page, written at the end. Asks the set for the groupings it needs, so that it
 * is made before the first record.
 */
struct sink *sink_html_new(
    FILE *out, struct group_set *groups, const struct sink_html_options *options, struct err *err);

/*
 * Explanations (record.explanation), a block of lines a message with an empty line behind it, each
 * flushed as it is written.
 */
struct sink *sink_explain_new(FILE *out, bool ascii_only, struct err *err);

#endif
