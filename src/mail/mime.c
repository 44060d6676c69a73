#include "mail/mime.h"

#include "mail/base64.h"
#include "mail/header.h"
#include "mail/syntax.h"

struct mime_part mime_split(struct span message)
{
	struct span rest = message, line;

	while (rest.n > 0) {
		size_t end = span_find(rest, '\n');

		line = span_head(rest, end);
		if (line.n == 0 || (line.n == 1 && line.p[0] == '\r'))
			return (struct mime_part){
			    .header = span_head(message, (size_t)(rest.p - message.p)),
			    .body = span_from(rest, line.n + 1),
			};
		rest = end == SPAN_NPOS ? SPAN_EMPTY : span_from(rest, end + 1);
	}
	return (struct mime_part){.header = message};
}

struct span mime_field(struct span header, struct span name)
{
	struct header_iter iter;
	struct header_field field;

	header_iter_init(&iter, header);
	while (header_next(&iter, &field) == 1)
		if (span_eq_nocase(field.name, name))
			return span_trim(field.body);
	return SPAN_EMPTY;
}

static bool mime_is_token(char c)
{
	return c > ' ' && c < 0x7F && strchr("()<>@,;:\\\"/[]?=", c) == NULL;
}

static struct span mime_token(struct span text)
{
	size_t n = 0;

	while (n < text.n && mime_is_token(text.p[n]))
		n++;
	return span_head(text, n);
}

/* Over blanks and comments; one that is not closed takes the rest with it. */
static struct span mime_skip(struct span text)
{
	while (text.n > 0) {
		size_t n = text.p[0] == '(' ? syntax_comment_end(text, 0) : 1;

		if (n == 1 && !span_is_blank(text.p[0]))
			break;
		text = span_from(text, n != 0 ? n : text.n);
	}
	return text;
}

void mime_type_read(struct span header, struct mime_type *type_r)
{
	/* Unfolding adds nothing. */
	struct buf unfolded = {
	    .p = type_r->text, .size = sizeof(type_r->text), .max = sizeof(type_r->text)};
	struct span text;

	type_r->type = SPAN("text");
	type_r->subtype = SPAN("plain");
	type_r->rest = SPAN_EMPTY;
	header_unfold(
	    span_head(mime_field(header, SPAN("Content-Type")), MIME_MAX_FIELD), &unfolded);
	text = mime_skip(buf_span(&unfolded));
	if (mime_token(text).n == 0)
		return;
	type_r->type = mime_token(text);
	text = mime_skip(span_from(text, type_r->type.n));
	type_r->subtype = SPAN_EMPTY;
	if (text.n > 0 && text.p[0] == '/') {
		text = mime_skip(span_from(text, 1));
		type_r->subtype = mime_token(text);
		text = span_from(text, type_r->subtype.n);
	}
	type_r->rest = text;
}

bool mime_type_is(const struct mime_type *type, struct span main, struct span sub)
{
	return span_eq_nocase(type->type, main) && span_eq_nocase(type->subtype, sub);
}

/* Takes a value off *rest; quoted ones lose quotes and backslashes. */
static void mime_value(struct span *rest, struct buf *out)
{
	struct span text = *rest, value;
	size_t end = text.n > 0 && text.p[0] == '"' ? syntax_quoted_end(text, 0) : 0;

	if (end != 0) {
		value = (struct span){text.p + 1, end - 2};
		for (size_t i = 0; i < value.n; i++) {
			i += value.p[i] == '\\' && i + 1 < value.n;
			buf_add_char(out, value.p[i]);
		}
	} else {
		/* Without its quotes a boundary may hold what no token does. */
		for (end = 0; end < text.n && text.p[end] != ';' && !span_is_blank(text.p[end]);)
			end++;
		buf_add(out, span_head(text, end));
	}
	*rest = span_from(text, end);
}

bool mime_type_parameter(const struct mime_type *type, struct span name, struct buf *out)
{
	struct span rest = type->rest;
	size_t before = out->n;

	while ((rest = mime_skip(rest)).n > 0) {
		struct span token;

		if (rest.p[0] == ';') {
			rest = span_from(rest, 1);
			continue;
		}
		token = mime_token(rest);
		rest = mime_skip(span_from(rest, token.n));
		if (token.n == 0 || rest.n == 0 || rest.p[0] != '=') {
			rest = span_from(rest, token.n == 0);
			continue;
		}
		rest = mime_skip(span_from(rest, 1));
		mime_value(&rest, out);
		if (span_eq_nocase(token, name))
			return out->n > before;
		out->n = before;
	}
	return false;
}

struct mime_walk {
	bool (*take)(void *context, const struct mime_part *part, const struct mime_type *type,
	    unsigned depth);
	void *context;
	unsigned parts;
	bool truncated;
	bool failed;
};

static bool mime_walk_part(struct mime_walk *walk, struct span whole, unsigned depth);

/* "--boundary", with "--" behind it when it is the last, and blanks. */
static bool mime_is_delimiter(struct span line, struct span boundary, bool *last_r)
{
	struct span rest;

	if (line.n < boundary.n + 2 || line.p[0] != '-' || line.p[1] != '-' ||
	    memcmp(line.p + 2, boundary.p, boundary.n) != 0)
		return false;
	rest = span_from(line, boundary.n + 2);
	*last_r = rest.n >= 2 && rest.p[0] == '-' && rest.p[1] == '-';
	return span_trim(span_from(rest, *last_r ? 2 : 0)).n == 0;
}

/* The next part of *rest; false when there is none. Where no boundary follows it goes to the end.
 */
static bool mime_next(struct span *rest, struct span boundary, bool *in_part, struct span *part_r)
{
	struct span text = *rest, begin = *rest;
	bool last = false;

	while (text.n > 0) {
		size_t end = span_find(text, '\n');
		struct span line = span_head(text, end);
		struct span next = end == SPAN_NPOS ? SPAN_EMPTY : span_from(text, end + 1);

		if (!mime_is_delimiter(line, boundary, &last)) {
			text = next;
			continue;
		}
		if (*in_part) {
			*part_r = span_head(begin, (size_t)(text.p - begin.p));
			if (part_r->n > 0) /* the line break belongs to the boundary */
				part_r->n--;
			if (part_r->n > 0 && part_r->p[part_r->n - 1] == '\r')
				part_r->n--;
			*in_part = !last;
			*rest = last ? SPAN_EMPTY : next;
			return true;
		}
		if (last)
			break;
		*in_part = true;
		begin = text = next;
	}
	*rest = SPAN_EMPTY;
	*part_r = begin;
	if (!*in_part)
		return false;
	*in_part = false;
	return true;
}

static bool mime_walk_parts(
    struct mime_walk *walk, struct span body, struct span boundary, unsigned depth)
{
	struct span part;
	bool in_part = false;

	while (mime_next(&body, boundary, &in_part, &part))
		if (!mime_walk_part(walk, part, depth))
			return false;
	return true;
}

static bool mime_walk_part(struct mime_walk *walk, struct span whole, unsigned depth)
{
	struct mime_part part = mime_split(whole);
	struct mime_type type;
	struct buf boundary;
	bool go_on;

	if (walk->parts++ == MIME_MAX_PARTS) {
		walk->truncated = true;
		return false;
	}
	buf_init(&boundary, 0);
	mime_type_read(part.header, &type);
	go_on = walk->take(walk->context, &part, &type, depth);
	if (go_on && span_eq_nocase(type.type, SPAN("multipart")) &&
	    mime_type_parameter(&type, SPAN("boundary"), &boundary) &&
	    boundary.n <= MIME_MAX_BOUNDARY) {
		if (depth == MIME_MAX_DEPTH)
			walk->truncated = true;
		else
			go_on = mime_walk_parts(walk, part.body, buf_span(&boundary), depth + 1);
	}
	walk->failed = walk->failed || boundary.failed != 0;
	buf_fini(&boundary);
	return go_on && !walk->failed;
}

bool mime_walk(struct span message,
    bool (*take)(
	void *context, const struct mime_part *part, const struct mime_type *type, unsigned depth),
    void *context, bool *truncated_r)
{
	struct mime_walk walk = {.take = take, .context = context};

	mime_walk_part(&walk, message, 0);
	if (truncated_r != NULL)
		*truncated_r = walk.truncated;
	return !walk.failed;
}

/* RFC 2045, 6.7. What is malformed stays. */
static void mime_decode_quoted(struct span text, struct buf *out)
{
	size_t at = 0;

	while (at < text.n) {
		size_t stop = span_find(span_from(text, at), '=');
		struct span rest;

		buf_add(out, span_head(span_from(text, at), stop));
		if (stop == SPAN_NPOS)
			return;
		at += stop + 1;
		rest = span_from(text, at);
		if (rest.n >= 2 && span_hex_digit(rest.p[0]) >= 0 &&
		    span_hex_digit(rest.p[1]) >= 0) {
			buf_add_char(out,
			    (char)(span_hex_digit(rest.p[0]) << 4 | span_hex_digit(rest.p[1])));
			at += 2;
			continue;
		}
		for (stop = 0;
		     stop < rest.n && rest.p[stop] != '\n' && span_is_blank(rest.p[stop]);)
			stop++;
		if (stop < rest.n && rest.p[stop] == '\n')
			at += stop + 1;
		else
			buf_add_char(out, '=');
	}
}

void mime_decode(const struct mime_part *part, struct buf *out)
{
	struct span encoding = mime_field(part->header, SPAN("Content-Transfer-Encoding"));

	if (span_starts_nocase(encoding, SPAN("base64")))
		base64_decode(part->body, out);
	else if (span_starts_nocase(encoding, SPAN("quoted-printable")))
		mime_decode_quoted(part->body, out);
	else
		buf_add(out, part->body);
}
