/*
 * Reading a password from a descriptor. For secret.c and its sources only.
 */
#ifndef SECRET_INPUT_H
#define SECRET_INPUT_H

#include "secret/secret.h"

/* What editors of Windows put at the beginning of a file (UTF-8). */
#define SECRET_BOM SPAN("\xEF\xBB\xBF")

/* A byte order mark, a password of full length, its CR LF, and one byte that shows that there is
 * more. */
#define SECRET_INPUT_SIZE (3 + SECRET_MAX + 3)

/*
 * Lives on the stack, between secret_input_begin() and secret_input_end(), which belongs to every
 * way out.
 */
struct secret_input {
	int64_t deadline; /* of reading, as of clock_now(); 0: none */
	int64_t asked;    /* struct secret */
	size_t n;
	char bytes[SECRET_INPUT_SIZE];
};

/* Empty, and not swapped out where the system allows that (RLIMIT_MEMLOCK). */
void secret_input_begin(struct secret_input *input, int64_t deadline);

/* Overwrites what was read. */
void secret_input_wipe(struct secret_input *input);

/* The same, and gives the memory back. */
void secret_input_end(struct secret_input *input);

/*
 * Reads once: 1 when there may be more, 0 at the end or when input is full. Waits for fd, for a
 * signal, and for `other` (-1: none); when that one is readable, returns 1 and has read nothing.
 * -1: ERR_SIGNAL, ERR_TEMPORARY at the deadline, or ERR_USAGE with the errno.
 */
int secret_input_read(struct secret_input *input, int fd, int other, struct err *err);

/* To the end of the file, or until input is full. */
int secret_input_read_all(struct secret_input *input, int fd, struct err *err);

/* Checks what was read and copies it, without newline and byte order mark. */
int secret_input_take(const struct secret_input *input, struct secret *secret_r, struct err *err);

/* The same for bytes of another origin. */
int secret_copy(struct span bytes, struct secret *secret_r, struct err *err);

/* The sources that need more than a file. */
int secret_run_command(const char *command, struct secret_input *input, struct err *err);
/* What the password is called; never NULL. */
const struct secret_words *secret_words(const struct secret_sources *sources);

int secret_prompt(
    const struct secret_sources *sources, struct secret_input *input, struct err *err);

#endif
