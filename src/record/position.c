#include "record/position.h"

#include <inttypes.h>
#include <stdio.h>

/* A name, a space, and the 20 digits of the largest number. */
#define POSITION_MAX_PAIR (POSITION_SIZE + 1 + 20)

bool position_is_empty(const struct position *position)
{
	return position->text[0] == '\0';
}

bool position_is_equal(const struct position *a, const struct position *b)
{
	return strcmp(a->text, b->text) == 0;
}

static bool position_is_word(struct span s)
{
	return s.n > 0 && span_within(s, '!', '~') == s.n;
}

bool position_add(struct position *position, struct span pair)
{
	size_t space = span_find(pair, ' ');
	size_t n = strlen(position->text);
	size_t gap = n > 0 ? 1 : 0;

	if (space == SPAN_NPOS || !position_is_word(span_head(pair, space)) ||
	    !position_is_word(span_from(pair, space + 1)) || pair.n >= POSITION_SIZE - n - gap)
		return false;
	if (gap > 0)
		position->text[n++] = ' ';
	memcpy(position->text + n, pair.p, pair.n);
	position->text[n + pair.n] = '\0';
	return true;
}

bool position_add_number(struct position *position, const char *name, uint64_t number)
{
	char pair[POSITION_MAX_PAIR];
	int n = snprintf(pair, sizeof(pair), "%s %" PRIu64, name, number);

	return n > 0 && (size_t)n < sizeof(pair) &&
	       position_add(position, (struct span){pair, (size_t)n});
}

/* Where the pair at the front of the text ends. */
static size_t position_pair_end(struct span text)
{
	size_t space = span_find(text, ' ');
	size_t more = space != SPAN_NPOS ? span_find(span_from(text, space + 1), ' ') : SPAN_NPOS;

	return more != SPAN_NPOS ? space + 1 + more : text.n;
}

bool position_parse(struct span text, struct position *position_r)
{
	struct position position = {""};
	bool more;

	do {
		size_t end = position_pair_end(text);

		more = end < text.n;
		if (!position_add(&position, span_head(text, end)))
			return false;
		text = span_from(text, end + 1);
	} while (more);
	*position_r = position;
	return true;
}

bool position_take_number(struct span *rest, struct span name, uint64_t max, uint64_t *number_r)
{
	struct span pair = span_head(*rest, position_pair_end(*rest));
	size_t space = span_find(pair, ' ');
	struct span value;
	uint64_t number;

	if (space == SPAN_NPOS || !span_eq(span_head(pair, space), name))
		return false;
	value = span_from(pair, space + 1);
	if (value.n == 0 || span_number(value, &number) != value.n || number > max)
		return false;
	*number_r = number;
	*rest = span_from(*rest, pair.n + 1);
	return true;
}
