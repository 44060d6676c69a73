#include "deliver/deliver_mail_text.h"

#include <sodium.h>

#include "base/log.h"
#include "base/utf8.h"

/*
 * Bytes of text in an encoded-word. With its frame it has 60 characters, less than the 75 allowed
 * (RFC 2047, 2), so that libetpan puts the first one behind "Subject: ".
 */
#define DELIVER_WORD_BYTES 36
/* A longer word would begin on the next line, with nothing behind "Subject: ". */
#define DELIVER_MAX_PLAIN 64

#define DELIVER_WORD_SIZE                                                                          \
	sodium_base64_ENCODED_LEN(DELIVER_WORD_BYTES, sodium_base64_VARIANT_ORIGINAL)

/* A blank of whatever kind: the first character of a non-empty text, and its bytes in *n_r. */
static bool deliver_is_blank(struct span text, size_t *n_r)
{
	uint32_t c = 0;
	size_t n = utf8_next(text, &c);

	*n_r = n > 0 ? n : 1;
	return n > 0 && (c == ' ' || utf8_is_control(c));
}

/* Cuts the last characters of out, from `start` on, so that `max` are left. */
static void deliver_limit(struct buf *out, size_t start, unsigned max)
{
	struct span line = span_from(buf_span(out), start);
	size_t keep = 0; /* the bytes of max - 1 characters */
	unsigned count = 0;

	for (size_t at = 0; at < line.n; count++) {
		uint32_t c;

		if (count < max)
			keep = at;
		at += utf8_next(span_from(line, at), &c);
	}
	if (count <= max)
		return;
	out->n = start + keep;
	utf8_add(out, UTF8_ELLIPSIS);
}

void deliver_mail_add_line(struct buf *out, struct span text, unsigned max)
{
	size_t start = out->n;
	bool blank = false;
	size_t n;

	for (; text.n > 0; text = span_from(text, n)) {
		if (deliver_is_blank(text, &n)) {
			blank = out->n > start;
			continue;
		}
		if (blank)
			buf_add_char(out, ' ');
		blank = false;
		log_escape(out, span_head(text, n));
	}
	deliver_limit(out, start, max);
}

bool deliver_mail_is_ascii(struct span s)
{
	return span_within(s, 0x20, 0x7E) == s.n;
}

/* True when no mail program would decode it, and it can be folded. */
static bool deliver_is_plain(struct span line)
{
	if (!deliver_mail_is_ascii(line) || span_find_text(line, SPAN("=?")) != SPAN_NPOS)
		return false;
	while (line.n > 0) {
		size_t n = span_head(line, span_find(line, ' ')).n;

		if (n > DELIVER_MAX_PLAIN)
			return false;
		line = span_from(line, n + 1);
	}
	return true;
}

void deliver_mail_add_words(struct buf *out, struct span line)
{
	char encoded[DELIVER_WORD_SIZE];
	bool first = true;

	if (deliver_is_plain(line)) {
		buf_add(out, line);
		return;
	}
	while (line.n > 0) {
		struct span word = utf8_head(line, DELIVER_WORD_BYTES);

		sodium_bin2base64(encoded, sizeof(encoded), (const unsigned char *)word.p, word.n,
		    sodium_base64_VARIANT_ORIGINAL);
		buf_printf(out, "%s=?UTF-8?B?%s?=", first ? "" : " ", encoded);
		line = span_from(line, word.n);
		first = false;
	}
}

void deliver_mail_add_name(struct buf *out, struct span name)
{
	size_t start = out->n;

	deliver_mail_add_line(out, name, DELIVER_MAIL_MAX_NAME);
	out->n = start + utf8_head(span_from(buf_span(out), start), DELIVER_MAIL_MAX_NAME).n;
	for (size_t i = start; i < out->n; i++)
		if (strchr("/\\\"", out->p[i]) != NULL)
			out->p[i] = '_';
}

void deliver_mail_add_extended(struct buf *out, struct span value)
{
	buf_add_text(out, "UTF-8''");
	buf_add_percent(out, value, SPAN(".-_"));
}

void deliver_mail_add_lines(struct buf *out, struct span text)
{
	while (text.n > 0) {
		struct span line = span_head(text, span_find(text, '\n'));

		text = span_from(text, line.n + 1);
		while (line.n > 0 && span_is_blank(line.p[line.n - 1]))
			line.n--;
		log_escape(out, line);
		buf_add_char(out, '\n');
	}
}
