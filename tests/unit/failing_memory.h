/*
 * Memory that runs out: the linker wraps malloc(3) and its like (--wrap), and each test says how
 * many allocations succeed.
 */
#ifndef TESTS_UNIT_FAILING_MEMORY_H
#define TESTS_UNIT_FAILING_MEMORY_H

#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>

void *__real_malloc(size_t n);
void *__real_calloc(size_t count, size_t n);
void *__real_realloc(void *p, size_t n);
void *__real_reallocarray(void *p, size_t count, size_t n);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t count, size_t n);
void *__wrap_realloc(void *p, size_t n);
void *__wrap_reallocarray(void *p, size_t count, size_t n);

#define NEVER UINT_MAX

static unsigned allowed = NEVER; /* allocations that succeed before one fails */
static bool alone;               /* those behind it succeed again */
static unsigned refused;

static bool allocation_fails(void)
{
	if (allowed == NEVER)
		return false;
	if (allowed > 0) {
		allowed--;
		return false;
	}
	if (alone)
		allowed = NEVER;
	refused++;
	return true;
}

void *__wrap_malloc(size_t n)
{
	return allocation_fails() ? NULL : __real_malloc(n);
}

void *__wrap_calloc(size_t count, size_t n)
{
	return allocation_fails() ? NULL : __real_calloc(count, n);
}

void *__wrap_realloc(void *p, size_t n)
{
	return allocation_fails() ? NULL : __real_realloc(p, n);
}

void *__wrap_reallocarray(void *p, size_t count, size_t n)
{
	return allocation_fails() ? NULL : __real_reallocarray(p, count, n);
}

#endif
