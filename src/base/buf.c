#include "base/buf.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BUF_FIRST_SIZE 256

/* Digits of UINT64_MAX. */
#define BUF_NUMBER_MAX 20

void buf_init(struct buf *buf, size_t max)
{
	*buf = (struct buf){.max = max};
}

void buf_fini(struct buf *buf)
{
	free(buf->p);
	*buf = (struct buf){.max = buf->max};
}

void buf_clear(struct buf *buf)
{
	buf->n = 0;
	buf->failed = 0;
}

void buf_wipe(struct buf *buf)
{
	if (buf->p != NULL)
		explicit_bzero(buf->p, buf->size);
	buf_clear(buf);
}

char *buf_grow(struct buf *buf, size_t n)
{
	size_t size = buf->size != 0 ? buf->size : BUF_FIRST_SIZE;
	char *p;

	if (buf->failed != 0)
		return NULL;
	if (n > SIZE_MAX / 4 - buf->n || (buf->max != 0 && buf->n + n > buf->max)) {
		buf->failed = EMSGSIZE;
		return NULL;
	}
	if (buf->p != NULL && buf->n + n < buf->size + (buf->max != 0))
		return buf->p + buf->n;
	while (size <= buf->n + n)
		size *= 2;
	p = realloc(buf->p, size);
	if (p == NULL) {
		buf->failed = ENOMEM;
		return NULL;
	}
	buf->p = p;
	buf->size = size;
	return buf->p + buf->n;
}

void buf_add(struct buf *buf, struct span s)
{
	char *at;

	if (s.n == 0 || (at = buf_reserve(buf, s.n)) == NULL)
		return;
	memcpy(at, s.p, s.n);
	buf->n += s.n;
}

void buf_add_char(struct buf *buf, char c)
{
	char *at = buf_reserve(buf, 1);

	if (at == NULL)
		return;
	*at = c;
	buf->n++;
}

void buf_add_text(struct buf *buf, const char *string)
{
	buf_add(buf, span_of(string));
}

void buf_add_number(struct buf *buf, uint64_t number, unsigned digits)
{
	char text[BUF_NUMBER_MAX];
	size_t at = sizeof(text);

	do {
		text[--at] = (char)('0' + number % 10);
		number /= 10;
	} while (number > 0);
	for (size_t n = sizeof(text) - at; n < digits; n++)
		buf_add_char(buf, '0');
	buf_add(buf, (struct span){text + at, sizeof(text) - at});
}

void buf_add_percent(struct buf *buf, struct span s, struct span others)
{
	for (size_t i = 0; i < s.n; i++)
		if (span_is_alnum(s.p[i]) || span_find(others, s.p[i]) != SPAN_NPOS)
			buf_add_char(buf, s.p[i]);
		else
			buf_printf(buf, "%%%02X", (unsigned char)s.p[i]);
}

void buf_add_hex(struct buf *buf, struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		buf_printf(buf, "%02x", (unsigned char)s.p[i]);
}

void buf_add_buf(struct buf *buf, const struct buf *other)
{
	buf_fail(buf, other->failed);
	buf_add(buf, buf_span(other));
}

void buf_fail(struct buf *buf, int sys)
{
	if (buf->failed == 0)
		buf->failed = sys;
}

void buf_printf(struct buf *buf, const char *fmt, ...)
{
	va_list ap;
	char *at;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0)
		buf_fail(buf, errno);
	if (n < 0 || (at = buf_reserve(buf, (size_t)n + 1)) == NULL)
		return;
	va_start(ap, fmt);
	vsnprintf(at, (size_t)n + 1, fmt, ap);
	va_end(ap);
	buf->n += (size_t)n;
}

const char *buf_string(struct buf *buf)
{
	const bool has_room = buf->failed == 0 && buf->max == 0 && buf->n < buf->size;
	char *at = has_room ? buf->p + buf->n : buf_reserve(buf, 1);

	if (at == NULL)
		return "";
	*at = '\0';
	return buf->p;
}
