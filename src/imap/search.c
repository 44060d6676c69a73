#include "imap/search.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/log.h"
#include "imap/search_part.h"

#define SEARCH_UID_MAX UINT32_MAX

/* Tries of one slice: on the connection at hand, then on fresh ones. */
#define SEARCH_TRIES 3

/* A range of UIDs, both ends included. Results outside it are ignored. */
struct search_range {
	uint64_t first;
	uint64_t last;
};

/* The UIDs that a FETCH returned. */
struct search_uids {
	struct search_range range;
	struct uidset *uids;
};

static int search_add(struct search_uids *found, uint32_t uid, struct err *err)
{
	if (uid < found->range.first || uid > found->range.last)
		return 0;
	return uidset_add(found->uids, uid) == 0 ? 0 : err_nomem(err);
}

static int search_take_uid(void *context, const struct guard_message *message, struct err *err)
{
	return message->uid != 0 ? search_add(context, message->uid, err) : 0;
}

/* A FETCH that asks for UIDs, and maybe dates. */
struct search_fetch {
	enum connection_verb verb;
	struct span set;
	const char *items;
	connection_fetch_fn *take;
	void *context;
};

static int search_fetch(struct session *session, const struct search_fetch *fetch,
    enum connection_status *status_r, struct err *err)
{
	struct connection *connection = session_connection(session);
	struct connection_command command = {.verb = fetch->verb};
	struct buf argument;
	int result;

	buf_init(&argument, CONNECTION_COMMAND_MAX);
	buf_add(&argument, fetch->set);
	buf_add_text(&argument, fetch->items);
	connection_add_part(&command, &argument);
	connection->fetch = fetch->take;
	connection->fetch_context = fetch->context;
	result = session_run(session, &command, status_r, err);
	connection->fetch = NULL;
	buf_fini(&argument);
	return result;
}

static int search_refused(struct session *session, const char *what, struct err *err)
{
	const struct connection *connection = session_connection(session);
	struct buf words;

	buf_init(&words, 0);
	connection_add_words(connection, &words);
	err_set(err, connection_is_temporary(connection) ? ERR_TEMPORARY : ERR_PROTOCOL,
	    "the server refuses %s: %s", what, buf_string(&words));
	buf_fini(&words);
	return -1;
}

/* Reads the UIDs of an answer. */
static int search_read(
    const struct connection *connection, struct search_uids *found, struct err *err)
{
	const struct mailimap_response_info *info = connection->imap->imap_response_info;
	const clist *list = info != NULL ? info->rsp_search_result : NULL;
	uint32_t count = 0;

	for (clistiter *at = list != NULL ? clist_begin(list) : NULL; at != NULL;
	     at = clist_next(at), count++)
		if (search_add(found, *(uint32_t *)clist_content(at), err) != 0)
			return -1;
	return count == connection_seen(connection)->found ? 0 : err_nomem(err);
}

struct search_criteria {
	struct span set;   /* of UIDs, as sent */
	struct span dates; /* as search.dates */
};

/* UID SEARCH. *answered_r is false when the server refused or left the answer out, which does not
 * mean "none". */
static int search_by_search(struct session *session, const struct search_criteria *criteria,
    struct search_uids *found, bool *answered_r, struct err *err)
{
	struct connection_command command = {.verb = CONNECTION_UID_SEARCH};
	const struct connection *connection = session_connection(session);
	enum connection_status status;
	struct buf argument;
	int result;

	buf_init(&argument, CONNECTION_COMMAND_MAX);
	buf_add_text(&argument, "UID ");
	buf_add(&argument, criteria->set);
	buf_add(&argument, criteria->dates);
	connection_add_part(&command, &argument);
	result = session_run(session, &command, &status, err);
	buf_fini(&argument);
	if (result != 0)
		return -1;
	if (status != CONNECTION_OK && connection_is_temporary(connection))
		return search_refused(session, "to search", err);
	*answered_r = status == CONNECTION_OK && connection_seen(connection)->search;
	return *answered_r ? search_read(connection, found, err) : 0;
}

/* The same without SEARCH; returns messages of any date. */
static int search_by_fetch(
    struct session *session, struct span set, struct search_uids *found, struct err *err)
{
	const struct search_fetch fetch = {
	    CONNECTION_UID_FETCH, set, " (UID)", search_take_uid, found};
	enum connection_status status;

	if (search_fetch(session, &fetch, &status, err) != 0)
		return -1;
	return status == CONNECTION_OK ? 0 : search_refused(session, "to list its messages", err);
}

/* Adds the messages of the set, of these dates as far as the server can tell. */
static int search_command(struct session *session, const struct search_criteria *criteria,
    struct search_uids *found, struct err *err)
{
	bool answered = false;

	if (session_can_search(session)) {
		if (search_by_search(session, criteria, found, &answered, err) != 0)
			return -1;
		if (answered)
			return 0;
		log_info("the server does not answer UID SEARCH: asking for all UIDs instead");
		session_note_no_search(session);
	}
	return search_by_fetch(session, criteria->set, found, err);
}

/* Connects again after a failed try, if that can help. */
static int search_recover(struct session *session, unsigned try, struct err *err)
{
	if (try == SEARCH_TRIES || err->code == ERR_SIGNAL || err->code == ERR_SYSTEM ||
	    session_reconnect(session, err) != 0)
		return err_prefix(err, "searching");
	return 0;
}

static void search_note_date(struct search_bounds *bounds, const struct guard_message *message)
{
	if (bounds->dated == 0 || message->date < bounds->date) {
		bounds->dated = message->uid;
		bounds->date = message->date;
	}
	if (bounds->newest == 0 || message->date >= bounds->newest_date) {
		bounds->newest = message->uid;
		bounds->newest_date = message->date;
	}
}

int search_take_bound(void *context, const struct guard_message *message, struct err *err)
{
	struct search_bounds *bounds = context;

	(void)err;
	if (message->has_date && message->date >= 0 && message->uid != 0)
		search_note_date(bounds, message);
	if (message->number == 1 && message->uid != 0)
		bounds->lowest = message->uid;
	if (message->number >= bounds->exists && message->uid > bounds->highest)
		bounds->highest = message->uid;
	return 0;
}

int search_learn_bounds(
    struct search *search, const struct session_mailbox *mailbox, struct err *err)
{
	const struct search_fetch fetch = {CONNECTION_FETCH, SPAN("1,*"),
	    session_can_within(search->session) ? " (UID INTERNALDATE)" : " (UID)",
	    search_take_bound, &search->bounds};
	enum connection_status status;

	if (search->bounds.exists > 0)
		return 0;
	search->bounds.exists = mailbox->exists;
	if (search_fetch(search->session, &fetch, &status, err) != 0)
		return err_prefix(err, "asking for the first and the last message");
	return 0;
}

/* A large mailbox is searched in slices from its lowest to its highest UID (RFC 3501, 2.3.1.1). A
 * slice holds SEARCH_SLICE messages if UIDs are spread evenly. */
static int search_plan_slices(
    struct search *search, const struct session_mailbox *mailbox, struct err *err)
{
	const struct search_bounds *bounds = &search->bounds;
	uint64_t span;

	if (search_learn_bounds(search, mailbox, err) != 0)
		return -1;
	if (bounds->lowest > search->next)
		search->next = bounds->lowest;
	search->last = mailbox->uidnext > 1 ? mailbox->uidnext - 1 : 0;
	if (bounds->highest > search->last)
		search->last = bounds->highest;
	if (search->last < search->next) {
		/* As far as the server says there is nothing: one slice, for what comes now. */
		const bool is_past = search->last > 0;

		search->last = SEARCH_UID_MAX;
		if (is_past)
			return 0;
	}
	span = search->last - search->next + 1;
	search->width = span * SEARCH_SLICE / mailbox->exists;
	if (search->width < SEARCH_SLICE)
		search->width = SEARCH_SLICE;
	return 0;
}

int search_find_highest(struct session *session, uint32_t *highest_r, struct err *err)
{
	struct search_bounds bounds = {.exists = 1};
	const struct search_fetch fetch = {
	    CONNECTION_FETCH, SPAN("*"), " (UID)", search_take_bound, &bounds};
	enum connection_status status;

	if (search_fetch(session, &fetch, &status, err) != 0)
		return err_prefix(err, "asking for the last message");
	*highest_r = bounds.highest;
	return 0;
}

static void search_add_dates(struct search *search, const struct search_scope *scope)
{
	char since[PERIOD_IMAP_DATE_SIZE];
	char before[PERIOD_IMAP_DATE_SIZE];

	if (scope->period == NULL)
		return;
	period_imap_dates(scope->period, since, before);
	snprintf(search->dates, sizeof(search->dates), " SINCE %s%s%s", since,
	    scope->open ? "" : " BEFORE ", scope->open ? "" : before);
}

void search_init(struct search *search, struct session *session)
{
	*search = (struct search){.session = session};
	buf_init(&search->within.ranges, 0);
}

void search_fini(struct search *search)
{
	buf_fini(&search->within.ranges);
}

bool search_is_exact(const struct search *search)
{
	return search->within.proven;
}

int search_begin(struct search *search, const struct session_mailbox *mailbox,
    const struct search_scope *scope, struct err *err)
{
	search->next = (uint64_t)scope->after + 1;
	search->last = SEARCH_UID_MAX;
	search->width = SEARCH_UID_MAX;
	search->first = search->next;
	search->unproven = mailbox->exists > 0;
	/* At most `after` messages can have a UID that is not searched for. */
	if (scope->period == NULL && mailbox->exists > scope->after)
		search->least = mailbox->exists - scope->after;
	search_add_dates(search, scope);
	if (mailbox->exists == 0)
		search->next = search->last + 1;
	else if (scope->period != NULL && scope->after == 0 &&
		 search_by_age(search, mailbox, scope, err) != 0)
		return -1;
	if (search->within.proven)
		return 0;
	/* No answer can be longer than the mailbox, nor than what came since. */
	if (mailbox->exists <= SEARCH_SLICE ||
	    (scope->after > 0 && mailbox->uidnext > scope->after &&
		mailbox->uidnext - scope->after <= SEARCH_SLICE))
		return 0;
	return search_plan_slices(search, mailbox, err);
}

/* The last UID of the slice. The last slice is open-ended, as UIDNEXT may be wrong. */
static uint64_t search_slice_end(const struct search *search)
{
	uint64_t end = search->next + search->width - 1;

	return end < search->last ? end : SEARCH_UID_MAX;
}

static int search_slice(struct search *search, uint64_t end, struct uidset *uids_r, struct err *err)
{
	struct search_uids found = {{search->next, end}, uids_r};
	struct search_criteria criteria;
	struct buf set;
	int result;

	uidset_clear(uids_r);
	buf_init(&set, CONNECTION_COMMAND_MAX);
	buf_printf(&set, "%" PRIu64 ":%" PRIu64, search->next, end);
	criteria = (struct search_criteria){buf_span(&set), span_of(search->dates)};
	result = set.failed == 0 ? search_command(search->session, &criteria, &found, err)
				 : err_nomem(err);
	buf_fini(&set);
	uidset_sort(uids_r);
	return result;
}

/* Silence is not "none": a mailbox with messages must have shown one, or SEARCH must have said
 * "none", or its last message lies outside the range. */
static int search_check_end(const struct search *search, struct err *err)
{
	uint32_t highest = 0;

	if (!search->unproven && search->found < search->least)
		return err_set(err, ERR_PROTOCOL,
		    "the server names %" PRIu64 " messages where there must be %" PRIu32,
		    search->found, search->least);
	if (!search->unproven)
		return 0;
	if (search->first > 1 && search_find_highest(search->session, &highest, err) != 0)
		return -1;
	if (highest != 0 && highest < search->first)
		return 0;
	return err_set(err, ERR_PROTOCOL,
	    "the folder has messages, and the server names none: neither by SEARCH nor by FETCH");
}

/* A server that invents UIDs would have us ask for each of them. */
static int search_check_count(const struct search *search, struct err *err)
{
	uint32_t exists = session_exists(search->session);

	if (search->found <= (uint64_t)exists + SEARCH_MAX_SURPLUS)
		return 0;
	return err_set(err, ERR_PROTOCOL,
	    "the server names %" PRIu64 " messages of a folder that has %" PRIu32, search->found,
	    exists);
}

int search_next(struct search *search, struct uidset *uids_r, struct err *err)
{
	uint64_t end = search_slice_end(search);
	int taken = 0;

	if (search->within.proven)
		return search_take_range(search, uids_r, &taken, err) ? 1 : taken;
	if (search->next > search->last)
		return search_check_end(search, err);
	for (unsigned try = 1; search_slice(search, end, uids_r, err) != 0; try++) {
		if (search_recover(search->session, try, err) != 0)
			return -1;
		/* Unevenly spread UIDs may have made the answer too long. */
		if (search->width > SEARCH_SLICE && search->last != SEARCH_UID_MAX)
			search->width = SEARCH_SLICE;
		end = search_slice_end(search);
	}
	if (session_can_search(search->session) || uids_r->count > 0)
		search->unproven = false;
	search->found += uids_r->count;
	if (search_check_count(search, err) != 0)
		return -1;
	if (end == SEARCH_UID_MAX)
		search->last = end;
	search->next = end + 1;
	return 1;
}

bool search_has_more(const struct search *search)
{
	const struct search_within *within = &search->within;

	if (within->proven)
		return within->next < within->ranges.n / sizeof(struct guard_range);
	return search->next <= search->last;
}

int search_existing(
    struct session *session, const struct uidset *uids, struct uidset *existing_r, struct err *err)
{
	struct buf set;
	struct search_criteria criteria = {.dates = SPAN_EMPTY};
	size_t next = 0;
	unsigned try = 1;
	int result = 0;

	uidset_clear(existing_r);
	buf_init(&set, CONNECTION_COMMAND_MAX);
	while (result == 0 && next < uids->count) {
		size_t before = existing_r->count;
		size_t first = next;
		struct search_uids found;

		buf_clear(&set);
		next = uidset_add_ranges(uids, first, uids->count,
		    CONNECTION_COMMAND_MAX - sizeof("999999 UID SEARCH UID \r\n"), &set);
		found = (struct search_uids){{uids->uid[first], uids->uid[next - 1]}, existing_r};
		criteria.set = buf_span(&set);
		if (set.failed != 0) {
			result = err_nomem(err);
			break;
		}
		if (search_command(session, &criteria, &found, err) == 0) {
			try = 1;
			continue;
		}
		existing_r->count = before;
		next = first;
		result = search_recover(session, try++, err);
	}
	buf_fini(&set);
	uidset_sort(existing_r);
	return result;
}
