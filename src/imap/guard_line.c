#include "imap/guard_line.h"

/* A line while it is taken apart. */
struct guard_cursor {
	struct span rest;
	bool has_literal; /* it ends in {n} */
	uint64_t literal;
};

static bool guard_take(struct guard_cursor *at, struct span text)
{
	if (!span_starts_nocase(at->rest, text))
		return false;
	at->rest = span_from(at->rest, text.n);
	return true;
}

static bool guard_take_number(struct guard_cursor *at)
{
	uint64_t number;
	size_t digits = span_number(at->rest, &number);

	at->rest = span_from(at->rest, digits);
	return digits > 0 && number <= UINT32_MAX;
}

/* At least one byte, all of them letters, digits or among the others. */
static bool guard_take_run(struct guard_cursor *at, const char *others)
{
	size_t n = 0;

	while (n < at->rest.n && (span_is_alnum(at->rest.p[n]) ||
				     span_find(span_of(others), at->rest.p[n]) != SPAN_NPOS))
		n++;
	at->rest = span_from(at->rest, n);
	return n > 0;
}

static bool guard_take_quoted(struct guard_cursor *at)
{
	size_t n = 1;

	if (at->rest.n == 0 || at->rest.p[0] != '"')
		return false;
	while (n < at->rest.n && at->rest.p[n] != '"')
		n += at->rest.p[n] == '\\' ? 2 : 1;
	if (n >= at->rest.n)
		return false;
	at->rest = span_from(at->rest, n + 1);
	return true;
}

/* {n} counts only where the line ends: libetpan would take it for a literal anywhere. */
static bool guard_take_literal(struct guard_cursor *at)
{
	struct guard_cursor ahead = *at;
	size_t digits;

	if (!guard_take(&ahead, SPAN("{")))
		return false;
	digits = span_number(ahead.rest, &ahead.literal);
	ahead.rest = span_from(ahead.rest, digits);
	if (digits == 0 || !guard_take(&ahead, SPAN("}")) || ahead.rest.n != 0)
		return false;
	ahead.has_literal = true;
	*at = ahead;
	return true;
}

/* Flags, names of status items and the like: a list without lists in it. */
static bool guard_take_list(struct guard_cursor *at)
{
	if (!guard_take(at, SPAN("(")))
		return false;
	guard_take_run(at, " \\$.-_*+");
	return guard_take(at, SPAN(")"));
}

static bool guard_take_section(struct guard_cursor *at)
{
	if (guard_take(at, SPAN("HEADER.FIELDS (")))
		return guard_take_run(at, " .-_") && guard_take(at, SPAN(")]"));
	return guard_take(at, SPAN("HEADER]"));
}

static bool guard_take_body(struct guard_cursor *at)
{
	if (!guard_take_section(at))
		return false;
	if (guard_take(at, SPAN("<")) && !(guard_take_number(at) && guard_take(at, SPAN(">"))))
		return false;
	return guard_take(at, SPAN(" ")) &&
	       (guard_take(at, SPAN("NIL")) || guard_take_quoted(at) || guard_take_literal(at));
}

static bool guard_take_fetch_item(struct guard_cursor *at)
{
	if (guard_take(at, SPAN("UID ")) || guard_take(at, SPAN("RFC822.SIZE ")))
		return guard_take_number(at);
	if (guard_take(at, SPAN("INTERNALDATE \"")))
		return guard_take_run(at, " :+-") && guard_take(at, SPAN("\""));
	if (guard_take(at, SPAN("FLAGS ")))
		return guard_take_list(at);
	return guard_take(at, SPAN("BODY[")) && guard_take_body(at);
}

/* Items up to the closing parenthesis at the end of the line, or up to a literal. */
static bool guard_take_fetch_items(struct guard_cursor *at)
{
	do {
		if (!guard_take_fetch_item(at))
			return false;
		if (at->has_literal)
			return true;
	} while (guard_take(at, SPAN(" ")));
	return guard_take(at, SPAN(")")) && at->rest.n == 0;
}

static bool guard_take_mailbox(struct guard_cursor *at)
{
	return guard_take_quoted(at) || guard_take_literal(at) ||
	       guard_take_run(at, "&+,-./:;<=>?@_~!#$'|^`[]");
}

static bool guard_take_mailbox_list(struct guard_cursor *at)
{
	return guard_take_list(at) && guard_take(at, SPAN(" ")) &&
	       (guard_take(at, SPAN("NIL")) || guard_take_quoted(at)) &&
	       guard_take(at, SPAN(" ")) && guard_take_mailbox(at) && at->rest.n == 0;
}

static bool guard_take_status(struct guard_cursor *at)
{
	if (!guard_take_mailbox(at))
		return false;
	if (at->has_literal)
		return true;
	return guard_take(at, SPAN(" ")) && guard_take_list(at) && at->rest.n == 0;
}

/* The response codes that somebody looks at; the others stay as text. */
static bool guard_take_code(struct guard_cursor *at)
{
	struct guard_cursor ahead = *at;
	bool known;

	if (!guard_take(&ahead, SPAN("[")))
		return false;
	if (guard_take(&ahead, SPAN("UIDNEXT ")) || guard_take(&ahead, SPAN("UIDVALIDITY ")))
		known = guard_take_number(&ahead);
	else if (guard_take(&ahead, SPAN("CAPABILITY ")))
		known = guard_take_run(&ahead, " =+-_./:");
	else
		known = guard_take(&ahead, SPAN("UNAVAILABLE")) ||
			guard_take(&ahead, SPAN("INUSE")) || guard_take(&ahead, SPAN("LIMIT"));
	if (!known || !guard_take(&ahead, SPAN("]")))
		return false;
	*at = ahead;
	return true;
}

/* Text of a status response: printable ASCII that begins no response code, and never empty. */
static void guard_add_text(struct buf *out, struct span text)
{
	text = span_trim(text);
	if (text.n == 0)
		buf_add_char(out, '-');
	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];

		if (c < 0x20 || c > 0x7E)
			c = '?';
		else if (i == 0 && c == '[')
			c = '(';
		buf_add_char(out, c);
	}
}

/* "* OK [CODE] text" from the condition on; `head` is what stood before. */
static bool guard_add_status(struct guard_cursor *at, struct span head, struct buf *out)
{
	static const char *const conditions[] = {"OK", "NO", "BAD", "BYE", "PREAUTH"};

	for (size_t i = 0; i < sizeof(conditions) / sizeof(conditions[0]); i++) {
		struct guard_cursor ahead = *at;
		struct span code;

		if (!guard_take(&ahead, span_of(conditions[i])) ||
		    (ahead.rest.n > 0 && !guard_take(&ahead, SPAN(" "))))
			continue;
		buf_add(out, head);
		buf_add_text(out, conditions[i]);
		buf_add_char(out, ' ');
		code = ahead.rest;
		if (guard_take_code(&ahead)) {
			buf_add(out, span_head(code, code.n - ahead.rest.n));
			buf_add_char(out, ' ');
		}
		guard_add_text(out, ahead.rest);
		buf_add_text(out, "\r\n");
		return true;
	}
	return false;
}

static int guard_nonsense(const char *what, struct err *err)
{
	return err_set(err, ERR_PROTOCOL, "the server sent %s that makes no sense", what);
}

static void guard_add_line(struct buf *out, struct span line)
{
	buf_add(out, line);
	buf_add_text(out, "\r\n");
}

/* EXISTS and its kin. */
static bool guard_is_number_response(struct span line)
{
	struct guard_cursor at = {.rest = line};

	return guard_take(&at, SPAN("* ")) && guard_take_number(&at) &&
	       (guard_take(&at, SPAN(" EXISTS")) || guard_take(&at, SPAN(" RECENT"))) &&
	       at.rest.n == 0;
}

static bool guard_is_fetch(struct guard_cursor *at)
{
	struct guard_cursor ahead = *at;

	if (!guard_take_number(&ahead) || !guard_take(&ahead, SPAN(" FETCH (")))
		return false;
	*at = ahead;
	return true;
}

static bool guard_is_capability(struct guard_cursor *at)
{
	if (!guard_take(at, SPAN("CAPABILITY")))
		return false;
	guard_take_run(at, " =+-_./:");
	return at->rest.n == 0;
}

static int guard_untagged(struct span line, enum guard_kind *kind_r, struct buf *out,
    struct guard_cursor *at, struct err *err)
{
	*kind_r = GUARD_TEXT;
	if (guard_is_fetch(at)) {
		*kind_r = GUARD_FETCH;
		if (!guard_take_fetch_items(at))
			return guard_nonsense("a FETCH response", err);
	} else if (guard_take(at, SPAN("LIST "))) {
		*kind_r = GUARD_STRING;
		if (!guard_take_mailbox_list(at))
			return guard_nonsense("a LIST response", err);
	} else if (guard_take(at, SPAN("STATUS "))) {
		*kind_r = GUARD_STRING;
		if (!guard_take_status(at))
			return guard_nonsense("a STATUS response", err);
	} else if (guard_take(at, SPAN("SEARCH"))) {
		guard_take_run(at, " ");
		if (at->rest.n != 0)
			return guard_nonsense("a SEARCH response", err);
	} else if (!guard_is_number_response(line) && !guard_is_capability(at)) {
		/* Nobody needs it: FLAGS, extensions. Its literals go the same way. */
		size_t brace = span_rfind(line, '{');

		*kind_r = GUARD_DROP;
		at->rest = span_from(line, brace != SPAN_NPOS ? brace : line.n);
		guard_take_literal(at);
		return 0;
	}
	guard_add_line(out, line);
	return 0;
}

int guard_line_first(struct span line, enum guard_kind *kind_r, struct buf *out,
    bool *has_literal_r, uint64_t *literal_r, struct err *err)
{
	struct guard_cursor at = {.rest = line};
	size_t blank = span_find(line, ' ');

	*has_literal_r = false;
	*kind_r = GUARD_TEXT;
	if (guard_take(&at, SPAN("+"))) {
		buf_add_text(out, "+ -\r\n"); /* that the server waits is all it says */
		return 0;
	}
	if (line.n == 0)
		return 0; /* some servers send blank lines between responses */
	at.rest = span_from(line, blank == SPAN_NPOS ? line.n : blank + 1);
	if (guard_add_status(&at, span_head(line, blank == SPAN_NPOS ? 0 : blank + 1), out))
		return 0;
	if (!span_starts_nocase(line, SPAN("* ")))
		return guard_nonsense("a line", err);
	if (guard_untagged(line, kind_r, out, &at, err) != 0)
		return -1;
	*has_literal_r = at.has_literal;
	*literal_r = at.literal;
	return 0;
}

int guard_line_next(struct span line, enum guard_kind kind, struct buf *out, bool *has_literal_r,
    uint64_t *literal_r, struct err *err)
{
	struct guard_cursor at = {.rest = line};
	size_t brace = span_rfind(line, '{');
	bool sound = true;

	if (kind == GUARD_DROP) {
		at.rest = span_from(line, brace != SPAN_NPOS ? brace : line.n);
		guard_take_literal(&at);
	} else if (kind == GUARD_FETCH) {
		sound = guard_take(&at, SPAN(" ")) ? guard_take_fetch_items(&at)
						   : guard_take(&at, SPAN(")")) && at.rest.n == 0;
	} else if (line.n > 0) { /* STATUS; a LIST ends with its mailbox */
		sound = guard_take(&at, SPAN(" ")) && guard_take_list(&at) && at.rest.n == 0;
	}
	if (!sound)
		return guard_nonsense("a line behind a literal", err);
	if (kind != GUARD_DROP)
		guard_add_line(out, line);
	*has_literal_r = at.has_literal;
	*literal_r = at.literal;
	return 0;
}
