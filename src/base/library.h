/*
 * Shared libraries that are loaded when they are first needed: most runs need neither the filter's
 * API nor the history, and would pay for them with a fifth of their start and of their memory.
 */
#ifndef BASE_LIBRARY_H
#define BASE_LIBRARY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

/* A function of it, and the pointer to a function that gets its address. */
struct library_function {
	const char *name;
	void *place;
};

struct library {
	const char *title;        /* for people */
	const char *const *files; /* the first that is there is taken; NULL behind the last */
	const struct library_function *functions;
	size_t function_count;
	bool is_open; /* false at first; it stays open to the end of the process */
};

/* Does nothing when it is open. Any thread may ask. ERR_SYSTEM: it is missing, or too old. */
int library_open(struct library *library, struct err *err);

#endif
