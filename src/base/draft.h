/*
 * A file that has its name when it is whole: until then it is PATH.draft-XXXXXX, six letters or
 * digits that nobody can guess, and whoever makes it has it locked (flock(2)). So what was left by
 * one that was killed can be told from what is being written, however long that takes.
 */
#ifndef BASE_DRAFT_H
#define BASE_DRAFT_H

#include <sys/types.h>

struct draft {
	int fd;     /* to write to */
	char *name; /* the caller gives it another one by link(2) or rename(2) */
};

/* Makes it with this mode. 0, or -1 with errno; then nothing is there. */
int draft_make(struct draft *draft, const char *path, mode_t mode);

/* Removes its name, and lets it go. Errors are none: the next draft_sweep() removes what is left.
 */
void draft_end(struct draft *draft);

/*
 * Removes the drafts of this path whose makers have ended: regular files of this user that nobody
 * has locked. What cannot be removed, or not be locked on this file system, stays.
 */
void draft_sweep(const char *path);

#endif
