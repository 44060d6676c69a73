/*
 * Who owns a file, and who may change it: another user may have prepared or
 * exchanged it. Ask about an open file, not about a name.
 */
#ifndef BASE_OWNER_H
#define BASE_OWNER_H

#include <stdbool.h>
#include <sys/stat.h>

/* True when it belongs to us, or to root, who can do anything anyway. */
bool owner_is_trusted(const struct stat *st);

/* True when its group or anybody may write to the file or folder. */
bool owner_lets_others_write(const struct stat *st);

/* True when anybody may exchange the entries of this folder: all may write to it and it is not
 * sticky, as /tmp is. A folder that a group may write to is accepted: they work together. */
bool owner_lets_others_rename(const struct stat *folder);

#endif
