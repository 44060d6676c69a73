#include "mail/syntax.h"

#include <limits.h>

#include "base/block.h"

size_t syntax_quoted_end(struct span s, size_t at)
{
	for (size_t i = at + 1; i < s.n; i++) {
		if (s.p[i] == '"')
			return i + 1;
		if (s.p[i] == '\\')
			i++;
	}
	return 0;
}

/* Bytes that mean something in a comment. */
static const unsigned char syntax_marks[UCHAR_MAX + 1] = {['('] = 1, [')'] = 1, ['\\'] = 1};

static inline unsigned syntax_marked(const char *p)
{
	block_t bytes = block_read(p);

	return block_mask(block_is(bytes, '(') | block_is(bytes, ')') | block_is(bytes, '\\'));
}

/* The offset of the next of them from `from` on, or the length or more. */
static inline size_t syntax_next(struct span s, size_t from)
{
	unsigned marked = 0;

	while (from + BLOCK_SIZE <= s.n && (marked = syntax_marked(s.p + from)) == 0)
		from += BLOCK_SIZE;
	return marked != 0 ? from + block_lowest(marked) : span_marked(s, from, syntax_marks);
}

size_t syntax_comment_end(struct span s, size_t at)
{
	size_t depth = 1;

	for (size_t i = syntax_next(s, at + 1); i < s.n; i = syntax_next(s, i + 1)) {
		if (s.p[i] == '\\')
			i++;
		else if (s.p[i] == '(')
			depth++;
		else if (--depth == 0)
			return i + 1;
	}
	return 0;
}
