#include "mail/value.h"

#include <string.h>

#include "base/utf8.h"
#include "mail/rfc2047.h"

/* What a body holds decides which way it takes. */
enum value_content {
	VALUE_HAS_CONTROL = 1 << 0,
	VALUE_HAS_8BIT = 1 << 1,
	VALUE_HAS_ESCAPE = 1 << 2,
	VALUE_HAS_WORD = 1 << 3, /* "=?" */
};

int value_reader_init(struct value_reader *reader)
{
	*reader = (struct value_reader){.charsets = charset_cache_new()};
	return reader->charsets != NULL ? 0 : -1;
}

void value_reader_fini(struct value_reader *reader)
{
	charset_cache_free(reader->charsets);
	reader->charsets = NULL;
	buf_fini(&reader->scratch[0]);
	buf_fini(&reader->scratch[1]);
}

static bool value_has_word(struct span text)
{
	size_t at;

	while ((at = span_find(text, '=')) != SPAN_NPOS) {
		text = span_from(text, at + 1);
		if (text.n > 0 && text.p[0] == '?')
			return true;
	}
	return false;
}

static unsigned value_content(struct span text)
{
	unsigned content = 0;

	while ((text = span_from(text, span_printable(text))).n > 0) {
		unsigned char c = (unsigned char)text.p[0];

		if (c >= 0x80)
			content |= VALUE_HAS_8BIT;
		else
			content |= VALUE_HAS_CONTROL | (c == 0x1B ? VALUE_HAS_ESCAPE : 0);
		text = span_from(text, 1);
	}
	return content;
}

bool value_is_plain(struct span text)
{
	return text.n > 0 && text.n <= VALUE_MAX && text.p[0] != ' ' && text.p[text.n - 1] != ' ' &&
	       span_within(text, ' ', '~') == text.n;
}

/* Length of the blanks and control characters at the start of valid UTF-8. */
static size_t value_gap(struct span text)
{
	size_t gap = 0;

	while (gap < text.n) {
		uint32_t c = 0;
		size_t n = utf8_next(span_from(text, gap), &c);

		if (c != ' ' && !utf8_is_control(c))
			break;
		gap += n;
	}
	return gap;
}

/* Length of what is before the next gap that holds a control character, or before the end. */
static size_t value_stretch(struct span text)
{
	size_t n = span_printable(text);

	while (n < text.n) {
		uint32_t c = 0;
		size_t length = utf8_next(span_from(text, n), &c);

		if (utf8_is_control(c))
			break;
		n += length;
		n += span_printable(span_from(text, n));
	}
	while (n > 0 && text.p[n - 1] == ' ')
		n--;
	return n;
}

/* Valid UTF-8 as a value in the arena; cut: more was there. */
static struct span value_clean(struct span text, bool cut, struct arena *arena, unsigned *defects)
{
	size_t most = text.n < VALUE_MAX ? text.n : VALUE_MAX;
	char *out = arena_alloc(arena, most + SPAN(UTF8_CUT).n);
	size_t n = 0;

	while (out != NULL) {
		struct span rest = span_from(text, value_gap(text));
		struct span stretch = span_head(rest, value_stretch(rest));
		struct span fits;

		if (stretch.n == 0)
			break;
		if (n > 0 && n < VALUE_MAX)
			out[n++] = ' ';
		fits = utf8_head(stretch, VALUE_MAX - n);
		memcpy(out + n, fits.p, fits.n);
		n += fits.n;
		if (fits.n < stretch.n) {
			cut = true;
			break;
		}
		text = span_from(rest, stretch.n);
	}
	if (out != NULL && cut) {
		memcpy(out + n, UTF8_CUT, SPAN(UTF8_CUT).n);
		n += SPAN(UTF8_CUT).n;
		*defects |= VALUE_CUT;
	}
	return n > 0 ? (struct span){out, n} : SPAN_EMPTY;
}

/* The first VALUE_RAW_MAX bytes, less the beginning of a UTF-8 character that would be torn. */
static struct span value_raw_head(struct span text)
{
	size_t n = VALUE_RAW_MAX;

	if (text.n <= n)
		return text;
	while (n > VALUE_RAW_MAX - 3 && ((unsigned char)text.p[n] & 0xC0) == 0x80)
		n--;
	return span_head(text, n);
}

/* Text in ISO-2022-JP as UTF-8 in scratch; other text as it is. */
static struct span value_from_jis(struct value_reader *reader, struct span text)
{
	struct buf *scratch = &reader->scratch[0];

	if (span_find_text(text, SPAN("\x1b$")) == SPAN_NPOS)
		return text;
	if (charset_to_utf8(reader->charsets, SPAN("iso-2022-jp"), text, scratch) > 0)
		return text;
	return buf_span(scratch);
}

/* The long way, for what is not plain ASCII. */
static struct span value_decode(
    struct value_reader *reader, struct span text, unsigned content, unsigned *defects)
{
	struct buf *scratch = &reader->scratch[1];
	size_t bad;

	buf_clear(&reader->scratch[0]);
	buf_clear(scratch);
	if ((content & VALUE_HAS_ESCAPE) != 0)
		text = value_from_jis(reader, text);
	bad = (content & VALUE_HAS_WORD) != 0 ? rfc2047_decode(text, reader->charsets, scratch)
					      : charset_raw_to_utf8(text, scratch);
	if (bad > 0)
		*defects |= VALUE_BAD_CHARSET;
	return buf_span(scratch);
}

/* A trimmed body that is not a value as it is. */
static struct span value_read(struct value_reader *reader, struct span body, bool has_word,
    struct arena *arena, unsigned *defects)
{
	struct span text = value_raw_head(body);
	bool cut = text.n < body.n;
	unsigned content = value_content(text);

	if (has_word)
		content |= VALUE_HAS_WORD;
	if ((content & ~(unsigned)VALUE_HAS_CONTROL) != 0) {
		text = value_decode(reader, text, content, defects);
		if (reader->scratch[0].failed != 0 || reader->scratch[1].failed != 0) {
			arena_fail(arena, reader->scratch[0].failed);
			arena_fail(arena, reader->scratch[1].failed);
			return SPAN_EMPTY;
		}
	}
	return value_clean(text, cut, arena, defects);
}

/* Most bodies are values as they are. */
static inline bool value_is_whole(struct span text)
{
	return text.n <= VALUE_MAX && span_printable(text) == text.n;
}

struct span value_text(
    struct value_reader *reader, struct span body, struct arena *arena, unsigned *defects)
{
	struct span text = span_trim(body);
	bool has_word = value_has_word(value_raw_head(text));

	if (!has_word && value_is_whole(text))
		return arena_copy(arena, text);
	return value_read(reader, text, has_word, arena, defects);
}

struct span value_raw(
    struct value_reader *reader, struct span body, struct arena *arena, unsigned *defects)
{
	struct span text = span_trim(body);

	if (value_is_whole(text))
		return arena_copy(arena, text);
	return value_read(reader, text, false, arena, defects);
}
