#include "imap/guard_line.h"

#include "base/log.h"
#include "imap/guard_fetch.h"
#include "imap/guard_mailbox.h"
#include "imap/guard_search.h"
#include "imap/guard_status.h"
#include "imap/guard_take.h"

int guard_line_nonsense(const char *what, struct err *err)
{
	return err_set(err, ERR_PROTOCOL, "the server sent %s that makes no sense", what);
}

void guard_line_expect(struct stream_guard *guard, enum guard_literal what, uint64_t n)
{
	guard->response.literal = what;
	guard->response.literal_left = n;
}

void guard_line_drop(struct stream_guard *guard, struct span line)
{
	size_t brace = span_rfind(line, '{');
	struct span end = span_from(line, brace != SPAN_NPOS ? brace : line.n);
	uint64_t n;

	guard->response.kind = GUARD_DROP;
	if (guard_take_literal(&end, &n))
		guard_line_expect(guard, GUARD_LITERAL_DROP, n);
}

void guard_line_drop_odd(struct stream_guard *guard, struct span line)
{
	guard->seen.odd++;
	guard_line_drop(guard, line);
}

int guard_line_count(struct stream_guard *guard, uint64_t words, struct err *err)
{
	guard->command_words += words;
	if (guard->command_words <= GUARD_MAX_WORDS)
		return 0;
	return err_set(err, ERR_PROTOCOL,
	    "the server's answer holds more than %d numbers, names or responses", GUARD_MAX_WORDS);
}

static int guard_exists(
    struct stream_guard *guard, uint32_t number, struct buf *out, struct err *err)
{
	if (guard_line_count(guard, GUARD_WORDS_RESPONSE, err) != 0)
		return -1;
	buf_add_text(out, "* ");
	guard_add_number(out, number);
	buf_add_text(out, " EXISTS\r\n");
	guard->seen.exists = true;
	guard->seen.exists_number = number;
	return 0;
}

/* "* n WORD": EXISTS and FETCH. RECENT and EXPUNGE are not needed. */
static int guard_numbered(
    struct stream_guard *guard, struct span at, struct buf *out, struct err *err)
{
	struct span line = at;
	uint32_t number = 0;
	bool sound = guard_take_number(&at, &number);
	struct span word;

	if (!sound)
		guard_take_word(&at);
	word = guard_next_word(&at);
	if (span_eq_nocase(word, SPAN("FETCH")))
		return guard_fetch_first(guard, sound ? number : 0, at, err);
	if (!span_eq_nocase(word, SPAN("EXISTS")))
		guard_line_drop(guard, line);
	else if (!sound || !guard_is_over(at))
		guard_line_drop_odd(guard, line);
	else
		return guard_exists(guard, number, out, err);
	return 0;
}

/* Behind the asterisk. */
static int guard_untagged(
    struct stream_guard *guard, struct span at, struct buf *out, struct err *err)
{
	struct span line = at;
	enum guard_condition condition;
	struct span word;

	if (guard_status_take(&at, &condition))
		return guard_status_untagged(guard, condition, at, out, err);
	if (guard->seen.answered) {
		guard_line_drop(guard, line);
		return 0;
	}
	if (at.n > 0 && span_is_digit(at.p[0]))
		return guard_numbered(guard, at, out, err);
	word = guard_take_word(&at);
	if (span_eq_nocase(word, SPAN("SEARCH")))
		return guard_search(guard, at, out, err);
	if (span_eq_nocase(word, SPAN("ESEARCH")))
		return guard_esearch(guard, at, out, err);
	if (span_eq_nocase(word, SPAN("LIST")))
		return guard_list_first(guard, at, out, err);
	if (span_eq_nocase(word, SPAN("STATUS")))
		return guard_mailbox_status_first(guard, at, out, err);
	if (span_eq_nocase(word, SPAN("CAPABILITY")))
		return guard_status_capability(guard, at, out, err);
	guard_line_drop(guard, line);
	return 0;
}

static int guard_banner(struct span line, struct err *err)
{
	struct buf text;

	buf_init(&text, 0);
	log_escape(&text, span_head(line, GUARD_BANNER_MAX));
	err_set(
	    err, ERR_PROTOCOL, "this is no IMAP server: it begins with \"%s\"", buf_string(&text));
	buf_fini(&text);
	return -1;
}

static int guard_stray(struct stream_guard *guard, struct err *err)
{
	if (++guard->strays <= GUARD_MAX_STRAY)
		return 0;
	return err_set(err, ERR_PROTOCOL,
	    "the server sent more than %d lines that are no IMAP responses", GUARD_MAX_STRAY);
}

static bool guard_is_ours(const struct stream_guard *guard, struct span tag)
{
	uint32_t number;

	return guard_read_number(tag, &number) && number == guard->expect.tag;
}

/* Keeps the answer to a command that has been sent behind this one; false when it is none. */
static bool guard_keep_early(
    struct stream_guard *guard, const struct guard_status *status, struct span at)
{
	struct guard_early *early = &guard->early[guard->early_count];
	uint32_t number;

	if (!guard_read_number(status->tag, &number) || number <= guard->expect.tag ||
	    number > guard->expect.last || guard->early_count == GUARD_MAX_EARLY)
		return false;
	early->tag = number;
	early->ok = status->condition == GUARD_OK;
	early->bad = status->condition == GUARD_BAD;
	buf_clear(&early->words);
	buf_add(&early->words, span_head(span_trim(at), GUARD_WORDS_MAX));
	guard->early_count++;
	return true;
}

/* A line with a tag and a condition, or one that is no response. */
static int guard_tagged(
    struct stream_guard *guard, struct span line, struct buf *out, struct err *err)
{
	struct span at = line;
	struct span tag = guard_take_word(&at);
	struct guard_status status = {.tag = tag};
	bool sound = guard_status_is_tag(tag) && guard_take_blanks(&at) &&
		     guard_status_take(&at, &status.condition);
	bool ours = guard_is_ours(guard, tag);

	if (sound && guard_status_may_be_tagged(status.condition) && !ours &&
	    guard_keep_early(guard, &status, at))
		return guard->early[guard->early_count - 1].words.failed == 0 ? 0 : err_nomem(err);
	if (sound && guard_status_may_be_tagged(status.condition)) {
		guard->seen.answered |= ours;
		guard->seen.ok = ours && status.condition == GUARD_OK;
		guard->seen.bad = ours && status.condition == GUARD_BAD;
		return guard_status_tagged(guard, &status, at, out, err);
	}
	if (ours)
		return guard_line_nonsense("an answer", err);
	return guard_stray(guard, err);
}

int guard_line_first(struct stream_guard *guard, struct span line, struct buf *out, struct err *err)
{
	struct span at = line;
	bool untagged = guard_take(&at, SPAN("*")) && guard_take_blanks(&at);
	enum guard_condition condition;

	if (guard_is_over(line))
		return 0; /* some servers send blank lines between responses */
	if (!guard->greeted) {
		guard->greeted = true;
		if (!untagged || !guard_status_take(&at, &condition))
			return guard_banner(line, err);
		return guard_status_greeting(guard, condition, at, out, err);
	}
	if (untagged)
		return guard_untagged(guard, at, out, err);
	if (line.p[0] != '+')
		return guard_tagged(guard, line, out, err);
	buf_add_text(out, "+ -\r\n"); /* its text means nothing */
	return guard_line_count(guard, GUARD_WORDS_RESPONSE, err);
}

int guard_line_next(struct stream_guard *guard, struct span line, struct buf *out, struct err *err)
{
	switch (guard->response.kind) {
	case GUARD_FETCH:
		return guard_fetch_next(guard, line, err);
	case GUARD_LIST:
		return guard_list_next(guard, line, out, err);
	case GUARD_STATUS:
		return guard_mailbox_status_next(guard, line, out, err);
	default:
		guard_line_drop(guard, line);
		return 0;
	}
}
