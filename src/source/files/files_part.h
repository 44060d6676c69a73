/*
 * What the sources of files that are read once, and of files that are followed, share.
 */
#ifndef FILES_PART_H
#define FILES_PART_H

#include "source/files/files.h"
#include "source/files/files_run.h"

struct follow_file;

struct files_source {
	struct source source; /* first, so that a source is a files_source */
	struct files_settings settings;
	struct files_run run;
	struct input_file *file;     /* each of them */
	struct account_place *place; /* the same */
	struct buf *name;            /* the same: what they are called, in what can be seen */
	struct follow_file *followed; /* the same, when they are followed; else NULL */
	int64_t last_read;            /* the same, as of clock_now() */
};

int files_open(struct source *source, struct err *err);
void files_free(struct source *source);

/* One line about the file, for a person. */
void files_summarize(const struct files_source *files, const struct input_file *file);

#endif
