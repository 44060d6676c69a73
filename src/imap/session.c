#include "imap/session_part.h"

#include <errno.h>
#include <inttypes.h>
#include <libetpan/libetpan_version.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "base/wait.h"
#include "imap/login.h"
#include "imap/mutf7.h"
#include "imap/server_name.h"
#include "imap/sides.h"
#include "imap/tls.h"

/* The greeting may have brought the capabilities. After STARTTLS they must be asked for again. */
static int session_know_capabilities(struct connection *connection, struct err *err)
{
	struct connection_command command = {.verb = CONNECTION_CAPABILITY};
	const struct mailimap_connection_info *info = connection->imap->imap_connection_info;
	enum connection_status status;

	if (info != NULL && info->imap_capability != NULL)
		return connection_check_capabilities(connection, err);
	if (connection_run(connection, &command, &status, err) != 0)
		return err_prefix(err, "asking for the capabilities");
	return connection_check_capabilities(connection, err);
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
	if (session->looks
		? login_check(session->connection, err) != 0
		: login_run(session->connection, span_of(settings->username), password, err) != 0)
		return err_prefix(err, "%s", settings->stream.host);
	return 0;
}

struct session_traffic session_traffic(const struct session *session)
{
	struct session_traffic traffic = session->traffic;

	if (session->connection != NULL) {
		traffic.bytes += session->connection->stream->guard.total;
		traffic.round_trips += session->connection->round_trips;
		traffic.connections++;
		traffic.tls = tls_version(session->connection->stream);
	}
	return traffic;
}

static void session_disconnect(struct session *session, int64_t until)
{
	session->traffic = session_traffic(session);
	connection_close(session->connection, until);
	session->connection = NULL;
	session->examined = false;
}

static int session_connect_once(struct session *session, struct err *err)
{
	if (session_log_in(session, err) == 0)
		return 0;
	session_disconnect(session, 0);
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

/* Milliseconds that one second of a pause takes. */
static unsigned session_second(const struct session *session)
{
	unsigned second = session->settings->pause_second;

	return second != 0 ? second : SESSION_PAUSE_SECOND;
}

/* Waits before another try if there is time for one. The next pause is longer. */
static int session_pause_to_retry(const struct session *session, unsigned *pause, struct err *err)
{
	if (!session_may_try_again(session->settings, *pause, err))
		return -1;
	log_info("%s; trying again in %u seconds", err->text, *pause);
	if (wait_pause((int64_t)*pause * session_second(session), err) != 0)
		return -1;
	*err = (struct err)ERR_INIT;
	*pause = *pause * 2 < SESSION_MAX_PAUSE ? *pause * 2 : SESSION_MAX_PAUSE;
	return 0;
}

static int session_connect(struct session *session, struct err *err)
{
	unsigned pause = SESSION_FIRST_PAUSE;

	for (unsigned try = 0;; try++) {
		if (session_connect_once(session, err) == 0)
			return 0;
		if (try >= session->settings->retries ||
		    session_pause_to_retry(session, &pause, err) != 0)
			return -1;
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
		session_close(session, 0);
		return -1;
	}
	*session_r = session;
	return 0;
}

int session_look(const struct session_settings *settings, struct err *err)
{
	struct session session = {.settings = settings, .looks = true};
	int result = session_connect(&session, err);

	session_disconnect(&session, clock_now());
	return result;
}

void session_close(struct session *session, int64_t until)
{
	if (session == NULL)
		return;
	session_disconnect(session, until);
	free(session->mailbox);
	free(session);
}

struct connection *session_connection(struct session *session)
{
	return session->connection;
}

/* An answer may have said something about the mailbox. */
static int session_check_mailbox(struct session *session, struct err *err)
{
	const struct mailimap_selection_info *info;

	info = session->connection->imap->imap_selection_info;
	if (!session->examined || info == NULL)
		return 0;
	session->grown |= connection_seen(session->connection)->exists;
	if (info->sel_exists > session->exists)
		session->exists = info->sel_exists;
	/* Some servers send it late. */
	if (session->uidvalidity == 0)
		session->uidvalidity = info->sel_uidvalidity;
	if (info->sel_uidvalidity == session->uidvalidity)
		return 0;
	session->stale = true;
	return err_set(err, ERR_PROTOCOL,
	    "%s: the UIDVALIDITY of the folder '%s' was %" PRIu32 " and is %" PRIu32
	    " in the middle of the session: no message is the one it was",
	    session->settings->stream.host, session->mailbox, session->uidvalidity,
	    info->sel_uidvalidity);
}

int session_run(struct session *session, const struct connection_command *command,
    enum connection_status *status_r, struct err *err)
{
	if (session->connection == NULL)
		return err_set(err, ERR_TEMPORARY, "connection lost");
	if (connection_run(session->connection, command, status_r, err) != 0)
		return -1;
	return session_check_mailbox(session, err);
}

int session_answer(struct session *session, enum connection_status *status_r, struct err *err)
{
	if (connection_answer(session->connection, status_r, err) != 0)
		return -1;
	return session_check_mailbox(session, err);
}

static int session_no_mailbox(
    struct session *session, const char *mailbox, const char *text, struct err *err)
{
	struct buf names;

	buf_init(&names, 0);
	session_add_names(session, &names);
	err_set(err, ERR_NOFOLDER, "%s: the folder '%s' cannot be opened: %s\n%s",
	    session->settings->stream.host, mailbox, text, buf_string(&names));
	buf_fini(&names);
	interrupt_check(err);
	return -1;
}

/* Sends EXAMINE and what goes behind it, and reads the answer to EXAMINE. */
static int session_examine_with(struct session *session, const struct connection_command *command,
    const struct session_behind *behind, enum connection_status *status_r, struct err *err)
{
	if (behind == NULL)
		return session_run(session, command, status_r, err);
	if (session->connection == NULL)
		return err_set(err, ERR_TEMPORARY, "connection lost");
	if (connection_ask(session->connection, command, err) != 0 ||
	    behind->send(behind->context, session->connection, err) != 0)
		return -1;
	return session_answer(session, status_r, err);
}

static int session_examine_command(struct session *session, const struct session_behind *behind,
    enum connection_status *status_r, struct err *err)
{
	const char *mailbox = session->mailbox;
	struct connection_command command = {.verb = CONNECTION_EXAMINE};
	struct buf name;
	struct buf argument;
	int result = -1;

	buf_init(&name, 0);
	buf_init(&argument, CONNECTION_COMMAND_MAX);
	if (mutf7_encode(span_of(mailbox), &name, err) != 0)
		goto out;
	connection_add_quoted(&argument, buf_span(&name));
	if (argument.failed == EMSGSIZE) {
		err_set(err, ERR_USAGE, "the name of the folder is too long");
		goto out;
	}
	connection_add_part(&command, &argument);
	result = session_examine_with(session, &command, behind, status_r, err);
	if (result != 0)
		err_prefix(err, "%s: opening '%s'", session->settings->stream.host, mailbox);
out:
	buf_fini(&name);
	buf_fini(&argument);
	return result;
}

static int session_examine_refused(
    struct session *session, const char *mailbox, enum connection_status status, struct err *err)
{
	const char *host = session->settings->stream.host;
	struct buf text;
	bool temporary;
	int result;

	buf_init(&text, 0);
	connection_add_words(session->connection, &text);
	temporary = connection_is_temporary(session->connection);
	/* What was sent behind it asked about a mailbox that is not open. */
	if (session->connection->asked_count > 0 &&
	    connection_forget(session->connection, err) != 0) {
		buf_fini(&text);
		return -1;
	}
	if (temporary)
		result = err_set(err, ERR_TEMPORARY, "%s: the folder '%s' cannot be opened now: %s",
		    host, mailbox, buf_string(&text));
	else if (status == CONNECTION_BAD)
		result = err_set(err, ERR_PROTOCOL,
		    "%s: opening '%s': the server did not understand the command: %s", host,
		    mailbox, buf_string(&text));
	else
		result = session_no_mailbox(session, mailbox, buf_string(&text), err);
	buf_fini(&text);
	return result;
}

static int session_examine_once(struct session *session, const struct session_behind *behind,
    struct session_mailbox *mailbox_r, struct err *err)
{
	const struct mailimap_selection_info *info;
	enum connection_status status;

	session->examined = false;
	session->stale = false;
	if (session_examine_command(session, behind, &status, err) != 0)
		return -1;
	if (status != CONNECTION_OK)
		return session_examine_refused(session, session->mailbox, status, err);
	if (!connection_seen(session->connection)->exists)
		return err_set(err, ERR_PROTOCOL,
		    "%s: the server does not say how many messages '%s' has (EXISTS)",
		    session->settings->stream.host, session->mailbox);
	info = session->connection->imap->imap_selection_info;
	if (info->sel_exists != connection_seen(session->connection)->exists_number)
		return err_nomem(err);
	*mailbox_r = (struct session_mailbox){
	    .uidvalidity = info->sel_uidvalidity,
	    .uidnext = info->sel_uidnext,
	    .exists = info->sel_exists,
	};
	session->uidvalidity = info->sel_uidvalidity;
	session->exists = info->sel_exists;
	session->examined = true;
	return 0;
}

/* Sets which mailbox is examined from now on. */
static int session_choose_mailbox(struct session *session, const char *mailbox, struct err *err)
{
	char *copy = strdup(mailbox);

	if (copy == NULL)
		return err_nomem(err);
	free(session->mailbox);
	session->mailbox = copy;
	return 0;
}

/* With what goes behind it. When the connection breaks, that may be why: without it, then. */
static int session_examine_ahead(struct session *session, const struct session_behind *behind,
    struct session_mailbox *mailbox_r, struct err *err)
{
	if (behind == NULL || !session_can_pipeline(session))
		return session_examine_once(session, NULL, mailbox_r, err);
	if (session_examine_once(session, behind, mailbox_r, err) == 0)
		return 0;
	if (session->connection->stream->latch.code == ERR_NONE || err->code == ERR_SIGNAL ||
	    clock_is_over(session->settings->stream.deadline))
		return -1;
	session_note_no_pipeline(session);
	session_disconnect(session, 0);
	*err = (struct err)ERR_INIT;
	if (session_connect(session, err) != 0)
		return -1;
	return session_examine_once(session, NULL, mailbox_r, err);
}

int session_examine(struct session *session, const char *mailbox,
    const struct session_behind *behind, struct session_mailbox *mailbox_r, struct err *err)
{
	unsigned pause = SESSION_FIRST_PAUSE;

	if (session_choose_mailbox(session, mailbox, err) != 0)
		return -1;
	for (unsigned try = 0;; try++) {
		if (session_examine_ahead(session, behind, mailbox_r, err) == 0) {
			session->grown = false;
			return 0;
		}
		if (try >= session->settings->retries || err->code != ERR_TEMPORARY ||
		    session_pause_to_retry(session, &pause, err) != 0)
			return -1;
		/* Some servers only recover on a fresh connection. */
		session_disconnect(session, 0);
		if (session_connect(session, err) != 0)
			return -1;
	}
}

uint32_t session_exists(const struct session *session)
{
	return session->exists;
}

void session_note_progress(struct session *session)
{
	session->fruitless = 0;
}

bool session_can_search(const struct session *session)
{
	return !session->cannot_search;
}

void session_note_no_search(struct session *session)
{
	session->cannot_search = true;
}

bool session_can_within(const struct session *session)
{
	return session->connection != NULL && !session->cannot_within &&
	       connection_can(session->connection, "WITHIN") &&
	       connection_can(session->connection, "ESEARCH");
}

void session_note_no_within(struct session *session)
{
	if (!session->cannot_within)
		log_info("the server does not find messages by their age, or its clock is not "
			 "ours: searching by days");
	session->cannot_within = true;
}

int session_ask_capabilities(struct session *session, struct err *err)
{
	struct connection_command command = {.verb = CONNECTION_CAPABILITY};
	enum connection_status status;

	if (session->knows_capabilities)
		return 0;
	session->knows_capabilities = true;
	if (session_run(session, &command, &status, err) != 0)
		return err_prefix(err, "asking for the capabilities");
	return connection_check_capabilities(session->connection, err);
}

void session_set_sides(struct session *session, struct sides *sides)
{
	session->sides = sides;
}

struct sides *session_sides(const struct session *session)
{
	return session->sides;
}

int session_want_sides(const struct session *session)
{
	return sides_want(session->sides, session->mailbox, session->uidvalidity);
}

bool session_can_pipeline(const struct session *session)
{
	return !session->cannot_pipeline;
}

void session_note_no_pipeline(struct session *session)
{
	if (!session->cannot_pipeline)
		log_info("the connection broke with several commands under way: one at a time from "
			 "now on");
	session->cannot_pipeline = true;
}

int session_reconnect(struct session *session, struct err *err)
{
	uint32_t uidvalidity = session->uidvalidity;
	struct session_mailbox mailbox;

	if (session->stale)
		return -1;
	if (++session->reconnects > SESSION_MAX_RECONNECTS)
		return err_prefix(err, "after %d fresh connections", SESSION_MAX_RECONNECTS);
	if (++session->fruitless > SESSION_MAX_FRUITLESS)
		return err_prefix(
		    err, "after %d fresh connections that brought nothing", SESSION_MAX_FRUITLESS);
	session_disconnect(session, 0);
	if (session_connect(session, err) != 0)
		return -1;
	if (session->mailbox == NULL)
		return 0;
	if (session_examine_once(session, NULL, &mailbox, err) != 0)
		return -1;
	if (mailbox.uidvalidity != uidvalidity)
		return err_set(err, ERR_TEMPORARY,
		    "%s: the folder '%s' has been made anew (its UIDVALIDITY was %" PRIu32
		    " and is %" PRIu32 "); run the report again",
		    session->settings->stream.host, session->mailbox, uidvalidity,
		    mailbox.uidvalidity);
	session->grown = true; /* nobody knows what has come in between */
	return 0;
}

void imap_add_versions(struct buf *out)
{
	buf_printf(
	    out, "libetpan %d.%d\n", libetpan_get_version_major(), libetpan_get_version_minor());
	tls_add_version(out);
	server_name_add_version(out);
}
