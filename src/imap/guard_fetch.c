#include "imap/guard_fetch.h"

#include "imap/guard_date.h"
#include "imap/guard_line.h"
#include "imap/guard_take.h"

static int guard_fetch_nonsense(struct err *err)
{
	return guard_line_nonsense("a FETCH response", err);
}

/* The name in front of a section, or the whole name of an item that has none. */
static struct span guard_take_item_name(struct span *at)
{
	struct span name = *at;
	size_t n = 0;

	while (n < at->n &&
	       (span_is_alnum(at->p[n]) || at->p[n] == '.' || at->p[n] == '-' || at->p[n] == '_'))
		n++;
	*at = span_from(*at, n);
	return span_head(name, n);
}

/* The text within brackets. A bracket in a quoted field name does not end it. */
static bool guard_take_brackets(struct span *at, struct span *within_r)
{
	bool quoted = false;
	size_t n = 1;

	while (n < at->n && (quoted || at->p[n] != ']')) {
		if (at->p[n] == '"')
			quoted = !quoted;
		n++;
	}
	if (n >= at->n)
		return false;
	*within_r = (struct span){at->p + 1, n - 1};
	*at = span_from(*at, n + 1);
	return true;
}

/* "<n>" behind a section; *whole_r is false when bytes are missing at its start. */
static bool guard_take_origin(struct span *at, bool *whole_r)
{
	uint64_t origin = 1;
	struct span ahead = *at;
	size_t digits;

	*whole_r = true;
	guard_take_blanks(&ahead);
	if (!guard_take(&ahead, SPAN("<")))
		return true;
	digits = span_within(ahead, '0', '9');
	span_number(ahead, &origin);
	*whole_r = origin == 0;
	*at = span_from(ahead, digits);
	if (guard_take(at, SPAN("."))) /* "<0.1048576>", as it was asked for */
		*at = span_from(*at, span_within(*at, '0', '9'));
	return digits > 0 && guard_take(at, SPAN(">"));
}

/* *rest is what follows the name that was found last: servers repeat the list as it was sent. */
static bool guard_is_asked_field(struct span asked, struct span *rest, struct span name)
{
	struct span ahead = *rest;
	struct span field;

	while ((field = guard_next_word(&ahead)).n > 0)
		if (span_eq_nocase(field, name)) {
			*rest = ahead;
			return true;
		}
	ahead = asked;
	while ((field = guard_next_word(&ahead)).n > 0 && field.p < rest->p)
		if (span_eq_nocase(field, name)) {
			*rest = ahead;
			return true;
		}
	return false;
}

/*
 * "(From "To" subject)": true when only names that were asked for are there, and no more of them.
 */
static bool guard_are_asked_fields(const struct stream_guard *guard, struct span at)
{
	struct span asked = guard->expect.fields;
	struct span rest = asked;
	size_t left = guard->asked_fields;

	guard_take_blanks(&at);
	if (!guard_take(&at, SPAN("(")))
		return false;
	for (size_t count = 0;; count++) {
		struct span name;

		guard_take_blanks(&at);
		if (guard_take(&at, SPAN(")")))
			return count > 0 && guard_is_over(at);
		if (!guard_take_quoted(&at, &name))
			name = guard_take_word(&at);
		if (name.n == 0 || left-- == 0 || !guard_is_asked_field(asked, &rest, name))
			return false;
	}
}

static bool guard_is_asked_section(
    const struct stream_guard *guard, struct span name, struct span section)
{
	struct span part;

	if (!span_eq_nocase(name, SPAN("BODY")) && !span_eq_nocase(name, SPAN("BODY.PEEK")))
		return false;
	guard_take_blanks(&section);
	part = guard_take_word(&section);
	switch (guard->expect.section) {
	case GUARD_SECTION_HEADER:
		return span_eq_nocase(part, SPAN("HEADER")) && guard_is_over(section);
	case GUARD_SECTION_FIELDS:
		return span_eq_nocase(part, SPAN("HEADER.FIELDS")) &&
		       guard_are_asked_fields(guard, section);
	case GUARD_SECTION_MESSAGE:
		return part.n == 0 && guard_is_over(section);
	default:
		return false;
	}
}

/* The same section text as last time, which is the usual case. */
static bool guard_take_known_section(const struct stream_guard *guard, struct span *at)
{
	struct span known = buf_span(&guard->section);

	if (known.n == 0 || known.n >= at->n || !span_eq(span_head(*at, known.n), known) ||
	    (at->p[known.n] != ' ' && at->p[known.n] != '\t'))
		return false;
	*at = span_from(*at, known.n);
	return true;
}

/* Whether "[" follows the name. Blanks between BODY and "[" are taken. */
static bool guard_has_section(struct span *at, struct span name)
{
	struct span ahead = *at;

	if (span_eq_nocase(name, SPAN("BODY")))
		guard_take_blanks(&ahead);
	if (ahead.n == 0 || ahead.p[0] != '[')
		return false;
	*at = ahead;
	return true;
}

/* The name of an item with its section; *asked_r says whether it was asked for. */
static bool guard_take_item(
    struct stream_guard *guard, struct span *at, struct span *name_r, bool *asked_r)
{
	struct span start = *at;
	struct span section;
	bool whole;

	*asked_r = guard_take_known_section(guard, at);
	if (*asked_r)
		return true;
	*name_r = guard_take_item_name(at);
	if (name_r->n == 0)
		return false;
	if (!guard_has_section(at, *name_r)) {
		*asked_r = guard->expect.section == GUARD_SECTION_HEADER &&
			   span_eq_nocase(*name_r, SPAN("RFC822.HEADER"));
		return true;
	}
	if (!guard_take_brackets(at, &section) || !guard_take_origin(at, &whole))
		return false;
	*asked_r = whole && guard_is_asked_section(guard, *name_r, section);
	if (*asked_r) {
		buf_clear(&guard->section);
		buf_add(&guard->section, span_head(start, start.n - at->n));
		if (guard->section.failed != 0)
			buf_clear(&guard->section);
	}
	*name_r = SPAN_EMPTY;
	return true;
}

/* A literal, a quoted string or NIL; false for anything else. */
static bool guard_add_header(struct stream_guard *guard, struct span *at)
{
	struct guard_message *message = &guard->response.message;
	struct span ahead = *at;
	struct span within;
	uint64_t n;

	buf_clear(&guard->header);
	if (guard_take_literal(at, &n)) {
		message->has_header = true;
		guard_line_expect(guard, GUARD_LITERAL_HEADER, n);
	} else if (guard_take_quoted(at, &within)) {
		message->has_header = true;
		guard_add_unquoted(&guard->header, within);
	} else if (span_eq_nocase(guard_take_word(&ahead), SPAN("NIL"))) {
		*at = ahead;
	} else {
		return false;
	}
	return true;
}

/* Two different UIDs: one of them is wrong. */
static int guard_add_uid(struct stream_guard *guard, struct span value, struct err *err)
{
	struct guard_message *message = &guard->response.message;
	uint32_t uid;

	if (!guard_read_number(value, &uid)) {
		guard->seen.odd++;
		return 0;
	}
	if (message->uid != 0)
		return message->uid == uid ? 0 : guard_fetch_nonsense(err);
	message->uid = uid;
	return 0;
}

static void guard_add_internal_date(struct stream_guard *guard, struct span value)
{
	struct guard_message *message = &guard->response.message;

	if (message->dated) {
		guard->seen.odd++;
		return;
	}
	message->dated = true;
	message->has_date = guard_date_read(value, &message->date);
}

/* Takes the value of any other item, up to a literal in it. */
static int guard_take_dropped(struct stream_guard *guard, struct span *at, struct err *err)
{
	uint64_t n;

	switch (guard_take_value(at, &guard->response.depth, &n)) {
	case GUARD_TAKEN:
		return 0;
	case GUARD_TAKEN_LITERAL:
		guard_line_expect(guard, GUARD_LITERAL_DROP, n);
		return 0;
	default:
		return guard_fetch_nonsense(err);
	}
}

static int guard_take_other_item(
    struct stream_guard *guard, struct span name, struct span *at, struct err *err)
{
	struct span value = *at;

	if (guard_take_dropped(guard, at, err) != 0)
		return -1;
	if (guard->response.mute)
		return 0;
	/* A literal cannot be a date or a number. */
	value = span_head(value, value.n - at->n);
	if (span_eq_nocase(name, SPAN("UID")))
		return guard_add_uid(guard, value, err);
	if (span_eq_nocase(name, SPAN("INTERNALDATE")))
		guard_add_internal_date(guard, value);
	return 0;
}

/* Some servers leave out the blank in front of a string. */
static bool guard_begins_string(struct span at)
{
	return at.n > 0 && (at.p[0] == '{' || at.p[0] == '"' || at.p[0] == '~');
}

/*
 * What may follow a literal: a blank, the end, or, without a blank, an item that some server sends.
 * Anything else may be text of the header, when the literal was announced too short.
 */
static bool guard_goes_on(struct span at)
{
	return guard_take_blanks(&at) || (at.n > 0 && at.p[0] == ')') ||
	       span_starts_nocase(at, SPAN("UID ")) || span_starts_nocase(at, SPAN("FLAGS (")) ||
	       span_starts_nocase(at, SPAN("INTERNALDATE "));
}

static int guard_fetch_item(struct stream_guard *guard, struct span *at, struct err *err)
{
	struct guard_response *response = &guard->response;
	struct span name = SPAN_EMPTY;
	bool asked;

	if (!guard_take_item(guard, at, &name, &asked) ||
	    (!guard_take_blanks(at) && !guard_begins_string(*at)))
		return guard_fetch_nonsense(err);
	if (asked && !response->mute && !response->has_section) {
		response->has_section = guard_add_header(guard, at);
		if (response->has_section)
			return 0;
	}
	/* A section that was not asked for, a second one, or one that is no string. */
	if (asked || name.n == 0)
		guard->seen.odd++;
	return guard_take_other_item(guard, name, at, err);
}

/* The response is complete. */
static int guard_hand_on(struct stream_guard *guard, struct err *err)
{
	struct guard_response *response = &guard->response;
	struct guard_message *message = &response->message;

	if (guard->header.failed != 0)
		return err_nomem(err);
	if (message->has_header && !response->in_bytes)
		message->header = buf_span(&guard->header);
	response->in_bytes = false;
	if (guard->take == NULL || (message->uid == 0 && !message->dated && !message->has_header))
		return 0;
	return guard->take(guard->take_context, message, err);
}

/* Items up to the closing parenthesis at the end of the line, or up to a literal. */
static int guard_fetch_items(struct stream_guard *guard, struct span at, struct err *err)
{
	for (;;) {
		guard_take_blanks(&at);
		if (guard_take(&at, SPAN(")")))
			break;
		if (guard_fetch_item(guard, &at, err) != 0)
			return -1;
		if (guard->response.literal != GUARD_LITERAL_NONE)
			return 0;
	}
	if (!guard_is_over(at))
		return guard_fetch_nonsense(err);
	return guard_hand_on(guard, err);
}

int guard_fetch_first(struct stream_guard *guard, uint32_t number, struct span at, struct err *err)
{
	struct span line = at;

	guard_take_blanks(&at);
	if (!guard_take(&at, SPAN("("))) {
		guard_line_drop_odd(guard, line);
		return 0;
	}
	guard->response.kind = GUARD_FETCH;
	guard->response.message.number = number;
	if (number == 0) {
		guard->response.mute = true;
		guard->seen.odd++;
	}
	return guard_fetch_items(guard, at, err);
}

int guard_fetch_next(struct stream_guard *guard, struct span at, struct err *err)
{
	if (guard->response.depth > 0) {
		if (guard_take_dropped(guard, &at, err) != 0)
			return -1;
		if (guard->response.literal != GUARD_LITERAL_NONE)
			return 0;
	} else if (guard_is_over(at)) {
		/*
		 * An empty line: the response goes on in the next line, as behind an empty literal.
		 */
		guard_line_expect(guard, GUARD_LITERAL_DROP, 0);
		return 0;
	} else if (!guard_goes_on(at)) {
		return guard_fetch_nonsense(err);
	}
	return guard_fetch_items(guard, at, err);
}
