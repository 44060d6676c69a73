/*
 * Sixteen bytes at once, with the vector instructions that the machine has: for what looks at every
 * byte of a header.
 */
#ifndef BASE_BLOCK_H
#define BASE_BLOCK_H

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define BLOCK_SIZE ((size_t)16)

typedef unsigned char block_t __attribute__((vector_size(BLOCK_SIZE)));

/* Sixteen bytes from there on. */
static inline block_t block_read(const char *p)
{
	block_t bytes;

	memcpy(&bytes, p, sizeof(bytes));
	return bytes;
}

/* All bits of each byte that is c; none of the others. */
static inline block_t block_is(block_t bytes, char c)
{
	return (block_t)(bytes == (unsigned char)c);
}

static inline bool block_any(block_t hits)
{
	uint64_t half[2];

	memcpy(half, &hits, sizeof(half));
	return (half[0] | half[1]) != 0;
}

/* The first byte that has bits; there must be one. */
static inline size_t block_first(block_t hits)
{
	uint64_t half[2];

	memcpy(half, &hits, sizeof(half));
	if (half[0] != 0)
		return (size_t)__builtin_ctzll(le64toh(half[0])) / 8;
	return sizeof(half[0]) + (size_t)__builtin_ctzll(le64toh(half[1])) / 8;
}

#endif
