#include "base/utf8.h"

#include <unistr.h>

bool utf8_valid(struct span s)
{
	return s.n == 0 || u8_check((const uint8_t *)s.p, s.n) == NULL;
}

size_t utf8_next_long(struct span s, uint32_t *code_point_r)
{
	ucs4_t code_point;
	int n = u8_mbtoucr(&code_point, (const uint8_t *)s.p, s.n);

	if (n <= 0)
		return 0;
	*code_point_r = code_point;
	return (size_t)n;
}

void utf8_add(struct buf *buf, uint32_t code_point)
{
	uint8_t bytes[6];
	int n = u8_uctomb(bytes, code_point, sizeof(bytes));

	if (n > 0)
		buf_add(buf, (struct span){(const char *)bytes, (size_t)n});
}

struct span utf8_head(struct span s, size_t max)
{
	size_t n = s.n < max ? s.n : max;

	/* Step back over the continuation bytes (10xxxxxx) of a character that would be split. */
	while (n > 0 && n < s.n && ((unsigned char)s.p[n] & 0xC0) == 0x80)
		n--;
	return span_head(s, n);
}

size_t utf8_cut(char *out, struct span s, size_t max)
{
	struct span head = s.n > max ? utf8_head(s, max) : s;
	size_t mark = s.n > max ? sizeof(UTF8_CUT) - 1 : 0;

	if (out != NULL && head.n > 0)
		memcpy(out, head.p, head.n);
	if (out != NULL && mark > 0)
		memcpy(out + head.n, UTF8_CUT, mark);
	return head.n + mark;
}

void utf8_add_cut(struct buf *buf, struct span s, size_t max)
{
	size_t n = utf8_cut(NULL, s, max);
	char *at = buf_reserve(buf, n);

	if (at != NULL)
		buf->n += utf8_cut(at, s, max);
}

bool utf8_is_control(uint32_t c)
{
	return c < 0x20 || (c >= 0x7F && c <= 0x9F) || c == 0x2028 || c == 0x2029;
}

bool utf8_is_invisible(uint32_t c)
{
	return c == 0x00AD || c == 0x061C || c == 0x180E || c == 0x200B || c == 0x200E ||
	       c == 0x200F || (c >= 0x202A && c <= 0x202E) || (c >= 0x2060 && c <= 0x206F) ||
	       c == 0xFEFF || (c >= 0xFFF9 && c <= 0xFFFB) || (c >= 0xE0000 && c <= 0xE007F);
}
