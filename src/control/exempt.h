/*
 * Who is never locked, blacklisted or told of: patterns of a shell, given one by one and in a file
 * (control.md).
 */
#ifndef CONTROL_EXEMPT_H
#define CONTROL_EXEMPT_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"

/* Bytes of an exempt file. */
#define EXEMPT_MAX_FILE ((size_t)1024 * 1024)

struct exempt {
	const char *const *given; /* the caller's */
	unsigned given_count;
	struct buf file; /* its text: a pattern a line, # begins a comment */
};

/* Reads the file; NULL: there is none. ERR_USAGE when not all of it can be read. exempt_fini()
 * accepts one that failed. */
int exempt_init(struct exempt *exempt, const char *const *given, unsigned given_count,
    const char *path, struct err *err);
void exempt_fini(struct exempt *exempt);

/* True when a pattern fits the name, without case. */
bool exempt_has(const struct exempt *exempt, struct span name);

#endif
