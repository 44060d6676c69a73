#include "imap/stream_guard.h"

#include <errno.h>

#include "imap/guard_line.h"
#include "imap/guard_take.h"

void stream_guard_init(struct stream_guard *guard)
{
	*guard = (struct stream_guard){0};
	buf_init(&guard->line, GUARD_MAX_LINE);
	buf_init(&guard->name, GUARD_MAX_NAME);
	buf_init(&guard->capabilities, GUARD_MAX_LINE);
	for (unsigned i = 0; i < GUARD_MAX_EARLY; i++)
		buf_init(&guard->early[i].words, GUARD_WORDS_MAX);
	buf_init(&guard->found, GUARD_MAX_LINE / 2 * sizeof(struct guard_range));
	buf_init(&guard->section, GUARD_MAX_SECTION);
	buf_init(&guard->header, GUARD_MAX_LITERAL);
	buf_init(&guard->words, GUARD_WORDS_MAX);
	buf_init(&guard->bye, GUARD_WORDS_MAX);
}

void stream_guard_fini(struct stream_guard *guard)
{
	buf_fini(&guard->line);
	buf_fini(&guard->name);
	buf_fini(&guard->capabilities);
	for (unsigned i = 0; i < GUARD_MAX_EARLY; i++)
		buf_fini(&guard->early[i].words);
	buf_fini(&guard->found);
	buf_fini(&guard->section);
	buf_fini(&guard->header);
	buf_fini(&guard->words);
	buf_fini(&guard->bye);
}

/* The answer may have come before it was this command's turn. */
static void guard_take_early(struct stream_guard *guard)
{
	for (unsigned i = 0; i < guard->early_count; i++) {
		struct guard_early early = guard->early[i];
		const struct buf words = guard->words;

		if (early.tag != guard->expect.tag)
			continue;
		guard->seen.answered = true;
		guard->seen.ok = early.ok;
		guard->seen.bad = early.bad;
		guard->words = early.words; /* swapped: a copy could fail */
		early.words = words;
		guard->early_count--;
		guard->early[i] = guard->early[guard->early_count];
		guard->early[guard->early_count] = early;
		break;
	}
}

void stream_guard_begin_command(struct stream_guard *guard, const struct guard_expect *expect)
{
	struct span fields = expect->fields;

	guard->expect = *expect;
	guard->asked_fields = 0;
	while (guard_next_word(&fields).n > 0)
		guard->asked_fields++;
	guard->seen = (struct guard_seen){0};
	guard->command_bytes = 0;
	guard->command_responses = 0;
	guard->command_words = 0;
	guard->capability_count = 0;
	buf_clear(&guard->capabilities);
	buf_clear(&guard->section);
	guard->seen.search = guard->found_tag == expect->tag && guard->found_seen;
	guard_take_early(guard);
}

void stream_guard_expect_ranges(struct stream_guard *guard, unsigned tag)
{
	guard->found_tag = tag;
	guard->found_seen = false;
	buf_clear(&guard->found);
}

bool stream_guard_at_rest(const struct stream_guard *guard)
{
	return guard->line.n == 0 && guard->response.literal == GUARD_LITERAL_NONE;
}

static int guard_check_literal(struct guard_response *response, struct err *err)
{
	if (response->literal_left > GUARD_MAX_LITERAL)
		return err_set(err, ERR_PROTOCOL,
		    "the server announced a literal of more than %llu bytes",
		    (unsigned long long)GUARD_MAX_LITERAL);
	response->literal_bytes += response->literal_left;
	if (response->literal_bytes > GUARD_MAX_RESPONSE_LITERALS)
		return err_set(
		    err, ERR_PROTOCOL, "the server sent too many literals in one answer");
	return 0;
}

static int guard_check_line(const struct stream_guard *guard, struct span line, struct err *err)
{
	if (span_find(line, '\0') != SPAN_NPOS)
		return err_set(err, ERR_PROTOCOL, "the server sent a NUL byte in a line");
	if (guard->command_responses > GUARD_MAX_RESPONSES)
		return err_set(err, ERR_PROTOCOL,
		    "the server sent more than %d responses to one command", GUARD_MAX_RESPONSES);
	return 0;
}

/* Passes on a complete line. */
static int guard_take_line(
    struct stream_guard *guard, struct span line, struct buf *out, struct err *err)
{
	bool first = guard->response.literal == GUARD_LITERAL_NONE;
	size_t before = out->n;
	int result;

	while (line.n > 0 && line.p[line.n - 1] == '\r')
		line.n--;
	if (first && guard->trace != NULL)
		guard->trace(line, guard->trace_context);
	guard->command_responses += first;
	if (guard_check_line(guard, line, err) != 0)
		return -1;
	if (first) {
		guard->response = (struct guard_response){0};
		result = guard_line_first(guard, line, out, err);
	} else {
		guard->response.literal = GUARD_LITERAL_NONE;
		result = guard_line_next(guard, line, out, err);
	}
	if (result == 0 && guard->response.literal != GUARD_LITERAL_NONE)
		result = guard_check_literal(&guard->response, err);
	/* No part of a refused line reaches the parser, which would reserve what a literal
	 * announces. */
	if (result != 0)
		out->n = before;
	return result;
}

static int guard_check_budget(const struct stream_guard *guard, size_t line, struct err *err)
{
	if (guard->line.failed == ENOMEM)
		return err_nomem(err);
	if (guard->line.failed != 0 || line > GUARD_MAX_LINE)
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

/* The bytes up to the end of the line; it is copied only when it came in pieces. */
static int guard_pass_line(struct stream_guard *guard, struct span bytes, size_t *taken_r,
    struct buf *out, struct err *err)
{
	size_t end = span_find(bytes, '\n');
	struct span line = span_head(bytes, end);
	bool complete = end != SPAN_NPOS;
	bool whole = complete && guard->line.n == 0;
	int result = 0;

	*taken_r = line.n + complete;
	guard->command_bytes += *taken_r;
	if (!whole) {
		buf_add(&guard->line, line);
		line = buf_span(&guard->line);
	}
	if (guard_check_budget(guard, line.n, err) != 0)
		return -1;
	if (complete)
		result = guard_take_line(guard, line, out, err);
	if (complete && !whole)
		buf_clear(&guard->line);
	return result;
}

/* A header section that is here as a whole is not copied. */
static void guard_pass_header(struct stream_guard *guard, struct span piece)
{
	struct guard_response *response = &guard->response;

	response->in_bytes = guard->header.n == 0 && piece.n == response->literal_left;
	if (response->in_bytes)
		response->message.header = piece;
	else
		buf_add(&guard->header, piece);
}

static size_t guard_pass_literal(struct stream_guard *guard, struct span bytes)
{
	struct guard_response *response = &guard->response;
	struct span piece = bytes;

	if (piece.n > response->literal_left)
		piece.n = (size_t)response->literal_left;
	if (response->literal == GUARD_LITERAL_HEADER)
		guard_pass_header(guard, piece);
	else if (response->literal == GUARD_LITERAL_NAME)
		buf_add(&guard->name, piece);
	response->literal_left -= piece.n;
	return piece.n;
}

/* The bytes are about to go, and the response has not ended. */
static void guard_keep_header(struct stream_guard *guard)
{
	if (!guard->response.in_bytes)
		return;
	guard->response.in_bytes = false;
	buf_add(&guard->header, guard->response.message.header);
}

int stream_guard_pass_some(struct stream_guard *guard, struct span bytes, struct buf *out,
    struct span *left_r, struct err *err)
{
	*left_r = SPAN_EMPTY;
	while (bytes.n > 0) {
		size_t taken;

		if (guard->seen.answered && guard->expect.last > guard->expect.tag) {
			*left_r = bytes;
			break;
		}
		if (guard->response.literal_left > 0)
			taken = guard_pass_literal(guard, bytes);
		else if (guard_pass_line(guard, bytes, &taken, out, err) != 0)
			return -1;
		guard->total += taken;
		bytes = span_from(bytes, taken);
	}
	guard_keep_header(guard);
	return out->failed == 0 ? 0 : err_nomem(err);
}

int stream_guard_pass(
    struct stream_guard *guard, struct span bytes, struct buf *out, struct err *err)
{
	struct span left;

	return stream_guard_pass_some(guard, bytes, out, &left, err);
}
