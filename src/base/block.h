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
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#define BLOCK_SIZE ((size_t)16)
#define BLOCK_ALL  0xFFFFu /* block_mask() of what is true of all of them */

typedef unsigned char block_t __attribute__((vector_size(BLOCK_SIZE)));

/* Sixteen bytes from there on. */
static inline block_t block_read(const char *p)
{
	block_t bytes;

	memcpy(&bytes, p, sizeof(bytes));
	return bytes;
}

static inline void block_write(char *to, block_t bytes)
{
	memcpy(to, &bytes, sizeof(bytes));
}

/* All bits of each byte that is c; none of the others. */
static inline block_t block_is(block_t bytes, char c)
{
	return (block_t)(bytes == (unsigned char)c);
}

/* The same as block_mask(), where no instruction does that. The product moves one bit of each byte
 * to the highest byte, and no two to one place. */
static inline unsigned block_gather(block_t hits)
{
	const uint64_t each = UINT64_C(0x0101010101010101), gather = UINT64_C(0x0102040810204080);
	uint64_t half[2];

	memcpy(half, &hits, sizeof(half));
	return (unsigned)((le64toh(half[0]) & each) * gather >> 56 |
			  (le64toh(half[1]) & each) * gather >> 56 << 8);
}

/* A bit for each byte that has all bits: that of the first byte is the lowest. Each byte must have
 * all bits or none. */
static inline unsigned block_mask(block_t hits)
{
#ifdef __SSE2__
	return (unsigned)_mm_movemask_epi8((__m128i)hits);
#else
	return block_gather(hits);
#endif
}

static inline bool block_any(block_t hits)
{
	return block_mask(hits) != 0;
}

/* The lowest bit of a mask, which must have one: the offset of the first byte. */
static inline size_t block_lowest(unsigned mask)
{
	return (size_t)__builtin_ctz(mask);
}

#endif
