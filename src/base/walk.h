/*
 * The way to a folder, one part of its path after the other, in such a way
 * that nobody else can lead us elsewhere.
 */
#ifndef BASE_WALK_H
#define BASE_WALK_H

#include <sys/types.h>

#include "base/err.h"

/* Symbolic links on the way, as many as the system follows. */
#define WALK_MAX_LINKS 40

/*
 * Opens a folder (O_PATH), and makes it when it is missing, with this mode, as well as those above
 * it; mode 0 makes none. Returns the descriptor, or -1.
 *
 * ERR_CONFIG: a folder above it can be written to by all without being sticky, or a symbolic link
 * on the way belongs to another user; both could be exchanged any time. ERR_CREATE: it cannot be
 * made or opened, or is no folder.
 */
int walk_open(const char *path, mode_t mode, struct err *err);

/* The same for the last part of `path`, in an open folder. */
int walk_open_in(int folder, const char *path, mode_t mode, struct err *err);

#endif
