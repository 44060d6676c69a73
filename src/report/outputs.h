/*
 * What a run writes: the files and standard output that are asked for, and the sinks that fill
 * them, all from one pass.
 */
#ifndef OUTPUTS_H
#define OUTPUTS_H

#include <sys/stat.h>

#include "group/group_set.h"
#include "record/account.h"
#include "sink/formats.h"

struct deliver_file;

/* What the default names of files are made of, besides the account and the format. */
struct outputs_naming {
	const char *what;    /* "outgoing", "merged" */
	const char *profile; /* NULL: none */
	bool per_run;        /* each run has names of its own: its time, the profile, a number */
	/* The servers and the user, to keep reports of different ones apart; NULL: not needed. */
	const char *origin;
};

/* All that it points to outlives the outputs. */
struct outputs_settings {
	const struct format_request *requests; /* FORMAT_COUNT */
	struct format_job form;                /* without groups and grouping */
	bool identities;                       /* a letter needs the grouping by Identity */
	struct outputs_naming naming;
	bool talk;        /* say on standard error when a file with a default name is replaced */
	int64_t deadline; /* of the run, as of clock_now(); 0: none */
	const struct account *account; /* complete when report_end() is called */
};

struct output {
	const struct format *format;
	struct deliver_file *file;
	bool unnamed; /* it has the default name */
};

/* Read by others, filled in by the functions below. */
struct outputs {
	struct outputs_settings settings;
	struct group_set *groups;    /* NULL when nothing is grouped */
	struct sink *sinks;          /* where records go */
	struct grouping *identities; /* by Identity, for a letter; NULL: none is needed */
	struct output output[FORMAT_COUNT];
	unsigned count;
	bool brief_sent; /* the report was too big to be mailed; a letter said so instead */
	bool mailed;     /* a letter about the report has been sent */
	bool delivered;  /* after outputs_commit(): all have got their names */
};

/* Opens nothing yet; outputs_fini() frees. */
void outputs_init(struct outputs *outputs, const struct outputs_settings *settings);

/*
 * Makes the files. Default names have the period (period_add_name(); for saved reports today) or
 * the time of the run, and the profile; and the origin, if a report of another origin has that
 * name. Errors as of deliver_open() and the sinks.
 */
int outputs_open_files(struct outputs *outputs, struct err *err);

/* Opens standard output. Call it after the files. */
int outputs_open_display(struct outputs *outputs, struct err *err);

/* The name of a file output that would replace this file; NULL: none. */
const char *outputs_replacing(const struct outputs *outputs, const struct stat *file);

/* After report_end(): writes all to the disk, so that a full one shows before anything is
 * committed. */
int outputs_finish(struct outputs *outputs, struct err *err);

/* After report_end(), when the report is empty: drops the files with default names. */
void outputs_drop_unnamed(struct outputs *outputs);

/* All files, for deliver_commit_all() and state_commit(); returns outputs->count. */
unsigned outputs_files(const struct outputs *outputs, struct deliver_file *files_r[FORMAT_COUNT]);

/* Puts all files in their places, as deliver_commit_all() does; they are freed. */
int outputs_commit(struct outputs *outputs, struct err *err);

/* Frees everything, and drops what was not committed. */
void outputs_fini(struct outputs *outputs);

#endif
