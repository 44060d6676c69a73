/* Windows on other connections, and their order. */
#include <string.h>

#include "imap/fetch_part.h"

/* Their UIDs in the range are wanted again, or are expected now. */
static void fetch_turn_ahead(struct fetch *fetch, const struct fetch_ahead *ahead,
    enum fetch_state from, enum fetch_state to)
{
	for (size_t i = ahead->first; i <= ahead->last; i++)
		if (fetch->state[i] == from) {
			fetch->state[i] = (unsigned char)to;
			fetch->asked += to == FETCH_STATE_ASKED;
		}
}

void fetch_drop_ahead(struct fetch *fetch)
{
	for (unsigned i = 0; i < fetch->ahead_count; i++) {
		sides_drop(fetch->sides, fetch->ahead[i].slot);
		fetch_turn_ahead(fetch, &fetch->ahead[i], FETCH_STATE_AHEAD, FETCH_STATE_WANTED);
	}
	fetch->ahead_count = 0;
	fetch->turn = 0;
	fetch->ahead_next = 0;
	fetch->next = 0;
}

/* A window of wanted UIDs from ahead->first up to before ahead->last; its set is added. False:
 * there is none. */
static bool fetch_choose_ahead(struct fetch *fetch, struct fetch_ahead *ahead, struct buf *set)
{
	struct uidset chosen = {0};
	size_t i = ahead->first;
	size_t taken;

	while (i < ahead->last && fetch->state[i] != FETCH_STATE_WANTED)
		i++;
	ahead->first = i;
	for (; i < ahead->last && chosen.count < fetch->window; i++)
		if (fetch->state[i] == FETCH_STATE_WANTED &&
		    uidset_add(&chosen, fetch->uids->uid[i]) != 0)
			break;
	taken = uidset_add_ranges(&chosen, 0, fetch->window, fetch_set_max(fetch->plan), set);
	if (taken > 0)
		ahead->last = uidset_find(fetch->uids, chosen.uid[taken - 1]);
	uidset_fini(&chosen);
	return taken > 0 && set->failed == 0;
}

/* One window for another connection, or one that is left for the session. False: no more now. */
static bool fetch_add_ahead(struct fetch *fetch, unsigned ready)
{
	struct fetch_ahead *ahead = &fetch->ahead[fetch->ahead_count];
	struct buf set;
	bool more;

	*ahead = (struct fetch_ahead){.first = fetch->ahead_next, .last = fetch->uids->count};
	buf_init(&set, CONNECTION_COMMAND_MAX);
	more = fetch_choose_ahead(fetch, ahead, &set);
	if (more && fetch->turn > 0) {
		ahead->slot = sides_post(fetch->sides, fetch->plan, buf_span(&set));
		more = ahead->slot >= 0;
	}
	buf_fini(&set);
	if (!more)
		return false;
	if (fetch->turn > 0) {
		fetch_turn_ahead(fetch, ahead, FETCH_STATE_WANTED, FETCH_STATE_AHEAD);
		fetch->ahead_count++;
	}
	fetch->ahead_next = ahead->last + 1;
	fetch->turn = (fetch->turn + 1) % (ready + 1);
	return true;
}

/* Gives the other connections something to do, when all is well. */
static void fetch_fill_ahead(struct fetch *fetch)
{
	unsigned ready;

	if (fetch->sides == NULL || fetch->window < FETCH_WINDOW)
		return;
	ready = sides_ready(fetch->sides);
	if (fetch->ahead_count == 0) {
		fetch->turn = 0;
		fetch->ahead_next = fetch->next;
	}
	while (ready > 0 && fetch->ahead_count < SIDES_SLOTS && fetch_add_ahead(fetch, ready))
		;
}

/* Takes what another connection has fetched. */
static int fetch_take_ahead(struct fetch *fetch, struct err *err)
{
	const struct fetch_ahead ahead = fetch->ahead[0];
	enum sides_end end = SIDES_MORE;
	struct fetch_item item;
	struct buf taken;
	int result = 0;

	fetch_turn_ahead(fetch, &ahead, FETCH_STATE_AHEAD, FETCH_STATE_ASKED);
	buf_init(&taken, 0);
	while (result == 0 && (end = sides_take(fetch->sides, ahead.slot, &taken)) == SIDES_MORE)
		for (size_t at = 0; result == 0 && fetch_kept_next(&taken, &at, &item);)
			result = fetch_take_item(fetch, &item, err);
	buf_fini(&taken);
	if (end == SIDES_FAILED)
		fetch_turn_ahead(fetch, &ahead, FETCH_STATE_ASKED, FETCH_STATE_WANTED);
	if (result != 0 || end == SIDES_FAILED) {
		fetch_drop_ahead(fetch);
		return result == 0 ? fetch_withdraw_own(fetch, err) : -1;
	}
	fetch->ahead_count--;
	memmove(&fetch->ahead[0], &fetch->ahead[1], fetch->ahead_count * sizeof(fetch->ahead[0]));
	return 0;
}

/* Sends for the session's next window, so that the server is busy with it while another one is
 * taken. */
static int fetch_ask_own(struct fetch *fetch, struct err *err)
{
	struct connection_command command = {
	    .verb = CONNECTION_UID_FETCH, .expect = fetch_expect(fetch->plan)};
	struct buf argument;
	int result = 0;

	fetch->own = (struct fetch_ahead){
	    .first = fetch->ahead[0].last + 1,
	    .last = fetch->ahead_count > 1 ? fetch->ahead[1].first : fetch->uids->count,
	};
	buf_init(&argument, CONNECTION_COMMAND_MAX);
	if (fetch_choose_ahead(fetch, &fetch->own, &argument)) {
		fetch_add_items(fetch->plan, &argument);
		connection_add_part(&command, &argument);
		result = connection_ask(session_connection(fetch->session), &command, err);
		fetch->own_asked = true;
		fetch_turn_ahead(fetch, &fetch->own, FETCH_STATE_WANTED, FETCH_STATE_AHEAD);
	}
	buf_fini(&argument);
	return result;
}

int fetch_withdraw_own(struct fetch *fetch, struct err *err)
{
	if (!fetch->own_asked)
		return 0;
	fetch->own_asked = false;
	fetch_turn_ahead(fetch, &fetch->own, FETCH_STATE_AHEAD, FETCH_STATE_WANTED);
	fetch->next = 0;
	return connection_forget(session_connection(fetch->session), err);
}

/* The session's window that was sent for. */
static int fetch_answer_own(struct fetch *fetch, struct err *err)
{
	fetch->own_asked = false;
	fetch_turn_ahead(fetch, &fetch->own, FETCH_STATE_AHEAD, FETCH_STATE_ASKED);
	return fetch_answer(fetch, err);
}

static int fetch_lowest_window(struct fetch *fetch, bool *more_r, struct err *err)
{
	*more_r = true;
	if (fetch->own_asked &&
	    (fetch->ahead_count == 0 || fetch->own.first < fetch->ahead[0].first))
		return fetch_answer_own(fetch, err);
	/* Nothing is wanted before ahead[0] when the session's own window is behind it. */
	if (!fetch->own_asked && fetch_window(fetch, more_r, err) != 0)
		return -1;
	if ((!fetch->own_asked && *more_r) || fetch->ahead_count == 0)
		return 0;
	*more_r = true;
	if (fetch->calm && !fetch->own_asked && fetch_ask_own(fetch, err) != 0)
		return -1;
	return fetch_take_ahead(fetch, err);
}

int fetch_next_window(struct fetch *fetch, bool *more_r, struct err *err)
{
	int result;

	fetch_fill_ahead(fetch);
	result = fetch_lowest_window(fetch, more_r, err);
	fetch->calm = result == 0 && !fetch->plan->pause;
	/* With the connection its window is lost. */
	if (result != 0 && fetch->own_asked) {
		fetch->own_asked = false;
		fetch_turn_ahead(fetch, &fetch->own, FETCH_STATE_AHEAD, FETCH_STATE_WANTED);
	}
	return result;
}

void fetch_check_ahead(struct fetch *fetch)
{
	const struct fetch_plan *plan = fetch->plan;

	if (fetch->sides == NULL)
		return;
	if (plan->what != fetch->what || plan->dated != fetch->dated ||
	    !span_eq(plan->fields, buf_span(&fetch->fields)))
		fetch_drop_ahead(fetch);
	fetch->what = plan->what;
	fetch->dated = plan->dated;
	buf_clear(&fetch->fields);
	buf_add(&fetch->fields, plan->fields);
}

int fetch_begin_ahead(struct fetch *fetch)
{
	int result;

	if (fetch->plan->what == FETCH_DATES || fetch->uids->count < FETCH_SIDES_LEAST ||
	    session_sides(fetch->session) == NULL)
		return 0;
	fetch->sides = session_sides(fetch->session);
	fetch->window = FETCH_WINDOW; /* enough for all to have some */
	fetch_check_ahead(fetch);
	result = session_want_sides(fetch->session);
	/* What is fetched in a pause would wait for windows that are only taken behind it. */
	session_set_sides(fetch->session, NULL);
	return result;
}

void fetch_end_ahead(struct fetch *fetch)
{
	fetch_drop_ahead(fetch);
	if (fetch->sides != NULL)
		session_set_sides(fetch->session, fetch->sides);
}
