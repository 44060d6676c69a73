#include "imap/search.h"

#include <inttypes.h>

#define SEARCH_UID_MAX UINT32_MAX

/* Tries of one slice: on the connection at hand, then on fresh ones. */
#define SEARCH_TRIES 3

/* Runs UID SEARCH and adds the result, as far as it lies within [first, last], to *uids_r. */
static int search_command(struct session *session, struct span criteria, uint64_t first,
    uint64_t last, struct uidset *uids_r, struct err *err)
{
	struct connection *connection = session_connection(session);
	struct connection_command command = {
	    .verb = CONNECTION_UID_SEARCH, .part_count = 1, .part = {criteria}};
	const struct mailimap_response_info *info;
	enum connection_status status;
	struct buf text;

	if (connection_run(connection, &command, &status, err) != 0)
		return -1;
	if (status != CONNECTION_OK) {
		buf_init(&text, 0);
		connection_add_text(connection, &text);
		err_set(err, connection_is_temporary(connection) ? ERR_TEMPORARY : ERR_PROTOCOL,
		    "the server refuses to search: %s", buf_string(&text));
		buf_fini(&text);
		return -1;
	}
	info = connection->imap->imap_response_info;
	if (info == NULL || info->rsp_search_result == NULL)
		return 0;
	for (clistiter *at = clist_begin(info->rsp_search_result); at != NULL;
	     at = clist_next(at)) {
		uint32_t uid = *(uint32_t *)clist_content(at);

		if (uid >= first && uid <= last && uidset_add(uids_r, uid) != 0)
			return err_nomem(err);
	}
	return 0;
}

/* The same, on fresh connections when the one at hand breaks. */
static int search_persistently(struct session *session, struct span criteria, uint64_t first,
    uint64_t last, struct uidset *uids_r, struct err *err)
{
	size_t before = uids_r->count;

	for (unsigned try = 1;; try++) {
		uids_r->count = before;
		if (search_command(session, criteria, first, last, uids_r, err) == 0)
			return 0;
		if (try == SEARCH_TRIES || err->code == ERR_SIGNAL || err->code == ERR_SYSTEM)
			return err_prefix(err, "searching");
		if (session_reconnect(session, err) != 0)
			return err_prefix(err, "searching");
	}
}

static int search_note_uid(void *context, const struct mailimap_msg_att *message, struct err *err)
{
	uint64_t *lowest = context;

	(void)err;
	for (clistiter *at = clist_begin(message->att_list); at != NULL; at = clist_next(at)) {
		const struct mailimap_msg_att_item *item = clist_content(at);

		if (item->att_type == MAILIMAP_MSG_ATT_ITEM_STATIC &&
		    item->att_data.att_static->att_type == MAILIMAP_MSG_ATT_UID)
			*lowest = item->att_data.att_static->att_data.att_uid;
	}
	return 0;
}

/* FETCH 1 (UID): the first message has the lowest UID (RFC 3501, 2.3.1.1). */
static int search_find_lowest(struct session *session, uint64_t *lowest_r, struct err *err)
{
	struct connection *connection = session_connection(session);
	struct connection_command command = {
	    .verb = CONNECTION_FETCH, .part_count = 1, .part = {SPAN("1 (UID)")}};
	enum connection_status status;
	int result;

	connection->fetch = search_note_uid;
	connection->fetch_context = lowest_r;
	result = connection_run(connection, &command, &status, err);
	connection->fetch = NULL;
	return result == 0 ? 0 : err_prefix(err, "asking for the first message");
}

int search_init(struct search *search, struct session *session, const struct session_folder *folder,
    const struct search_wish *wish, struct err *err)
{
	*search = (struct search){
	    .session = session,
	    .dated = wish->period != NULL,
	    .open = wish->open,
	    .next = 1,
	    .last = folder->uidnext > 1 ? folder->uidnext - 1 : SEARCH_UID_MAX,
	    .width = SEARCH_SLICE,
	};
	if (folder->exists == 0) {
		search->next = search->last + 1;
		return 0;
	}
	if (!search->dated) {
		search->next = (uint64_t)wish->after + 1;
		return 0;
	}
	period_imap_dates(wish->period, search->since, search->before);
	if (folder->exists <= SEARCH_SLICE) {
		/* No answer can be longer than the folder. */
		search->width = search->last;
		return 0;
	}
	return search_find_lowest(session, &search->next, err);
}

int search_next(struct search *search, struct uidset *uids_r, struct err *err)
{
	uint64_t end = search->next + search->width - 1;
	struct buf criteria;
	int result;

	if (search->next > search->last)
		return 0;
	if (end > search->last)
		end = search->last;
	uidset_clear(uids_r);
	buf_init(&criteria, CONNECTION_COMMAND_MAX);
	buf_printf(&criteria, "UID %" PRIu64 ":%" PRIu64, search->next, end);
	if (search->dated)
		buf_printf(&criteria, " SINCE %s", search->since);
	if (search->dated && !search->open)
		buf_printf(&criteria, " BEFORE %s", search->before);
	result = search_persistently(
	    search->session, buf_span(&criteria), search->next, end, uids_r, err);
	buf_fini(&criteria);
	if (result != 0)
		return -1;
	uidset_sort(uids_r);
	search->next = end + 1;
	return 1;
}

int search_existing(
    struct session *session, const struct uidset *uids, struct uidset *existing_r, struct err *err)
{
	struct buf criteria;
	size_t next = 0;
	int result = 0;

	uidset_clear(existing_r);
	buf_init(&criteria, 0);
	while (result == 0 && next < uids->count) {
		size_t first = next;

		buf_clear(&criteria);
		buf_add_text(&criteria, "UID ");
		next = uidset_add_ranges(uids, first, uids->count,
		    CONNECTION_COMMAND_MAX - sizeof("999999 UID SEARCH UID \r\n"), &criteria);
		result = search_persistently(session, buf_span(&criteria), uids->uid[first],
		    uids->uid[next - 1], existing_r, err);
	}
	buf_fini(&criteria);
	uidset_sort(existing_r);
	return result;
}
