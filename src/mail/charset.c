#include "mail/charset.h"

#include <errno.h>
#include <stdlib.h>

#include "base/utf8.h"
#include "mail/charset_open.h"

/* Room that holds whatever one character of any set becomes in UTF-8. */
#define CHARSET_ROOM_MIN ((size_t)64)

struct charset_slot {
	iconv_t conversion; /* CHARSET_NONE when it is not open */
	bool missing;       /* the C library does not have the set */
};

struct charset_cache {
	struct charset_slot slots[CHARSET_SETS];
};

/* Windows-1252 from 0x80 to 0x9F; the rest of it is ISO 8859-1. */
static const uint16_t charset_cp1252[32] = {0x20AC, 0xFFFD, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020,
    0x2021, 0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0xFFFD, 0x017D, 0xFFFD, 0xFFFD, 0x2018, 0x2019,
    0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0xFFFD, 0x017E,
    0x0178};

struct charset_cache *charset_cache_new(void)
{
	struct charset_cache *cache = calloc(1, sizeof(*cache));

	for (size_t i = 0; cache != NULL && i < CHARSET_SETS; i++)
		cache->slots[i].conversion = CHARSET_NONE;
	return cache;
}

void charset_cache_free(struct charset_cache *cache)
{
	for (size_t i = 0; cache != NULL && i < CHARSET_SETS; i++)
		if (cache->slots[i].conversion != CHARSET_NONE)
			iconv_close(cache->slots[i].conversion);
	free(cache);
}

/* The conversion from the set, in its initial state, or CHARSET_NONE. Returns 0 or an errno. */
static int charset_conversion(struct charset_cache *cache, unsigned set, iconv_t *conversion_r)
{
	struct charset_slot *slot = &cache->slots[set];

	if (slot->conversion == CHARSET_NONE && !slot->missing) {
		int sys = charset_open(charset_name_iconv(set), &slot->conversion);

		if (sys != 0)
			return sys;
		slot->missing = slot->conversion == CHARSET_NONE;
	}
	if (slot->conversion != CHARSET_NONE)
		iconv(slot->conversion, NULL, NULL, NULL, NULL);
	*conversion_r = slot->conversion;
	return 0;
}

/* The length of the plain ASCII at the start of s. */
static size_t charset_ascii_length(struct span s)
{
	size_t n = 0;

	while (n < s.n && (unsigned char)s.p[n] < 0x80)
		n++;
	return n;
}

/* What an IMAP server without NUL in its protocol sends instead of one. */
#define CHARSET_NUL ((char)0x80)

/*
 * Whether the byte 0x80 stands for NUL in this text. In Windows-1252 it is the euro sign, so it is
 * NUL only where that cannot be meant: in text that is UTF-8 but for this byte, or behind the last
 * letter of all, where programs in C leave a NUL.
 */
static bool charset_has_nul(struct span text)
{
	struct span whole = text;
	bool has_utf8 = false;

	while (text.n > 0) {
		uint32_t code_point = 0;
		size_t n = charset_ascii_length(text);

		if (n == 0) {
			n = utf8_next(text, &code_point);
			has_utf8 = has_utf8 || n > 0;
			if (n == 0 && text.p[0] != CHARSET_NUL)
				return false;
		}
		text = span_from(text, n > 0 ? n : 1);
	}
	if (has_utf8)
		return true;
	return whole.n >= 2 && span_find(whole, CHARSET_NUL) == whole.n - 1 &&
	       !span_is_digit(whole.p[whole.n - 2]) && !span_is_blank(whole.p[whole.n - 2]);
}

/*
 * Appends what is UTF-8; instead of each other byte, its Windows-1252 character or U+FFFD. Returns
 * the number of those bytes.
 */
static size_t charset_add_utf8(struct span text, bool windows, struct buf *out)
{
	bool has_nul =
	    windows && span_find(text, CHARSET_NUL) != SPAN_NPOS && charset_has_nul(text);
	size_t bad = 0;

	while (text.n > 0) {
		uint32_t code_point = 0;
		size_t n = charset_ascii_length(text);

		if (n == 0)
			n = utf8_next(text, &code_point);
		if (n == 0) {
			unsigned char byte = (unsigned char)text.p[0];

			if (has_nul && text.p[0] == CHARSET_NUL) {
				buf_add_char(out, '\0');
				text = span_from(text, 1);
				continue;
			}
			code_point = byte < 0xA0 ? charset_cp1252[byte - 0x80] : byte;
			utf8_add(out, windows ? code_point : UTF8_REPLACEMENT);
			bad++;
			n = 1;
		} else {
			buf_add(out, span_head(text, n));
		}
		text = span_from(text, n);
	}
	return bad;
}

/*
 * How many bytes to give up where a conversion stopped: a pair inside a two-byte part of
 * ISO-2022 (its last escape sequence was ESC $), else one byte, so that the rest stays in step.
 */
static size_t charset_bad_length(struct span done, size_t left, enum charset_kind kind)
{
	size_t escape = kind == CHARSET_STATEFUL ? span_rfind(done, '\x1b') : SPAN_NPOS;
	bool pairs = escape != SPAN_NPOS && escape + 1 < done.n && done.p[escape + 1] == '$';

	return pairs && left > 1 ? 2 : 1;
}

/* Appends the converted text; returns how many U+FFFD went into it. */
static size_t charset_convert(
    iconv_t conversion, enum charset_kind kind, struct span text, struct buf *out)
{
	char *in =
	    (char *)(uintptr_t)text.p; /* iconv(3) only reads it, whatever its prototype says */
	size_t left = text.n;
	size_t bad = 0;
	bool flushed = false;

	while (!flushed) {
		char *to = buf_reserve(out, left + CHARSET_ROOM_MIN);
		size_t room = left + CHARSET_ROOM_MIN;
		size_t result;

		if (to == NULL)
			return bad;
		flushed = left == 0;
		result = flushed ? iconv(conversion, NULL, NULL, &to, &room)
				 : iconv(conversion, &in, &left, &to, &room);
		out->n = (size_t)(to - out->p);
		if (result == (size_t)-1 && errno != E2BIG && errno != EILSEQ && errno != EINVAL) {
			buf_fail(out, errno);
			return bad;
		}
		if (result == (size_t)-1 && errno != E2BIG && !flushed) {
			size_t skip =
			    charset_bad_length(span_head(text, text.n - left), left, kind);

			utf8_add(out, UTF8_REPLACEMENT);
			bad++;
			in += skip;
			left -= skip;
		}
	}
	return bad;
}

size_t charset_to_utf8(
    struct charset_cache *cache, struct span name, struct span text, struct buf *out)
{
	unsigned set = 0;
	enum charset_kind kind = charset_name_resolve(name, &set);
	iconv_t conversion = CHARSET_NONE;
	size_t start = out->n;
	size_t bad;
	int sys = 0;

	if (kind == CHARSET_PLAIN || kind == CHARSET_STATEFUL)
		sys = charset_conversion(cache, set, &conversion);
	if (sys != 0) {
		buf_fail(out, sys);
		return 0;
	}
	if (conversion == CHARSET_NONE)
		return charset_add_utf8(text, false, out);
	bad = charset_convert(conversion, kind, text, out);
	if (out->failed != 0)
		return bad;
	if ((bad > 0 && charset_ascii_length(text) < text.n && utf8_valid(text)) ||
	    !utf8_valid(span_from(buf_span(out), start))) {
		out->n = start;
		return charset_add_utf8(text, false, out);
	}
	return bad;
}

size_t charset_raw_to_utf8(struct span text, struct buf *out)
{
	return charset_add_utf8(text, true, out);
}
