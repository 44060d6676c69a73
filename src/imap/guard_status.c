#include "imap/guard_status.h"

#include "imap/guard_line.h"
#include "imap/guard_take.h"

static const char *const guard_condition_text[GUARD_CONDITION_COUNT] = {
    [GUARD_OK] = "OK",
    [GUARD_NO] = "NO",
    [GUARD_BAD] = "BAD",
    [GUARD_BYE] = "BYE",
    [GUARD_PREAUTH] = "PREAUTH",
};

bool guard_status_take(struct span *at, enum guard_condition *condition_r)
{
	struct span ahead = *at;
	struct span word = guard_take_word(&ahead);

	for (int i = 0; i < GUARD_CONDITION_COUNT; i++)
		if (span_eq_nocase(word, span_of(guard_condition_text[i]))) {
			*at = ahead;
			*condition_r = (enum guard_condition)i;
			return true;
		}
	return false;
}

static bool guard_is_made_of(struct span word, const char *others)
{
	for (size_t i = 0; i < word.n; i++)
		if (!span_is_alnum(word.p[i]) && span_find(span_of(others), word.p[i]) == SPAN_NPOS)
			return false;
	return word.n > 0;
}

bool guard_status_is_tag(struct span word)
{
	return guard_is_made_of(word, "");
}

bool guard_status_may_be_tagged(enum guard_condition condition)
{
	return condition == GUARD_OK || condition == GUARD_NO || condition == GUARD_BAD;
}

static bool guard_is_capability(struct span word)
{
	return word.n <= GUARD_MAX_CAPABILITY && guard_is_made_of(word, "=+-_./:") &&
	       !span_eq_nocase(word, SPAN("AUTH="));
}

/* Collects the names that libetpan accepts, each with a blank in front; odd names are skipped. */
static int guard_take_capabilities(struct stream_guard *guard, struct span at, struct err *err)
{
	struct buf *all = &guard->capabilities;

	guard_take_blanks(&at);
	while (at.n > 0) {
		struct span word = at;

		while (at.n > 0 && at.p[0] != ' ' && at.p[0] != '\t')
			at = span_from(at, 1);
		word = span_head(word, word.n - at.n);
		guard_take_blanks(&at);
		if (!guard_is_capability(word))
			continue;
		guard->capability_count++;
		buf_add_char(all, ' ');
		buf_add(all, word);
	}
	if (all->failed != 0)
		return err_nomem(err);
	return guard_line_count(guard, guard->capability_count * GUARD_WORDS_CAPABILITY, err);
}

/* Nothing when there is none: libetpan makes a NULL of an empty list. */
static void guard_add_capabilities(
    const struct stream_guard *guard, const char *before, const char *after, struct buf *out)
{
	if (guard->capabilities.n == 0)
		return;
	buf_add_text(out, before);
	buf_add(out, buf_span(&guard->capabilities));
	buf_add_text(out, after);
}

int guard_status_capability(
    struct stream_guard *guard, struct span at, struct buf *out, struct err *err)
{
	if (guard_line_count(guard, GUARD_WORDS_RESPONSE, err) != 0 ||
	    guard_take_capabilities(guard, at, err) != 0)
		return -1;
	guard_add_capabilities(guard, "* CAPABILITY", "\r\n", out);
	return 0;
}

/* "UIDNEXT n" within its brackets, when the number is sound. */
static void guard_add_number_code(struct buf *out, struct span at, const char *name)
{
	uint32_t number;

	guard_take_blanks(&at);
	if (!guard_take_number(&at, &number) || number == 0 || !guard_is_over(at))
		return;
	buf_add_char(out, '[');
	buf_add_text(out, name);
	buf_add_char(out, ' ');
	guard_add_number(out, number);
	buf_add_text(out, "] ");
}

/* Adds the response codes that are read later. */
static int guard_add_code(
    struct stream_guard *guard, struct span at, struct buf *out, struct err *err)
{
	struct span word;
	size_t end;

	guard_take_blanks(&at);
	end = span_find(at, ']');
	if (end == SPAN_NPOS || !guard_take(&at, SPAN("[")))
		return 0;
	at = span_head(at, end - 1);
	word = guard_next_word(&at);
	if (span_eq_nocase(word, SPAN("CAPABILITY"))) {
		if (guard_take_capabilities(guard, at, err) != 0)
			return -1;
		guard_add_capabilities(guard, "[CAPABILITY", "] ", out);
	}
	if (span_eq_nocase(word, SPAN("UIDNEXT")))
		guard_add_number_code(out, at, "UIDNEXT");
	else if (span_eq_nocase(word, SPAN("UIDVALIDITY")))
		guard_add_number_code(out, at, "UIDVALIDITY");
	return 0;
}

/* Adds "* OK " with the code that is needed, and "-" for the text, which is for people. Without
 * such a code the response may be dropped. */
static int guard_add_status(struct stream_guard *guard, const struct guard_status *status,
    struct span at, struct buf *out, struct err *err)
{
	size_t start = out->n;
	size_t code;

	buf_add(out, status->tag);
	buf_add_char(out, ' ');
	buf_add_text(out, guard_condition_text[status->condition]);
	buf_add_char(out, ' ');
	code = out->n;
	if ((status->condition == GUARD_OK || status->condition == GUARD_PREAUTH) &&
	    guard_add_code(guard, at, out, err) != 0)
		return -1;
	if (status->optional && out->n == code) {
		out->n = start;
		return 0;
	}
	buf_add_text(out, "-\r\n");
	return guard_line_count(guard, GUARD_WORDS_RESPONSE, err);
}

static int guard_note(struct buf *words, struct span at, struct err *err)
{
	buf_clear(words);
	buf_add(words, span_head(span_trim(at), GUARD_WORDS_MAX));
	return words->failed == 0 ? 0 : err_nomem(err);
}

/* A BYE counts even without text. */
static int guard_note_bye(
    struct stream_guard *guard, enum guard_condition condition, struct span at, struct err *err)
{
	return guard_note(
	    &guard->bye, span_trim(at).n > 0 ? at : span_of(guard_condition_text[condition]), err);
}

int guard_status_greeting(struct stream_guard *guard, enum guard_condition condition,
    struct span at, struct buf *out, struct err *err)
{
	struct guard_status status = {.tag = SPAN("*"), .condition = condition};

	if (condition != GUARD_OK && condition != GUARD_PREAUTH) {
		status.condition = GUARD_BYE;
		if (guard_note_bye(guard, condition, at, err) != 0)
			return -1;
	}
	return guard_add_status(guard, &status, at, out, err);
}

/* Without a code that is needed, OK, NO and BAD mean nothing unless they answer a command. */
int guard_status_untagged(struct stream_guard *guard, enum guard_condition condition,
    struct span at, struct buf *out, struct err *err)
{
	const struct guard_status status = {
	    .tag = SPAN("*"), .condition = condition, .optional = condition != GUARD_BYE};

	if (condition == GUARD_BYE && guard_note_bye(guard, condition, at, err) != 0)
		return -1;
	if (condition != GUARD_BYE && condition != GUARD_OK)
		return 0;
	return guard_add_status(guard, &status, at, out, err);
}

int guard_status_tagged(struct stream_guard *guard, const struct guard_status *status,
    struct span at, struct buf *out, struct err *err)
{
	if (guard_note(&guard->words, at, err) != 0)
		return -1;
	return guard_add_status(guard, status, at, out, err);
}
