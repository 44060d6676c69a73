#include "imap_peer_box.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void box_init(struct box *box)
{
	*box = (struct box){.uidvalidity = 1};
	buf_init(&box->capability, 0);
	buf_add_text(&box->capability, "IMAP4rev1 SASL-IR AUTH=PLAIN");
	box_fill(box, 3);
}

static void box_empty(struct box *box)
{
	while (box->n != 0)
		box_remove(box, box->n - 1);
}

void box_fini(struct box *box)
{
	box_empty(box);
	free(box->message);
	buf_fini(&box->capability);
}

void box_fill(struct box *box, unsigned long n)
{
	box_empty(box);
	for (unsigned long uid = 1; uid <= n; uid++)
		box_message(box, uid);
}

void box_pad(struct box *box, unsigned long pad)
{
	for (size_t i = 0; i < box->n; i++)
		box->message[i].pad = pad;
}

size_t box_find(const struct box *box, unsigned long uid)
{
	size_t at = 0;

	while (at < box->n && box->message[at].uid != uid)
		at++;
	return at;
}

struct box_message *box_message(struct box *box, unsigned long uid)
{
	size_t at = box->n;

	while (at != 0 && box->message[at - 1].uid >= uid)
		at--;
	if (at < box->n && box->message[at].uid == uid)
		return &box->message[at];
	struct box_message *grown = realloc(box->message, (box->n + 1) * sizeof(*grown));
	if (grown == NULL)
		abort();
	box->message = grown;
	memmove(grown + at + 1, grown + at, (box->n - at) * sizeof(*grown));
	box->n++;
	grown[at].uid = uid;
	grown[at].pad = 0;
	buf_init(&grown[at].text, 0);
	buf_init(&grown[at].date, 0);
	return &grown[at];
}

void box_remove(struct box *box, size_t at)
{
	buf_fini(&box->message[at].text);
	buf_fini(&box->message[at].date);
	box->n--;
	memmove(box->message + at, box->message + at + 1, (box->n - at) * sizeof(*box->message));
}

unsigned long box_max_uid(const struct box *box)
{
	return box->n == 0 ? 0 : box->message[box->n - 1].uid;
}

/* Cuts off and returns what stands before the first byte of `stop`. */
static struct span box_take(struct span *rest, const char *stop)
{
	size_t n = 0;

	while (n < rest->n && strchr(stop, rest->p[n]) == NULL)
		n++;
	struct span word = span_head(*rest, n);
	*rest = span_from(*rest, n);
	return word;
}

static bool box_take_prefix(struct span *rest, const char *prefix)
{
	if (!span_starts_nocase(*rest, span_of(prefix)))
		return false;
	*rest = span_from(*rest, strlen(prefix));
	return true;
}

static unsigned long box_bound(struct span s, unsigned long max)
{
	uint64_t number;

	return span_number(s, &number) == 0 ? max : (unsigned long)number;
}

/* sequence-set of RFC 3501, section 9. */
static bool box_set_holds(struct span set, unsigned long number, unsigned long max)
{
	while (set.n != 0) {
		struct span range = box_take(&set, ",");
		struct span low = box_take(&range, ":");
		unsigned long a = box_bound(low, max);
		unsigned long b = range.n == 0 ? a : box_bound(span_from(range, 1), max);

		if ((a <= number && number <= b) || (b <= number && number <= a))
			return true;
		set = span_from(set, 1);
	}
	return false;
}

static int box_parse_section(struct span *rest, struct box_request *request)
{
	size_t end = span_find(*rest, ']');

	if (end == SPAN_NPOS)
		return -1;
	request->body = true;
	request->section = span_head(*rest, end);
	*rest = span_from(*rest, end + 1);
	if (!box_take_prefix(rest, "<"))
		return 0;
	request->partial = true;
	request->from = box_bound(box_take(rest, "."), 0);
	box_take_prefix(rest, ".");
	request->length = box_bound(box_take(rest, ">"), 0);
	return box_take_prefix(rest, ">") ? 0 : -1;
}

int box_parse_fetch(struct span command, struct box_request *request_r)
{
	struct box_request request = {.by_uid = box_take_prefix(&command, "UID ")};

	request.uid = request.by_uid;
	if (!box_take_prefix(&command, "FETCH "))
		return -1;
	request.set = box_take(&command, " ");
	while (command.n != 0) {
		if (box_take_prefix(&command, " ") || box_take_prefix(&command, "(") ||
		    box_take_prefix(&command, ")"))
			continue;
		if (box_take_prefix(&command, "UID"))
			request.uid = true;
		else if (box_take_prefix(&command, "FLAGS"))
			request.flags = true;
		else if (box_take_prefix(&command, "INTERNALDATE"))
			request.internaldate = true;
		else if (box_take_prefix(&command, "RFC822.SIZE"))
			request.size = true;
		else if (!box_take_prefix(&command, "BODY.PEEK[") ||
			 box_parse_section(&command, &request) == -1)
			return -1;
	}
	*request_r = request;
	return 0;
}

bool box_wants(const struct box *box, const struct box_request *request, size_t at)
{
	if (request->by_uid)
		return box_set_holds(request->set, box->message[at].uid, box_max_uid(box));
	return box_set_holds(request->set, at + 1, box->n);
}

void box_add_item(const struct box_request *request, struct buf *out)
{
	buf_add_text(out, "BODY[");
	buf_add(out, request->section);
	buf_add_char(out, ']');
	if (request->partial)
		buf_printf(out, "<%lu>", request->from);
}

static void box_add_text(const struct box_message *message, struct buf *out)
{
	unsigned long uid = message->uid;
	size_t end;

	if (message->text.n != 0) {
		buf_add(out, buf_span(&message->text));
		return;
	}
	buf_printf(out,
	    "From: Sender %lu <sender%lu@example.com>\r\n"
	    "To: victim%lu@example.net\r\n"
	    "Subject: Message %lu\r\n"
	    "X-AuthUser: user%lu@example.com\r\n",
	    uid, uid, uid, uid, uid);
	if (message->pad != 0)
		buf_add_text(out, "X-Padding: none");
	for (end = out->n + message->pad; out->n < end;)
		buf_add_text(
		    out, "\r\n\tof any interest at all, and so on, and on, and on, and on");
	if (message->pad != 0)
		buf_add_text(out, "\r\n");
	buf_add_text(out, "X-Filter-Outgoing-Class: spam\r\n\r\n");
}

/* The fields of a header section whose names stand in "HEADER.FIELDS (A B)". */
static void box_add_fields(struct span section, struct span text, struct buf *out)
{
	bool wanted = false;

	while (text.n != 0) {
		size_t end = span_find(text, '\n');
		struct span line = span_head(text, end == SPAN_NPOS ? text.n : end + 1);

		text = span_from(text, line.n);
		if (span_trim(line).n == 0)
			break;
		if (line.p[0] != ' ' && line.p[0] != '\t') {
			struct span list = section;
			struct span name = span_head(line, span_find(line, ':'));

			box_take(&list, "(");
			wanted = false;
			while (list.n != 0 && !wanted) {
				list = span_from(list, 1);
				wanted = span_eq_nocase(box_take(&list, " )"), name);
			}
		}
		if (wanted)
			buf_add(out, line);
	}
	buf_add_text(out, "\r\n");
}

void box_add_data(
    const struct box_request *request, const struct box_message *message, struct buf *out)
{
	struct buf text;
	struct buf data;

	buf_init(&text, 0);
	buf_init(&data, 0);
	box_add_text(message, &text);
	if (span_starts_nocase(request->section, SPAN("HEADER.FIELDS ")))
		box_add_fields(request->section, buf_span(&text), &data);
	else
		buf_add(&data, buf_span(&text));
	struct span octets = buf_span(&data);
	if (request->partial)
		octets = span_head(span_from(octets, request->from), request->length);
	buf_add(out, octets);
	buf_fini(&data);
	buf_fini(&text);
}

void box_add_fetch(const struct box_request *request, const struct box_message *message,
    unsigned long seq, struct buf *out)
{
	struct span date = buf_span(&message->date);
	struct buf data;

	buf_init(&data, 0);
	box_add_data(request, message, &data);
	buf_printf(out, "* %lu FETCH (", seq);
	if (request->uid)
		buf_printf(out, "UID %lu ", message->uid);
	if (request->flags)
		buf_add_text(out, "FLAGS () ");
	if (request->internaldate) {
		buf_add_text(out, "INTERNALDATE \"");
		buf_add(out, date.n == 0 ? SPAN(BOX_DATE) : date);
		buf_add_text(out, "\" ");
	}
	if (request->size)
		buf_printf(out, "RFC822.SIZE %zu ", message->text.n);
	if (request->body) {
		box_add_item(request, out);
		buf_printf(out, " {%zu}\r\n", data.n);
		buf_add(out, buf_span(&data));
		buf_add_char(out, ' ');
	}
	out->n--; /* the blank behind the last item, or the parenthesis of an empty list */
	buf_add_text(out, ")\r\n");
	buf_fini(&data);
}

/* The calendar day of "15-Mar-2024..." as 20240315, or 0. */
static unsigned box_day(struct span date)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	char text[32];
	char month[4];
	unsigned day;
	unsigned year;

	snprintf(text, sizeof(text), "%.*s", (int)date.n, date.p);
	if (sscanf(text, "%u-%3s-%4u", &day, month, &year) != 3)
		return 0;
	const char *found = strstr(months, month);
	if (found == NULL)
		return 0;
	return year * 10000 + ((unsigned)(found - months) / 3 + 1) * 100 + day;
}

struct box_criteria {
	struct span uids;
	struct span numbers;
	unsigned since;
	unsigned before;
};

static int box_parse_search(struct span command, struct box_criteria *criteria)
{
	while (command.n != 0) {
		if (box_take_prefix(&command, " ") || box_take_prefix(&command, "ALL"))
			continue;
		if (box_take_prefix(&command, "UID ")) {
			criteria->uids = box_take(&command, " ");
		} else if (box_take_prefix(&command, "SINCE ")) {
			box_take_prefix(&command, "\"");
			criteria->since = box_day(box_take(&command, " \""));
			box_take_prefix(&command, "\"");
		} else if (box_take_prefix(&command, "BEFORE ")) {
			box_take_prefix(&command, "\"");
			criteria->before = box_day(box_take(&command, " \""));
			box_take_prefix(&command, "\"");
		} else {
			criteria->numbers = box_take(&command, " ");
			if (criteria->numbers.n == 0 ||
			    strchr("0123456789*", criteria->numbers.p[0]) == NULL)
				return -1;
		}
	}
	return 0;
}

int box_add_search(const struct box *box, struct span command, struct buf *out)
{
	struct box_criteria criteria = {
	    .uids = SPAN("1:*"), .numbers = SPAN("1:*"), .before = UINT_MAX};
	bool by_uid = box_take_prefix(&command, "UID ");

	if (!box_take_prefix(&command, "SEARCH ") || box_parse_search(command, &criteria) == -1)
		return -1;
	buf_add_text(out, "* SEARCH");
	for (size_t at = 0; at < box->n; at++) {
		const struct box_message *message = &box->message[at];
		unsigned day =
		    box_day(message->date.n == 0 ? SPAN(BOX_DATE) : buf_span(&message->date));

		if (day >= criteria.since && day < criteria.before &&
		    box_set_holds(criteria.uids, message->uid, box_max_uid(box)) &&
		    box_set_holds(criteria.numbers, at + 1, box->n))
			buf_printf(out, " %lu", by_uid ? message->uid : at + 1);
	}
	buf_add_text(out, "\r\n");
	return 0;
}
