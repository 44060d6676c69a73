/*
 * Opens a folder, one part of its path after the other, so that nobody else
 * can lead us elsewhere.
 */
#ifndef BASE_WALK_H
#define BASE_WALK_H

#include <sys/types.h>

#include "base/err.h"

/* Most symbolic links on the way, as in the system. */
#define WALK_MAX_LINKS 40

/*
 * Opens a folder (O_PATH). Makes it, and those above it, with this mode when they are missing; mode
 * 0 makes none. Returns the descriptor, or -1.
 *
 * ERR_CONFIG: all may write to a folder above it that is not sticky, or a symbolic link on the way
 * belongs to another user: others could exchange them. ERR_CREATE: it cannot be made or opened, or
 * is no folder.
 */
int walk_open(const char *path, mode_t mode, struct err *err);

/* The same for the last part of `path`, in an open folder. */
int walk_open_in(int folder, const char *path, mode_t mode, struct err *err);

#endif
