/*
 * A growable run of bytes with a hard maximum.
 *
 * Appending reports no error: a buffer that ran out of memory or into its
 * maximum keeps what it has, ignores what follows and sets `failed` (ENOMEM,
 * EMSGSIZE, or the errno that buf_fail() was given). A caller checks it once
 * at the end, as with ferror(3).
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include "base/span.h"

struct buf {
	char *p;
	size_t n;
	size_t size; /* allocated */
	size_t max;  /* n never exceeds it; 0: no maximum */
	int failed;  /* 0 or an errno, the first; stays until buf_clear() */
};

/* An empty buffer; frees with buf_fini(). */
void buf_init(struct buf *buf, size_t max);
void buf_fini(struct buf *buf);

/* Empties it, forgets `failed`, keeps the memory. */
void buf_clear(struct buf *buf);

/* The same, and overwrites the memory, for one that held a secret, before buf_fini(). Growing
 * leaves copies that this does not reach: reserve all at once. */
void buf_wipe(struct buf *buf);

void buf_add(struct buf *buf, struct span s);
void buf_add_char(struct buf *buf, char c);
void buf_add_text(struct buf *buf, const char *string);
void buf_printf(struct buf *buf, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* The number in decimal, with zeros in front up to so many digits. */
void buf_add_number(struct buf *buf, uint64_t number, unsigned digits);

/* Each byte that is neither an ASCII letter or digit nor one of `others` as %XX (RFC 3986, 2.1). */
void buf_add_percent(struct buf *buf, struct span s, struct span others);

/* Each byte as two lower-case hex digits. */
void buf_add_hex(struct buf *buf, struct span s);

/* Adds another buffer's content, and its failure. */
void buf_add_buf(struct buf *buf, const struct buf *other);

/* As if appending had failed with this errno; 0 changes nothing. */
void buf_fail(struct buf *buf, int sys);

/* buf_reserve() of one that has to grow, has failed, or has a maximum. */
char *buf_grow(struct buf *buf, size_t n);

/* The small ones are inline: every cell of every report passes through them. */

/* Room for n more bytes at buf->p + buf->n, or NULL (and `failed`); the caller adds to buf->n. */
static inline char *buf_reserve(struct buf *buf, size_t n)
{
	/* Nothing is allocated while p is NULL. One byte is left for buf_string(). */
	if (n < buf->size - buf->n && buf->max == 0 && buf->failed == 0)
		return buf->p + buf->n;
	return buf_grow(buf, n);
}

static inline struct span buf_span(const struct buf *buf)
{
	return (struct span){buf->p, buf->n};
}

/* The content as a string, valid until the next change; "" on failure. Of a buffer that has some,
 * no maximum, and has not failed it never fails. */
const char *buf_string(struct buf *buf);

#endif
