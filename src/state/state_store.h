/*
 * What the files of state.c share. Others include state.h.
 */
#ifndef STATE_STORE_H
#define STATE_STORE_H

#include "base/arena.h"
#include "state/state.h"

struct state_store {
	/* Absolute paths, for messages; files are opened by the last part, in the open folder,
	 * which may have been renamed. */
	char *folder;
	char *journal;
	char *letter;
	char *brief; /* the letter that takes its place when it is too big */
	const char *sendmail;
	int64_t deadline;
	struct deliver_file *letter_file; /* NULL: none is planned */
	struct deliver_file *brief_file;
	char *too_big;       /* why the letter was too big; NULL: it was not */
	bool is_recovering;  /* the journal is that of an earlier run */
	struct buf plan;     /* the lines of the journal, so far */
	struct buf finished; /* paths of the files of the earlier run's journal,
				each with a NUL */
	int folder_fd;       /* -1: not open */
	int lock;            /* -1: not taken */
};

/* --- state_text.c: names, values, whole files --- */

/*
 * Undoes state_add_encoded(). NULL when the text is not as that one writes it, has a NUL in it, or
 * when there is no memory: `arena` says so.
 */
const char *state_decode(struct arena *arena, struct span s);

/*
 * Adds "/" and a file name. A name longer than names can be gets the hash of the whole instead of
 * its end, after a '~', which no other name has. ERR_SYSTEM.
 */
int state_add_name(struct buf *path, struct span name, struct err *err);

/* It is as state.h wants keys. */
bool state_is_key(const char *key);

/* Adds an open message that was read from a file. False when we would not have written it: its
 * number is not behind the last one's, or there are STATE_MAX_OPEN. */
bool state_add_open(struct state_open_list *open, uint64_t number, uint64_t since);

/*
 * These are about the last part of a path, in the state folder.
 *
 * Adds all of a file. 1; 0 when there is none; -1: ERR_CONFIG when it is too long or none, ERR_IO.
 */
int state_read(const struct state_store *store, const char *path, struct buf *out, struct err *err);

/* Makes or replaces a file as deliver_commit() does. */
int state_write(
    const struct state_store *store, const char *path, struct span text, struct err *err);

/* Opens the letter, or another file of the folder. NULL with errno. */
FILE *state_open_file(const struct state_store *store, const char *path);

/* Removes a file, if it is there, so that a crash of the machine does not bring it back. */
int state_remove(const struct state_store *store, const char *path, struct err *err);

/* --- state_folder.c --- */

/* Makes and looks at the folder, fills in the paths, takes the lock. Errors as of state_open(). */
int state_folder_open(
    struct state_store *store, const char *folder, const char *name, struct err *err);

/* Removes the temporary files of killed runs. What cannot be removed does no harm. */
void state_folder_clean(const struct state_store *store);

/* --- state_file.c --- */

/* Adds the text of a state file. */
void state_file_add(struct buf *text, const char *key, const struct state *state);

int state_file_write(
    const struct state_store *store, const char *key, const struct state *state, struct err *err);

/* --- state_journal.c: the journal as text --- */

struct journal_file {
	const char *temporary; /* absolute, in the same folder */
	const char *path;
	uint64_t folder; /* its inode: another one when a disk is not mounted */
};

struct journal_state {
	const char *key;
	struct state state;
};

/* A journal that was read. Strings and arrays are in the arena. */
struct journal {
	struct arena arena;
	bool is_old; /* of version 1 */
	const char *from;
	const char **to;
	unsigned to_count; /* 0: no letter */
	struct journal_file *file;
	unsigned file_count;
	struct journal_state *state;
	unsigned state_count;
};

/* What a journal begins with, and its lines; `word` is "from" or "to". */
void journal_begin(struct buf *plan);
void journal_add_address(struct buf *plan, const char *word, const char *address);
void journal_add_state(struct buf *plan, const char *key, const struct state *state);

/* Adds where an output will be, absolute and without symbolic links. ERR_SYSTEM. */
int journal_add_real_path(struct buf *out, const struct deliver_file *file, struct err *err);

/* Writes the plan, with the names of the files, as the journal. */
int journal_write(
    struct state_store *store, struct deliver_file *const *files, unsigned count, struct err *err);

/* 1; 0 when there is no journal; -1. journal_fini() on 1. */
int journal_read(const struct state_store *store, struct journal *journal_r, struct err *err);
void journal_fini(struct journal *journal);

/* --- state_finish.c --- */

/* Does what the journal says. 1 when there was one, 0 when not, -1. */
int state_finish(struct state_store *store, struct err *err);

#endif
