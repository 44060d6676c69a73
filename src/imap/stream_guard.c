#include "imap/stream_guard.h"

#include <string.h>

void stream_guard_init(struct stream_guard *guard)
{
	*guard = (struct stream_guard){0};
	buf_init(&guard->bye, GUARD_HEAD_MAX);
}

void stream_guard_fini(struct stream_guard *guard)
{
	buf_fini(&guard->bye);
}

void stream_guard_begin_command(struct stream_guard *guard)
{
	guard->command_bytes = 0;
	guard->command_responses = 0;
	guard->kept_literals = 0;
}

bool stream_guard_at_rest(const struct stream_guard *guard)
{
	return !guard->in_response;
}

enum guard_kind {
	GUARD_TEXT,   /* status, tagged, continuation and anything that needs no string */
	GUARD_STRING, /* LIST and STATUS: strings, kept by the parser */
	GUARD_FETCH,  /* strings, handed on and freed */
};

static enum guard_kind guard_kind(const struct stream_guard *guard)
{
	struct span head = {guard->head, guard->head_n};
	uint64_t number;
	size_t digits;

	if (!span_starts_nocase(head, SPAN("* ")))
		return GUARD_TEXT;
	head = span_from(head, 2);
	if (span_starts_nocase(head, SPAN("LIST ")) || span_starts_nocase(head, SPAN("STATUS ")))
		return GUARD_STRING;
	digits = span_number(head, &number);
	if (digits > 0 && span_starts_nocase(span_from(head, digits), SPAN(" FETCH ")))
		return GUARD_FETCH;
	return GUARD_TEXT;
}

static void guard_end_response(struct stream_guard *guard)
{
	guard->in_response = false;
	guard->continued = false;
	guard->head_n = 0;
	guard->parentheses = 0;
	guard->response_literals = 0;
	guard->command_responses++;
}

static int guard_begin_literal(struct stream_guard *guard, struct err *err)
{
	enum guard_kind kind = guard_kind(guard);

	if (kind == GUARD_TEXT)
		return err_set(err, ERR_PROTOCOL, "the server sent a literal where none can stand");
	guard->response_literals += guard->number;
	if (kind == GUARD_STRING)
		guard->kept_literals += guard->number;
	if (guard->response_literals > GUARD_MAX_RESPONSE_LITERALS ||
	    guard->kept_literals > GUARD_MAX_KEPT_LITERALS)
		return err_set(
		    err, ERR_PROTOCOL, "the server sent too many literals in one answer");
	guard->literal_left = guard->number;
	guard->continued = true;
	return 0;
}

static void guard_note_bye(struct stream_guard *guard)
{
	struct span head = {guard->head, guard->head_n};

	if (guard->continued || !span_starts_nocase(head, SPAN("* BYE")))
		return;
	buf_clear(&guard->bye);
	buf_add(&guard->bye, span_trim(span_from(head, sizeof("* BYE") - 1)));
	if (guard->bye.n == 0)
		buf_add_text(&guard->bye, "BYE");
}

/* At the LF of a line. */
static int guard_end_line(struct stream_guard *guard, struct err *err)
{
	bool literal = guard->brace == GUARD_BRACE_CLOSED || guard->brace == GUARD_BRACE_CR;

	if (guard->trace != NULL && !guard->continued)
		guard->trace(
		    (struct span){guard->head, guard->head_n}, guard->line_n, guard->trace_context);
	if (guard->quoted && guard_kind(guard) != GUARD_TEXT)
		return err_set(err, ERR_PROTOCOL, "the server sent a line break inside quotes");
	guard_note_bye(guard);
	guard->brace = GUARD_BRACE_NONE;
	guard->quoted = false;
	guard->escaped = false;
	guard->line_n = 0;
	if (literal)
		return guard_begin_literal(guard, err);
	guard_end_response(guard);
	return 0;
}

/*
 * libetpan takes {n} for a literal even when no line break follows it. To read the same it would
 * have to be followed as closely; no server we know needs it, so in a response with strings it is
 * refused.
 */
static int guard_leave_brace(struct stream_guard *guard, struct err *err)
{
	guard->brace = GUARD_BRACE_NONE;
	if (guard_kind(guard) != GUARD_TEXT)
		return err_set(err, ERR_PROTOCOL, "the server sent a brace that begins no literal");
	return 0;
}

static int guard_brace_byte(struct stream_guard *guard, char c, struct err *err)
{
	switch (guard->brace) {
	case GUARD_BRACE_OPEN:
	case GUARD_BRACE_DIGITS:
		if (span_is_digit(c)) {
			guard->brace = GUARD_BRACE_DIGITS;
			guard->number = guard->number * 10 + (unsigned)(c - '0');
			if (guard->number > GUARD_MAX_LITERAL)
				return err_set(err, ERR_PROTOCOL,
				    "the server announced a literal of more than %llu bytes",
				    (unsigned long long)GUARD_MAX_LITERAL);
			return 0;
		}
		if (c == '}' && guard->brace == GUARD_BRACE_DIGITS) {
			guard->brace = GUARD_BRACE_CLOSED;
			return 0;
		}
		return guard_leave_brace(guard, err);
	case GUARD_BRACE_CLOSED:
		if (c == '\r') {
			guard->brace = GUARD_BRACE_CR;
			return 0;
		}
		return guard_leave_brace(guard, err);
	default:
		return guard_leave_brace(guard, err);
	}
}

/* Bytes that mean something in a line; all others are only counted. */
static bool guard_is_special(char c)
{
	return c == '\n' || c == '(' || c == '{' || c == '"' || c == '\\' || c == '\0';
}

static int guard_special_byte(struct stream_guard *guard, char c, struct err *err)
{
	bool escaped = guard->escaped;

	guard->escaped = false;
	switch (c) {
	case '(':
		if (++guard->parentheses > GUARD_MAX_PARENTHESES)
			return err_set(err, ERR_PROTOCOL,
			    "the server sent more than %d parentheses in one response",
			    GUARD_MAX_PARENTHESES);
		return 0;
	case '{':
		if (!guard->quoted) {
			guard->brace = GUARD_BRACE_OPEN;
			guard->number = 0;
		}
		return 0;
	case '"':
		if (!escaped)
			guard->quoted = !guard->quoted;
		return 0;
	case '\\':
		guard->escaped = guard->quoted && !escaped;
		return 0;
	case '\0':
		return err_set(err, ERR_PROTOCOL, "the server sent a NUL byte in a line");
	default:
		return 0;
	}
}

/* One byte of a line, or a run of plain ones; returns how many bytes were taken, 0 on error. */
static size_t guard_line_bytes(
    struct stream_guard *guard, const char *bytes, size_t n, struct err *err)
{
	size_t run = 0;

	if (guard->brace != GUARD_BRACE_NONE && bytes[0] != '\n')
		return guard_brace_byte(guard, bytes[0], err) == 0 ? 1 : 0;
	if (guard->escaped && !guard_is_special(bytes[0]))
		guard->escaped = false;
	while (run < n && !guard_is_special(bytes[run]))
		run++;
	if (run > 0)
		return run;
	if (bytes[0] == '\n')
		return 1;
	return guard_special_byte(guard, bytes[0], err) == 0 ? 1 : 0;
}

static void guard_keep_head(struct stream_guard *guard, const char *bytes, size_t n)
{
	size_t room = sizeof(guard->head) - guard->head_n;

	if (guard->continued || room == 0)
		return;
	n = n < room ? n : room;
	memcpy(guard->head + guard->head_n, bytes, n);
	guard->head_n += n;
}

static int guard_check_budget(const struct stream_guard *guard, struct err *err)
{
	if (guard->line_n > GUARD_MAX_LINE)
		return err_set(err, ERR_PROTOCOL, "the server sent a line of more than %zu bytes",
		    GUARD_MAX_LINE);
	if (guard->command_bytes > GUARD_MAX_COMMAND_BYTES)
		return err_set(err, ERR_PROTOCOL, "the server's answer is longer than %llu bytes",
		    (unsigned long long)GUARD_MAX_COMMAND_BYTES);
	if (guard->command_responses > GUARD_MAX_RESPONSES)
		return err_set(err, ERR_PROTOCOL,
		    "the server sent more than %d responses to one command", GUARD_MAX_RESPONSES);
	if (guard->total > GUARD_MAX_TOTAL_BYTES)
		return err_set(err, ERR_PROTOCOL, "the server sent more than %llu bytes",
		    (unsigned long long)GUARD_MAX_TOTAL_BYTES);
	return 0;
}

size_t stream_guard_check(struct stream_guard *guard, const char *bytes, size_t n, struct err *err)
{
	size_t safe = 0; /* where the response under way begins */
	size_t at = 0;

	guard->total += n;
	while (at < n) {
		size_t taken;

		if (guard->literal_left > 0) {
			taken = n - at < guard->literal_left ? n - at : (size_t)guard->literal_left;
			guard->literal_left -= taken;
			at += taken;
			continue;
		}
		taken = guard_line_bytes(guard, bytes + at, n - at, err);
		if (taken == 0)
			return safe;
		guard->in_response = true;
		guard->line_n += taken;
		guard->command_bytes += taken;
		if (guard_check_budget(guard, err) != 0)
			return safe;
		if (bytes[at] == '\n') {
			if (guard_end_line(guard, err) != 0)
				return safe;
		} else {
			guard_keep_head(guard, bytes + at, taken);
		}
		at += taken;
		if (!guard->in_response)
			safe = at;
	}
	return n;
}
