/*
 * An input line by line. Lines are handed out where they lie.
 */
#ifndef INPUT_LINE_H
#define INPUT_LINE_H

#include "input/input.h"

/* Bytes of a line; of a longer one the first so many are handed out, and it says so. */
#define INPUT_MAX_LINE ((size_t)128 * 1024)

struct input_line {
	struct span text; /* without LF or CR LF */
	uint64_t number;  /* from 1 */
	uint64_t offset;  /* of its first byte, uncompressed */
	bool is_cut;      /* it was longer than INPUT_MAX_LINE: the rest is passed over */
	bool has_end;     /* a line break was read: false for the last one, which may grow, and
			     while is_cut */
};

/* A zeroed one, with its input, begins at where the input is. */
struct input_lines {
	struct input *input;
	uint64_t number; /* of the last line */
	uint64_t cut;    /* lines that were longer, so far */
	bool in_line;    /* the rest of a long one is still there */
};

/*
 * The next line, valid until the next call. 1; 0 at the end; -1 as input_window(), behind the last
 * line.
 */
int input_line_next(struct input_lines *lines, struct input_line *line_r, struct err *err);

#endif
