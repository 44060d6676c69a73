#include "imap/stream_guard.h"

#include <errno.h>

void stream_guard_init(struct stream_guard *guard)
{
	*guard = (struct stream_guard){0};
	buf_init(&guard->line, GUARD_MAX_LINE);
	buf_init(&guard->words, GUARD_WORDS_MAX);
	buf_init(&guard->bye, GUARD_WORDS_MAX);
}

void stream_guard_fini(struct stream_guard *guard)
{
	buf_fini(&guard->line);
	buf_fini(&guard->words);
	buf_fini(&guard->bye);
}

void stream_guard_begin_command(struct stream_guard *guard, const struct guard_expect *expect)
{
	guard->expect = *expect;
	guard->seen = (struct guard_seen){0};
	guard->command_bytes = 0;
	guard->command_responses = 0;
	guard->kept_literals = 0;
}

bool stream_guard_at_rest(const struct stream_guard *guard)
{
	return guard->line.n == 0 && guard->literal_left == 0 && !guard->continued;
}

static int guard_begin_literal(struct stream_guard *guard, uint64_t n, struct err *err)
{
	if (n > GUARD_MAX_LITERAL)
		return err_set(err, ERR_PROTOCOL,
		    "the server announced a literal of more than %llu bytes",
		    (unsigned long long)GUARD_MAX_LITERAL);
	guard->response_literals += n;
	if (guard->kind == GUARD_STRING)
		guard->kept_literals += n;
	if (guard->response_literals > GUARD_MAX_RESPONSE_LITERALS ||
	    guard->kept_literals > GUARD_MAX_KEPT_LITERALS)
		return err_set(
		    err, ERR_PROTOCOL, "the server sent too many literals in one answer");
	guard->literal_left = n;
	guard->continued = true;
	return 0;
}

static void guard_note_bye(struct stream_guard *guard, struct span line)
{
	struct span text = span_trim(span_from(line, sizeof("* BYE") - 1));

	if (!span_starts_nocase(line, SPAN("* BYE")))
		return;
	buf_clear(&guard->bye);
	buf_add(&guard->bye, span_head(text.n > 0 ? text : SPAN("BYE"), GUARD_WORDS_MAX));
}

static void guard_note_words(struct stream_guard *guard, struct span line)
{
	size_t blank = span_find(line, ' ');
	struct span status = span_from(line, blank != SPAN_NPOS ? blank + 1 : line.n);
	size_t condition = span_find(status, ' ');

	if (line.n == 0 || !span_is_alnum(line.p[0]) || status.n == 0)
		return;
	buf_clear(&guard->words);
	status = span_from(status, condition != SPAN_NPOS ? condition : status.n);
	buf_add(&guard->words, span_head(span_trim(status), GUARD_WORDS_MAX));
}

static void guard_note_seen(struct stream_guard *guard, struct span line)
{
	if (span_starts_nocase(line, SPAN("* SEARCH")))
		guard->seen.search = true;
	else if (line.n > 2 && span_is_digit(line.p[2]) && span_ends_nocase(line, SPAN(" EXISTS")))
		guard->seen.exists = true;
}

static int guard_check_line(const struct stream_guard *guard, struct span line, struct err *err)
{
	unsigned parentheses = 0;

	if (span_find(line, '\0') != SPAN_NPOS)
		return err_set(err, ERR_PROTOCOL, "the server sent a NUL byte in a line");
	for (size_t at = 0, next; (next = span_find(span_from(line, at), '(')) != SPAN_NPOS;
	     at += next + 1)
		parentheses++;
	if (parentheses > GUARD_MAX_PARENTHESES)
		return err_set(err, ERR_PROTOCOL,
		    "the server sent more than %d parentheses in a line", GUARD_MAX_PARENTHESES);
	if (guard->command_responses > GUARD_MAX_RESPONSES)
		return err_set(err, ERR_PROTOCOL,
		    "the server sent more than %d responses to one command", GUARD_MAX_RESPONSES);
	return 0;
}

/* At the end of a line. */
static int guard_take_line(struct stream_guard *guard, struct buf *out, struct err *err)
{
	struct span line = buf_span(&guard->line);
	bool first = !guard->continued;
	bool has_literal = false;
	uint64_t literal = 0;
	size_t passed;
	int result;

	if (line.n > 0 && line.p[line.n - 1] == '\r')
		line.n--;
	if (first && guard->trace != NULL)
		guard->trace(line, guard->trace_context);
	if (guard_check_line(guard, line, err) != 0)
		return -1;
	guard->continued = false;
	if (first) {
		guard_note_bye(guard, line);
		guard->response_literals = 0;
		guard->command_responses++;
		guard_note_words(guard, line);
		passed = out->n;
		result = guard_line_first(line, &guard->kind, out, &has_literal, &literal, err);
		if (out->n > passed)
			guard_note_seen(guard, line);
	} else {
		result = guard_line_next(line, guard->kind, out, &has_literal, &literal, err);
	}
	buf_clear(&guard->line);
	if (result == 0 && has_literal)
		result = guard_begin_literal(guard, literal, err);
	return result;
}

/* Adds the bytes up to the end of the line to it; returns how many they were. */
static size_t guard_gather(struct stream_guard *guard, struct span bytes, bool *complete_r)
{
	size_t end = span_find(bytes, '\n');
	struct span piece = span_head(bytes, end);

	*complete_r = end != SPAN_NPOS;
	buf_add(&guard->line, piece);
	guard->command_bytes += piece.n + *complete_r;
	return piece.n + *complete_r;
}

static int guard_check_budget(const struct stream_guard *guard, struct err *err)
{
	if (guard->line.failed == ENOMEM)
		return err_nomem(err);
	if (guard->line.failed != 0)
		return err_set(err, ERR_PROTOCOL, "the server sent a line of more than %zu bytes",
		    GUARD_MAX_LINE);
	if (guard->command_bytes > GUARD_MAX_COMMAND_BYTES)
		return err_set(err, ERR_PROTOCOL, "the server's answer is longer than %llu bytes",
		    (unsigned long long)GUARD_MAX_COMMAND_BYTES);
	if (guard->total > GUARD_MAX_TOTAL_BYTES)
		return err_set(err, ERR_PROTOCOL, "the server sent more than %llu bytes",
		    (unsigned long long)GUARD_MAX_TOTAL_BYTES);
	return 0;
}

int stream_guard_pass(
    struct stream_guard *guard, struct span bytes, struct buf *out, struct err *err)
{
	while (bytes.n > 0) {
		bool complete;
		size_t taken;

		if (guard->literal_left > 0) {
			taken =
			    bytes.n < guard->literal_left ? bytes.n : (size_t)guard->literal_left;
			if (guard->kind != GUARD_DROP)
				buf_add(out, span_head(bytes, taken));
			guard->literal_left -= taken;
		} else {
			taken = guard_gather(guard, bytes, &complete);
			if (guard_check_budget(guard, err) != 0 ||
			    (complete && guard_take_line(guard, out, err) != 0))
				return -1;
		}
		guard->total += taken;
		bytes = span_from(bytes, taken);
	}
	return out->failed == 0 ? 0 : err_nomem(err);
}
