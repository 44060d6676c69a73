/*
 * What a run writes: the files, standard output and whatever else is asked for, and the sinks that
 * fill them, all from one pass.
 */
#ifndef OUTPUTS_H
#define OUTPUTS_H

#include <sys/stat.h>

#include "group/group_set.h"
#include "record/account.h"
#include "sink/formats.h"

struct deliver_file;
struct deliver_patience;

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
	bool small_groups;                     /* group_set_be_small() */
	bool past;                             /* groups are compared with a history */
	struct outputs_naming naming;
	unsigned before; /* reports that this run has delivered: their files are not replaced */
	struct deliver_patience *patience; /* of a run that stays; NULL: a full disk is an error */
	bool talk;        /* say on standard error when a file with a default name is replaced */
	int64_t deadline; /* of the run, as of clock_now(); 0: none */
	const struct account *account; /* complete when report_end() is called */
};

struct output {
	const struct format *format;
	struct delivery *delivery;
	struct deliver_file *file; /* the same, of a format that writes to a stream; else NULL */
	bool unnamed;              /* it has the default name of a file */
};

/* Read by others, filled in by the functions below. */
struct outputs {
	struct outputs_settings settings;
	struct group_set *groups;    /* NULL when nothing is grouped */
	struct sink *sinks;          /* where records go */
	struct grouping *identities; /* by Identity, for a letter; NULL: none is needed */
	struct output output[FORMAT_COUNT + 1]; /* and one of outputs_add_store() */
	unsigned count;
	bool brief_sent; /* the report was too big to be mailed; a letter said so instead */
	bool mailed;     /* a letter about the report has been sent */
	bool delivered;  /* after outputs_commit(): all have got their names */
};

/* Opens nothing yet; outputs_fini() frees. */
void outputs_init(struct outputs *outputs, const struct outputs_settings *settings);

/*
 * Opens one format, which may be none of the table's, in the place that is given; NULL: the default
 * one. FORMAT_COUNT at most. Errors as of deliver_open(), the sinks and format_begin.
 */
int outputs_open(
    struct outputs *outputs, const struct format *format, const char *given, struct err *err);

/*
 * Makes the files, and opens what else has a place. Default names have the period
 * (period_add_name(); for saved reports today) or the time of the run, and the profile; and the
 * origin, if a report of another origin has that name. Errors as of outputs_open().
 */
int outputs_open_files(struct outputs *outputs, struct err *err);

/* What is no format, once: it is committed with what is no file. The outputs free it. */
void outputs_add_store(struct outputs *outputs, struct delivery *delivery);

/* Opens standard output, and what else has no place. Call it after the files. */
int outputs_open_display(struct outputs *outputs, struct err *err);

/* The name of a file output that would replace this file; NULL: none. */
const char *outputs_replacing(const struct outputs *outputs, const struct stat *file);

/* After report_end(): delivery_finish() of all, so that a full disk shows before anything is
 * committed. */
int outputs_finish(struct outputs *outputs, struct err *err);

/* After report_end(), when the report is empty: drops the files with default names. */
void outputs_drop_unnamed(struct outputs *outputs);

/* All files, for deliver_commit_all() and state_commit(); returns how many. */
unsigned outputs_files(const struct outputs *outputs, struct deliver_file *files_r[FORMAT_COUNT]);

/*
 * Commits what is no file. Before the files get their names, and before a state is saved: a store
 * can refuse, and then nothing else has happened. Its error.
 */
int outputs_store(struct outputs *outputs, struct err *err);

/* outputs_store(), then puts all files in their places, as deliver_commit_all() does; these are
 * freed. */
int outputs_commit(struct outputs *outputs, struct err *err);

/* Frees everything, and drops what was not committed. */
void outputs_fini(struct outputs *outputs);

#endif
