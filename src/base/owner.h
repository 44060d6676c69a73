/*
 * Whose a file is, and who may change it: what another user has made, or may
 * exchange, is not what it seems. Ask about what is open, not about a name.
 */
#ifndef BASE_OWNER_H
#define BASE_OWNER_H

#include <stdbool.h>
#include <sys/stat.h>

/* It belongs to us, or to root, who can do anything to us anyway. */
bool owner_is_trusted(const struct stat *st);

/* Its group or anybody may write to the file or folder. */
bool owner_lets_others_write(const struct stat *st);

/*
 * Anybody may take away what is in this folder, and put something else there: it can be written to
 * by all and is not sticky, as /tmp is. A folder of a group is that of people who work together.
 */
bool owner_lets_others_rename(const struct stat *folder);

#endif
