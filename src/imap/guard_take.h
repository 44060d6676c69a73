/*
 * Taking a line from the server apart. Each function takes something from the
 * front of *at, or returns false and leaves it alone. Blanks are SP and TAB.
 */
#ifndef IMAP_GUARD_TAKE_H
#define IMAP_GUARD_TAKE_H

#include "base/buf.h"

/* The text, without case. */
bool guard_take(struct span *at, struct span text);

/* All blanks; false when there is none. */
bool guard_take_blanks(struct span *at);

/* True when nothing but blanks is left. */
bool guard_is_over(struct span at);

/* The bytes before the next blank or parenthesis; may be empty. */
struct span guard_take_word(struct span *at);

/* The word behind the blanks; empty at the end. */
struct span guard_next_word(struct span *at);

/* All digits, which fit 32 bits and end with the word. */
bool guard_take_number(struct span *at, uint32_t *number_r);

/* The whole word, as a number that is not 0. */
bool guard_read_number(struct span word, uint32_t *number_r);

/* "..."; *within_r still has its backslashes. */
bool guard_take_quoted(struct span *at, struct span *within_r);

/* {n}, only at the end of the line (libetpan would accept it anywhere). A number that does not fit
 * becomes the largest one. */
bool guard_take_literal(struct span *at, uint64_t *n_r);

enum guard_taken {
	GUARD_TAKEN,
	GUARD_TAKEN_LITERAL, /* up to {n} at the end of the line; call again behind it if *depth
				is not 0 */
	GUARD_TAKEN_NONSENSE,
};

/*
 * One value: a word, a quoted string, a literal, or a list of values to its end. *depth, 0 at
 * first, is the number of parentheses that are open.
 */
enum guard_taken guard_take_value(struct span *at, unsigned *depth, uint64_t *literal_r);

void guard_add_number(struct buf *out, uint32_t number);

/* Adds a quoted text without its backslashes. */
void guard_add_unquoted(struct buf *out, struct span within);

/* "{n}" and a line break. */
void guard_add_literal(struct buf *out, uint64_t n);

#endif
