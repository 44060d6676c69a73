/*
 * What was reported before (--new-only): one small file for each host, folder
 * and user, and a journal by which a run that was killed is finished by the
 * next.
 *
 * A run writes its outputs under temporary names and its letter into a file of
 * ours, then the journal (what is to be done), and only then does what the
 * journal says: sends the letter, gives the outputs their names, writes the
 * states, removes the journal. Each step can be done again: a letter or a
 * temporary file that is gone has been dealt with. Whoever finds a journal does
 * it first. So a run has either happened as a whole or not at all.
 *
 * The letter goes first, because it is the one step that somebody else can
 * refuse:
 * - "Not now" (ERR_TEMPORARY): the journal stays, and the next run begins with
 *   the same letter, with the same Message-ID. Nothing else could be mailed in
 *   the meantime either; and not for longer than STATE_MAX_WAIT.
 * - "Too big": it will be as big for ever. A brief letter takes its place, which
 *   was written with it and says where the files are.
 * - "No" (ERR_UNAVAILABLE): everything is undone and the states are as they
 *   were, so the next run reports the same messages, and all that came since, to
 *   whom it is told then. A wrong address blocks nothing for longer than it
 *   takes to correct it.
 * A letter can be sent twice only when sendmail takes it and does not say so in
 * time, or the run is killed between its answer and our note of it.
 *
 * What a run that is killed before its journal is complete leaves is a temporary
 * file of each output, under names that nobody mistakes for a report.
 */
#ifndef STATE_H
#define STATE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>

#include "base/err.h"

struct deliver_file;

/*
 * How long a letter waits that sendmail does not take "now", in seconds. After that it is given up:
 * its files get their names without it; without files, it is undone.
 */
#define STATE_MAX_WAIT (3 * 24 * 60 * 60)

/* Bytes of a state file or journal; a longer one is none of ours. */
#define STATE_MAX_FILE ((size_t)1024 * 1024)

/* Which messages a state is about. */
struct state_key {
	const char *host; /* upper and lower case are the same */
	unsigned port;
	const char *user;
	const char *folder; /* UTF-8 */
};

/* Messages that are tried again at a time. */
#define STATE_MAX_OPEN 64

/* How long a message is tried again that the server does not send: long enough for somebody to mend
 * what is wrong there. */
#define STATE_OPEN_SECONDS ((time_t)3 * 24 * 60 * 60)

/* A message that could not be read. */
struct state_open {
	uint32_t uid;
	time_t since; /* when that was found for the first time */
};

struct state {
	uint32_t uidvalidity; /* 0: nothing was reported yet */
	uint32_t last_uid;    /* messages up to it have been looked at, but for: */
	unsigned open_count;
	struct state_open open[STATE_MAX_OPEN]; /* in the order of their UIDs */
};

/* An open state folder, locked. Not for several threads at a time, but for state_load(). */
struct state_store;

/*
 * Opens, and makes (mode 700, as are missing parents), the folder FOLDER/NAME, both percent-encoded
 * where a file name needs it, and takes its lock, without waiting. NAME keeps apart runs that may
 * go on side by side and know nothing of each other: the profile, or "default". The lock is let go
 * by state_close() or when the process ends, however it does.
 *
 * Then finishes what a journal says that was left, by this sendmail (it must stay valid as long as
 * the store) and until the deadline (as of clock_now(); 0: none), which holds for state_commit() as
 * well, and removes what killed runs left in the folder. With NULL for sendmail it takes the
 * lock and leaves everything else alone: for runs without a state.
 *
 * NULL on failure. ERR_CREATE: it cannot be made or written to. ERR_TEMPORARY: another run has the
 * lock; or a letter that was left cannot be sent yet. ERR_CONFIG: others may write to the folder;
 * or a file in it is damaged: the text says which, and what deleting it means. Any error of
 * finishing.
 */
struct state_store *state_open(
    const char *folder, const char *name, const char *sendmail, int64_t deadline, struct err *err);

/* Accepts NULL. Without state_commit() nothing has happened. */
void state_close(struct state_store *store);

/*
 * True when state_open() has finished the run of another process, and one of the files that got
 * their names by that, just now, is the one that this output would replace: whoever fetches the
 * files after each run would never see it. Such a run should end here and leave new messages to the
 * next.
 */
bool state_has_finished(const struct state_store *store, const struct deliver_file *file);

/* *state_r is zeroed when nothing is known. ERR_CONFIG as above, ERR_IO. */
int state_load(const struct state_store *store, const struct state_key *key, struct state *state_r,
    struct err *err);

/* Notes what state_commit() is to write, which also says when there was no memory for it. */
void state_plan_state(
    struct state_store *store, const struct state_key *key, const struct state *state);

/*
 * A stream for the letter (one at most) that is to be sent to these addresses; `from` may be NULL.
 * The stream is the store's, which also looks for errors of writing.
 */
FILE *state_plan_letter(struct state_store *store, const char *from, const char *const *to,
    unsigned to_count, struct err *err);

/* A stream for the letter that is sent when that one is too big; after state_plan_letter(). */
FILE *state_plan_brief(struct state_store *store, struct err *err);

/* After state_commit(): why the brief letter was sent instead; NULL: it was not. */
const char *state_too_big(const struct state_store *store);

/*
 * Finishes the outputs (deliver_finish()), writes the journal and does what it says. The outputs
 * stay the caller's, for deliver_abort() in any case: those that the journal knows are released.
 * Outputs that are written to directly, standard output among them, are only finished.
 *
 * On failure before the journal is complete nothing has happened; after it, a refused letter undoes
 * everything, and of all other errors the next state_open() takes care. Once per store.
 */
int state_commit(
    struct state_store *store, struct deliver_file *const *files, unsigned count, struct err *err);

#endif
