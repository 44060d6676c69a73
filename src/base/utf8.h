/*
 * UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, nothing above
 * U+10FFFF. The decoding itself is libunistring's.
 */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include "base/buf.h"

#define UTF8_REPLACEMENT 0xFFFDu        /* stands for bytes that cannot be decoded */
#define UTF8_ELLIPSIS    0x2026u        /* marks a value that was cut */
#define UTF8_CUT         "\xE2\x80\xA6" /* the same as text */
#define UTF8_BOM         0xFEFFu        /* at the start of a file, if asked for */

bool utf8_valid(struct span s);

/* utf8_next() of what is not ASCII, which needs no call. */
size_t utf8_next_long(struct span s, uint32_t *code_point_r);

/*
 * Decodes the first character of a non-empty s. Returns its length in bytes; when the bytes are no
 * character, returns 0 and leaves *code_point_r untouched.
 */
static inline size_t utf8_next(struct span s, uint32_t *code_point_r)
{
	if ((unsigned char)s.p[0] >= 0x80)
		return utf8_next_long(s, code_point_r);
	*code_point_r = (unsigned char)s.p[0];
	return 1;
}

void utf8_add(struct buf *buf, uint32_t code_point);

/* At most max bytes of a valid s, ending between characters. */
struct span utf8_head(struct span s, size_t max);

/*
 * A valid s of more than max bytes is cut: utf8_head(), then UTF8_CUT. Returns the length, and
 * writes so much to out unless it is NULL.
 */
size_t utf8_cut(char *out, struct span s, size_t max);

void utf8_add_cut(struct buf *buf, struct span s, size_t max);

/* C0, DEL, C1, and the separators U+2028 and U+2029, which may not stand inside a value. */
bool utf8_is_control(uint32_t code_point);

/*
 * Characters that change how the text around them is shown, or that are not shown at all:
 * bidirectional controls, zero-width and tag characters, byte order marks. The joiners U+200C and
 * U+200D are not among them: scripts and emoji need them.
 */
bool utf8_is_invisible(uint32_t code_point);

#endif
