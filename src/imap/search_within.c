/* Messages by their age: WITHIN (RFC 5032) and ESEARCH (RFC 4731). */
#include <inttypes.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "imap/search_part.h"

/* Seconds on both sides of the period: for a clock that is wrong by the proof, and an answer that
 * takes as long. */
#define SEARCH_MARGIN (2 * (time_t)SEARCH_CLOCK_PROOF)

/* " YOUNGER n OLDER m": of these instants by our clock, ages of at least one second (RFC 5032, 3).
 * False when the server cannot be asked so. `until` 0: up to now. */
static bool search_add_ages(struct buf *out, time_t since, time_t until)
{
	time_t now = clock_time();

	if (now <= since || now - since > INT32_MAX)
		return false;
	buf_printf(out, " YOUNGER %lld", (long long)(now - since));
	if (until != 0 && now > until)
		buf_printf(out, " OLDER %lld", (long long)(now - until));
	return true;
}

/* The arguments of UID SEARCH for the period. */
static bool search_add_period(struct buf *out, const struct search_scope *scope)
{
	const struct period *period = scope->period;

	buf_add_text(out, "RETURN (ALL)");
	return search_add_ages(
	    out, period->since - SEARCH_MARGIN, scope->open ? 0 : period->until + SEARCH_MARGIN);
}

/* The same for one message, whose date is known. */
static bool search_add_proof(struct buf *out, const struct search_bounds *bounds)
{
	if (clock_time() - bounds->date <= SEARCH_CLOCK_PROOF)
		return false;
	buf_printf(out, "RETURN (ALL) UID %" PRIu32, bounds->dated);
	return search_add_ages(
	    out, bounds->date - SEARCH_CLOCK_PROOF, bounds->date + SEARCH_CLOCK_PROOF);
}

struct connection_command search_age_command(const struct buf *argument)
{
	struct connection_command command = {
	    .verb = CONNECTION_UID_SEARCH, .expect = {.ranges = true}};

	connection_add_part(&command, argument);
	return command;
}

/* --- what goes behind EXAMINE --- */

struct search_behind {
	struct search *search;
	const struct search_scope *scope;
};

static int search_send_behind(void *context, struct connection *connection, struct err *err)
{
	const struct search_behind *behind = context;
	struct search_within *within = &behind->search->within;
	struct connection_command bounds = {
	    .verb = CONNECTION_FETCH, .part_count = 1, .part = {SPAN("1,* (UID INTERNALDATE)")}};
	struct connection_command ages;
	struct buf argument;
	int result = 0;

	within->asked = 0;
	buf_init(&argument, CONNECTION_COMMAND_MAX);
	if (search_add_period(&argument, behind->scope)) {
		ages = search_age_command(&argument);
		within->began = clock_now();
		result = connection_ask(connection, &bounds, err);
		if (result == 0)
			result = connection_ask(connection, &ages, err);
		within->asked = 2;
	}
	buf_fini(&argument);
	return result;
}

/* --- the answers --- */

static int search_compare_ranges(const void *a, const void *b)
{
	const struct guard_range *left = a;
	const struct guard_range *right = b;

	return (left->first > right->first) - (left->first < right->first);
}

/* Sorts them, joins those that touch, and counts. */
static void search_join_ranges(struct search_within *within)
{
	struct guard_range *range = (struct guard_range *)(void *)within->ranges.p;
	size_t count = within->ranges.n / sizeof(*range);
	size_t kept = 0;

	within->count = 0;
	if (count == 0)
		return;
	qsort(range, count, sizeof(*range), search_compare_ranges);
	for (size_t i = 1; i < count; i++) {
		if (range[i].first > (uint64_t)range[kept].last + 1)
			range[++kept] = range[i];
		else if (range[i].last > range[kept].last)
			range[kept].last = range[i].last;
	}
	within->ranges.n = (kept + 1) * sizeof(*range);
	for (size_t i = 0; i <= kept; i++)
		within->count += (uint64_t)range[i].last - range[i].first + 1;
}

/* Keeps the answer to the search by age, when it is one. */
static int search_keep_ranges(struct search *search, enum connection_status status, struct err *err)
{
	const struct connection *connection = session_connection(search->session);
	struct search_within *within = &search->within;

	within->answered = status == CONNECTION_OK && connection_seen(connection)->search;
	buf_clear(&within->ranges);
	if (!within->answered)
		return 0;
	buf_add(&within->ranges, connection_found(connection));
	search_join_ranges(within);
	return within->ranges.failed == 0 ? 0 : err_nomem(err);
}

static int search_read_behind(
    struct search *search, const struct session_mailbox *mailbox, struct err *err)
{
	struct connection *connection = session_connection(search->session);
	enum connection_status bounds_status;
	enum connection_status status;
	int result;

	search->within.asked = 0;
	search->bounds = (struct search_bounds){.exists = mailbox->exists};
	/* A server may mix the answers. */
	connection->fetch = search_take_bound;
	connection->fetch_context = &search->bounds;
	result = session_answer(search->session, &bounds_status, err);
	if (result == 0)
		result = session_answer(search->session, &status, err);
	connection->fetch = NULL;
	if (result != 0)
		return -1;
	if (bounds_status != CONNECTION_OK)
		search->bounds = (struct search_bounds){0};
	if (search_keep_ranges(search, status, err) != 0)
		return -1;
	if (!search->within.answered)
		session_note_no_within(search->session);
	return 0;
}

/* The connection broke over what is only a shorter way. */
static int search_leave_ages(struct search *search, struct err *err)
{
	search->within.answered = false;
	search->bounds = (struct search_bounds){0};
	session_note_no_within(search->session);
	if (err->code == ERR_SIGNAL || err->code == ERR_SYSTEM ||
	    session_reconnect(search->session, err) != 0)
		return err_prefix(err, "searching");
	*err = (struct err)ERR_INIT;
	return 0;
}

int search_examine(struct search *search, const char *mailbox, const struct search_scope *scope,
    struct session_mailbox *mailbox_r, struct err *err)
{
	struct search_behind context = {search, scope};
	const struct session_behind behind = {search_send_behind, &context};
	bool ahead = scope->period != NULL && session_can_within(search->session);

	if (session_examine(search->session, mailbox, ahead ? &behind : NULL, mailbox_r, err) != 0)
		return -1;
	if (search->within.asked == 0)
		return 0;
	if (session_connection(search->session)->asked_count == 0) {
		search->within.asked = 0; /* it was examined again without */
		return 0;
	}
	if (search_read_behind(search, mailbox_r, err) == 0)
		return 0;
	session_note_no_pipeline(search->session);
	return search_leave_ages(search, err);
}

/* --- proof --- */

int search_run_ages(
    struct search *search, const struct buf *argument, bool *answered_r, struct err *err)
{
	const struct connection_command command = search_age_command(argument);
	enum connection_status status;

	*answered_r = false;
	if (session_run(search->session, &command, &status, err) != 0)
		return -1;
	*answered_r =
	    status == CONNECTION_OK && connection_seen(session_connection(search->session))->search;
	return 0;
}

/* The message and no other is found by its age: then the server knows what it was asked, and its
 * clock is ours. */
static bool search_is_proof(const struct search *search)
{
	struct span found = connection_found(session_connection(search->session));
	const struct guard_range *range = (const struct guard_range *)(const void *)found.p;

	return found.n == sizeof(*range) && range->first == search->bounds.dated &&
	       range->last == search->bounds.dated &&
	       clock_now() - search->within.began <= (int64_t)SEARCH_CLOCK_PROOF * 1000;
}

static bool search_has_found(const struct search_within *within, uint32_t uid)
{
	const struct guard_range *range =
	    (const struct guard_range *)(const void *)within->ranges.p;

	for (size_t i = 0; i < within->ranges.n / sizeof(*range); i++)
		if (uid >= range[i].first && uid <= range[i].last)
			return true;
	return false;
}

/* A message whose date is in the period was not found. */
static bool search_lacks(const struct search *search, const struct search_scope *scope)
{
	const struct search_bounds *bounds = &search->bounds;
	const struct period *period = scope->period;
	const uint32_t uid[] = {bounds->dated, bounds->newest};
	const time_t date[] = {bounds->date, bounds->newest_date};

	for (unsigned i = 0; i < 2; i++)
		if (uid[i] != 0 && date[i] >= period->since &&
		    (scope->open || date[i] < period->until) &&
		    !search_has_found(&search->within, uid[i]))
			return true;
	return false;
}

static int search_prove(struct search *search, struct err *err)
{
	struct search_within *within = &search->within;
	struct buf argument;
	bool answered = false;
	int result = 0;

	buf_init(&argument, CONNECTION_COMMAND_MAX);
	if (search->bounds.dated != 0 && search_add_proof(&argument, &search->bounds))
		result = search_run_proof(search, &argument, &answered, err);
	buf_fini(&argument);
	within->proven = result == 0 && answered && search_is_proof(search);
	if (!within->proven && search->early.choose != NULL)
		buf_clear(search->early.kept);
	return result;
}

static int search_ask_ages(struct search *search, const struct session_mailbox *mailbox,
    const struct search_scope *scope, struct err *err)
{
	struct buf argument;
	bool answered = false;
	int result = 0;

	if (search_learn_bounds(search, mailbox, err) != 0)
		return -1;
	buf_init(&argument, CONNECTION_COMMAND_MAX);
	search->within.began = clock_now();
	if (search_add_period(&argument, scope))
		result = search_run_ages(search, &argument, &answered, err);
	buf_fini(&argument);
	if (result != 0)
		return -1;
	return search_keep_ranges(search, answered ? CONNECTION_OK : CONNECTION_NO, err);
}

static int search_try_ages(struct search *search, const struct session_mailbox *mailbox,
    const struct search_scope *scope, struct err *err)
{
	struct search_within *within = &search->within;
	uint64_t most = (uint64_t)session_exists(search->session) + SEARCH_MAX_SURPLUS;

	if (!within->answered && mailbox->exists >= SEARCH_ASK_CAPABILITIES &&
	    !session_can_within(search->session) &&
	    session_ask_capabilities(search->session, err) != 0)
		return -1;
	if (!session_can_within(search->session))
		return 0;
	if (!within->answered && search_ask_ages(search, mailbox, scope, err) != 0)
		return -1;
	if (within->answered && within->count <= most && !search_lacks(search, scope) &&
	    search_prove(search, err) != 0)
		return -1;
	if (within->proven) {
		log_info("the server finds %" PRIu64 " messages by their age", within->count);
		return 0;
	}
	session_note_no_within(search->session);
	return 0;
}

int search_by_age(struct search *search, const struct session_mailbox *mailbox,
    const struct search_scope *scope, struct err *err)
{
	if (search_try_ages(search, mailbox, scope, err) == 0)
		return 0;
	search->within.proven = false;
	return search_leave_ages(search, err);
}

int search_reserve_slice(const struct search_within *within, struct uidset *uids)
{
	return uidset_reserve(
	    uids, within->count < SEARCH_SLICE ? (size_t)within->count : SEARCH_SLICE);
}

bool search_take_range(struct search *search, struct uidset *uids, int *result_r, struct err *err)
{
	struct search_within *within = &search->within;
	struct guard_range *range = (struct guard_range *)(void *)within->ranges.p;
	size_t count = within->ranges.n / sizeof(*range);

	uidset_clear(uids);
	*result_r = search_reserve_slice(within, uids) == 0 ? 0 : err_nomem(err);
	while (*result_r == 0 && within->next < count && uids->count < SEARCH_SLICE) {
		struct guard_range *at = &range[within->next];

		uidset_add(uids, at->first); /* there is room */
		if (at->first == at->last)
			within->next++;
		else
			at->first++;
	}
	search->found += uids->count;
	return *result_r == 0 && uids->count > 0;
}
