#include "imap/guard_mailbox.h"

#include <errno.h>

#include "imap/guard_line.h"
#include "imap/guard_take.h"

/* The items of a STATUS that are passed on, in this order. */
static const char *const guard_item_text[] = {"MESSAGES", "UIDNEXT", "UIDVALIDITY"};

enum { GUARD_ITEM_MESSAGES, GUARD_ITEM_COUNT = sizeof(guard_item_text) / sizeof(char *) };

struct guard_items {
	bool has[GUARD_ITEM_COUNT];
	bool odd[GUARD_ITEM_COUNT]; /* no number, or two that differ */
	uint32_t number[GUARD_ITEM_COUNT];
};

/* False for a name that is too long, or that libetpan would cut at a NUL. */
static bool guard_has_name(const struct stream_guard *guard)
{
	return guard->name.failed != EMSGSIZE &&
	       span_find(buf_span(&guard->name), '\0') == SPAN_NPOS;
}

static void guard_set_name(struct stream_guard *guard, struct span name)
{
	buf_clear(&guard->name);
	buf_add(&guard->name, name);
}

static void guard_set_quoted_name(struct stream_guard *guard, struct span within)
{
	buf_clear(&guard->name);
	guard_add_unquoted(&guard->name, within);
}

/* A literal that holds the name, at the end of the line. */
static bool guard_expect_name(struct stream_guard *guard, enum guard_kind kind, struct span at)
{
	uint64_t n;

	if (!guard_take_literal(&at, &n))
		return false;
	buf_clear(&guard->name);
	guard->response.kind = kind;
	guard_line_expect(guard, GUARD_LITERAL_NAME, n);
	return true;
}

static void guard_add_name(const struct stream_guard *guard, struct buf *out)
{
	guard_add_literal(out, guard->name.n);
	buf_add(out, buf_span(&guard->name));
}

static int guard_count_name(struct stream_guard *guard, struct err *err)
{
	if (guard->name.failed == ENOMEM)
		return err_nomem(err);
	return guard_line_count(
	    guard, GUARD_WORDS_MAILBOX + guard->name.n / GUARD_BYTES_PER_WORD, err);
}

/* True for data of LIST-EXTENDED. An unquoted name in front of them may hold parentheses, too. */
static bool guard_is_extended(struct span at)
{
	struct span tag;

	if (at.n == 0 || at.p[at.n - 1] != ')' || !guard_take(&at, SPAN("(")))
		return false;
	guard_take_blanks(&at);
	if (guard_take_quoted(&at, &tag))
		return guard_take_blanks(&at) && at.p[0] == '(';
	tag = guard_take_word(&at);
	return (span_eq_nocase(tag, SPAN("CHILDINFO")) || span_eq_nocase(tag, SPAN("OLDNAME"))) &&
	       guard_take_blanks(&at) && at.p[0] == '(';
}

/* The rest of the line, blanks included. A blank at the end is not part of the name; a TAB is, when
 * the name has other TABs. */
static struct span guard_unquoted_name(struct span at)
{
	struct span ahead = at;
	struct span word = guard_take_word(&ahead);
	size_t last;

	while (at.n > 0 && at.p[at.n - 1] == ' ')
		at.n--;
	last = span_find(at, '\t');
	if (last != SPAN_NPOS && guard_is_over(span_from(at, last)))
		at.n = last;
	if (guard_take_blanks(&ahead) && guard_is_extended(span_trim(ahead)))
		return word;
	return at;
}

static bool guard_take_flags(struct span *at)
{
	unsigned depth = 0;
	uint64_t literal;

	guard_take_blanks(at);
	return at->n > 0 && at->p[0] == '(' &&
	       guard_take_value(at, &depth, &literal) == GUARD_TAKEN;
}

static bool guard_take_delimiter(struct span *at)
{
	struct span within;
	struct span word;

	guard_take_blanks(at);
	if (guard_take_quoted(at, &within))
		return guard_take_blanks(at);
	word = guard_take_word(at);
	return (span_eq_nocase(word, SPAN("NIL")) || word.n == 1) && guard_take_blanks(at);
}

/* What follows the name does not matter. */
static int guard_add_list(
    struct stream_guard *guard, struct span rest, struct buf *out, struct err *err)
{
	if (!guard_has_name(guard)) {
		guard_line_drop_odd(guard, rest);
		return 0;
	}
	if (guard_count_name(guard, err) != 0)
		return -1;
	guard->seen.mailboxes++;
	buf_add_text(out, "* LIST () NIL ");
	guard_add_name(guard, out);
	buf_add_text(out, "\r\n");
	guard_line_drop(guard, rest);
	return 0;
}

int guard_list_first(struct stream_guard *guard, struct span at, struct buf *out, struct err *err)
{
	struct span line = at;
	struct span within;

	if (!guard_take_flags(&at) || !guard_take_delimiter(&at) || at.n == 0) {
		guard_line_drop_odd(guard, line);
		return 0;
	}
	if (guard_expect_name(guard, GUARD_LIST, at))
		return 0;
	if (at.p[0] != '"') {
		guard_set_name(guard, guard_unquoted_name(at));
		return guard_add_list(guard, SPAN_EMPTY, out, err);
	}
	if (!guard_take_quoted(&at, &within)) {
		guard_line_drop_odd(guard, line);
		return 0;
	}
	guard_set_quoted_name(guard, within);
	return guard_add_list(guard, at, out, err);
}

int guard_list_next(struct stream_guard *guard, struct span at, struct buf *out, struct err *err)
{
	return guard_add_list(guard, at, out, err);
}

/* Splits the line at its last list; the name may hold parentheses, too. */
static bool guard_split_status(struct span at, struct span *name_r, struct span *items_r)
{
	unsigned depth = 0;
	size_t n;

	at = span_trim(at);
	n = at.n;
	if (n == 0 || at.p[n - 1] != ')')
		return false;
	do {
		n--;
		if (at.p[n] == ')')
			depth++;
		else if (at.p[n] == '(')
			depth--;
	} while (depth > 0 && n > 0);
	*name_r = span_trim(span_head(at, n));
	*items_r = span_from(at, n);
	return depth == 0;
}

static void guard_note_item(struct guard_items *items, struct span name, struct span value)
{
	for (int i = 0; i < GUARD_ITEM_COUNT; i++) {
		uint32_t number = 0;

		if (!span_eq_nocase(name, span_of(guard_item_text[i])))
			continue;
		if (!guard_take_number(&value, &number) || value.n != 0 ||
		    (number == 0 && i != GUARD_ITEM_MESSAGES) ||
		    (items->has[i] && items->number[i] != number))
			items->odd[i] = true;
		items->has[i] = true;
		items->number[i] = number;
	}
}

/* "(NAME value NAME value)" */
static bool guard_read_items(struct span at, struct guard_items *items_r)
{
	unsigned depth = 0;
	uint64_t literal;

	*items_r = (struct guard_items){0};
	guard_take_blanks(&at);
	if (!guard_take(&at, SPAN("(")))
		return false;
	for (;;) {
		struct span name;
		struct span value;

		guard_take_blanks(&at);
		if (guard_take(&at, SPAN(")")))
			return guard_is_over(at);
		name = guard_take_word(&at);
		guard_take_blanks(&at);
		value = at;
		if (name.n == 0 || guard_take_value(&at, &depth, &literal) != GUARD_TAKEN)
			return false;
		guard_note_item(items_r, name, span_head(value, value.n - at.n));
	}
}

static bool guard_add_items(const struct guard_items *items, struct buf *out)
{
	bool any = false;

	for (int i = 0; i < GUARD_ITEM_COUNT; i++) {
		if (!items->has[i] || items->odd[i])
			continue;
		buf_add_text(out, any ? " " : " (");
		buf_add_text(out, guard_item_text[i]);
		buf_add_char(out, ' ');
		guard_add_number(out, items->number[i]);
		any = true;
	}
	buf_add_text(out, ")\r\n");
	return any; /* libetpan leaves a NULL for an empty list */
}

static bool guard_is_asked(const struct stream_guard *guard)
{
	struct span name = buf_span(&guard->name);

	return span_eq(name, guard->expect.mailbox) ||
	       (span_eq_nocase(name, SPAN("INBOX")) &&
		   span_eq_nocase(guard->expect.mailbox, SPAN("INBOX")));
}

static int guard_add_mailbox_status(
    struct stream_guard *guard, struct span at, struct buf *out, struct err *err)
{
	size_t start = out->n;
	struct guard_items items;

	/* A name that is cut would be that of another mailbox. */
	if (guard->name.failed == ENOMEM)
		return err_nomem(err);
	if (!guard_is_asked(guard)) {
		guard_line_drop(guard, at);
		return 0;
	}
	buf_add_text(out, "* STATUS ");
	guard_add_name(guard, out);
	if (!guard_has_name(guard) || !guard_read_items(at, &items) ||
	    !guard_add_items(&items, out)) {
		out->n = start;
		guard_line_drop_odd(guard, at);
		return 0;
	}
	guard->seen.statuses++;
	return guard_count_name(guard, err);
}

int guard_mailbox_status_first(
    struct stream_guard *guard, struct span at, struct buf *out, struct err *err)
{
	struct span line = at;
	struct span name;
	struct span items;

	guard_take_blanks(&at);
	if (guard_expect_name(guard, GUARD_STATUS, at))
		return 0;
	if (guard_take_quoted(&at, &name)) {
		guard_set_quoted_name(guard, name);
		return guard_add_mailbox_status(guard, at, out, err);
	}
	if (!guard_split_status(at, &name, &items)) {
		guard_line_drop_odd(guard, line);
		return 0;
	}
	guard_set_name(guard, name);
	return guard_add_mailbox_status(guard, items, out, err);
}

int guard_mailbox_status_next(
    struct stream_guard *guard, struct span at, struct buf *out, struct err *err)
{
	return guard_add_mailbox_status(guard, at, out, err);
}
