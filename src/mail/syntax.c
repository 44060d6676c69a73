#include "mail/syntax.h"

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

size_t syntax_comment_end(struct span s, size_t at)
{
	struct span inside = span_from(s, at + 1);
	size_t depth = 1;

	/* Most comments have nothing in them that means something. */
	inside.n = span_find(inside, ')');
	if (inside.n == SPAN_NPOS)
		return 0;
	if (span_find(inside, '(') == SPAN_NPOS && span_find(inside, '\\') == SPAN_NPOS)
		return at + 1 + inside.n + 1;
	for (size_t i = at + 1; i < s.n; i++) {
		if (s.p[i] == '\\')
			i++;
		else if (s.p[i] == '(')
			depth++;
		else if (s.p[i] == ')' && --depth == 0)
			return i + 1;
	}
	return 0;
}
