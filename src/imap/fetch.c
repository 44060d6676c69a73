#include "imap/fetch.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "imap/fetch_part.h"
#include "imap/search.h"

/* Bytes of lines in a FETCH response, without names of fields. */
#define FETCH_RESPONSE_BYTES 256

_Static_assert(FETCH_MAX_FIELDS == CONNECTION_COMMAND_MAX - 640, "a command has room for UIDs");

bool fetch_read_item(
    const struct fetch_plan *plan, const struct guard_message *message, struct fetch_item *item_r)
{
	*item_r = (struct fetch_item){
	    .uid = message->uid,
	    .has_date = message->has_date,
	    .internal_date = message->date,
	    .header = message->header,
	    .no_date = !message->dated,
	    .truncated = message->header.n >= FETCH_MAX_HEADER,
	};
	return plan->what == FETCH_DATES ? message->dated : message->has_header;
}

struct fetch_kept {
	struct fetch_item item; /* its header points nowhere */
	size_t n;               /* bytes of the header, behind it */
};

void fetch_keep(struct buf *kept, const struct fetch_item *item)
{
	struct fetch_kept head = {.item = *item, .n = item->header.n};

	head.item.header = SPAN_EMPTY;
	buf_add(kept, (struct span){(const char *)&head, sizeof(head)});
	buf_add(kept, item->header);
}

bool fetch_kept_next(const struct buf *kept, size_t *at, struct fetch_item *item_r)
{
	struct fetch_kept head;

	if (kept->n - *at < sizeof(head))
		return false;
	memcpy(&head, kept->p + *at, sizeof(head));
	if (kept->n - *at - sizeof(head) < head.n)
		return false;
	*item_r = head.item;
	item_r->header = (struct span){kept->p + *at + sizeof(head), head.n};
	*at += sizeof(head) + head.n;
	return true;
}

static void fetch_finish(struct fetch *fetch, size_t index)
{
	fetch->state[index] = FETCH_STATE_DONE;
	fetch->open--;
}

int fetch_take_item(struct fetch *fetch, const struct fetch_item *item, struct err *err)
{
	size_t index = uidset_find(fetch->uids, item->uid);

	if (index == SPAN_NPOS || fetch->state[index] != FETCH_STATE_ASKED)
		return 0;
	switch (fetch->plan->item(fetch->plan->context, item, err)) {
	case FETCH_TAKEN:
		fetch->taken++;
		if (!fetch->plan->aside)
			session_note_progress(fetch->session);
		fetch_finish(fetch, index);
		return 0;
	case FETCH_LATER:
		fetch->state[index] = FETCH_STATE_LATER;
		fetch->plan->pause = true;
		return 0;
	default:
		fetch->callback_failed = true;
		return -1;
	}
}

static int fetch_take(void *context, const struct guard_message *message, struct err *err)
{
	struct fetch *fetch = context;
	struct fetch_item item;

	return fetch_read_item(fetch->plan, message, &item) ? fetch_take_item(fetch, &item, err)
							    : 0;
}

size_t fetch_set_max(const struct fetch_plan *plan)
{
	size_t fields = plan->what == FETCH_FIELDS ? plan->fields.n : 0;

	return CONNECTION_COMMAND_MAX - fields - FETCH_COMMAND_OVERHEAD;
}

/* The session's thread takes the windows in the order of their UIDs: the next of its own is the one
 * before those of other connections. */
static size_t fetch_own_end(const struct fetch *fetch)
{
	return fetch->ahead_count > 0 ? fetch->ahead[0].first : fetch->uids->count;
}

/* The next window of wanted UIDs as a set; marks them asked. -1: no memory. */
static int fetch_choose(struct fetch *fetch, size_t max_bytes, struct buf *set, struct err *err)
{
	struct uidset chosen = {0};
	size_t end = fetch_own_end(fetch);
	size_t left;

	while (fetch->next < end && fetch->state[fetch->next] != FETCH_STATE_WANTED)
		fetch->next++;
	left = fetch->next < end ? end - fetch->next : 0;
	if (uidset_reserve(&chosen, left < fetch->window ? left : fetch->window) != 0)
		return err_nomem(err);
	for (size_t i = fetch->next; i < end && chosen.count < fetch->window; i++)
		if (fetch->state[i] == FETCH_STATE_WANTED)
			uidset_add(&chosen, fetch->uids->uid[i]); /* there is room */
	chosen.count = uidset_add_ranges(&chosen, 0, fetch->window, max_bytes, set);
	for (size_t c = 0; c < chosen.count; c++)
		fetch->state[uidset_find(fetch->uids, chosen.uid[c])] = FETCH_STATE_ASKED;
	fetch->asked += chosen.count;
	uidset_fini(&chosen);
	return set->failed == 0 ? 0 : err_nomem(err);
}

struct guard_expect fetch_expect(const struct fetch_plan *plan)
{
	switch (plan->what) {
	case FETCH_FIELDS:
		return (struct guard_expect){
		    .section = GUARD_SECTION_FIELDS, .fields = plan->fields};
	case FETCH_HEADER:
		return (struct guard_expect){.section = GUARD_SECTION_HEADER};
	case FETCH_MESSAGE:
		return (struct guard_expect){.section = GUARD_SECTION_MESSAGE};
	default:
		return (struct guard_expect){0};
	}
}

void fetch_add_items(const struct fetch_plan *plan, struct buf *out)
{
	buf_add_text(
	    out, plan->dated || plan->what == FETCH_DATES ? " (UID INTERNALDATE" : " (UID");
	switch (plan->what) {
	case FETCH_DATES:
		break;
	case FETCH_FIELDS:
		buf_add_text(out, " BODY.PEEK[HEADER.FIELDS (");
		buf_add(out, plan->fields);
		buf_printf(out, ")]<0.%d>", FETCH_MAX_HEADER);
		break;
	case FETCH_HEADER:
		buf_printf(out, " BODY.PEEK[HEADER]<0.%d>", FETCH_MAX_HEADER);
		break;
	case FETCH_MESSAGE:
		buf_printf(out, " BODY.PEEK[]<0.%d>", FETCH_MAX_HEADER);
		break;
	}
	buf_add_char(out, ')');
}

/* A probe finds out whether the server sends any message now. */
struct fetch_probe {
	const struct fetch *fetch;
	bool came;
};

static int fetch_take_probe(void *context, const struct guard_message *message, struct err *err)
{
	struct fetch_probe *probe = context;
	struct fetch_item item;

	(void)err;
	if (fetch_read_item(probe->fetch->plan, message, &item))
		probe->came = true;
	return 0;
}

/* Asks for one message as a probe. It is taken later, in its window. */
static int fetch_try(struct fetch *fetch, uint32_t uid, bool *came_r, struct err *err)
{
	struct connection *connection = session_connection(fetch->session);
	struct connection_command command = {
	    .verb = CONNECTION_UID_FETCH, .expect = fetch_expect(fetch->plan)};
	struct fetch_probe probe = {.fetch = fetch};
	enum connection_status status;
	struct buf arguments;
	int result;

	buf_init(&arguments, CONNECTION_COMMAND_MAX);
	buf_printf(&arguments, "%" PRIu32, uid);
	fetch_add_items(fetch->plan, &arguments);
	connection_add_part(&command, &arguments);
	connection->fetch = fetch_take_probe;
	connection->fetch_context = &probe;
	result = session_run(fetch->session, &command, &status, err);
	connection->fetch = NULL;
	buf_fini(&arguments);
	*came_r = probe.came;
	return result;
}

/* Probes messages spread over the set. If one comes, the refused messages are to blame, not the
 * server. */
static int fetch_probe(struct fetch *fetch, bool *came_r, struct err *err)
{
	size_t before = SPAN_NPOS;

	*came_r = false;
	for (size_t i = FETCH_PROBES; i > 0 && !*came_r; i--) {
		size_t at = (fetch->uids->count - 1) * i / FETCH_PROBES;

		if (at == before || fetch->state[at] == FETCH_STATE_DONE)
			continue;
		before = at;
		if (fetch_try(fetch, fetch->uids->uid[at], came_r, err) != 0)
			return -1;
	}
	return 0;
}

/* When the server cannot send any message now, these messages are not unreadable. */
static int fetch_check_refusals(struct fetch *fetch, struct err *err)
{
	if (!fetch->refused || fetch->taken > 0 || fetch->probed ||
	    ++fetch->refusals < FETCH_MAX_REFUSED)
		return 0;
	if (fetch_probe(fetch, &fetch->probed, err) != 0)
		return -1;
	if (fetch->probed)
		return 0;
	fetch->callback_failed = true; /* no other connection would help */
	return err_set(err, ERR_TEMPORARY, "the server cannot send messages now: %s",
	    buf_string(&fetch->refusal));
}

static int fetch_give_up(
    struct fetch *fetch, size_t index, enum fetch_absence absence, struct err *err)
{
	if (absence == FETCH_UNREADABLE && fetch_check_refusals(fetch, err) != 0)
		return -1;
	fetch_finish(fetch, index);
	return fetch->plan->give_up(fetch->plan->context, fetch->uids->uid[index], absence, err);
}

static void fetch_note_status(
    struct fetch *fetch, const struct connection *connection, enum connection_status status)
{
	fetch->refused = status != CONNECTION_OK && connection_is_temporary(connection);
	buf_clear(&fetch->refusal);
	if (fetch->refused)
		connection_add_words(connection, &fetch->refusal);
}

int fetch_answer(struct fetch *fetch, struct err *err)
{
	struct connection *connection = session_connection(fetch->session);
	enum connection_status status;
	int result;

	connection->fetch = fetch_take;
	connection->fetch_context = fetch;
	result = session_answer(fetch->session, &status, err);
	connection->fetch = NULL;
	if (result == 0)
		fetch_note_status(fetch, connection, status);
	return result;
}

int fetch_window(struct fetch *fetch, bool *more_r, struct err *err)
{
	struct connection *connection = session_connection(fetch->session);
	struct connection_command command = {
	    .verb = CONNECTION_UID_FETCH, .expect = fetch_expect(fetch->plan)};
	size_t fields = fetch->plan->what == FETCH_FIELDS ? fetch->plan->fields.n : 0;
	struct buf arguments;
	int result = -1;

	buf_init(&arguments, CONNECTION_COMMAND_MAX);
	if (fields > FETCH_MAX_FIELDS) {
		err_set(err, ERR_INTERNAL, "the list of header fields does not fit in a command");
		fetch->callback_failed = true; /* no other connection would help */
		goto out;
	}
	if (fetch_choose(fetch, fetch_set_max(fetch->plan), &arguments, err) != 0)
		goto out;
	*more_r = arguments.n > 0;
	result = 0;
	if (!*more_r)
		goto out;
	fetch_add_items(fetch->plan, &arguments);
	connection_add_part(&command, &arguments);
	result = connection_ask(connection, &command, err);
	if (result == 0)
		result = fetch_answer(fetch, err);
out:
	buf_fini(&arguments);
	return result;
}

/* True when a message that was asked for did not come. */
static bool fetch_is_missing_some(const struct fetch *fetch)
{
	for (size_t i = 0; i < fetch->uids->count; i++)
		if (fetch->state[i] == FETCH_STATE_ASKED)
			return true;
	return false;
}

/* A smaller window is one after a failure. */
static size_t fetch_first_window(const struct fetch_plan *plan)
{
	return plan->what == FETCH_DATES ? FETCH_DATES_WINDOW : FETCH_WINDOW;
}

static size_t fetch_largest_window(const struct fetch_plan *plan)
{
	size_t line = FETCH_RESPONSE_BYTES + (plan->what == FETCH_FIELDS ? plan->fields.n : 0);
	size_t most = (size_t)(GUARD_MAX_COMMAND_BYTES / 2) / line;

	if (most < fetch_first_window(plan))
		return fetch_first_window(plan);
	return most < FETCH_LARGE_WINDOW ? most : FETCH_LARGE_WINDOW;
}

/* The next window may be larger, since all that was asked for came. */
static void fetch_grow(struct fetch *fetch)
{
	size_t largest = fetch_largest_window(fetch->plan);

	fetch->window *= FETCH_SHRINK;
	if (fetch->window > largest)
		fetch->window = largest;
}

/* Where an earlier fetch_run() of the plan has got to. */
static size_t fetch_resumed_window(const struct fetch_plan *plan)
{
	size_t largest = fetch_largest_window(plan);

	if (plan->window < fetch_first_window(plan))
		return fetch_first_window(plan);
	return plan->window < largest ? plan->window : largest;
}

/* Fetches windows until the plan wants a pause, something is missing or all has been asked for. A
 * window below full size is followed by a pause. -1: the connection broke or a callback failed. */
static int fetch_windows(struct fetch *fetch, struct err *err)
{
	bool more = true;

	fetch->asked = 0;
	fetch->next = 0;
	fetch->plan->pause = false;
	while (more && !fetch->plan->pause) {
		if (fetch_next_window(fetch, &more, err) != 0)
			return -1;
		if (fetch->window < fetch_first_window(fetch->plan) || fetch_is_missing_some(fetch))
			fetch->plan->pause = true;
		else if (fetch->sides == NULL)
			fetch_grow(fetch);
	}
	return fetch_withdraw_own(fetch, err);
}

/* The only UID asked for since the last pause that did not come: its index, or SPAN_NPOS. */
static size_t fetch_only_missing(const struct fetch *fetch)
{
	if (fetch->asked != 1)
		return SPAN_NPOS;
	for (size_t i = 0; i < fetch->uids->count; i++)
		if (fetch->state[i] == FETCH_STATE_ASKED)
			return i;
	return SPAN_NPOS;
}

/* True when a message that was asked for alone has failed twice in a row. */
static bool fetch_failed_again(struct fetch *fetch)
{
	size_t alone = fetch_only_missing(fetch);
	uint32_t uid = alone != SPAN_NPOS ? fetch->uids->uid[alone] : 0;
	bool again = uid != 0 && uid == fetch->failed_alone;

	fetch->failed_alone = uid;
	return again;
}

/* Messages that did not come are gone, or are tried again, or are unreadable when they failed alone
 * twice. */
static int fetch_settle_missing(struct fetch *fetch, struct err *err)
{
	struct uidset missing = {0};
	struct uidset existing = {0};
	bool unreadable;
	int result = -1;

	for (size_t i = 0; i < fetch->uids->count; i++)
		if (fetch->state[i] == FETCH_STATE_ASKED &&
		    uidset_add(&missing, fetch->uids->uid[i]) != 0) {
			err_nomem(err);
			goto out;
		}
	if (missing.count > 0 && search_existing(fetch->session, &missing, &existing, err) != 0)
		goto out;
	unreadable = existing.count > 0 && fetch_failed_again(fetch);
	for (size_t i = 0; i < missing.count; i++) {
		bool exists = uidset_find(&existing, missing.uid[i]) != SPAN_NPOS;

		if ((!exists || unreadable) &&
		    fetch_give_up(fetch, uidset_find(fetch->uids, missing.uid[i]),
			exists ? FETCH_UNREADABLE : FETCH_VANISHED, err) != 0)
			goto out;
	}
	result = 0;
out:
	uidset_fini(&missing);
	uidset_fini(&existing);
	return result;
}

/* Connects again. A message that broke the connection twice while alone is given up. */
static int fetch_recover(struct fetch *fetch, struct err *err)
{
	if (fetch->callback_failed || err->code == ERR_SIGNAL || err->code == ERR_SYSTEM)
		return -1;
	if (session_reconnect(fetch->session, err) != 0)
		return -1;
	if (!fetch_failed_again(fetch))
		return 0;
	return fetch_give_up(fetch, fetch_only_missing(fetch), FETCH_UNREADABLE, err);
}

/* The next window is smaller than what was asked for; otherwise the same would happen again. */
static void fetch_resize(struct fetch *fetch, bool progress, bool complete)
{
	size_t largest = fetch_largest_window(fetch->plan);

	if (!progress)
		fetch->window = fetch->asked > FETCH_SHRINK ? fetch->asked / FETCH_SHRINK : 1;
	else if (complete)
		fetch_grow(fetch);
	/* The plan may have changed. */
	if (fetch->window > largest)
		fetch->window = largest;
}

/* From one pause to the next. */
static int fetch_round(struct fetch *fetch, struct err *err)
{
	size_t open = fetch->open;
	bool broken = fetch_windows(fetch, err) != 0;

	if (broken ? fetch_recover(fetch, err) != 0 : fetch_settle_missing(fetch, err) != 0)
		return -1;
	if (fetch->plan->paused != NULL && fetch->plan->paused(fetch->plan->context, err) != 0)
		return -1;
	for (size_t i = 0; i < fetch->uids->count; i++)
		if (fetch->state[i] != FETCH_STATE_DONE && fetch->state[i] != FETCH_STATE_AHEAD)
			fetch->state[i] = FETCH_STATE_WANTED;
	fetch_check_ahead(fetch);
	fetch_resize(fetch, fetch->open < open, !broken);
	return 0;
}

int fetch_run(
    struct session *session, struct fetch_plan *plan, const struct uidset *uids, struct err *err)
{
	struct fetch fetch = {
	    .session = session,
	    .plan = plan,
	    .uids = uids,
	    .open = uids->count,
	    .window = fetch_resumed_window(plan),
	};
	int result = 0;

	if (uids->count == 0)
		return 0;
	fetch.state = calloc(uids->count, sizeof(*fetch.state));
	if (fetch.state == NULL)
		return err_nomem(err);
	buf_init(&fetch.refusal, 0);
	buf_init(&fetch.fields, 0);
	if (fetch_begin_ahead(&fetch) != 0)
		result = err_nomem(err);
	while (result == 0 && fetch.open > 0)
		result = fetch_round(&fetch, err);
	fetch_end_ahead(&fetch);
	plan->window = fetch.window;
	buf_fini(&fetch.refusal);
	buf_fini(&fetch.fields);
	free(fetch.state);
	return result;
}
