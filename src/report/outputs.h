/*
 * What a run writes: the files and standard output that the options ask for,
 * and the sinks that fill them, all from one pass.
 */
#ifndef OUTPUTS_H
#define OUTPUTS_H

#include <sys/stat.h>

#include "base/env.h"
#include "settings/options.h"
#include "record/account.h"
#include "group/group_set.h"

struct deliver_file;

/* CSV, JSON, page, identity report, and the display or the explanations. */
#define OUTPUTS_MAX 5

#define OUTPUTS_TYPE_CSV  "text/csv; charset=utf-8; header=present" /* RFC 4180, 3 */
#define OUTPUTS_TYPE_JSON "application/x-ndjson"
#define OUTPUTS_TYPE_HTML "text/html; charset=utf-8"

/* Zeroed, with options, env and account filled in; outputs_fini() frees the rest. */
struct outputs {
	const struct options *options;
	const struct env *env;
	int64_t deadline;              /* of the run, as of clock_now(); 0: none */
	const struct account *account; /* complete when report_end() is called */
	struct group_set *groups;      /* NULL when nothing is grouped */
	struct sink *sinks;            /* where records go */
	struct grouping *identities;   /* by Identity, for a letter; NULL without --mail-to */
	struct deliver_file *files[OUTPUTS_MAX];
	const char *types[OUTPUTS_MAX]; /* MIME types of the files */
	bool unnamed[OUTPUTS_MAX];      /* they have the default name */
	unsigned file_count;
	bool brief_sent; /* instead of the report a letter that it is too big to be mailed */
	bool delivered;  /* after outputs_commit(): all have got their names */
};

/*
 * Makes the files. Default names carry the first day of the period, today's for saved reports, or
 * the time of the run, and its profile, with --new-only.
 * Errors as of deliver_open() and the sinks.
 */
int outputs_open_files(struct outputs *outputs, struct err *err);

/* Makes what goes to standard output, and writes its header row. After the files. */
int outputs_open_display(struct outputs *outputs, struct err *err);

/* The name of a file output that would take the place of this file; NULL: none would. */
const char *outputs_replacing(const struct outputs *outputs, const struct stat *file);

/* After report_end(): nothing can fail any more for want of room. */
int outputs_finish(struct outputs *outputs, struct err *err);

/* After report_end(): gives up the files that nobody gave a name to, and whose reports are empty.
 */
void outputs_drop_unnamed(struct outputs *outputs);

/* Puts all files in their places, as deliver_commit_all() does; they are freed. */
int outputs_commit(struct outputs *outputs, struct err *err);

/* Frees everything, and gives up what was not committed. */
void outputs_fini(struct outputs *outputs);

#endif
