/*
 * A Maildir that is followed: each message once, however often it is moved or its flags change.
 */
#ifndef MAILDIR_FOLLOW_H
#define MAILDIR_FOLLOW_H

#include "source/files/files_run.h"

/* Milliseconds after which a file that was made, and perhaps never closed, is looked at. */
#define MAILDIR_SETTLE ((int64_t)2000)

struct maildir_follow;

/* NULL: ERR_NOFOLDER, ERR_DATA when it is no Maildir, ERR_SYSTEM when it cannot be watched. */
struct maildir_follow *maildir_follow_new(
    struct files_run *run, struct input_file *file, struct err *err);

/* NULL is allowed. */
void maildir_follow_free(struct maildir_follow *follow);

/* Takes the messages that have come. -1: as maildir_run(); ERR_NOFOLDER when the folder is gone. */
int maildir_follow_read(struct maildir_follow *follow, struct err *err);

/* For poll(2), and when it must be read at the latest, as of clock_now(); 0: when that is ready. */
int maildir_follow_fd(const struct maildir_follow *follow);
int64_t maildir_follow_due(const struct maildir_follow *follow);

#endif
