#include "base/arena.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One message's values fit in a block of this size; larger requests get a block of their own. */
#define ARENA_BLOCK_SIZE ((size_t)32 * 1024)

void arena_init(struct arena *arena)
{
	*arena = (struct arena){0};
}

void arena_fini(struct arena *arena)
{
	arena_reset(arena);
	free(arena->blocks);
	arena_init(arena);
}

void arena_reset(struct arena *arena)
{
	while (arena->blocks != NULL && arena->blocks->older != NULL) {
		struct arena_block *block = arena->blocks;

		arena->blocks = block->older;
		free(block);
	}
	if (arena->blocks != NULL)
		arena->blocks->used = 0;
	arena->failed = false;
	arena->sys = 0;
}

void arena_fail(struct arena *arena, int sys)
{
	if (sys == 0 || arena->failed)
		return;
	arena->failed = true;
	arena->sys = sys;
}

int arena_err(const struct arena *arena, struct err *err)
{
	if (arena->sys == ENOMEM)
		return err_nomem(err);
	return err_set_sys(err, ERR_SYSTEM, arena->sys, "cannot decode a text");
}

void *arena_alloc_block(struct arena *arena, size_t n)
{
	size_t size = n > ARENA_BLOCK_SIZE ? n : ARENA_BLOCK_SIZE;
	struct arena_block *block = malloc(sizeof(*block) + size);

	if (block == NULL) {
		arena_fail(arena, ENOMEM);
		return NULL;
	}
	*block = (struct arena_block){.older = arena->blocks, .used = n, .size = size};
	arena->blocks = block;
	return block->bytes;
}

struct span arena_copy(struct arena *arena, struct span s)
{
	char *p;

	if (s.n == 0 || (p = arena_alloc(arena, s.n)) == NULL)
		return SPAN_EMPTY;
	memcpy(p, s.p, s.n);
	return (struct span){p, s.n};
}

char *arena_string(struct arena *arena, struct span s)
{
	char *string = arena_alloc(arena, s.n + 1);

	if (string == NULL)
		return NULL;
	if (s.n > 0)
		memcpy(string, s.p, s.n);
	string[s.n] = '\0';
	return string;
}

struct span arena_copy_buf(struct arena *arena, const struct buf *buf)
{
	if (buf->failed != EMSGSIZE)
		arena_fail(arena, buf->failed);
	return arena_copy(arena, buf_span(buf));
}

struct span arena_printf(struct arena *arena, const char *fmt, ...)
{
	va_list ap;
	char *p;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0)
		arena_fail(arena, errno);
	if (n < 0 || (p = arena_alloc(arena, (size_t)n + 1)) == NULL)
		return SPAN_EMPTY;
	va_start(ap, fmt);
	vsnprintf(p, (size_t)n + 1, fmt, ap);
	va_end(ap);
	return (struct span){p, (size_t)n};
}
