/*
 * Memory that is given back all at once: what one message needs lives in an
 * arena that is reset before the next one.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/buf.h"

struct arena_block;

struct arena {
	struct arena_block *blocks; /* the newest first; the last one stays over a reset */
	bool failed;                /* an allocation failed since the last reset */
};

void arena_init(struct arena *arena);
void arena_fini(struct arena *arena);

/* Everything handed out is void; keeps one block, so that a steady run does not allocate. */
void arena_reset(struct arena *arena);

/* n bytes aligned for any object, not zeroed; NULL and `failed` when there is no memory. */
void *arena_alloc(struct arena *arena, size_t n);

/* A copy; an empty span (and `failed`) when there is no memory. */
struct span arena_copy(struct arena *arena, struct span s);

/* A copy of what buf holds; a buffer that ran out of memory sets `failed`. */
struct span arena_copy_buf(struct arena *arena, const struct buf *buf);

/* printf into the arena. */
struct span arena_printf(struct arena *arena, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

#endif
