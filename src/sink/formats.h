/*
 * The formats of a report, a row each, with the option that asks for it. The options and what goes
 * with what (settings/), the outputs and their default names (report/outputs.c) and the letter's
 * attachments follow from these rows.
 */
#ifndef FORMATS_H
#define FORMATS_H

#include "deliver/delivery.h"
#include "group/group.h"
#include "sink/sink.h"
#include "sink/sink_blocklist.h"
#include "sink/sink_lock.h"

/* What a format can do. */
enum format_can {
	FORMAT_CAN_FILE = 1 << 0,    /* has a place: a file, or what `begin` makes of its name; the
					others go to standard output, or the screen */
	FORMAT_CAN_GROUP = 1 << 1,   /* shows groups in a report that has them */
	FORMAT_HAS_GROUPS = 1 << 2,  /* needs the set of groups, also in a report of messages */
	FORMAT_SHOWS_ALL = 1 << 3,   /* has groups of its own, and always all of them */
	FORMAT_NEEDS_LIMIT = 1 << 5, /* makes no sense of all groups: --min-count or --top */
	FORMAT_HAS_ROWS = 1 << 4,    /* a row a message, of the columns that are chosen */
};

/* What a report is made of; all of it outlives the sinks. */
struct format_job {
	struct group_set *groups;    /* NULL: no format has groups */
	struct grouping *grouping;   /* that of --group-by; NULL: a report of messages */
	struct column_list group_by; /* its columns */
	struct group_limits limits;
	struct column_list columns; /* of messages */
	struct blocklist_settings blocklist;
	struct sink_lock lock;
	char delimiter;
	bool bom;
	bool raw;
	bool continued;   /* the stream has its header row from the report before */
	bool is_terminal; /* standard output is one; for a format: its stream is */
	bool ascii_only;  /* standard output is a terminal without UTF-8 */
	unsigned width;   /* its columns; 0: as wide as it needs to be */
	bool passing;     /* who looks at the display sees messages come, and has chosen nothing */
	bool bars;        /* in tables on it */
	bool color;       /* the same */
};

/* The stream is the caller's and must outlive the sink. NULL: ERR_SYSTEM without memory, ERR_IO. */
typedef struct sink *format_open(FILE *out, const struct format_job *job, struct err *err);

/*
 * The same for a format whose goal is no stream: *sink_r takes the records, and *delivery_r commits
 * them or gives them up. `place` is what the option names; NULL: nothing. Both are the caller's,
 * who frees the sink first; on failure there is neither.
 */
typedef int format_begin(const char *place, const struct format_job *job, struct sink **sink_r,
    struct delivery **delivery_r, struct err *err);

/*
 * ROW(NAME, KIND, (option), (format)): FORMAT_NAME. KIND is OUTPUT for an option --name[=FILE], and
 * FLAG for what goes to standard output only. Of the option and the format all members are here
 * that are not their default (struct option_row in settings/table.h, struct format). In the order
 * in which options are listed, in the places that table.c has for them.
 */
/* clang-format off */
#define FORMATS_OF_REPORT(ROW)                                                                     \
	ROW(CSV, OUTPUT,                                                                           \
	    ("csv", 'c', .original = true, IN(REPORT, OUTPUTS), LISTED,                            \
	     .help = "save to a CSV file; it appears under its name only when it is complete. "    \
		     "Default name: quarantine-<outgoing|incoming|all>-<YYYY-MM-DD>.csv "          \
		     "in the working directory; --csv=- is standard output"),                      \
	    (.open = sink_csv_open, .ending = ".csv", .grouped_ending = "-grouped.csv",            \
	     .type = "text/csv; charset=utf-8; header=present" /* RFC 4180, 3 */,                  \
	     .can = FORMAT_CAN_FILE | FORMAT_CAN_GROUP | FORMAT_HAS_ROWS))                         \
	ROW(DISPLAY, FLAG,                                                                         \
	    ("display", 'd', .original = true, IN(REPORT, OUTPUTS),                                \
	     .help = "show a line for each message as it passes by (the default when no other "    \
		     "output is asked for)"),                                                      \
	    (.open = sink_display_open, .can = FORMAT_CAN_GROUP | FORMAT_HAS_ROWS))                \
	ROW(JSON, OUTPUT,                                                                          \
	    ("json", IN(REPORT, OUTPUTS), LISTED,                                                  \
	     .help = "save as JSON Lines: all columns, and which rule filled them"),               \
	    (.open = sink_json_open, .ending = ".jsonl", .grouped_ending = "-grouped.jsonl",       \
	     .type = "application/x-ndjson", .can = FORMAT_CAN_FILE | FORMAT_CAN_GROUP))           \
	ROW(TSV, OUTPUT,                                                                           \
	    ("tsv", IN(REPORT, OUTPUTS), LISTED,                                                   \
	     .help = "save with tabs between the columns, for cut, awk and sort: nothing is "      \
		     "quoted, and no value has a tab or a line break"),                            \
	    (.open = sink_tsv_open, .ending = ".tsv", .grouped_ending = "-grouped.tsv",            \
	     .type = "text/tab-separated-values; charset=utf-8",                                   \
	     .can = FORMAT_CAN_FILE | FORMAT_CAN_GROUP | FORMAT_HAS_ROWS))                         \
	ROW(HTML, OUTPUT,                                                                          \
	    ("html", IN(REPORT, OUTPUTS),                                                          \
	     .help = "save as one page for a browser: totals, charts, the top senders with "       \
		     "sample messages"),                                                           \
	    (.open = sink_html_open, .ending = ".html", .grouped_ending = ".html",                 \
	     .type = "text/html; charset=utf-8",                                                   \
	     .can = FORMAT_CAN_FILE | FORMAT_CAN_GROUP | FORMAT_HAS_GROUPS))

#define FORMATS_OF_GROUPS(ROW)                                                                     \
	ROW(IDENTITY_REPORT, OUTPUT,                                                               \
	    ("identity-report", IN(GROUPS, OUTPUTS),                                               \
	     .help = "save a CSV with the columns of the filter's own report by identity"),        \
	    (.open = sink_identity_report_open, .ending = "-identities.csv",                       \
	     .grouped_ending = "-identities.csv",                                                  \
	     .type = "text/csv; charset=utf-8; header=present",                                    \
	     .can = FORMAT_CAN_FILE | FORMAT_HAS_GROUPS | FORMAT_SHOWS_ALL))                         \
	ROW(BLOCKLIST, OUTPUT,                                                                     \
	    ("blocklist", IN(GROUPS, OUTPUTS),                                                     \
	     .help = "save the addresses from which the groups of --min-count or --top logged in, " \
		     "to block them"),                                                             \
	    (.open = sink_blocklist_open, .ending = "-blocklist.txt",                              \
	     .grouped_ending = "-blocklist.txt", .type = "text/plain; charset=us-ascii",           \
	     .can = FORMAT_CAN_FILE | FORMAT_CAN_GROUP | FORMAT_HAS_GROUPS | FORMAT_NEEDS_LIMIT))

#define FORMATS_OF_DIAGNOSIS(ROW)                                                                  \
	ROW(EXPLAIN, FLAG,                                                                         \
	    ("explain", IN2(DIAGNOSIS, MESSAGES, OUTPUTS),                                        \
	     .help = "show for each message, instead of its line, which rule filled which "        \
		     "column, from which header field, and fields that no rule knows"),            \
	    (.open = sink_explain_open))
/* clang-format on */

#define FORMATS(ROW)                                                                               \
	FORMATS_OF_REPORT(ROW)                                                                     \
	FORMATS_OF_GROUPS(ROW)                                                                     \
	FORMATS_OF_DIAGNOSIS(ROW)

/* A part of a row without its parentheses. */
#define FORMAT_MEMBERS(...) __VA_ARGS__

#define FORMAT_ENUM(name, kind, option, format) FORMAT_##name,
enum format_id { FORMATS(FORMAT_ENUM) FORMAT_COUNT };
#undef FORMAT_ENUM

struct format {
	format_open *open;          /* NULL when there is `begin` */
	format_begin *begin;        /* for what is no stream */
	const char *ending;         /* of the default name */
	const char *grouped_ending; /* the same for groups, which do not replace the messages */
	const char *type;           /* MIME; NULL: no file */
	unsigned can;               /* a sum of format_can */
};

extern const struct format formats[FORMAT_COUNT];

/* What is asked for. */
struct format_request {
	bool wanted;
	const char *file; /* NULL: the default name; "-": standard output */
};

/* True when one that is wanted can do one of these (a sum of format_can). */
bool formats_want(const struct format_request requests[FORMAT_COUNT], unsigned can);

/* The same for any format. */
bool formats_want_any(const struct format_request requests[FORMAT_COUNT]);

format_open sink_blocklist_open, sink_csv_open, sink_display_open, sink_explain_open,
    sink_html_open, sink_identity_report_open, sink_json_open, sink_tsv_open;

#endif
