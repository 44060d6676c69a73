/* What is fetched along with the proof that a search by age can be believed. */
#include "imap/fetch_part.h"
#include "imap/search_part.h"

/* The first slice. -1: no memory. */
static int search_peek(const struct search_within *within, struct uidset *uids)
{
	const struct guard_range *range =
	    (const struct guard_range *)(const void *)within->ranges.p;

	if (search_reserve_slice(within, uids) != 0)
		return -1;
	for (size_t i = 0; i < within->ranges.n / sizeof(*range); i++)
		for (uint64_t uid = range[i].first; uid <= range[i].last; uid++) {
			if (uids->count == SEARCH_SLICE)
				return 0;
			uidset_add(uids, (uint32_t)uid); /* there is room */
		}
	return 0;
}

/* The set of what is chosen; empty when one command cannot hold it. */
static int search_choose_early(const struct search *search, struct buf *set, struct err *err)
{
	struct uidset uids = {0};
	struct uidset chosen = {0};
	int result = 0;

	if (search_peek(&search->within, &uids) != 0 ||
	    search->early.choose(search->early.context, &uids, &chosen) != 0)
		result = err_nomem(err);
	else if (uidset_add_ranges(&chosen, 0, chosen.count, fetch_set_max(search->early.plan),
		     set) < chosen.count)
		buf_clear(set);
	uidset_fini(&uids);
	uidset_fini(&chosen);
	return result;
}

static int search_ask_early(const struct search *search, bool *asked_r, struct err *err)
{
	struct connection_command command = {
	    .verb = CONNECTION_UID_FETCH, .expect = fetch_expect(search->early.plan)};
	struct buf argument;
	int result;

	*asked_r = false;
	buf_init(&argument, CONNECTION_COMMAND_MAX);
	result = search_choose_early(search, &argument, err);
	if (result == 0 && argument.n > 0) {
		fetch_add_items(search->early.plan, &argument);
		connection_add_part(&command, &argument);
		result = connection_ask(session_connection(search->session), &command, err);
		*asked_r = true;
	}
	buf_fini(&argument);
	return result;
}

static int search_keep_early(void *context, const struct guard_message *message, struct err *err)
{
	const struct search_early *early = context;
	struct fetch_item item;

	if (!fetch_read_item(early->plan, message, &item) ||
	    early->kept->n + item.header.n > SEARCH_MAX_EARLY)
		return 0;
	fetch_keep(early->kept, &item);
	return early->kept->failed == 0 ? 0 : err_nomem(err);
}

/* Both answers. A server may mix them, or give the one that is quicker first. */
static int search_answer_early(struct search *search, bool asked, bool *answered_r, struct err *err)
{
	struct connection *connection = session_connection(search->session);
	enum connection_status status;
	int result = 0;

	connection->fetch = search_keep_early;
	connection->fetch_context = &search->early;
	if (asked)
		result = session_answer(search->session, &status, err);
	if (result == 0)
		result = session_answer(search->session, &status, err);
	connection->fetch = NULL;
	*answered_r = result == 0 && status == CONNECTION_OK && connection_seen(connection)->search;
	return result;
}

int search_run_proof(
    struct search *search, const struct buf *argument, bool *answered_r, struct err *err)
{
	const struct connection_command command = search_age_command(argument);
	bool asked = false;

	if (search->early.choose == NULL || !session_can_pipeline(search->session))
		return search_run_ages(search, argument, answered_r, err);
	*answered_r = false;
	if (search_ask_early(search, &asked, err) == 0 &&
	    connection_ask(session_connection(search->session), &command, err) == 0 &&
	    search_answer_early(search, asked, answered_r, err) == 0)
		return 0;
	if (asked)
		session_note_no_pipeline(search->session);
	return -1;
}
