/*
 * One encoded-word of RFC 2047, 2: "=?charset*language?B?text?=".
 */
#ifndef MAIL_ENCODED_WORD_H
#define MAIL_ENCODED_WORD_H

#include "base/buf.h"

/* The longest language suffix of a character set ("*en-GB", RFC 2231, 5). */
#define ENCODED_WORD_LANGUAGE_MAX 32

struct encoded_word {
	struct span charset; /* without the language */
	struct span text;    /* still encoded */
	size_t length;       /* from "=?" to "?=" */
	bool base64;
};

/*
 * The encoded-word at the start of s. One that is not closed before the next
 * begins is none: a broken fold must not take the next word with it. Nor is
 * base64 that holds none: to decode it would lose it.
 */
bool encoded_word_read(struct span s, struct encoded_word *word_r);

/* Offset of the first encoded-word, or SPAN_NPOS. */
size_t encoded_word_find(struct span text, struct encoded_word *word_r);

/*
 * Appends the bytes of the word, in its own character set. Of malformed
 * base64 what can be decoded; a "=" of Q without two hexadecimal digits behind
 * it stays. Returns the number of characters of base64 that carry nothing.
 */
size_t encoded_word_decode(const struct encoded_word *word, struct buf *out);

#endif
