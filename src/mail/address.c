#include "mail/address.h"

#include <limits.h>
#include <string.h>

#include "base/utf8.h"
#include "mail/syntax.h"

#define ADDRESS_NBSP 0xA0u

/* A value being copied without comments and needless blanks. */
struct address_copy {
	struct span from;
	char *to;
	size_t n;
	bool open_quote;   /* a quote was met that is never closed */
	bool open_comment; /* the same of a parenthesis */
	bool blank;        /* blanks were met since the last byte put */
	bool loose_dot;    /* that byte is a dot with blanks before it */
};

/*
 * The end of the lexeme at i: a quoted string, a comment, a blank, a word, or one byte. Once one
 * quote is never closed all further ones count as blanks: to look for the end of each would take
 * quadratic time. Parentheses likewise.
 */
static size_t address_lexeme(struct address_copy *copy, size_t i, bool *blank_r)
{
	struct span s = copy->from;
	size_t end = i + 1;

	*blank_r = span_is_blank(s.p[i]);
	if (s.p[i] == '"') {
		end = copy->open_quote ? 0 : syntax_quoted_end(s, i);
		copy->open_quote = *blank_r = end == 0;
	} else if (s.p[i] == '(') {
		end = copy->open_comment ? 0 : syntax_comment_end(s, i);
		copy->open_comment = end == 0;
		*blank_r = true;
	} else if (s.p[i] == '\xc2' && i + 1 < s.n && s.p[i + 1] == '\xa0') {
		end = i + 2;
		*blank_r = true;
	} else if (span_is_alnum(s.p[i])) {
		while (end < s.n && span_is_alnum(s.p[end]))
			end++;
	}
	return end != 0 ? end : i + 1;
}

static void address_put(struct address_copy *copy, struct span lexeme)
{
	char before = copy->n > 0 ? copy->to[copy->n - 1] : '@';
	char c = lexeme.p[0];

	if (copy->blank && c != '@' && c != '.' && before != '@' && !copy->loose_dot)
		copy->to[copy->n++] = ' ';
	copy->loose_dot = c == '.' && copy->blank;
	copy->blank = false;
	memcpy(copy->to + copy->n, lexeme.p, lexeme.n);
	copy->n += lexeme.n;
}

/* The value with at most single blanks, none of them around '@', and all its quotes closed. */
static struct span address_bare(struct span value, struct arena *arena)
{
	struct address_copy copy = {.from = value, .to = arena_alloc(arena, value.n)};

	for (size_t i = 0; copy.to != NULL && i < value.n;) {
		bool blank;
		size_t end = address_lexeme(&copy, i, &blank);

		if (blank)
			copy.blank = true;
		else
			address_put(&copy, span_head(span_from(value, i), end - i));
		i = end;
	}
	return (struct span){copy.to, copy.n};
}

/* Bytes that mean something to address_find(). */
enum {
	ADDRESS_SEPARATOR = 1 << 0,
	ADDRESS_OPEN = 1 << 1,
	ADDRESS_CLOSE = 1 << 2,
	ADDRESS_AT = 1 << 3,
	ADDRESS_SPACE = 1 << 4,
	ADDRESS_QUOTE = 1 << 5,
};

static const unsigned char address_marks[UCHAR_MAX + 1] = {
    [','] = ADDRESS_SEPARATOR,
    [';'] = ADDRESS_SEPARATOR,
    ['<'] = ADDRESS_OPEN,
    ['>'] = ADDRESS_CLOSE,
    ['@'] = ADDRESS_AT,
    [' '] = ADDRESS_SPACE,
    ['"'] = ADDRESS_QUOTE,
};

/* Offset of the first byte with one of the marks outside quotes, or SPAN_NPOS. */
static size_t address_find(struct span s, unsigned marks)
{
	size_t i = 0;

	while (i < s.n) {
		unsigned mark = address_marks[(unsigned char)s.p[i]];

		if ((mark & marks) != 0)
			return i;
		i = mark == ADDRESS_QUOTE ? syntax_quoted_end(s, i) : i + 1;
	}
	return SPAN_NPOS;
}

/*
 * What most values are: one address of plain letters, maybe in angle brackets. There is nothing to
 * be taken off it.
 */
static bool address_is_plain(struct span value, struct address *address_r)
{
	static const unsigned char other[UCHAR_MAX + 1] = {[0 ... '*'] = 1,
	    [','] = 1,
	    ['/'] = 1,
	    [':' ... '<'] = 1,
	    ['>' ... '@'] = 1,
	    ['[' ... '^'] = 1,
	    ['`'] = 1,
	    ['{' ... UCHAR_MAX] = 1};
	size_t at;

	if (value.n > 2 && value.p[0] == '<' && value.p[value.n - 1] == '>')
		value = (struct span){value.p + 1, value.n - 2};
	at = span_marked(value, 0, other);
	if (at == 0 || at == value.n || value.p[at] != '@' ||
	    span_marked(value, at + 1, other) != value.n)
		return false;
	*address_r = (struct address){span_head(value, at), span_from(value, at + 1)};
	return true;
}

/* What holds the first addr-spec. A bracket inside brackets starts over: "<<a@b>>". */
static struct span address_part(struct span s)
{
	size_t first = address_find(s, ADDRESS_SEPARATOR | ADDRESS_OPEN);
	size_t open = address_find(s, ADDRESS_OPEN);
	size_t end;

	if (open == SPAN_NPOS)
		return span_head(s, address_find(s, ADDRESS_SEPARATOR | ADDRESS_CLOSE));
	if (first < open && address_is(span_trim(span_head(s, first))))
		return span_head(s, first);
	do {
		s = span_from(s, open + 1);
		open = end = address_find(s, ADDRESS_OPEN | ADDRESS_CLOSE);
	} while (end != SPAN_NPOS && s.p[end] == '<');
	if (end == SPAN_NPOS)
		end = address_find(s, ADDRESS_SEPARATOR);
	return span_head(s, end);
}

/* Without a route, the name of a group or "mailto:" before the address, or a port behind it. */
static struct span address_strip_prefix(struct span s)
{
	size_t start = 0;
	size_t i = 0;
	bool at = false; /* an '@' since start, but for those of a route */

	while (i < s.n && s.p[i] != '[') {
		if (s.p[i] == ':' && at)
			return span_from(span_head(s, i), start);
		if (s.p[i] == ':') {
			start = i + 1;
			start += start < s.n && s.p[start] == ' ';
		}
		at = at || (s.p[i] == '@' && s.p[start] != '@');
		i = s.p[i] == '"' ? syntax_quoted_end(s, i) : i + 1;
	}
	return span_from(s, start);
}

/* The first word with an '@', else the only word, else nothing. */
static struct span address_word(struct span s)
{
	struct span rest = span_trim(s);
	size_t words = 0;

	for (;;) {
		size_t end = address_find(rest, ADDRESS_SPACE);
		struct span word = span_head(rest, end);

		words++;
		if (address_find(word, ADDRESS_AT) != SPAN_NPOS)
			return word;
		if (end == SPAN_NPOS)
			return words == 1 ? word : SPAN_EMPTY;
		rest = span_from(rest, end + 1);
	}
}

/* Without its quotes, when s is one quoted string. */
static struct span address_unquote(struct span s, struct arena *arena)
{
	char *to;
	size_t n = 0;

	if (s.n < 2 || s.p[0] != '"' || syntax_quoted_end(s, 0) != s.n)
		return s;
	to = arena_alloc(arena, s.n);
	for (size_t i = 1; to != NULL && i + 1 < s.n; i++) {
		i += s.p[i] == '\\';
		to[n++] = s.p[i];
	}
	return (struct span){to, n};
}

/* address_first() of a value that address_bare() made. */
static bool address_of_bare(struct span bare, struct arena *arena, struct address *address_r)
{
	struct span word = address_word(address_strip_prefix(address_part(bare)));
	struct span unquoted = address_unquote(word, arena);
	struct address address = {.domain = SPAN_EMPTY};
	bool quoted = unquoted.n != word.n;
	size_t at;

	word = span_trim(unquoted);
	at = span_rfind(word, '@');
	if (quoted && at == SPAN_NPOS) /* a person's name */
		return false;
	address.local = address_unquote(span_head(word, at), arena);
	if (at != SPAN_NPOS)
		address.domain = span_from(word, at + 1);
	if (address.local.n == 0)
		return false;
	*address_r = address;
	return true;
}

/* "Name <a@b>", with quotes around the name or without. */
static bool address_is_named(struct span value, struct address *address_r)
{
	static const unsigned char special[UCHAR_MAX + 1] = {['"'] = 1,
	    ['('] = 1,
	    [')'] = 1,
	    [','] = 1,
	    [':'] = 1,
	    [';'] = 1,
	    ['<'] = 1,
	    ['>'] = 1,
	    ['@'] = 1,
	    ['\\'] = 1};
	size_t quoted = value.n > 0 && value.p[0] == '"' ? syntax_quoted_end(value, 0) : 0;
	size_t open = span_marked(value, quoted, special);

	return open < value.n && value.p[open] == '<' && value.p[value.n - 1] == '>' &&
	       address_is_plain(span_from(value, open), address_r);
}

bool address_first(struct span value, struct arena *arena, struct address *address_r)
{
	if (address_is_plain(value, address_r) || address_is_named(value, address_r))
		return true;
	return address_of_bare(address_bare(value, arena), arena, address_r);
}

/* A comma before an '@' is one of a route: no address begins like that. */
static size_t address_item_end(struct span s)
{
	size_t end = address_find(s, ADDRESS_SEPARATOR);

	while (end != SPAN_NPOS && s.p[end] == ',' && end + 1 < s.n && s.p[end + 1] == '@') {
		size_t next = address_find(span_from(s, end + 1), ADDRESS_SEPARATOR);

		end = next != SPAN_NPOS ? end + 1 + next : SPAN_NPOS;
	}
	return end != SPAN_NPOS ? end : s.n;
}

void address_list_init(struct address_list *list, struct span value, struct arena *arena)
{
	*list = (struct address_list){.arena = arena};
	list->is_one = address_is_plain(value, &list->one);
	if (!list->is_one)
		list->rest = address_bare(value, arena);
}

bool address_list_next(struct address_list *list, struct address *address_r)
{
	if (list->is_one) {
		*address_r = list->one;
		list->is_one = false;
		return true;
	}
	while (list->rest.n > 0) {
		size_t end = address_item_end(list->rest);
		struct span item = span_head(list->rest, end);

		list->rest = span_from(list->rest, end + 1);
		if (address_is_plain(span_trim(item), address_r))
			return true;
		if (address_of_bare(item, list->arena, address_r))
			return true;
	}
	return false;
}

bool address_is(struct span s)
{
	struct address plain;
	bool letter = false; /* a letter or digit since the last '@' */
	size_t ats = 0;

	if (s.n > 0 && s.p[0] != '<' && address_is_plain(s, &plain) && plain.domain.n > 0 &&
	    span_is_alnum(plain.domain.p[0]))
		return true;
	for (size_t i = 0; i < s.n;) {
		uint32_t c = 0;
		size_t n = utf8_next(span_from(s, i), &c);

		if (n == 0 || c == ' ' || c == ADDRESS_NBSP || utf8_is_control(c) ||
		    (c < 0x80 && strchr("<>()[]\",:;\\", (char)c) != NULL))
			return false;
		if (c == '@') {
			ats++;
			letter = false;
		} else {
			letter = letter || c >= 0x80 || span_is_alnum((char)c);
		}
		i += n;
	}
	return ats == 1 && letter && s.p[0] != '@';
}

struct span address_normal(const struct address *address, struct arena *arena)
{
	size_t n = address->local.n;
	char *to;

	if (address->domain.n == 0)
		return arena_copy(arena, address->local);
	to = arena_alloc(arena, n + 1 + address->domain.n);
	if (to == NULL)
		return SPAN_EMPTY;
	memcpy(to, address->local.p, n);
	to[n++] = '@';
	span_copy_lower(to + n, address->domain);
	return (struct span){to, n + address->domain.n};
}
