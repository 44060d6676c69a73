/*
 * A span: a run of bytes that somebody else owns. Header text is cut up in
 * spans and copied only when it is kept. Bytes may be anything, NUL included.
 */
#ifndef BASE_SPAN_H
#define BASE_SPAN_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct span {
	const char *p; /* may be NULL when n is 0 */
	size_t n;
};

#define SPAN_EMPTY ((struct span){0})

/* A span over a string literal. */
#define SPAN(literal) ((struct span){(literal), sizeof(literal) - 1})

/* The small ones are inline: every byte of every header passes through them. */

static inline struct span span_of(const char *string)
{
	return (struct span){string, strlen(string)};
}

/* From `from` (clamped to the length) to the end. */
static inline struct span span_from(struct span s, size_t from)
{
	if (from > s.n)
		from = s.n;
	return (struct span){from != 0 ? s.p + from : s.p, s.n - from};
}

/* The first n bytes (clamped). */
static inline struct span span_head(struct span s, size_t n)
{
	return (struct span){s.p, n < s.n ? n : s.n};
}

/* ASCII only, so that no locale changes what a header name is. */

static inline char span_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* Copies the text with ASCII letters in lower case; `to` has room for it. */
void span_copy_lower(char *to, struct span s);

static inline bool span_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline bool span_is_alnum(char c)
{
	char lower = span_lower(c);

	return span_is_digit(c) || (lower >= 'a' && lower <= 'z');
}

/* The value of a hex digit in either case; -1: it is none. */
static inline int span_hex_digit(char c)
{
	char lower = span_lower(c);

	if (span_is_digit(c))
		return c - '0';
	return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/* SP, HT, CR, LF */
static inline bool span_is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* How many bytes at the start are between lowest and highest (both ASCII, both included). */
size_t span_within(struct span s, char lowest, char highest);

/* The same for what is between ' ' and '~', which most texts are. */
size_t span_printable(struct span s);

/* From the first byte that is none of them to the end. */
static inline struct span span_skip_blanks(struct span s)
{
	while (s.n > 0 && span_is_blank(s.p[0])) {
		s.p++;
		s.n--;
	}
	return s;
}

/* Without leading and trailing SP, HT, CR, LF. */
static inline struct span span_trim(struct span s)
{
	s = span_skip_blanks(s);
	while (s.n > 0 && span_is_blank(s.p[s.n - 1]))
		s.n--;
	return s;
}

static inline bool span_eq(struct span a, struct span b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

/* ASCII case is ignored; other bytes must be equal. */

static inline bool span_starts_nocase(struct span s, struct span prefix)
{
	if (s.n < prefix.n)
		return false;
	for (size_t i = 0; i < prefix.n; i++) {
		int differs = s.p[i] ^ prefix.p[i];

		/* The two cases of a letter differ in one bit. */
		if (differs != 0 &&
		    (differs != 0x20 || span_lower(s.p[i]) != span_lower(prefix.p[i])))
			return false;
	}
	return true;
}

static inline bool span_ends_nocase(struct span s, struct span suffix)
{
	return s.n >= suffix.n && span_starts_nocase(span_from(s, s.n - suffix.n), suffix);
}

static inline bool span_eq_nocase(struct span a, struct span b)
{
	return a.n == b.n && span_starts_nocase(a, b);
}

/*
 * Offset of the first byte from `from` on that is marked, or the length: marks has one entry for
 * each value of a byte. Four at once, since most bytes mean nothing.
 */
static inline size_t span_marked(struct span s, size_t from, const unsigned char *marks)
{
	const unsigned char *p = (const unsigned char *)s.p;
	size_t i = from;

	while (i + 4 <= s.n &&
	       (marks[p[i]] | marks[p[i + 1]] | marks[p[i + 2]] | marks[p[i + 3]]) == 0)
		i += 4;
	while (i < s.n && marks[p[i]] == 0)
		i++;
	return i;
}

/* The bytes up to the first SP, HT, CR, LF. */
struct span span_word(struct span s);

/* True when s is one of the texts, without case; they stand in the order of their lengths. */
bool span_is_listed(struct span s, const struct span *texts, size_t count);

#define SPAN_NPOS ((size_t)-1)

/* Offset of the first (last) byte c, or SPAN_NPOS. */

static inline size_t span_find(struct span s, char c)
{
	const char *at = s.n > 0 ? memchr(s.p, c, s.n) : NULL;

	return at != NULL ? (size_t)(at - s.p) : SPAN_NPOS;
}

static inline size_t span_rfind(struct span s, char c)
{
	const char *at = s.n > 0 ? memrchr(s.p, c, s.n) : NULL;

	return at != NULL ? (size_t)(at - s.p) : SPAN_NPOS;
}

/* Offset of the first occurrence of the text, or SPAN_NPOS. */
size_t span_find_text(struct span s, struct span text);
size_t span_find_text_nocase(struct span s, struct span text);

/* Reads the leading decimal digits. Returns their length; 0 when there are none or the number does
 * not fit: *value_r is untouched then. */
size_t span_number(struct span s, uint64_t *value_r);

#endif
