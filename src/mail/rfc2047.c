#include "mail/rfc2047.h"

#include "base/utf8.h"
#include "mail/encoded_word.h"

#define RFC2047_ESCAPE '\x1b'

static bool is_blank(struct span s)
{
	return span_trim(s).n == 0;
}

/* The length of the words of one character set at the start of text, with only blanks between. */
static size_t run_length(struct span text, const struct encoded_word *first, size_t *words_r)
{
	struct encoded_word word;
	size_t length = first->length;
	size_t words = 1;

	for (;;) {
		struct span rest = span_from(text, length);
		size_t at = 0;

		while (at < rest.n && span_is_blank(rest.p[at]))
			at++;
		if (!encoded_word_read(span_from(rest, at), &word) ||
		    !span_eq_nocase(word.charset, first->charset))
			break;
		length += at + word.length;
		words++;
	}
	*words_r = words;
	return length;
}

/* ISO-2022 text that goes back to ASCII without having left it: the tail of the word before. */
static bool is_torn(struct span bytes)
{
	size_t escape = span_find(bytes, RFC2047_ESCAPE);

	return escape != SPAN_NPOS && escape + 1 < bytes.n && bytes.p[escape + 1] == '(';
}

/* Converts the words of a run at once, or one by one. Returns the number of defects. */
static size_t run_convert(
    struct span run, bool joined, struct charset_cache *cache, struct buf *out)
{
	struct buf bytes;
	struct encoded_word word;
	size_t defects = 0;
	size_t at;
	bool first = true;

	buf_init(&bytes, 0);
	while ((at = encoded_word_find(run, &word)) != SPAN_NPOS) {
		defects += encoded_word_decode(&word, &bytes);
		run = span_from(run, at + word.length);
		if (joined && run.n > 0)
			continue;
		if (!joined && !first)
			defects += is_torn(buf_span(&bytes));
		first = false;
		defects += charset_to_utf8(cache, word.charset, buf_span(&bytes), out);
		buf_fail(out, bytes.failed);
		buf_clear(&bytes);
	}
	buf_fini(&bytes);
	return defects;
}

static size_t word_convert(
    const struct encoded_word *word, struct charset_cache *cache, struct buf *out)
{
	size_t start = out->n, defects;
	struct buf bytes;
	unsigned set;

	/* Most words are UTF-8 as they say, and need no conversion. */
	if (charset_name_resolve(word->charset, &set) == CHARSET_UTF8) {
		defects = encoded_word_decode(word, out);
		if (utf8_valid(span_from(buf_span(out), start)))
			return defects;
		out->n = start;
	}
	buf_init(&bytes, 0);
	defects = encoded_word_decode(word, &bytes);
	defects += charset_to_utf8(cache, word->charset, buf_span(&bytes), out);
	buf_fail(out, bytes.failed);
	buf_fini(&bytes);
	return defects;
}

static size_t run_decode(struct span run, const struct encoded_word *first, size_t words,
    struct charset_cache *cache, struct buf *out)
{
	unsigned set;
	size_t start = out->n;
	size_t defects;
	size_t others;
	bool joined;

	if (words == 1)
		return word_convert(first, cache, out);
	joined = charset_name_resolve(first->charset, &set) != CHARSET_STATEFUL;
	defects = run_convert(run, joined, cache, out);
	if (defects == 0)
		return defects;
	out->n = start;
	others = run_convert(run, !joined, cache, out);
	if (others < defects)
		return others;
	out->n = start;
	return run_convert(run, joined, cache, out);
}

size_t rfc2047_decode(struct span text, struct charset_cache *cache, struct buf *out)
{
	struct encoded_word word;
	size_t defects = 0;
	size_t at;
	bool after_word = false;

	while ((at = encoded_word_find(text, &word)) != SPAN_NPOS) {
		struct span before = span_head(text, at);
		size_t words;
		size_t length;

		if (!after_word || !is_blank(before))
			defects += charset_raw_to_utf8(before, out);
		text = span_from(text, at);
		length = run_length(text, &word, &words);
		defects += run_decode(span_head(text, length), &word, words, cache, out);
		text = span_from(text, length);
		after_word = true;
	}
	return defects + charset_raw_to_utf8(text, out);
}
