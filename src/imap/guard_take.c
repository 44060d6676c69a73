#include "imap/guard_take.h"

#include "imap/stream_guard.h"

static bool guard_is_blank(char c)
{
	return c == ' ' || c == '\t';
}

bool guard_take(struct span *at, struct span text)
{
	if (!span_starts_nocase(*at, text))
		return false;
	*at = span_from(*at, text.n);
	return true;
}

bool guard_take_blanks(struct span *at)
{
	size_t n = 0;

	while (n < at->n && guard_is_blank(at->p[n]))
		n++;
	*at = span_from(*at, n);
	return n > 0;
}

bool guard_is_over(struct span at)
{
	guard_take_blanks(&at);
	return at.n == 0;
}

struct span guard_take_word(struct span *at)
{
	struct span word = *at;
	size_t n = 0;

	while (n < at->n && !guard_is_blank(at->p[n]) && at->p[n] != '(' && at->p[n] != ')')
		n++;
	*at = span_from(*at, n);
	return span_head(word, n);
}

struct span guard_next_word(struct span *at)
{
	guard_take_blanks(at);
	return guard_take_word(at);
}

bool guard_take_number(struct span *at, uint32_t *number_r)
{
	struct span ahead = *at;
	struct span word = guard_take_word(&ahead);
	uint64_t number;
	size_t digits = span_number(word, &number);

	if (digits == 0 || digits != word.n || number > UINT32_MAX)
		return false;
	*at = ahead;
	*number_r = (uint32_t)number;
	return true;
}

bool guard_read_number(struct span word, uint32_t *number_r)
{
	uint32_t number;

	if (!guard_take_number(&word, &number) || word.n != 0 || number == 0)
		return false;
	*number_r = number;
	return true;
}

/* The offset of the quote that ends what begins with one, or SPAN_NPOS. */
static size_t guard_find_quote(struct span at)
{
	size_t end = span_find(span_from(at, 1), '"');
	size_t n = 1;

	/* Few have a backslash. */
	if (end == SPAN_NPOS || span_find(span_head(at, end + 1), '\\') == SPAN_NPOS)
		return end != SPAN_NPOS ? end + 1 : SPAN_NPOS;
	while (n < at.n && at.p[n] != '"')
		n += at.p[n] == '\\' ? 2 : 1;
	return n < at.n ? n : SPAN_NPOS;
}

bool guard_take_quoted(struct span *at, struct span *within_r)
{
	size_t end;

	if (at->n == 0 || at->p[0] != '"')
		return false;
	end = guard_find_quote(*at);
	if (end == SPAN_NPOS)
		return false;
	*within_r = (struct span){at->p + 1, end - 1};
	*at = span_from(*at, end + 1);
	return true;
}

bool guard_take_literal(struct span *at, uint64_t *n_r)
{
	struct span ahead = *at;
	uint64_t n = UINT64_MAX;
	size_t digits;

	guard_take(&ahead, SPAN("~")); /* literal8 (RFC 3516) */
	if (!guard_take(&ahead, SPAN("{")))
		return false;
	digits = span_within(ahead, '0', '9');
	span_number(ahead, &n);
	ahead = span_from(ahead, digits);
	guard_take(&ahead, SPAN("+")); /* as clients write it (RFC 7888) */
	if (digits == 0 || !guard_take(&ahead, SPAN("}")) || !guard_is_over(ahead))
		return false;
	*n_r = n;
	*at = span_from(ahead, ahead.n);
	return true;
}

/* One piece of a value, or a parenthesis. */
static enum guard_taken guard_take_piece(struct span *at, unsigned *depth, uint64_t *literal_r)
{
	struct span within;

	switch (at->p[0]) {
	case '(':
		*at = span_from(*at, 1);
		return ++*depth <= GUARD_MAX_NESTING ? GUARD_TAKEN : GUARD_TAKEN_NONSENSE;
	case ')':
		if (*depth == 0)
			return GUARD_TAKEN_NONSENSE;
		--*depth;
		*at = span_from(*at, 1);
		return GUARD_TAKEN;
	case '"':
		return guard_take_quoted(at, &within) ? GUARD_TAKEN : GUARD_TAKEN_NONSENSE;
	case '~': /* a literal with NUL bytes (RFC 3516) */
	case '{':
		within = span_from(*at, at->p[0] == '~');
		if (guard_take_literal(&within, literal_r)) {
			*at = within;
			return GUARD_TAKEN_LITERAL;
		}
		break;
	default:
		break;
	}
	guard_take_word(at);
	return GUARD_TAKEN;
}

enum guard_taken guard_take_value(struct span *at, unsigned *depth, uint64_t *literal_r)
{
	enum guard_taken taken;

	do {
		guard_take_blanks(at);
		if (at->n == 0)
			return GUARD_TAKEN_NONSENSE;
		taken = guard_take_piece(at, depth, literal_r);
	} while (taken == GUARD_TAKEN && *depth > 0);
	return taken;
}

void guard_add_number(struct buf *out, uint32_t number)
{
	buf_add_number(out, number, 1);
}

void guard_add_unquoted(struct buf *out, struct span within)
{
	for (size_t i = 0; i < within.n; i++) {
		if (within.p[i] == '\\' && i + 1 < within.n)
			i++;
		buf_add_char(out, within.p[i]);
	}
}

void guard_add_literal(struct buf *out, uint64_t n)
{
	buf_add_char(out, '{');
	buf_add_number(out, n, 1);
	buf_add_text(out, "}\r\n");
}
