#include "source/maillog/maillog_php.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "source/maillog/maillog_time.h"

struct php_call {
	time_t when;
	uint32_t at; /* in the text: the script, and the recipients behind it */
	uint16_t script_n, to_n;
	bool used;
};

void php_calls_init(struct php_calls *calls)
{
	*calls = (struct php_calls){0};
	buf_init(&calls->text, PHP_MAX_BYTES);
}

void php_calls_fini(struct php_calls *calls)
{
	free(calls->call);
	buf_fini(&calls->text);
}

/* "25-Apr-2026 18:16:41 UTC": turned into the form of maillog_stamp_read(). */
static bool php_time_read(struct span text, time_t *when_r)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	struct maillog_clock clock;
	char stamp[] = "0000-00-00T00:00:00Z";
	bool bare, is_utc;
	size_t n;

	if (text.n < 20 || text.p[2] != '-' || text.p[6] != '-' || text.p[11] != ' ')
		return false;
	memcpy(stamp, text.p + 7, 4);
	memcpy(stamp + 8, text.p, 2);
	memcpy(stamp + 11, text.p + 12, 8);
	for (unsigned i = 0; i < 12; i++)
		if (memcmp(text.p + 3, months + (size_t)i * 3, 3) == 0) {
			stamp[5] = (char)('0' + (i + 1) / 10);
			stamp[6] = (char)('0' + (i + 1) % 10);
		}
	is_utc = text.n == 20 || span_eq(span_from(text, 20), SPAN(" UTC"));
	n = sizeof(stamp) - 1 - (is_utc ? 0 : 1);
	maillog_clock_init(&clock, 0);
	return maillog_stamp_read(&clock, (struct span){stamp, n}, &bare, when_r) == n;
}

/* "/home/u/x.php:12", "/home/u/x.php(19) : eval()'d code:7": the file. */
static struct span php_path(struct span where)
{
	size_t open = span_find(where, '('), colon;

	if (open != SPAN_NPOS)
		return span_head(where, open);
	colon = span_rfind(where, ':');
	if (colon != SPAN_NPOS &&
	    span_within(span_from(where, colon + 1), '0', '9') == where.n - colon - 1)
		return span_head(where, colon);
	return where;
}

bool php_entry_read(struct span line, struct php_entry *entry_r)
{
	static const struct span mark = {"] mail() on [", 13}, to = {"]: To: ", 7};
	size_t at = span_find_text(line, mark), end;
	struct php_entry entry;
	struct span rest;

	if (at == SPAN_NPOS || line.p[0] != '[' ||
	    !php_time_read(span_head(span_from(line, 1), at - 1), &entry.when))
		return false;
	rest = span_from(line, at + mark.n);
	end = span_find_text(rest, to);
	if (end == SPAN_NPOS)
		return false;
	entry.script = php_path(span_head(rest, end));
	rest = span_from(rest, end + to.n);
	entry.to = span_trim(span_head(rest, span_find_text(rest, SPAN(" -- Headers:"))));
	*entry_r = entry;
	return entry.script.n > 0;
}

int php_calls_add(struct php_calls *calls, const struct php_entry *entry)
{
	struct span script = span_head(entry->script, PHP_MAX_PATH);
	struct span to = span_head(entry->to, PHP_MAX_TO);
	struct php_call *call;

	if (calls->text.n + script.n + to.n > PHP_MAX_BYTES) {
		calls->left_out++;
		return 0;
	}
	if (calls->count == calls->room) {
		size_t room = calls->room == 0 ? 256 : calls->room * 2;

		call = reallocarray(calls->call, room, sizeof(*call));
		if (call == NULL)
			return -1;
		calls->call = call;
		calls->room = room;
	}
	calls->call[calls->count++] = (struct php_call){.when = entry->when,
	    .at = (uint32_t)calls->text.n,
	    .script_n = (uint16_t)script.n,
	    .to_n = (uint16_t)to.n};
	buf_add(&calls->text, script);
	buf_add(&calls->text, to);
	calls->is_sorted = false;
	return calls->text.failed == 0 ? 0 : -1;
}

static int php_call_compare(const void *a, const void *b)
{
	const struct php_call *one = a, *other = b;

	if (one->when != other->when)
		return one->when < other->when ? -1 : 1;
	return one->at < other->at ? -1 : 1;
}

/* What stands beside an address in a list of them, and is no part of one. */
static bool is_beside(char c)
{
	return span_is_blank(c) || strchr(",;:<>\"()", c) != NULL;
}

/* The address as a whole: "b@example.net" is none of "rob@example.network". */
static bool php_to_has(struct span to, struct span address)
{
	size_t from = 0, at;

	while ((at = span_find_text_nocase(span_from(to, from), address)) != SPAN_NPOS) {
		size_t begin = from + at, end = begin + address.n;

		if ((begin == 0 || is_beside(to.p[begin - 1])) &&
		    (end == to.n || is_beside(to.p[end])))
			return true;
		from = begin + 1;
	}
	return false;
}

/* True when a recipient of the message is one that the call named. */
static bool php_call_is_for(
    const struct php_calls *calls, const struct php_call *call, struct span recipients)
{
	struct span to = {calls->text.p + call->at + call->script_n, call->to_n};

	while (recipients.n > 0) {
		size_t end = span_find_text(recipients, SPAN(", "));
		struct span one = span_head(recipients, end);

		if (one.n > 0 && php_to_has(to, one))
			return true;
		recipients = span_from(recipients, end != SPAN_NPOS ? end + 2 : recipients.n);
	}
	return false;
}

/* The first call that is not before this time. */
static size_t php_calls_from(const struct php_calls *calls, time_t when)
{
	size_t low = 0, high = calls->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (calls->call[middle].when < when)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

bool php_calls_take(
    struct php_calls *calls, time_t when, struct span recipients, struct span *script_r)
{
	struct php_call *best = NULL;

	if (calls->count == 0 || recipients.n == 0)
		return false;
	if (!calls->is_sorted)
		qsort(calls->call, calls->count, sizeof(*calls->call), php_call_compare);
	calls->is_sorted = true;
	for (size_t i = php_calls_from(calls, when - PHP_BEFORE); i < calls->count; i++) {
		struct php_call *call = &calls->call[i];

		if (call->when > when + PHP_BEHIND || (call->when > when && best != NULL))
			break;
		/* Of one second the first. */
		if (!call->used && (best == NULL || call->when != best->when) &&
		    php_call_is_for(calls, call, recipients))
			best = call;
	}
	if (best == NULL)
		return false;
	best->used = true;
	*script_r = (struct span){calls->text.p + best->at, best->script_n};
	return true;
}
