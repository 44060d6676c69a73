/*
 * How far a source got in one of its places: pairs of a name and a value in the source's own words,
 * "uidvalidity 3 last-uid 812" or "inode 71 offset 9000". To everybody else it is text, to be kept
 * and given back.
 */
#ifndef RECORD_POSITION_H
#define RECORD_POSITION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"

/* Bytes of a position, the NUL at its end among them. */
#define POSITION_SIZE 128

/* Names and values are words of visible ASCII characters, with one space between all of them. */
struct position {
	char text[POSITION_SIZE]; /* "": nothing has been read yet */
};

bool position_is_empty(const struct position *position);

bool position_is_equal(const struct position *a, const struct position *b);

/* Adds a pair, "NAME VALUE". False, with nothing added, when it is none or there is no room. */
bool position_add(struct position *position, struct span pair);

/* The same, of a name and a number. */
bool position_add_number(struct position *position, const char *name, uint64_t number);

/* Reads the text of a position that is not empty. False, with nothing changed, when it is none. */
bool position_parse(struct span text, struct position *position_r);

/*
 * Takes the next pair off the front of *rest, which is a position's text. False, with nothing
 * changed, when its name is another one, or its value no number up to `max`.
 */
bool position_take_number(struct span *rest, struct span name, uint64_t max, uint64_t *number_r);

#endif
