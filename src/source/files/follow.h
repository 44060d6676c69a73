/*
 * Files that are followed: the source's functions, for files.c.
 */
#ifndef FILES_FOLLOW_H
#define FILES_FOLLOW_H

#include "source/files/files_part.h"

/* Milliseconds between two looks at a log: nothing says that it has grown. */
#define FOLLOW_LOOK 500

/* Milliseconds after which files are read that have nothing new: messages of logs wait for time to
 * pass. */
#define FOLLOW_SETTLE 5000

extern const struct source_ops follow_ops;

/* What follow_ops.read() has opened. */
void follow_free(struct files_source *files);

#endif
