#include "base/span.h"

#include <string.h>

#include "base/block.h"

/*
 * Eight bytes at once. The subtraction sets the top bit of the first byte that is below lowest, the
 * addition that of an ASCII byte above highest; the others that are not ASCII have it.
 */
static bool span_eight_within(const char *p, char lowest, char highest)
{
	const uint64_t each = UINT64_C(0x0101010101010101);
	uint64_t eight;

	memcpy(&eight, p, sizeof(eight));
	return ((eight | (eight - each * (unsigned char)lowest) |
		    (eight + each * (unsigned char)(0x7F - highest))) &
		   each * 0x80) == 0;
}

size_t span_within(struct span s, char lowest, char highest)
{
	const size_t step = sizeof(uint64_t);
	size_t n = 0;

	while (s.n - n >= step && span_eight_within(s.p + n, lowest, highest))
		n += step;
	/* The last step overlaps the one before. */
	if (n > 0 && s.n - n < step && span_eight_within(s.p + s.n - step, lowest, highest))
		return s.n;
	while (n < s.n && s.p[n] >= lowest && s.p[n] <= highest)
		n++;
	return n;
}

/* A bit for each of the sixteen bytes that is not between ' ' and '~'. */
static inline unsigned span_odd(const char *p)
{
	block_t above = block_read(p) - (unsigned char)' ';

	return block_mask((block_t)(above > (unsigned char)('~' - ' ')));
}

size_t span_printable(struct span s)
{
	unsigned odd = 0;
	size_t n = 0;

	if (s.n < BLOCK_SIZE)
		return span_within(s, ' ', '~');
	while (s.n - n >= BLOCK_SIZE && (odd = span_odd(s.p + n)) == 0)
		n += BLOCK_SIZE;
	/* The last step overlaps the one before. */
	if (odd == 0)
		odd = span_odd(s.p + (n = s.n - BLOCK_SIZE));
	return odd != 0 ? n + block_lowest(odd) : s.n;
}

struct span span_word(struct span s)
{
	size_t n = 0;

	for (;;) {
		unsigned low = 0;

		/* What is not above a blank may be another control character. */
		while (s.n - n >= BLOCK_SIZE && low == 0) {
			low = block_mask((block_t)(block_read(s.p + n) <= (unsigned char)' '));
			n += low != 0 ? block_lowest(low) : BLOCK_SIZE;
		}
		while (n < s.n && (unsigned char)s.p[n] > ' ')
			n++;
		if (n == s.n || span_is_blank(s.p[n]))
			return span_head(s, n);
		n++;
	}
}

size_t span_find_text(struct span s, struct span text)
{
	const char *at;

	if (text.n == 0)
		return 0;
	at = s.n > 0 ? memmem(s.p, s.n, text.p, text.n) : NULL;
	return at != NULL ? (size_t)(at - s.p) : SPAN_NPOS;
}

/* The offset of the next byte from `from` on that is the letter, or the length. */
static inline size_t span_next_letter(struct span s, size_t from, char lower, char upper)
{
	unsigned found = 0;

	while (s.n - from >= BLOCK_SIZE && found == 0) {
		block_t bytes = block_read(s.p + from);

		found = block_mask(block_is(bytes, lower) | block_is(bytes, upper));
		from += found != 0 ? block_lowest(found) : BLOCK_SIZE;
	}
	while (from < s.n && s.p[from] != lower && s.p[from] != upper)
		from++;
	return from;
}

size_t span_find_text_nocase(struct span s, struct span text)
{
	struct span starts;
	char lower, upper;

	if (text.n == 0 || text.n > s.n)
		return text.n == 0 ? 0 : SPAN_NPOS;
	lower = span_lower(text.p[0]);
	upper = lower >= 'a' && lower <= 'z' ? (char)(lower - 'a' + 'A') : lower;
	starts = span_head(s, s.n - text.n + 1);
	for (size_t i = span_next_letter(starts, 0, lower, upper); i < starts.n;
	     i = span_next_letter(starts, i + 1, lower, upper))
		if (span_starts_nocase(span_from(s, i), text))
			return i;
	return SPAN_NPOS;
}

bool span_is_listed(struct span s, const struct span *texts, size_t count)
{
	size_t from = 0, to = count;

	while (from < to) {
		size_t middle = from + (to - from) / 2;

		if (texts[middle].n < s.n)
			from = middle + 1;
		else
			to = middle;
	}
	/* Their first letters tell nearly all of a length apart. */
	for (; from < count && texts[from].n == s.n; from++)
		if (((s.p[0] ^ texts[from].p[0]) & ~0x20) == 0 &&
		    span_starts_nocase(s, texts[from]))
			return true;
	return false;
}

#define SPAN_EACH_BYTE UINT64_C(0x0101010101010101)

/* Eight bytes: 0x20 more for each that is from 'A' to 'Z'. */
static uint64_t span_lower_word(uint64_t word)
{
	uint64_t low = word & (SPAN_EACH_BYTE * 0x7F);
	uint64_t from_a = low + SPAN_EACH_BYTE * (0x80 - 'A');
	uint64_t behind_z = low + SPAN_EACH_BYTE * (0x80 - 'Z' - 1);
	uint64_t upper = (from_a & ~behind_z & ~word) & (SPAN_EACH_BYTE * 0x80);

	return word + (upper >> 2);
}

void span_copy_lower(char *to, struct span s)
{
	size_t i = 0;

	for (; i + sizeof(uint64_t) <= s.n; i += sizeof(uint64_t)) {
		uint64_t word;

		memcpy(&word, s.p + i, sizeof(word));
		word = span_lower_word(word);
		memcpy(to + i, &word, sizeof(word));
	}
	for (; i < s.n; i++)
		to[i] = span_lower(s.p[i]);
}

size_t span_number(struct span s, uint64_t *value_r)
{
	/* So many digits always fit. */
	const size_t safe = s.n < 19 ? s.n : 19;
	uint64_t value = 0;
	size_t i;

	for (i = 0; i < safe && span_is_digit(s.p[i]); i++)
		value = value * 10 + (unsigned)(s.p[i] - '0');
	for (; i < s.n && span_is_digit(s.p[i]); i++) {
		unsigned digit = (unsigned)(s.p[i] - '0');

		if (value > (UINT64_MAX - digit) / 10)
			return 0;
		value = value * 10 + digit;
	}
	if (i > 0)
		*value_r = value;
	return i;
}
