/*
 * The table of what a file can be, and the readers of messages, which are
 * rows of it.
 */
#ifndef FILES_KINDS_H
#define FILES_KINDS_H

#include "mail/header.h"
#include "source/files/files_run.h"

/* In the order in which they are tried; a row without a name ends it. */
extern const struct input_kind files_kinds[];

/* By the name that --input has; NULL: there is none. */
const struct input_kind *files_kind_named(struct span name);

/* What a file is that begins so; NULL: nothing that we know. */
const struct input_kind *files_kind_of(struct span first, bool whole);

/* eml.c */
bool eml_is(struct span first, bool whole);
bool eml_is_report(struct span first, bool whole);
int eml_run(
    const struct input_run *run, struct input_file *const *files, unsigned count, struct err *err);

/*
 * The one message of an open file: message->text and is_cut are filled in. Errors of the input come
 * when what there is has been taken.
 */
int eml_read(
    struct files_run *run, struct input *input, struct files_message *message, struct err *err);

/* mbox.c */
bool mbox_is(struct span first, bool whole);
bool mbox_is_report(struct span first, bool whole);
int mbox_run(
    const struct input_run *run, struct input_file *const *files, unsigned count, struct err *err);

/* maildir.c */
int maildir_run(
    const struct input_run *run, struct input_file *const *files, unsigned count, struct err *err);

#endif
