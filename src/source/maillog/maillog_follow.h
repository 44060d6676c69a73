/*
 * A mail log that is followed, by itself: others tell nothing of its messages.
 */
#ifndef MAILLOG_FOLLOW_H
#define MAILLOG_FOLLOW_H

#include "input/input_tail.h"
#include "source/input_kind.h"

/* Lines that are taken at a time, so that whoever writes fast does not keep a run from its rest. */
#define MAILLOG_FOLLOW_LINES 20000

struct maillog_follow;

/* Takes over the tail, also when it fails. NULL: ERR_SYSTEM without memory; ERR_DATA when the
 * report is grouped by what no log has. */
struct maillog_follow *maillog_follow_new(
    const struct input_run *run, struct input_file *file, struct tail *tail, struct err *err);

/* NULL is allowed. */
void maillog_follow_free(struct maillog_follow *follow);

/* Takes what has come by now; input_run.now is the time of day. 1: there is more already; 0; 2: and
 * nothing more can come; -1: no memory, an error of the desk, ERR_SIGNAL. */
int maillog_follow_read(struct maillog_follow *follow, struct err *err);

/* As tail_fd() and tail_look(). */
int maillog_follow_fd(const struct maillog_follow *follow);
int maillog_follow_look(struct maillog_follow *follow);

/* At the end of the run: MAILLOG_FOLLOW_LINES are taken, what is open is handed on, and it is said
 * what became of the lines. 1: there are more; 0; -1: as above. */
int maillog_follow_end(struct maillog_follow *follow, struct err *err);

#endif
