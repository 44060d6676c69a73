#include "mail/base64.h"

int base64_digit(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '+' || c == '-')
		return 62;
	if (c == '/' || c == '_')
		return 63;
	return -1;
}

size_t base64_decode(struct span text, struct buf *out)
{
	char *to = buf_reserve(out, text.n);
	size_t bad = 0;
	unsigned bits = 0;
	unsigned count = 0; /* digits of the group so far */

	for (size_t i = 0; to != NULL && i < text.n; i++) {
		int digit = base64_digit(text.p[i]);

		if (digit >= 0) {
			bits = (bits << 6 | (unsigned)digit) & 0xFFFFFF;
			if (count > 0)
				*to++ = (char)(bits >> (6 - 2 * count));
			count = (count + 1) % 4;
		} else if (text.p[i] == '=') {
			bad += count == 1;
			count = 0;
		} else {
			bad += !span_is_blank(text.p[i]);
		}
	}
	if (to != NULL)
		out->n = (size_t)(to - out->p);
	return bad + (count == 1);
}
