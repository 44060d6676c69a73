/*
 * Where a report came from, as an extended attribute of its file (xattr(7)): by that a run knows
 * that the file it would replace is one of another server or user. Where the file system has no
 * such attributes nothing is known.
 */
#ifndef DELIVER_ORIGIN_H
#define DELIVER_ORIGIN_H

#include "deliver/deliver_file.h"

/* Bytes of an origin; of a longer one only as many count. */
#define DELIVER_MAX_ORIGIN 1024

/* Notes it for a file that is not direct, before deliver_finish(). */
void deliver_set_origin(struct deliver_file *file, const char *origin);

/* True when there is a file of that name, and it is known to be of another origin. */
bool deliver_is_foreign(const char *path, const char *origin);

#endif
