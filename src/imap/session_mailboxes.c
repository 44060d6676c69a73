/* Mailboxes of the server: LIST and STATUS. */
#include <errno.h>
#include <inttypes.h>

#include "base/arena.h"
#include "imap/mutf7.h"
#include "imap/session_part.h"
#include "imap/tls.h"

/* libetpan may have dropped some without memory. */
static int session_check_list(const struct session *session, const clist *list, struct err *err)
{
	uint32_t count = list != NULL ? (uint32_t)clist_count(list) : 0;

	return count == connection_seen(session->connection)->mailboxes ? 0 : err_nomem(err);
}

/* LIST "" "*"; the result is libetpan's, valid until the next command, and may be NULL. */
static int session_list(struct session *session, clist **list_r, struct err *err)
{
	struct connection_command command = {
	    .verb = CONNECTION_LIST, .part_count = 1, .part = {SPAN("\"\" \"*\"")}};
	const struct mailimap_response_info *info;
	enum connection_status status;
	struct buf words;

	if (session_run(session, &command, &status, err) != 0)
		return err_prefix(err, "listing the folders");
	info = session->connection->imap->imap_response_info;
	if (status == CONNECTION_OK) {
		*list_r = info != NULL ? info->rsp_mailbox_list : NULL;
		return session_check_list(session, *list_r, err);
	}
	buf_init(&words, 0);
	connection_add_words(session->connection, &words);
	err_set(err, connection_is_temporary(session->connection) ? ERR_TEMPORARY : ERR_PROTOCOL,
	    "the server refuses to list the folders: %s", buf_string(&words));
	buf_fini(&words);
	return -1;
}

/* The first entry; NULL for an empty list, which libetpan may give as NULL. */
static clistiter *session_list_begin(const clist *list)
{
	return list != NULL ? clist_begin(list) : NULL;
}

void session_add_names(struct session *session, struct buf *out)
{
	struct err err = ERR_INIT;
	clist *list = NULL;
	unsigned shown = 0;

	if (session_list(session, &list, &err) != 0) {
		buf_printf(out, "which there are is not known: %s", err.text);
		return;
	}
	buf_add_text(out, "there are: ");
	/* Stops when the error text is full. */
	for (clistiter *at = session_list_begin(list); at != NULL && out->n < ERR_TEXT_MAX;
	     at = clist_next(at), shown++) {
		const struct mailimap_mailbox_list *entry = clist_content(at);

		buf_add_text(out, shown > 0 ? ", '" : "'");
		mutf7_decode(span_of(entry->mb_name), out);
		buf_add_char(out, '\'');
	}
	if (shown == 0)
		buf_add_text(out, "no folders");
	if (connection_seen(session->connection)->odd > 0)
		buf_printf(out, ", and %u whose names make no sense",
		    connection_seen(session->connection)->odd);
}

/* Modified UTF-7 is printable ASCII; nothing else may go into a command. */
static bool session_can_be_named(struct span name)
{
	return span_within(name, ' ', '~') == name.n;
}

/* STATUS of a mailbox, named as the server writes it. 1: *status_r has the answer; 0: the server
 * gave none, or the name cannot be sent. */
static int session_status(struct session *session, struct span name, const char *items,
    const struct mailimap_mailbox_data_status **status_r, struct err *err)
{
	struct connection_command command = {
	    .verb = CONNECTION_STATUS, .expect = {.mailbox = name}};
	const struct mailimap_response_info *info;
	enum connection_status status;
	struct buf argument;
	int result = 0;

	buf_init(&argument, CONNECTION_COMMAND_MAX);
	connection_add_quoted(&argument, name);
	buf_printf(&argument, " (%s)", items);
	if (argument.failed != EMSGSIZE && session_can_be_named(name)) {
		connection_add_part(&command, &argument);
		result = session_run(session, &command, &status, err) == 0 ? 1 : -1;
	}
	buf_fini(&argument);
	if (result <= 0)
		return result;
	info = session->connection->imap->imap_response_info;
	if (status != CONNECTION_OK || connection_seen(session->connection)->statuses == 0)
		return 0;
	if (info == NULL || info->rsp_status == NULL || info->rsp_status->st_info_list == NULL)
		return err_nomem(err);
	*status_r = info->rsp_status;
	return 1;
}

/* One item of a STATUS; false when it is missing. */
static bool session_status_item(
    const struct mailimap_mailbox_data_status *status, int item, uint32_t *value_r)
{
	for (clistiter *at = session_list_begin(status->st_info_list); at != NULL;
	     at = clist_next(at)) {
		const struct mailimap_status_info *info = clist_content(at);

		if (info->st_att != item)
			continue;
		*value_r = info->st_value;
		return true;
	}
	return false;
}

int session_learn_uidnext(struct session *session, struct session_mailbox *mailbox, struct err *err)
{
	const struct mailimap_mailbox_data_status *status;
	struct buf name;
	uint32_t value;
	int result = -1;

	/* UIDs begin at 1: so UIDNEXT is above the number of messages (RFC 3501, 2.3.1.1). */
	if (mailbox->uidnext != 0 && mailbox->uidnext - 1 < mailbox->exists)
		mailbox->uidnext = 0;
	if (mailbox->uidnext != 0 && mailbox->uidvalidity != 0)
		return 0;
	buf_init(&name, 0);
	if (mutf7_encode(span_of(session->mailbox), &name, err) == 0)
		result =
		    session_status(session, buf_span(&name), "UIDNEXT UIDVALIDITY", &status, err);
	buf_fini(&name);
	if (result <= 0)
		return result;
	if (session_status_item(status, MAILIMAP_STATUS_ATT_UIDNEXT, &value) &&
	    mailbox->uidnext == 0 && value > mailbox->exists)
		mailbox->uidnext = value;
	if (session_status_item(status, MAILIMAP_STATUS_ATT_UIDVALIDITY, &value) &&
	    mailbox->uidvalidity == 0)
		mailbox->uidvalidity = value;
	return 0;
}

/* Adds a mailbox and its number of messages, or that the number is not known. */
static int session_add_mailbox(
    struct session *session, struct span name, struct buf *out, struct err *err)
{
	const struct mailimap_mailbox_data_status *status;
	uint32_t messages;
	int result = session_status(session, name, "MESSAGES", &status, err);

	if (result < 0)
		return -1;
	if (result > 0 && session_status_item(status, MAILIMAP_STATUS_ATT_MESSAGES, &messages))
		buf_printf(out, "%10" PRIu32 "  ", messages);
	else
		buf_printf(out, "%10s  ", "?");
	mutf7_decode(name, out);
	buf_add_char(out, '\n');
	return 0;
}

/* Names are copied: each STATUS frees libetpan's LIST. */
static int session_add_mailboxes(struct session *session, struct buf *out, struct err *err)
{
	struct arena names;
	struct span name[SESSION_MAX_MAILBOXES];
	unsigned count = 0;
	unsigned more = 0;
	unsigned odd;
	clist *list = NULL;
	int result = -1;

	arena_init(&names);
	if (session_list(session, &list, err) != 0)
		goto out;
	odd = connection_seen(session->connection)->odd;
	for (clistiter *at = session_list_begin(list); at != NULL; at = clist_next(at)) {
		const struct mailimap_mailbox_list *entry = clist_content(at);

		if (count < SESSION_MAX_MAILBOXES)
			name[count++] = arena_copy(&names, span_of(entry->mb_name));
		else
			more++;
	}
	buf_add_text(out, "folders, with their messages:\n");
	for (unsigned i = 0; i < count; i++)
		if (session_add_mailbox(session, name[i], out, err) != 0)
			goto out;
	if (odd > 0)
		buf_printf(out, "%10s  (%u whose names make no sense)\n", "?", odd);
	if (more > 0)
		buf_printf(out, "%10s  (%u more)\n", "?", more);
	result = names.failed ? err_nomem(err) : 0;
out:
	arena_fini(&names);
	return result;
}

int session_describe(struct session *session, struct buf *out, struct err *err)
{
	buf_printf(out, "connected to %s as '%s'\n", session->settings->stream.host,
	    session->settings->username);
	tls_describe(session->connection->stream, out);
	buf_add_text(out, "\ncapabilities:");
	connection_add_capabilities(session->connection, out);
	buf_add_char(out, '\n');
	if (session_add_mailboxes(session, out, err) != 0)
		return -1;
	return out->failed == 0 ? 0 : err_nomem(err);
}
