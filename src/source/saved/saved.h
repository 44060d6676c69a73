/*
 * Saved reports, read back as records: CSV as sink_csv writes it, or as the
 * original script did (quoted or not, one of the delimiters , ; | and TAB),
 * and JSON Lines as sink_json writes them.
 *
 * They are input like any other: a file that is no such report is an error
 * with its line, and nothing in it makes the program hang or grow without
 * bound.
 */
#ifndef REPORT_SAVED_H
#define REPORT_SAVED_H

#include <stdio.h>

#include "report/report.h"
#include "source/input_kind.h"

/*
 * Bytes of one line of JSON, of one cell of CSV, and of a header row. The longest line that we
 * write has about 500,000, all columns full of quotes; what a line becomes in memory is up to 88
 * times as much.
 */
#define SAVED_MAX_LINE   ((size_t)512 * 1024)
#define SAVED_MAX_CELL   ((size_t)256 * 1024)
#define SAVED_MAX_HEADER ((size_t)4 * 1024)

/* Why messages of it are missing. */
#define SAVED_INCOMPLETE "this saved report was not complete"

struct saved_job {
	FILE *in;                         /* from its beginning; the caller's */
	const char *name;                 /* of the file, for errors */
	const struct column_list *needed; /* what the new report is grouped by */
	struct report *report;
	const struct input_run *run; /* whose period may leave rows out; NULL: none is */
	struct input_file *file;     /* the same: which counts them */
	struct account_place
	    *place; /* its counts, and `missing` when the report says that some are */
	/* Set when it is grouped by an Identity that the file does not have: logins stand for it,
	 * which say nothing of the server they are of. NULL: nobody wants to know. */
	bool *bare_logins;
};

/*
 * Hands each row to the desk as a record, with the time in the zone of this report.
 * Values are cleaned as those of a message are (value_raw()); from cells of CSV the guard against
 * formulas is taken off. Columns that the file does not have are derived where that is possible
 * (derive.h) or set in record.absent; what JSON has besides is ignored, since later versions may
 * add to it.
 *
 * A file without anything but blanks is a report without messages: so are JSON Lines of a quiet
 * day.
 *
 * ERR_DATA "FILE, line N: what" for what is not a report (a grouped one neither, nor one of
 * identities), a row of another width, JSON of another schema, a time or UID that cannot be read, a
 * needed column that is neither there nor derived. ERR_IO when the file cannot be read, ERR_SIGNAL
 * when the run was ended.
 */
int saved_read(const struct saved_job *job, struct err *err);

/* The kinds of input (input_kind.h). A header row of columns, also of reports that are refused;
 * lines of JSON that have a schema. */
bool saved_is_csv(struct span first, bool whole);
bool saved_is_json(struct span first, bool whole);
int saved_run(
    const struct input_run *run, struct input_file *const *files, unsigned count, struct err *err);

#endif
