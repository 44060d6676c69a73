/*
 * Which messages have been told of, so that each counts once: a keyed hash of
 * each, since the names are written by others.
 */
#ifndef FILES_SEEN_H
#define FILES_SEEN_H

#include "base/err.h"
#include "base/span.h"

/* Names that are remembered, 16 bytes each; of more, some may count twice. */
#define SEEN_MAX ((size_t)512 * 1024)

#define SEEN_KEY_SIZE 16 /* of crypto_shorthash() */

struct seen {
	uint64_t *slot;
	size_t size, count;
	bool is_full; /* SEEN_MAX was reached */
	unsigned char key[SEEN_KEY_SIZE];
};

/* Zeroed memory is an empty one, once it has its key. -1 without the library. */
int seen_init(struct seen *seen, struct err *err);
void seen_fini(struct seen *seen);

/* 1: it was there before; 0: it is from now on; -1: no memory. Case of ASCII letters counts. */
int seen_add(struct seen *seen, struct span name, struct err *err);

/* Whether it is there. */
bool seen_has(const struct seen *seen, struct span name);

#endif
