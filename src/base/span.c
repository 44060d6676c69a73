#include "base/span.h"

#include <string.h>

#include "base/block.h"

const unsigned char span_blanks[UCHAR_MAX + 1] = {[' '] = 1, ['\t'] = 1, ['\r'] = 1, ['\n'] = 1};

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

static inline bool span_block_printable(const char *p)
{
	block_t above = block_read(p) - (unsigned char)' ';

	return !block_any((block_t)(above > (unsigned char)('~' - ' ')));
}

size_t span_printable(struct span s)
{
	size_t n = 0;

	while (s.n - n >= BLOCK_SIZE && span_block_printable(s.p + n))
		n += BLOCK_SIZE;
	/* The last step overlaps the one before. */
	if (n > 0 && s.n - n < BLOCK_SIZE && span_block_printable(s.p + s.n - BLOCK_SIZE))
		return s.n;
	return n + span_within(span_from(s, n), ' ', '~');
}

size_t span_rfind(struct span s, char c)
{
	const char *at = s.n > 0 ? memrchr(s.p, c, s.n) : NULL;

	return at != NULL ? (size_t)(at - s.p) : SPAN_NPOS;
}

size_t span_find_text(struct span s, struct span text)
{
	const char *at;

	if (text.n == 0)
		return 0;
	at = s.n > 0 ? memmem(s.p, s.n, text.p, text.n) : NULL;
	return at != NULL ? (size_t)(at - s.p) : SPAN_NPOS;
}

size_t span_find_text_nocase(struct span s, struct span text)
{
	char first;

	if (text.n == 0 || text.n > s.n)
		return text.n == 0 ? 0 : SPAN_NPOS;
	first = span_lower(text.p[0]);
	for (size_t i = 0; i <= s.n - text.n; i++)
		if (span_lower(s.p[i]) == first && span_starts_nocase(span_from(s, i), text))
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
	for (; from < count && texts[from].n == s.n; from++)
		if (span_starts_nocase(s, texts[from]))
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
