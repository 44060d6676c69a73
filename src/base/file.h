/*
 * A whole file in memory.
 */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include "base/buf.h"

/*
 * Reads an open file to its end into an empty buffer. Memory is taken once, so that buf_wipe()
 * reaches all of a secret. 0, or -1 with errno: EFBIG when there are more than `max` bytes.
 */
int file_read_all(int fd, size_t max, struct buf *out);

#endif
