#include "base/span.h"

#include <string.h>

struct span span_trim(struct span s)
{
	while (s.n > 0 && span_is_blank(s.p[0]))
		s = span_from(s, 1);
	while (s.n > 0 && span_is_blank(s.p[s.n - 1]))
		s.n--;
	return s;
}

bool span_eq(struct span a, struct span b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

bool span_eq_nocase(struct span a, struct span b)
{
	return a.n == b.n && span_starts_nocase(a, b);
}

bool span_starts_nocase(struct span s, struct span prefix)
{
	if (s.n < prefix.n)
		return false;
	for (size_t i = 0; i < prefix.n; i++)
		if (span_lower(s.p[i]) != span_lower(prefix.p[i]))
			return false;
	return true;
}

bool span_ends_nocase(struct span s, struct span suffix)
{
	return s.n >= suffix.n && span_starts_nocase(span_from(s, s.n - suffix.n), suffix);
}

size_t span_find(struct span s, char c)
{
	const char *at = s.n > 0 ? memchr(s.p, c, s.n) : NULL;

	return at != NULL ? (size_t)(at - s.p) : SPAN_NPOS;
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
	for (size_t i = 0; i + text.n <= s.n; i++)
		if (span_starts_nocase(span_from(s, i), text))
			return i;
	return SPAN_NPOS;
}

size_t span_number(struct span s, uint64_t *value_r)
{
	uint64_t value = 0;
	size_t i;

	for (i = 0; i < s.n && span_is_digit(s.p[i]); i++) {
		unsigned digit = (unsigned)(s.p[i] - '0');

		if (value > (UINT64_MAX - digit) / 10)
			return 0;
		value = value * 10 + digit;
	}
	if (i > 0)
		*value_r = value;
	return i;
}
