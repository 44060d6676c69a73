#include "text/table_cell.h"

#include <unictype.h>
#include <unigbrk.h>
#include <uniwidth.h>

#include "base/utf8.h"
#include "base/visible.h"

#define CELL_JOINER        0x200Du
#define CELL_TEXT_STYLE    0xFE0Eu
#define CELL_EMOJI_STYLE   0xFE0Fu
#define CELL_WIDTH_CHARSET "UTF-8" /* in some others Greek letters are two columns wide */

static bool cell_is_ascii(uint32_t c)
{
	return c < 0x80;
}

/* A skin tone, or the choice between a black and a coloured picture. */
static bool cell_is_emoji_style(uint32_t c)
{
	return c == CELL_TEXT_STYLE || c == CELL_EMOJI_STYLE || uc_is_property_emoji_modifier(c);
}

/*
 * Terminals disagree on the width of these: hexagrams and numbers in squares are one or two columns
 * wide, unassigned characters depend on the terminal's age, and some terminals draw the format
 * characters that stand in front of digits.
 */
static bool cell_is_disputed(uint32_t c)
{
	return (c >= 0x4DC0 && c <= 0x4DFF) || (c >= 0x3248 && c <= 0x324F) ||
	       (c != 0x200C && uc_is_general_category_withtable(c, UC_CATEGORY_MASK_Cf)) ||
	       uc_is_general_category_withtable(c, UC_CATEGORY_MASK_Cn) || cell_is_emoji_style(c);
}

/*
 * True for a character that only changes a picture. `previous` is the character before it in the
 * cell, `next` the one after it in the value; 0: there is none.
 */
static bool cell_is_left_out(uint32_t c, uint32_t previous, uint32_t next)
{
	if (c == CELL_JOINER)
		return !cell_is_ascii(previous) && !cell_is_ascii(next);
	return cell_is_emoji_style(c) && uc_is_property_emoji(previous);
}

/* The character at the start of s, 0 when there is none. */
static uint32_t cell_peek(struct span s)
{
	uint32_t c = 0;

	if (s.n > 0)
		utf8_next(s, &c);
	return c;
}

/* Appends one character that is not printable ASCII; returns its length in value. */
static size_t cell_add_other(
    struct buf *out, struct span value, bool ascii_only, uint32_t *previous)
{
	uint32_t c = 0;
	size_t n = utf8_next(value, &c);

	if (n == 0 || ascii_only) {
		*previous = 0;
		return visible_add_next(out, value, ascii_only ? &visible_ascii : &visible_plain);
	}
	if (cell_is_left_out(c, *previous, cell_peek(span_from(value, n))))
		return n;
	*previous = c;
	if (!cell_is_disputed(c))
		return visible_add_next(out, value, &visible_plain);
	visible_add_name(out, c, &visible_plain);
	return n;
}

void table_cell_add(struct buf *out, struct span value, bool ascii_only)
{
	uint32_t previous = 0;
	size_t n;

	for (; value.n > 0; value = span_from(value, n)) {
		n = span_printable(value);
		if (n > 0) {
			buf_add(out, span_head(value, n));
			previous = (unsigned char)value.p[n - 1];
		} else {
			n = cell_add_other(out, value, ascii_only, &previous);
		}
	}
}

/* libunistring gives a width to some combining marks of newer Unicode versions; terminals do not.
 */
static unsigned cell_character_width(uint32_t c)
{
	int width = uc_width(c, CELL_WIDTH_CHARSET);

	if (width <= 0 ||
	    uc_is_general_category_withtable(c, UC_CATEGORY_MASK_Mn | UC_CATEGORY_MASK_Me))
		return 0;
	return (unsigned)width;
}

static size_t cell_cluster(struct span text)
{
	const uint8_t *start = (const uint8_t *)text.p;
	const uint8_t *end = start + text.n;
	const uint8_t *next = u8_grapheme_next(start, end);
	size_t n = (size_t)(next - start);

	/* Two regional indicators are a flag, which u8_grapheme_next() splits before libunistring
	 * 1.1. */
	if (next < end && uc_is_property_regional_indicator(cell_peek(text)) &&
	    uc_is_property_regional_indicator(cell_peek(span_from(text, n))))
		n = (size_t)(u8_grapheme_next(next, end) - start);
	return n;
}

size_t table_cell_next(struct span text, unsigned *width_r)
{
	unsigned width = 0;
	uint32_t c = 0;
	size_t n;

	if (cell_is_ascii((unsigned char)text.p[0]) &&
	    (text.n == 1 || cell_is_ascii((unsigned char)text.p[1]))) {
		*width_r = 1;
		return 1;
	}
	n = cell_cluster(text);
	for (struct span rest = span_head(text, n); rest.n > 0;) {
		rest = span_from(rest, utf8_next(rest, &c));
		width += cell_character_width(c);
	}
	*width_r = width;
	return n;
}

unsigned table_cell_width(struct span text)
{
	unsigned total = 0;
	unsigned width = 0;

	while (text.n > 0) {
		text = span_from(text, table_cell_next(text, &width));
		total += width;
	}
	return total;
}

struct span table_cell_head(struct span text, unsigned width)
{
	size_t used = 0;
	unsigned next = 0;
	size_t n;

	while (used < text.n) {
		n = table_cell_next(span_from(text, used), &next);
		if (next > width)
			break;
		width -= next;
		used += n;
	}
	return span_head(text, used);
}

struct span table_cell_tail(struct span text, unsigned width)
{
	unsigned left = table_cell_width(text);
	unsigned next = 0;
	size_t slash;

	while (left > width) {
		text = span_from(text, table_cell_next(text, &next));
		left -= next;
	}
	/* A slash at the very end would leave nothing to show. */
	slash = span_find(text, '/');
	return slash != SPAN_NPOS && slash + 1 < text.n ? span_from(text, slash) : text;
}
