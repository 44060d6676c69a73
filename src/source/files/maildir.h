/*
 * A folder of messages, for maildir.c and maildir_follow.c.
 */
#ifndef MAILDIR_H
#define MAILDIR_H

#include <dirent.h>

#include "source/files/kinds.h"

struct maildir {
	struct files_run *run;
	struct input_file *file;
	unsigned renamed;
	struct buf path; /* of the folder being read */
};

/* Begins maildir->path as that of the file; the caller frees it. */
void maildir_set_path(struct maildir *maildir);

/* An open folder, for a look at its names; NULL and the errno. */
DIR *maildir_open_folder(int in, const char *name, int *error_r);

typedef int maildir_each(
    struct maildir *maildir, DIR *dir, const char *name, void *more, struct err *err);

/* Every name of a folder, hidden ones too, in order. */
int maildir_for_each(
    struct maildir *maildir, DIR *dir, maildir_each *each, void *more, struct err *err);

/* One message of the folder; `other` is where it may have been moved to, or -1. What is wrong with
 * it alone is counted. */
int maildir_take(struct maildir *maildir, int folder, int other, const char *name, struct err *err);

#endif
