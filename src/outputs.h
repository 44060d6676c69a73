/*
 * What a run writes: the files and standard output that the options ask for,
 * and the sinks that fill them, all from one pass.
 */
#ifndef OUTPUTS_H
#define OUTPUTS_H

#include "base/env.h"
#include "options.h"
#include "report/facts.h"
#include "report/group_set.h"

struct deliver_file;

/* CSV, JSON, page, identity report, and the display or the explanations. */
#define OUTPUTS_MAX 5

/* Zeroed, with options, env and facts filled in; outputs_fini() frees the rest. */
struct outputs {
	const struct options *options;
	const struct env *env;
	const struct report_facts *facts; /* complete when sink_end() is called */
	struct group_set *groups;         /* NULL when nothing is grouped */
	struct sink *sinks;               /* where records go, and at last sink_end() */
	struct deliver_file *files[OUTPUTS_MAX];
	unsigned file_count;
};

/*
 * Makes the files. Default names carry the first day of the period, or today's for saved reports.
 * Errors as of deliver_open() and the sinks.
 */
int outputs_open_files(struct outputs *outputs, struct err *err);

/* Makes what goes to standard output, and writes its header row. After the files. */
int outputs_open_display(struct outputs *outputs, struct evidence *evidence, struct err *err);

/* After sink_end(): puts all files in their places, or none when one cannot be written. */
int outputs_commit(struct outputs *outputs, struct err *err);

/* Frees everything, and gives up what was not committed. */
void outputs_fini(struct outputs *outputs);

#endif
