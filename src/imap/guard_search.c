#include "imap/guard_search.h"

#include <errno.h>

#include "imap/guard_line.h"
#include "imap/guard_take.h"

/* The content of an ESEARCH. */
struct guard_esearch {
	bool ranges;  /* it answers the command that expects them */
	bool foreign; /* it answers another one, or none */
	bool uid;
	bool partial; /* it reports results, but maybe not all */
	bool has_count;
	uint32_t count;
	struct span all; /* empty: there is no ALL */
};

/* "(MODSEQ n)" at the end (RFC 7162, 3.1.5). */
static bool guard_is_modseq(struct span at)
{
	if (!guard_take(&at, SPAN("(")))
		return false;
	if (!span_eq_nocase(guard_next_word(&at), SPAN("MODSEQ")))
		return false;
	guard_next_word(&at);
	guard_take_blanks(&at);
	return guard_take(&at, SPAN(")")) && guard_is_over(at);
}

static int guard_add_found(
    struct stream_guard *guard, struct span at, struct buf *out, struct err *err)
{
	uint64_t words = GUARD_WORDS_RESPONSE;

	buf_add_text(out, "* SEARCH");
	for (;;) {
		uint32_t number;

		guard_take_blanks(&at);
		if (at.n == 0 || guard_is_modseq(at))
			break;
		if (!guard_take_number(&at, &number) || number == 0)
			return guard_line_nonsense("a SEARCH response", err);
		buf_add_char(out, ' ');
		guard_add_number(out, number);
		words++;
	}
	buf_add_text(out, "\r\n");
	guard->seen.found += (uint32_t)(words - GUARD_WORDS_RESPONSE);
	return guard_line_count(guard, words, err);
}

int guard_search(struct stream_guard *guard, struct span at, struct buf *out, struct err *err)
{
	if (!guard->expect.search)
		return 0;
	if (guard->expect.ranges) { /* nobody knows which command it answers */
		guard_line_drop_odd(guard, at);
		return 0;
	}
	if (guard_add_found(guard, at, out, err) != 0)
		return -1;
	guard->seen.search = true;
	return 0;
}

/* "n" or "n:m" up to a comma or the end, in ascending order. An asterisk is no number. */
static bool guard_take_range(struct span *set, uint32_t *first_r, uint32_t *last_r)
{
	size_t comma = span_find(*set, ',');
	struct span range = span_head(*set, comma);
	size_t colon = span_find(range, ':');
	uint32_t a;
	uint32_t b;

	if (!guard_read_number(span_head(range, colon), &a))
		return false;
	b = a;
	if (colon != SPAN_NPOS && !guard_read_number(span_from(range, colon + 1), &b))
		return false;
	*first_r = a < b ? a : b;
	*last_r = a < b ? b : a;
	*set = span_from(*set, comma != SPAN_NPOS ? comma + 1 : set->n);
	return comma == SPAN_NPOS || set->n > 0;
}

/* Counts the numbers in a set; false when it is no set. */
static bool guard_count_set(struct span set, uint64_t *count_r)
{
	uint64_t count = 0;
	uint32_t first;
	uint32_t last;

	while (set.n > 0) {
		if (!guard_take_range(&set, &first, &last))
			return false;
		count += (uint64_t)last - first + 1;
	}
	*count_r = count;
	return true;
}

static void guard_add_set(struct buf *out, struct span set)
{
	uint32_t first;
	uint32_t last;

	while (set.n > 0 && guard_take_range(&set, &first, &last))
		for (uint64_t number = first; number <= last; number++) {
			buf_add_char(out, ' ');
			guard_add_number(out, (uint32_t)number);
		}
}

/* Notes the set as it is: a folder of one range costs 8 bytes. */
static int guard_note_set(struct stream_guard *guard, struct span set, struct err *err)
{
	struct guard_range range;

	while (set.n > 0 && guard_take_range(&set, &range.first, &range.last))
		buf_add(&guard->found, (struct span){(const char *)&range, sizeof(range)});
	if (guard->found.failed == EMSGSIZE)
		return guard_line_nonsense("too many ESEARCH responses: an answer", err);
	return guard->found.failed == 0 ? 0 : err_nomem(err);
}

/* (TAG "x"), which may be missing. */
static bool guard_take_correlator(
    const struct stream_guard *guard, struct span *at, struct guard_esearch *esearch)
{
	struct span tag;
	uint32_t number;

	guard_take_blanks(at);
	if (!guard_take(at, SPAN("(")))
		return true;
	if (!span_eq_nocase(guard_next_word(at), SPAN("TAG")))
		return false;
	guard_take_blanks(at);
	if (!guard_take_quoted(at, &tag))
		tag = guard_take_word(at);
	guard_take_blanks(at);
	if (!guard_read_number(tag, &number))
		number = 0;
	esearch->ranges = number != 0 && number == guard->found_tag;
	esearch->foreign = !esearch->ranges && number != guard->expect.tag;
	return guard_take(at, SPAN(")"));
}

/* One of the return data, of any name. */
static bool guard_take_found(struct span *at, struct guard_esearch *esearch)
{
	struct span name = guard_take_word(at);
	struct span value;
	unsigned depth = 0;
	uint64_t literal;

	if (span_eq_nocase(name, SPAN("UID"))) {
		esearch->uid = true;
		return true;
	}
	guard_take_blanks(at);
	value = *at;
	if (name.n == 0 || guard_take_value(at, &depth, &literal) != GUARD_TAKEN)
		return false;
	value = span_head(value, value.n - at->n);
	if (span_eq_nocase(name, SPAN("ALL"))) {
		bool first = esearch->all.n == 0;

		esearch->all = value;
		return first;
	}
	if (span_eq_nocase(name, SPAN("COUNT"))) {
		esearch->has_count = guard_take_number(&value, &esearch->count);
		return esearch->has_count && value.n == 0;
	}
	if (!span_eq_nocase(name, SPAN("MODSEQ")))
		esearch->partial = true;
	return true;
}

static bool guard_read_esearch(
    const struct stream_guard *guard, struct span at, struct guard_esearch *esearch_r)
{
	*esearch_r = (struct guard_esearch){0};
	if (!guard_take_correlator(guard, &at, esearch_r))
		return false;
	while (!esearch_r->foreign && !guard_is_over(at)) {
		guard_take_blanks(&at);
		if (!guard_take_found(&at, esearch_r))
			return false;
	}
	return true;
}

/* Without ALL it answers only when it cannot mean that something was found. */
static bool guard_is_answer(const struct guard_esearch *esearch, uint64_t found)
{
	if (!esearch->uid || (esearch->has_count && esearch->count != found))
		return false;
	return esearch->all.n > 0 || !esearch->partial;
}

int guard_esearch(struct stream_guard *guard, struct span at, struct buf *out, struct err *err)
{
	struct guard_esearch esearch;
	uint64_t found = 0;

	if (!guard->expect.search && guard->found_tag <= guard->expect.tag) {
		guard_line_drop(guard, at);
		return 0;
	}
	if (!guard_read_esearch(guard, at, &esearch) || !guard_count_set(esearch.all, &found))
		return guard_line_nonsense("an ESEARCH response", err);
	if (esearch.foreign) {
		guard_line_drop(guard, at);
		return 0;
	}
	if (!guard_is_answer(&esearch, found)) {
		guard_line_drop_odd(guard, at);
		return 0;
	}
	if (esearch.ranges) {
		guard->found_seen = true;
		guard->seen.search |= guard->found_tag == guard->expect.tag;
		return guard_note_set(guard, esearch.all, err);
	}
	if (!guard->expect.search || guard->expect.ranges) { /* without a tag it may be anybody's */
		guard_line_drop_odd(guard, at);
		return 0;
	}
	if (guard_line_count(guard, GUARD_WORDS_RESPONSE + found, err) != 0)
		return -1;
	buf_add_text(out, "* SEARCH");
	guard_add_set(out, esearch.all);
	buf_add_text(out, "\r\n");
	guard->seen.search = true;
	guard->seen.found += (uint32_t)found;
	return 0;
}
