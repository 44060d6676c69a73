/*
 * Memory that is freed all at once: the values of one message live in an arena
 * that is reset before the next one.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

struct arena_block {
	struct arena_block *older;
	size_t used;
	size_t size;
	_Alignas(max_align_t) char bytes[];
};

struct arena {
	struct arena_block *blocks; /* the newest first; the last one survives a reset */
	bool failed;                /* something failed since the last reset */
	int sys;                    /* the errno of the first failure */
};

void arena_init(struct arena *arena);
void arena_fini(struct arena *arena);

/* Frees everything that was handed out. Keeps one block, so that a steady run does not allocate. */
void arena_reset(struct arena *arena);

/* The same as arena_alloc(), which it is for, in a new block; n is a multiple of the alignment. */
void *arena_alloc_block(struct arena *arena, size_t n);

/* n bytes aligned for any object, not zeroed; NULL and `failed` when there is no memory. */
static inline void *arena_alloc(struct arena *arena, size_t n)
{
	struct arena_block *block = arena->blocks;
	void *p;

	n = (n + _Alignof(max_align_t) - 1) & ~(_Alignof(max_align_t) - 1);
	if (block == NULL || block->size - block->used < n)
		return arena_alloc_block(arena, n);
	p = block->bytes + block->used;
	block->used += n;
	return p;
}

/* A copy; an empty span (and `failed`) when there is no memory. */
struct span arena_copy(struct arena *arena, struct span s);

/* The same as a string, also of an empty span; NULL when there is no memory. */
char *arena_string(struct arena *arena, struct span s);

/* A copy of buf's content. A buffer that failed sets `failed`, unless it is only full. */
struct span arena_copy_buf(struct arena *arena, const struct buf *buf);

/* Notes that a value in it is not whole, and the errno; 0 changes nothing. */
void arena_fail(struct arena *arena, int sys);

/* Says what failed: ERR_SYSTEM. Returns -1. */
int arena_err(const struct arena *arena, struct err *err);

/* printf into the arena. */
struct span arena_printf(struct arena *arena, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

#endif
