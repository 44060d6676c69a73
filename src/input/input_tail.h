/*
 * The lines of a file that others go on writing to: a log through its rotation, a pipe, standard
 * input. Nothing waits in here but tail_open() of a pipe that nobody has made.
 *
 * Rotation is seen by the name, at each look: when another file has it, what is still written to
 * the old one is read for TAIL_LINGER milliseconds before the lines of the new one. Several have
 * been there when the name moves on sooner; of more than TAIL_MAX_BEFORE the oldest is read to its
 * end, and closed. A file that had the name only between two looks is not seen. A file that became
 * shorter, or begins with other bytes, was truncated, and is read from its beginning; what was
 * written to it between the last look and that cannot be known (tail_losses()).
 */
#ifndef INPUT_TAIL_H
#define INPUT_TAIL_H

#include "input/input_line.h"

/* Milliseconds that a renamed file is read on. */
#define TAIL_LINGER ((int64_t)60 * 1000)

/* Files that had the name before, and are read on; each takes INPUT_MAX_LINE bytes. */
#define TAIL_MAX_BEFORE 4

/* Bytes of a file's beginning that tell it from what another one wrote in its place. */
#define TAIL_PRINT ((size_t)256)

struct tail;

/*
 * Opens it; "-" is standard input. NULL: ERR_NOFOLDER when it is not there, a folder or a device,
 * ERR_DATA when it is compressed, ERR_SYSTEM without memory.
 */
struct tail *tail_open(const char *path, struct err *err);

/* NULL is allowed. */
void tail_close(struct tail *tail);

/* Its path, escaped for errors, or "standard input". */
const char *tail_name(const struct tail *tail);

/* When it was last written; 0: nobody knows. */
time_t tail_modified(const struct tail *tail);

/*
 * Looks at the file, and takes note of how far it goes by now: so far are lines handed out, however
 * fast it grows. 1: there may be lines; 0: there is nothing new.
 */
int tail_look(struct tail *tail);

/*
 * The next whole line, valid until the next call; a line without an end is handed out only when
 * nothing can follow: a writer has closed standard input, a file that had the name is closed, or
 * tail_end() has been called. INPUT_MAX_LINE holds. 1; 0: none at present; 2: none will come; -1:
 * ERR_IO, which ends nothing: the next call goes on.
 */
int tail_next(struct tail *tail, struct input_line *line_r, struct err *err);

/* Nothing that is written from now on is waited for. */
void tail_end(struct tail *tail);

/* Milliseconds instead of TAIL_LINGER; for tests. */
void tail_set_linger(struct tail *tail, int64_t linger);

/* The bytes that tail_next() will hand out first, as far as they are read: to know what it is. */
int tail_peek(struct tail *tail, struct span *first_r, struct err *err);

/* Nothing comes any more behind what tail_peek() shows: its writer has closed it. */
bool tail_is_over(const struct tail *tail);

/* For poll(2): of a pipe; -1: a file, which must be looked at now and then. */
int tail_fd(const struct tail *tail);

/* How often it was truncated, and how often another file took its name. */
uint64_t tail_losses(const struct tail *tail);
uint64_t tail_rotations(const struct tail *tail);

#endif
