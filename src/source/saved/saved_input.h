/*
 * A saved report as pieces of lines: nothing of it is held but one chunk,
 * however long its lines are.
 */
#ifndef REPORT_SAVED_INPUT_H
#define REPORT_SAVED_INPUT_H

#include <stdio.h>

#include "base/err.h"
#include "base/span.h"

#define SAVED_CHUNK ((size_t)64 * 1024)

struct saved_input {
	FILE *in;
	const char *name;
	uint64_t line;  /* of the last piece, from 1 */
	bool line_ends; /* the last piece ended its line */
	size_t at, n;   /* what is left of the chunk */
	char chunk[SAVED_CHUNK];
};

/* Reads the first chunk and skips a byte order mark. ERR_IO, ERR_SIGNAL. */
int saved_input_init(struct saved_input *input, FILE *in, const char *name, struct err *err);

/* The first byte that is no blank, of the first chunk; '\0' when there is none. */
char saved_input_first(const struct saved_input *input);

/*
 * The next line with its LF, or as much of it as the chunk holds; valid until the next call. 1, 0
 * at the end, -1 with ERR_IO or ERR_SIGNAL.
 */
int saved_input_next(struct saved_input *input, struct span *piece_r, struct err *err);

/* ERR_DATA "NAME, line N: what" (printf style); returns -1. */
int saved_input_refuse(const struct saved_input *input, uint64_t line, struct err *err,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* The same of the last line, for what is no report at all (says what was expected), and for what is
 * one without the messages: `what` as "this is a grouped report". */
int saved_input_refuse_all(const struct saved_input *input, struct err *err);
int saved_input_refuse_kind(const struct saved_input *input, const char *what, struct err *err);

#endif
