#include "imap/session.h"

#include <inttypes.h>
#include <libetpan/libetpan_version.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "imap/login.h"
#include "imap/mutf7.h"
#include "imap/server_name.h"
#include "imap/tls.h"

struct session {
	const struct session_settings *settings;
	struct connection *connection; /* NULL after a reconnect that failed */
	char *folder;                  /* the one examined, or NULL */
	uint32_t uidvalidity;
	unsigned reconnects;
	struct session_traffic traffic; /* of earlier connections */
};

/* Capabilities may have come with the greeting; after STARTTLS they must be asked anew. */
static int session_know_capabilities(struct connection *connection, struct err *err)
{
	struct connection_command command = {.verb = CONNECTION_CAPABILITY};
	const struct mailimap_connection_info *info = connection->imap->imap_connection_info;
	enum connection_status status;

	if (info != NULL && info->imap_capability != NULL)
		return 0;
	if (connection_run(connection, &command, &status, err) != 0)
		return err_prefix(err, "asking for the capabilities");
	return 0;
}

static int session_log_in(struct session *session, struct err *err)
{
	const struct session_settings *settings = session->settings;
	struct span password = {settings->password->bytes, settings->password->n};

	if (connection_open(&settings->stream, &session->connection, err) != 0)
		return -1;
	if (session_know_capabilities(session->connection, err) != 0)
		return err_prefix(err, "%s", settings->stream.host);
	if (session->connection->imap->imap_state == MAILIMAP_STATE_AUTHENTICATED)
		return 0; /* PREAUTH, over TLS */
	if (login_run(session->connection, span_of(settings->username), password, err) != 0)
		return err_prefix(err, "%s", settings->stream.host);
	return 0;
}

struct session_traffic session_traffic(const struct session *session)
{
	struct session_traffic traffic = session->traffic;

	if (session->connection != NULL) {
		traffic.bytes += session->connection->stream->guard.total;
		traffic.tls = tls_version(session->connection->stream);
	}
	return traffic;
}

static void session_disconnect(struct session *session)
{
	session->traffic = session_traffic(session);
	connection_close(session->connection, 0);
	session->connection = NULL;
}

static int session_connect_once(struct session *session, struct err *err)
{
	if (session_log_in(session, err) == 0)
		return 0;
	session_disconnect(session);
	return -1;
}

static bool session_may_try_again(
    const struct session_settings *settings, unsigned pause, const struct err *err)
{
	int64_t deadline = settings->stream.deadline;

	if (err->code != ERR_TEMPORARY && err->code != ERR_NOHOST)
		return false;
	return deadline == 0 || clock_now() + (int64_t)pause * 1000 < deadline;
}

/* Waits, but not for a signal. */
static int session_pause(unsigned seconds, struct err *err)
{
	struct pollfd signal_came = {.fd = interrupt_fd(), .events = POLLIN};

	poll(&signal_came, 1, (int)seconds * 1000);
	return interrupt_check(err);
}

static int session_connect(struct session *session, struct err *err)
{
	const struct session_settings *settings = session->settings;
	unsigned pause = SESSION_FIRST_PAUSE;

	for (unsigned try = 0;; try++) {
		if (session_connect_once(session, err) == 0)
			return 0;
		if (try >= settings->retries || !session_may_try_again(settings, pause, err))
			return -1;
		log_info("%s; trying again in %u seconds", err->text, pause);
		if (session_pause(pause, err) != 0)
			return -1;
		*err = (struct err)ERR_INIT;
		pause = pause * 2 < SESSION_MAX_PAUSE ? pause * 2 : SESSION_MAX_PAUSE;
	}
}

int session_open(
    const struct session_settings *settings, struct session **session_r, struct err *err)
{
	struct session *session = calloc(1, sizeof(*session));

	if (session == NULL)
		return err_nomem(err);
	session->settings = settings;
	if (session_connect(session, err) != 0) {
		session_close(session);
		return -1;
	}
	*session_r = session;
	return 0;
}

void session_close(struct session *session)
{
	if (session == NULL)
		return;
	session_disconnect(session);
	free(session->folder);
	free(session);
}

struct connection *session_connection(struct session *session)
{
	return session->connection;
}

/* LIST "" "*"; the result is libetpan's, valid until the next command. */
static int session_list(struct session *session, clist **list_r, struct err *err)
{
	struct connection_command command = {
	    .verb = CONNECTION_LIST, .part_count = 1, .part = {SPAN("\"\" \"*\"")}};
	enum connection_status status;

	if (connection_run(session->connection, &command, &status, err) != 0)
		return err_prefix(err, "listing the folders");
	if (status != CONNECTION_OK || session->connection->imap->imap_response_info == NULL)
		return err_set(err, ERR_PROTOCOL, "the server refuses to list the folders");
	*list_r = session->connection->imap->imap_response_info->rsp_mailbox_list;
	return 0;
}

static int session_no_folder(
    struct session *session, const char *folder, const char *text, struct err *err)
{
	clist *list = NULL;
	unsigned shown = 0;
	struct buf names;

	if (session_list(session, &list, err) != 0)
		return -1;
	buf_init(&names, 0);
	/* More than fits into the text is not shown. */
	for (clistiter *at = clist_begin(list); at != NULL && names.n < ERR_TEXT_MAX;
	     at = clist_next(at), shown++) {
		const struct mailimap_mailbox_list *entry = clist_content(at);

		buf_add_text(&names, shown > 0 ? ", '" : "'");
		mutf7_decode(span_of(entry->mb_name), &names);
		buf_add_char(&names, '\'');
	}
	err_set(err, ERR_NOFOLDER, "%s: the folder '%s' cannot be opened: %s\nthere are: %s",
	    session->settings->stream.host, folder, text,
	    names.n > 0 ? buf_string(&names) : "no folders");
	buf_fini(&names);
	return -1;
}

static int session_examine_command(
    struct session *session, const char *folder, enum connection_status *status_r, struct err *err)
{
	struct connection_command command = {.verb = CONNECTION_EXAMINE, .part_count = 1};
	struct buf name;
	struct buf argument;
	int result = -1;

	buf_init(&name, 0);
	buf_init(&argument, CONNECTION_COMMAND_MAX);
	if (mutf7_encode(span_of(folder), &name, err) != 0)
		goto out;
	connection_add_quoted(&argument, buf_span(&name));
	if (name.failed != 0 || argument.failed != 0) {
		err_set(err, ERR_USAGE, "the name of the folder is too long");
		goto out;
	}
	command.part[0] = buf_span(&argument);
	result = connection_run(session->connection, &command, status_r, err);
	if (result != 0)
		err_prefix(err, "%s: opening '%s'", session->settings->stream.host, folder);
out:
	buf_fini(&name);
	buf_fini(&argument);
	return result;
}

static int session_examine_refused(struct session *session, const char *folder, struct err *err)
{
	struct buf text;
	int result;

	buf_init(&text, 0);
	connection_add_text(session->connection, &text);
	if (connection_is_temporary(session->connection))
		result = err_set(err, ERR_TEMPORARY, "%s: the folder '%s' cannot be opened now: %s",
		    session->settings->stream.host, folder, buf_string(&text));
	else
		result = session_no_folder(session, folder, buf_string(&text), err);
	buf_fini(&text);
	return result;
}

int session_examine(
    struct session *session, const char *folder, struct session_folder *folder_r, struct err *err)
{
	const struct mailimap_selection_info *info;
	enum connection_status status;
	char *copy = strdup(folder);

	if (copy == NULL)
		return err_nomem(err);
	free(session->folder);
	session->folder = copy;
	if (session_examine_command(session, folder, &status, err) != 0)
		return -1;
	if (status != CONNECTION_OK)
		return session_examine_refused(session, folder, err);
	info = session->connection->imap->imap_selection_info;
	*folder_r = (struct session_folder){
	    .uidvalidity = info->sel_uidvalidity,
	    .uidnext = info->sel_uidnext,
	    .exists = info->sel_exists,
	};
	session->uidvalidity = info->sel_uidvalidity;
	return 0;
}

int session_reconnect(struct session *session, struct err *err)
{
	uint32_t uidvalidity = session->uidvalidity;
	struct session_folder folder;
	char *name;
	int result;

	if (++session->reconnects > SESSION_MAX_RECONNECTS)
		return err_prefix(err, "after %d fresh connections", SESSION_MAX_RECONNECTS);
	session_disconnect(session);
	if (session_connect(session, err) != 0)
		return -1;
	if (session->folder == NULL)
		return 0;
	name = strdup(session->folder);
	if (name == NULL)
		return err_nomem(err);
	result = session_examine(session, name, &folder, err);
	free(name);
	if (result == 0 && folder.uidvalidity != uidvalidity)
		return err_set(err, ERR_TEMPORARY,
		    "%s: the folder '%s' has been made anew (its UIDVALIDITY was %" PRIu32
		    " and is %" PRIu32 "); run the report again",
		    session->settings->stream.host, session->folder, uidvalidity,
		    folder.uidvalidity);
	return result;
}

static void session_add_capabilities(const struct connection *connection, struct buf *out)
{
	const struct mailimap_connection_info *info = connection->imap->imap_connection_info;

	buf_add_text(out, "capabilities:");
	if (info != NULL && info->imap_capability != NULL) {
		for (clistiter *at = clist_begin(info->imap_capability->cap_list); at != NULL;
		     at = clist_next(at)) {
			const struct mailimap_capability *has = clist_content(at);
			bool auth = has->cap_type == MAILIMAP_CAPABILITY_AUTH_TYPE;

			buf_add_text(out, auth ? " AUTH=" : " ");
			log_escape(out,
			    span_of(auth ? has->cap_data.cap_auth_type : has->cap_data.cap_name));
		}
	}
	buf_add_char(out, '\n');
}

/* STATUS of a folder as the server wrote its name; a folder that cannot be counted is shown as
 * that. */
static int session_add_folder(
    struct session *session, struct span name, struct buf *out, struct err *err)
{
	struct connection_command command = {.verb = CONNECTION_STATUS, .part_count = 1};
	const struct mailimap_response_info *info;
	enum connection_status status;
	struct buf argument;
	int result;

	buf_init(&argument, CONNECTION_COMMAND_MAX);
	connection_add_quoted(&argument, name);
	buf_add_text(&argument, " (MESSAGES)");
	command.part[0] = buf_span(&argument);
	result = connection_run(session->connection, &command, &status, err);
	buf_fini(&argument);
	if (result != 0)
		return -1;
	info = session->connection->imap->imap_response_info;
	if (status == CONNECTION_OK && info != NULL && info->rsp_status != NULL &&
	    clist_count(info->rsp_status->st_info_list) > 0) {
		const struct mailimap_status_info *messages =
		    clist_content(clist_begin(info->rsp_status->st_info_list));

		buf_printf(out, "%10" PRIu32 "  ", messages->st_value);
	} else {
		buf_printf(out, "%10s  ", "?");
	}
	mutf7_decode(name, out);
	buf_add_char(out, '\n');
	return 0;
}

/* The names are copied: each STATUS makes libetpan forget the LIST. */
static int session_add_folders(struct session *session, struct buf *out, struct err *err)
{
	struct arena names;
	struct span name[SESSION_MAX_FOLDERS];
	unsigned count = 0;
	clist *list = NULL;
	int result = -1;

	arena_init(&names);
	if (session_list(session, &list, err) != 0)
		goto out;
	for (clistiter *at = clist_begin(list); at != NULL && count < SESSION_MAX_FOLDERS;
	     at = clist_next(at)) {
		const struct mailimap_mailbox_list *entry = clist_content(at);

		name[count++] = arena_copy(&names, span_of(entry->mb_name));
	}
	buf_add_text(out, "folders, with their messages:\n");
	for (unsigned i = 0; i < count; i++)
		if (session_add_folder(session, name[i], out, err) != 0)
			goto out;
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
	buf_add_char(out, '\n');
	session_add_capabilities(session->connection, out);
	return session_add_folders(session, out, err);
}

void imap_add_versions(struct buf *out)
{
	buf_printf(
	    out, "libetpan %d.%d\n", libetpan_get_version_major(), libetpan_get_version_minor());
	tls_add_version(out);
	server_name_add_version(out);
}
