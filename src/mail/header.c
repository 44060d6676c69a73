#include "mail/header.h"

#include <endian.h>
#include <string.h>

#include "base/block.h"

/* Takes the first line off *rest: without LF and the CRs in front of it. */
static inline struct span header_take_line(struct span *rest)
{
	size_t end = span_find(*rest, '\n');
	struct span line = span_head(*rest, end);

	*rest = end == SPAN_NPOS ? SPAN_EMPTY : span_from(*rest, end + 1);
	while (line.n > 0 && line.p[line.n - 1] == '\r')
		line.n--;
	return line;
}

/* A bit for each of the sixteen bytes that is CR or LF. */
static inline unsigned header_breaks(const char *p)
{
	block_t bytes = block_read(p);

	return block_mask(block_is(bytes, '\r') | block_is(bytes, '\n'));
}

/* The first CR or LF from there on, or the end. */
static inline const char *header_find_break(const char *p, const char *end)
{
	unsigned breaks = 0;

	/* Two at once: few lines end in the first. */
	while ((size_t)(end - p) >= 2 * BLOCK_SIZE &&
	       (breaks = header_breaks(p) | header_breaks(p + BLOCK_SIZE) << BLOCK_SIZE) == 0)
		p += 2 * BLOCK_SIZE;
	if (breaks == 0 && (size_t)(end - p) >= BLOCK_SIZE && (breaks = header_breaks(p)) == 0)
		p += BLOCK_SIZE;
	if (breaks != 0)
		return p + block_lowest(breaks);
	while (p < end && *p != '\r' && *p != '\n')
		p++;
	return p;
}

/* A line with its continuation lines; nothing continues the empty line that ends the section. */
static inline struct span header_take_folded(struct span *rest, struct header_field *field_r)
{
	const char *line = rest->p, *end = rest->p + rest->n, *p = line, *line_end;

	field_r->is_folded = field_r->has_cr = false;
	for (;;) {
		line_end = p = header_find_break(p, end);
		if (end - p >= 2 && p[0] == '\r' && p[1] == '\n') {
			p += 2;
		} else {
			while (p < end && *p == '\r')
				p++;
			if (p < end && *p++ != '\n') {
				field_r->has_cr = true;
				continue;
			}
		}
		if (p == end || line_end == line || (*p != ' ' && *p != '\t'))
			break;
		field_r->is_folded = true;
	}
	*rest = (struct span){p, (size_t)(end - p)};
	return (struct span){line, (size_t)(line_end - line)};
}

/*
 * The offset of the first byte that is no graphic ASCII, or a colon; or the length. Eight bytes at
 * once: the top bit is set of each that is below '!', above '~' or a colon, and maybe of others
 * behind the first of them.
 */
static inline size_t header_name_length(struct span s)
{
	const uint64_t each = UINT64_C(0x0101010101010101);
	size_t n = 0;

	for (; s.n - n >= sizeof(each); n += sizeof(each)) {
		uint64_t eight, colons;

		memcpy(&eight, s.p + n, sizeof(eight));
		eight = le64toh(eight);
		colons = eight ^ each * ':';
		eight =
		    (eight | (eight - each * '!') | (eight + each) | ((colons - each) & ~colons)) &
		    each * 0x80;
		if (eight != 0)
			return n + (size_t)__builtin_ctzll(eight) / 8;
	}
	while (n < s.n && s.p[n] > ' ' && s.p[n] < 0x7F && s.p[n] != ':')
		n++;
	return n;
}

static size_t header_skip_blanks(struct span s, size_t from)
{
	while (from < s.n && (s.p[from] == ' ' || s.p[from] == '\t'))
		from++;
	return from;
}

/* A field name is of graphic ASCII but the colon (RFC 5322, 2.2); blanks may follow it. Most names
 * are the expected ones, and are not to pay for this. */
__attribute__((noinline)) static bool header_split(struct span folded, struct header_field *field_r)
{
	size_t colon = header_name_length(folded);
	struct span name = span_head(folded, colon);

	if (colon < folded.n && folded.p[colon] != ':')
		colon = header_skip_blanks(folded, colon);
	if (colon >= folded.n || folded.p[colon] != ':' || name.n == 0)
		return false;
	field_r->name = name;
	field_r->body = span_from(folded, colon + 1);
	return true;
}

static inline bool header_is_expected(struct header_iter *iter, struct span folded)
{
	struct span expected = iter->expected;

	iter->is_expected = expected.n > 0 && expected.n < folded.n &&
			    folded.p[expected.n] == ':' &&
			    memcmp(folded.p, expected.p, expected.n) == 0;
	return iter->is_expected;
}

static inline bool header_read(
    struct header_iter *iter, struct span folded, struct header_field *field_r)
{
	if (!header_is_expected(iter, folded))
		return header_split(folded, field_r);
	field_r->name = span_head(folded, iter->expected.n);
	field_r->body = span_from(folded, iter->expected.n + 1);
	return true;
}

void header_iter_init(struct header_iter *iter, struct span block)
{
	*iter = (struct header_iter){.rest = block};
	if (block.n >= 5 && span_eq(span_head(block, 5), SPAN("From ")))
		header_take_line(&iter->rest);
}

int header_next(struct header_iter *iter, struct header_field *field_r)
{
	while (iter->rest.n > 0) {
		struct span folded = header_take_folded(&iter->rest, field_r);

		if (folded.n == 0) {
			iter->rest = SPAN_EMPTY;
		} else if (!header_read(iter, folded, field_r)) {
			iter->defects |= HEADER_JUNK_LINE;
		} else if (iter->fields == HEADER_MAX_FIELDS) {
			iter->defects |= HEADER_TRUNCATED;
			iter->rest = SPAN_EMPTY;
		} else {
			iter->fields++;
			return 1;
		}
	}
	return 0;
}

void header_unfold(struct span body, struct buf *out)
{
	struct span line;
	bool first = true;

	while (header_body_line(&body, &line) == 1) {
		line = span_trim(line);
		if (line.n == 0)
			continue;
		if (!first)
			buf_add_char(out, ' ');
		buf_add(out, line);
		first = false;
	}
}

int header_body_line(struct span *rest, struct span *line_r)
{
	if (rest->n == 0)
		return 0;
	*line_r = header_take_line(rest);
	return 1;
}
