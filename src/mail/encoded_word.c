#include "mail/encoded_word.h"

#include "mail/base64.h"
#include "mail/charset_name.h"

static void q_decode(struct span text, struct buf *out)
{
	char *to = buf_reserve(out, text.n);

	for (size_t i = 0; to != NULL && i < text.n; i++) {
		int high = text.p[i] == '=' && i + 2 < text.n ? span_hex_digit(text.p[i + 1]) : -1;
		int low = high >= 0 ? span_hex_digit(text.p[i + 2]) : -1;

		if (low >= 0) {
			*to++ = (char)(high << 4 | low);
			i += 2;
		} else {
			*to++ = text.p[i] == '_' ? ' ' : text.p[i];
		}
	}
	if (to != NULL)
		out->n = (size_t)(to - out->p);
}

size_t encoded_word_decode(const struct encoded_word *word, struct buf *out)
{
	if (word->base64)
		return base64_decode(word->text, out);
	q_decode(word->text, out);
	return 0;
}

/* Reads "=?charset*language?Q?"; returns its length, 0 when s does not begin with it. */
static size_t encoded_word_read_prefix(struct span s, struct encoded_word *word_r)
{
	size_t longest = CHARSET_NAME_MAX + 1 + ENCODED_WORD_LANGUAGE_MAX;
	size_t n = 0;
	char encoding;

	if (s.n < 2 || s.p[0] != '=' || s.p[1] != '?')
		return 0;
	s = span_from(s, 2);
	while (n < s.n && n <= longest && s.p[n] > ' ' && s.p[n] < 0x7F && s.p[n] != '=' &&
	       s.p[n] != '?')
		n++;
	if (n > longest || n + 3 > s.n || s.p[n] != '?' || s.p[n + 2] != '?')
		return 0;
	encoding = span_lower(s.p[n + 1]);
	if (encoding != 'q' && encoding != 'b')
		return 0;
	word_r->base64 = encoding == 'b';
	word_r->charset = span_head(s, n);
	word_r->charset = span_head(word_r->charset, span_find(word_r->charset, '*'));
	return 2 + n + 3;
}

static bool encoded_word_has_base64(struct span text)
{
	size_t digits = 0;
	size_t others = 0;

	for (size_t i = 0; i < text.n && digits < 2; i++)
		if (base64_digit(text.p[i]) >= 0)
			digits++;
		else
			others += text.p[i] != '=' && !span_is_blank(text.p[i]);
	return digits >= 2 || digits + others == 0;
}

bool encoded_word_read(struct span s, struct encoded_word *word_r)
{
	struct encoded_word word;
	struct encoded_word other;
	size_t start = encoded_word_read_prefix(s, &word);
	size_t end;

	if (start == 0)
		return false;
	for (end = start; end + 1 < s.n; end++) {
		if (s.p[end] == '?' && s.p[end + 1] == '=')
			break;
		if (s.p[end] == '=' && s.p[end + 1] == '?' &&
		    encoded_word_read_prefix(span_from(s, end), &other) > 0)
			return false;
	}
	if (end + 1 >= s.n)
		return false;
	word.text = (struct span){s.p + start, end - start};
	word.length = end + 2;
	if (word.base64 && !encoded_word_has_base64(word.text))
		return false;
	*word_r = word;
	return true;
}

size_t encoded_word_find(struct span text, struct encoded_word *word_r)
{
	size_t at = 0;

	for (;;) {
		struct span rest = span_from(text, at);
		size_t mark = span_find(rest, '=');

		if (mark == SPAN_NPOS)
			return SPAN_NPOS;
		at += mark;
		if (encoded_word_read(span_from(text, at), word_r))
			return at;
		at++;
	}
}
