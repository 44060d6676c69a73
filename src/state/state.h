/*
 * What was reported before (--new-only): one small file for each place of a
 * source, and a journal by which the next run finishes one that was killed.
 *
 * A run writes its outputs under temporary names and its letter into the state
 * folder, then the journal (what is to be done), and only then does what the
 * journal says: sends the letter, gives the outputs their names, writes the
 * states, removes the journal. Each step can be done again: when the letter or a
 * temporary file is gone, its step has been done. The next run does what a
 * journal says before anything else. So a run has either happened as a whole or
 * not at all.
 *
 * The letter goes first, because it is the only step that another program can
 * refuse:
 * - "Not now" (ERR_TEMPORARY): the journal stays, and the next run begins with
 *   the same letter, with the same Message-ID. Nothing else could be mailed in
 *   the meantime either; and not for longer than STATE_MAX_WAIT.
 * - "Too big": the same letter would never be taken. A brief one, which was
 *   written with it and says where the files are, takes its place.
 * - "No" (ERR_UNAVAILABLE): everything is undone and the states are as they
 *   were, so the next run reports the same messages, and all that came since, to
 *   the addresses it has then. A wrong address blocks nothing for longer than
 *   it takes to correct it.
 * A letter can be sent twice only when sendmail takes it and does not say so in
 * time, or the run is killed between its answer and our note of it.
 *
 * A run that is killed before its journal is complete leaves a temporary file of
 * each output, under names that nobody mistakes for a report.
 */
#ifndef STATE_H
#define STATE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>

#include "base/buf.h"
#include "base/err.h"
#include "record/position.h"

struct deliver_file;

/*
 * How long a letter waits that sendmail does not take "now", in seconds. After that it is given up:
 * its files get their names without it; without files, it is undone.
 */
#define STATE_MAX_WAIT (3 * 24 * 60 * 60)

/* Bytes of a state file or journal; a longer one was not written by us. */
#define STATE_MAX_FILE ((size_t)1024 * 1024)

/*
 * A state belongs to a place of a source, and is found by the place's key: text that the source
 * makes, and that no other place has. It is the name of the state file, so it consists of ASCII
 * letters, digits and "-_.%@:,", does not begin with a '.', and has a ':', which tells it from the
 * other files of the folder. state_add_encoded() makes such text of any other.
 */

/* Messages of a place that are tried again at the same time. */
#define STATE_MAX_OPEN 64

/* How long a message that cannot be read is tried again: long enough to repair what is wrong at the
 * place it comes from. */
#define STATE_OPEN_SECONDS ((time_t)3 * 24 * 60 * 60)

/* A message that could not be read, and is tried again. */
struct state_open {
	uint64_t number; /* by which the source finds it */
	time_t since;    /* when that was found for the first time */
};

struct state_open_list {
	unsigned count;
	struct state_open item[STATE_MAX_OPEN]; /* ascending numbers */
};

struct state {
	struct position position; /* empty: nothing was reported yet */
	struct state_open_list open;
};

/*
 * Adds s, for a key, with all but ASCII letters, digits, '-', '_' and '.' as %XX, and a '.' at its
 * beginning, too.
 */
void state_add_encoded(struct buf *out, struct span s);

/* The same, of a server's name or address, in lower case. */
void state_add_host(struct buf *out, const char *host);

/* Exit statuses that are noted of runs that failed, and the highest one there is. */
#define STATE_MAX_STATUSES 16
#define STATE_MAX_STATUS   255

/* Runs that failed, one after the other. */
struct state_failure {
	time_t since; /* when the first of them began; 0: the last run did not fail */
	time_t told;  /* when somebody was told last; 0: nobody was */
	unsigned status_count;
	int status[STATE_MAX_STATUSES]; /* exit statuses that have been told */
};

/* An open state folder, locked. Not for several threads at a time, but for state_load(). */
struct state_store;

/*
 * Opens, and makes (mode 700, as are missing parents), the folder FOLDER/NAME, both percent-encoded
 * where a file name needs it, and takes its lock, without waiting. NAME keeps runs apart that may
 * run at the same time and share no state: the profile, or "default". The lock ends with
 * state_close(), or with the process, however that ends.
 *
 * Then does what the journal of an earlier run says, with this sendmail (it must stay valid as long
 * as the store) and until the deadline (as of clock_now(); 0: none), which holds for state_commit()
 * as well, and removes what killed runs left in the folder. With NULL for sendmail it takes the
 * lock and leaves everything else alone: for runs without a state.
 *
 * NULL on failure. ERR_CREATE: it cannot be made or written to. ERR_TEMPORARY: another run has the
 * lock; or a letter that was left cannot be sent yet. ERR_CONFIG: others may write to the folder;
 * or a file in it is damaged: the text says which, and what deleting it means. Any error of
 * finishing.
 */
struct state_store *state_open(
    const char *folder, const char *name, const char *sendmail, int64_t deadline, struct err *err);

/* The open folder, for files beside the states; the store's. */
int state_folder(const struct state_store *store);

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
int state_load(
    const struct state_store *store, const char *key, struct state *state_r, struct err *err);

/*
 * Runs of this name that failed until now; *failure_r is zeroed when the last one did not.
 * ERR_CONFIG when the file is damaged, ERR_IO; *failure_r is untouched then.
 */
int state_load_failure(
    const struct state_store *store, struct state_failure *failure_r, struct err *err);

/* Notes it at once, whatever else becomes of the run. Errors as of deliver_commit(). */
int state_save_failure(
    const struct state_store *store, const struct state_failure *failure, struct err *err);

/* For a source that cannot read a state that was loaded: ERR_CONFIG, as if its file were damaged.
 * Returns -1. */
int state_refuse(const struct state_store *store, const char *key, struct err *err);

/* Notes a state whose position is not empty, for state_commit() to write, which also says when
 * there was no memory for it. */
void state_plan_state(struct state_store *store, const char *key, const struct state *state);

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
