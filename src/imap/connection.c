#include "imap/connection.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "imap/refusal.h"
#include "imap/tls.h"

/* What libetpan reads at a time: one TLS record. */
#define CONNECTION_BUFFER_SIZE ((size_t)16 * 1024)

/* Round trips of a connection: until it is there, and until the greeting is. */
#define CONNECTION_OPEN_TRIPS 2

static const char *const connection_verb_text[CONNECTION_VERB_COUNT] = {
    [CONNECTION_CAPABILITY] = "CAPABILITY",
    [CONNECTION_STARTTLS] = "STARTTLS",
    [CONNECTION_LOGIN] = "LOGIN",
    [CONNECTION_AUTHENTICATE] = "AUTHENTICATE",
    [CONNECTION_LIST] = "LIST",
    [CONNECTION_STATUS] = "STATUS",
    [CONNECTION_EXAMINE] = "EXAMINE",
    [CONNECTION_FETCH] = "FETCH",
    [CONNECTION_UID_FETCH] = "UID FETCH",
    [CONNECTION_UID_SEARCH] = "UID SEARCH",
    [CONNECTION_IDLE] = "IDLE",
    [CONNECTION_LOGOUT] = "LOGOUT",
};

/*
 * libetpan's result and the stream's latch together say what happened: a lost connection is a
 * stream error in one place and a parse error in another.
 */
static int connection_fail(struct connection *connection, int result, struct err *err)
{
	const struct stream *stream = connection->stream;
	struct buf text;

	if (connection->fetch_err.code != ERR_NONE) {
		*err = connection->fetch_err;
		return -1;
	}
	if (stream->guard.bye.n > 0 && stream->latch.code != ERR_SIGNAL) {
		buf_init(&text, 0);
		log_escape(&text, buf_span(&stream->guard.bye));
		err_set(err, ERR_TEMPORARY, "the server ended the session: %s", buf_string(&text));
		buf_fini(&text);
		return -1;
	}
	if (stream->latch.code != ERR_NONE) {
		*err = stream->latch;
		return -1;
	}
	switch (result) {
	case MAILIMAP_ERROR_MEMORY:
		return err_nomem(err);
	case MAILIMAP_ERROR_STREAM:
		return err_set(err, ERR_TEMPORARY, "connection lost");
	case MAILIMAP_ERROR_PROTOCOL:
		return err_set(err, ERR_PROTOCOL, "the server answers a command we did not send");
	default:
		return err_set(err, ERR_PROTOCOL, "the server's answer makes no sense");
	}
}

/* Called by the guard for each message, also outside a FETCH of ours. */
static int connection_take_message(
    void *context, const struct guard_message *message, struct err *err)
{
	struct connection *connection = context;

	if (connection->fetch == NULL ||
	    connection->fetch(connection->fetch_context, message, &connection->fetch_err) == 0)
		return 0;
	*err = connection->fetch_err;
	return -1;
}

static int connection_new(
    const struct stream_settings *settings, struct connection **connection_r, struct err *err)
{
	struct connection *connection = calloc(1, sizeof(*connection));
	mailstream_low *low;

	if (connection == NULL)
		return err_nomem(err);
	if (stream_open(settings, &connection->stream, err) != 0)
		goto out;
	connection->imap = mailimap_new(0, NULL);
	low = stream_mailstream_low(connection->stream);
	if (connection->imap == NULL || low == NULL ||
	    (connection->mailstream = mailstream_new(low, CONNECTION_BUFFER_SIZE)) == NULL) {
		free(low);
		err_nomem(err);
		goto out;
	}
	connection->stream->guard.take = connection_take_message;
	connection->stream->guard.take_context = connection;
	*connection_r = connection;
	return 0;
out:
	connection_close(connection, 0);
	return -1;
}

/* The handshake of TLS 1.3 takes one round trip, that of TLS 1.2 two. */
static uint64_t connection_tls_trips(const struct connection *connection)
{
	const SSL *ssl = connection->stream->ssl;

	return ssl == NULL ? 0 : SSL_version(ssl) >= TLS1_3_VERSION ? 1 : 2;
}

static int connection_greet(struct connection *connection, struct err *err)
{
	enum tls_mode mode = connection->stream->settings->tls->mode;
	int result = mailimap_connect(connection->imap, connection->mailstream);

	connection->round_trips += CONNECTION_OPEN_TRIPS + connection_tls_trips(connection);
	if (result == MAILIMAP_NO_ERROR_NON_AUTHENTICATED)
		return 0;
	/* A server may know its clients without a login. Without TLS the greeting may be an
	 * attacker's. */
	if (result == MAILIMAP_NO_ERROR_AUTHENTICATED && mode == TLS_IMPLICIT)
		return 0;
	if (result == MAILIMAP_NO_ERROR_AUTHENTICATED)
		return err_set(err, ERR_UNAVAILABLE,
		    "the server greets as if we had logged in (PREAUTH) on an unprotected "
		    "connection");
	return connection_fail(connection, result, err);
}

/* What came before the handshake must not count as protected (CVE-2020-15953 and others). */
static int connection_secure(struct connection *connection, struct err *err)
{
	struct connection_command command = {.verb = CONNECTION_STARTTLS};
	struct mailimap_connection_info *info = connection->imap->imap_connection_info;
	const char *host = connection->stream->settings->host;
	enum connection_status status;

	if (connection_run(connection, &command, &status, err) != 0)
		return err_prefix(err, "%s: STARTTLS", host);
	if (status != CONNECTION_OK)
		return err_set(err, ERR_UNAVAILABLE, "%s: the server refuses STARTTLS", host);
	if (connection->mailstream->read_buffer_len > 0 || !stream_is_drained(connection->stream))
		return err_set(err, ERR_UNAVAILABLE,
		    "%s: the server sent data behind its answer to STARTTLS, before the connection "
		    "was protected",
		    host);
	if (tls_start(connection->stream, err) != 0)
		return -1;
	connection->round_trips += connection_tls_trips(connection);
	if (info != NULL && info->imap_capability != NULL) {
		mailimap_capability_data_free(info->imap_capability);
		info->imap_capability = NULL;
	}
	return 0;
}

int connection_open(
    const struct stream_settings *settings, struct connection **connection_r, struct err *err)
{
	struct connection *connection = NULL;
	int result;

	if (connection_new(settings, &connection, err) != 0)
		return -1;
	result = connection_greet(connection, err);
	if (result != 0)
		err_prefix(err, "%s", settings->host);
	else if (settings->tls->mode == TLS_STARTTLS)
		result = connection_secure(connection, err);
	if (result != 0) {
		connection_close(connection, 0);
		return -1;
	}
	*connection_r = connection;
	return 0;
}

/* Does not read the answer to its end: all messages have been read. */
static void connection_logout(struct connection *connection, int64_t until)
{
	struct connection_command command = {.verb = CONNECTION_LOGOUT};
	const struct stream_settings *settings = connection->stream->settings;
	struct stream_settings hurried = *settings;
	enum connection_status status;
	struct err err = ERR_INIT;

	if (until == 0)
		until = clock_now() + CONNECTION_LOGOUT_SECONDS * 1000;
	/* The time-out would not end a server that keeps talking. */
	if (hurried.deadline == 0 || until < hurried.deadline)
		hurried.deadline = until;
	connection->stream->settings = &hurried;
	if (connection->asked_count > 0 && connection->asked[0].verb == CONNECTION_IDLE)
		stream_write(connection->stream, SPAN("DONE\r\n"), &err);
	connection->asked_count = 0; /* what is still to come is not read */
	connection_run(connection, &command, &status, &err);
	connection->stream->settings = settings;
}

void connection_close(struct connection *connection, int64_t until)
{
	if (connection == NULL)
		return;
	if (connection->imap != NULL) {
		if (connection->mailstream != NULL && connection->stream->latch.code == ERR_NONE &&
		    connection->imap->imap_state != MAILIMAP_STATE_DISCONNECTED)
			connection_logout(connection, until);
		/* Otherwise mailimap_free() sends another LOGOUT. */
		connection->imap->imap_stream = NULL;
		mailimap_free(connection->imap);
	}
	if (connection->mailstream != NULL)
		mailstream_close(connection->mailstream);
	stream_free(connection->stream);
	free(connection);
}

static void connection_trace(
    const struct connection *connection, const struct connection_command *command, unsigned part)
{
	struct buf line;

	if (!connection->stream->settings->trace)
		return;
	buf_init(&line, 0);
	if (part == 0)
		buf_printf(
		    &line, "%u %s ", connection->last_tag, connection_verb_text[command->verb]);
	if (command->part_count > 0 && command->secret)
		buf_add_text(&line, "***");
	else if (command->part_count > 0)
		buf_add(&line, command->part[part]);
	stream_trace(connection->stream->settings, "C", span_trim(buf_span(&line)));
	buf_fini(&line);
}

/* Names of mailboxes and headers are a server's text. They must not turn one command into two. */
static int connection_check_part(
    const struct connection_command *command, unsigned part, struct err *err)
{
	struct span text = command->part_count > 0 ? command->part[part] : SPAN_EMPTY;

	if (command->failed == ENOMEM)
		return err_nomem(err);
	if (command->failed != 0 || (!command->secret && text.n > CONNECTION_COMMAND_MAX))
		return err_set(err, ERR_INTERNAL, "a command would be too long");
	if (span_find(text, '\r') != SPAN_NPOS || span_find(text, '\n') != SPAN_NPOS ||
	    span_find(text, '\0') != SPAN_NPOS)
		return err_set(err, ERR_INTERNAL, "a command would have several lines");
	return 0;
}

/* Each part of a command ends in CR LF. The buffer may have held a password. */
static int connection_send_part(struct connection *connection,
    const struct connection_command *command, unsigned part, struct err *err)
{
	struct buf line;
	int result = -1;

	if (connection_check_part(command, part, err) != 0)
		return -1;
	buf_init(&line, 0);
	/* Reserved at once: growing would leave a copy behind. */
	if (buf_reserve(&line, 64 + (command->part_count > 0 ? command->part[part].n : 0)) ==
	    NULL) {
		err_nomem(err);
		goto out;
	}
	if (part == 0)
		buf_printf(&line, "%u %s%s", connection->last_tag,
		    connection_verb_text[command->verb], command->part_count > 0 ? " " : "");
	if (command->part_count > 0)
		buf_add(&line, command->part[part]);
	buf_add_text(&line, "\r\n");
	connection_trace(connection, command, part);
	result = stream_write(connection->stream, buf_span(&line), err);
out:
	buf_wipe(&line);
	buf_fini(&line);
	return result;
}

/*
 * Sends all parts. With *line_read_r the server answered early: libetpan's buffer holds its line.
 */
static int connection_send(struct connection *connection, const struct connection_command *command,
    bool *line_read_r, struct err *err)
{
	unsigned part = 0;

	*line_read_r = false;
	for (;;) {
		const char *line;

		if (connection_send_part(connection, command, part, err) != 0)
			return -1;
		if (++part >= command->part_count)
			return 0;
		connection->round_trips++;
		line = mailimap_read_line(connection->imap);
		if (line == NULL)
			return connection_fail(connection, MAILIMAP_ERROR_STREAM, err);
		if (line[0] != '+') {
			*line_read_r = true;
			return 0;
		}
	}
}

/* A tag for the command, which is kept until it is answered. */
static void connection_note_asked(
    struct connection *connection, const struct connection_command *command)
{
	struct connection_asked *asked = &connection->asked[connection->asked_count];

	*asked = (struct connection_asked){command->verb, command->expect};
	asked->expect.tag = ++connection->last_tag;
	asked->expect.search = command->verb == CONNECTION_UID_SEARCH;
	if (asked->expect.ranges)
		stream_guard_expect_ranges(&connection->stream->guard, asked->expect.tag);
	if (connection->asked_count++ == 0)
		connection->round_trips++;
}

/* libetpan stores what EXAMINE says (UIDVALIDITY, EXISTS) only if it has a structure for it. */
static int connection_prepare(struct connection *connection, struct err *err)
{
	struct connection_asked *asked = &connection->asked[0];
	mailimap *imap = connection->imap;

	imap->imap_tag = (int)asked->expect.tag; /* libetpan compares that of the answer with it */
	asked->expect.last = connection->last_tag;
	stream_guard_begin_command(&connection->stream->guard, &asked->expect);
	connection->fetch_err.code = ERR_NONE;
	/* Otherwise libetpan keeps the last answer until the next is complete. */
	if (imap->imap_response_info != NULL)
		mailimap_response_info_free(imap->imap_response_info);
	imap->imap_response_info = NULL;
	if (asked->verb != CONNECTION_EXAMINE)
		return 0;
	if (imap->imap_selection_info != NULL)
		mailimap_selection_info_free(imap->imap_selection_info);
	imap->imap_selection_info = mailimap_selection_info_new();
	return imap->imap_selection_info != NULL ? 0 : err_nomem(err);
}

/* The server refused the command and said BYE. libetpan stops at the BYE; the refusal says why. */
static bool connection_is_refused_with_bye(const struct connection *connection, int result)
{
	const struct guard_seen *seen = connection_seen(connection);

	return result != MAILIMAP_NO_ERROR && connection->stream->guard.bye.n > 0 &&
	       seen->answered && !seen->ok && connection->fetch_err.code == ERR_NONE;
}

/* The answer of the oldest command. With line_read libetpan's buffer holds its first line. */
static int connection_read(struct connection *connection, bool line_read,
    enum connection_status *status_r, struct err *err)
{
	struct mailimap_response *response = NULL;
	int result;
	int type;

	if (!line_read && mailimap_read_line(connection->imap) == NULL)
		return connection_fail(connection, MAILIMAP_ERROR_STREAM, err);
	result = mailimap_parse_response(connection->imap, &response);
	if (result == MAILIMAP_ERROR_PROTOCOL && connection_seen(connection)->bad) {
		*status_r = CONNECTION_BAD;
		return 0;
	}
	if (connection_is_refused_with_bye(connection, result)) {
		connection_fail(connection, result, err);
		connection->stream->latch = *err;
		*status_r = connection_seen(connection)->bad ? CONNECTION_BAD : CONNECTION_NO;
		return 0;
	}
	if (result != MAILIMAP_NO_ERROR || connection->fetch_err.code != ERR_NONE) {
		if (result == MAILIMAP_NO_ERROR)
			mailimap_response_free(response);
		connection_fail(connection, result, err);
		/* After an error the following bytes cannot be understood. */
		if (connection->stream->latch.code == ERR_NONE)
			connection->stream->latch = *err;
		return -1;
	}
	type = response->rsp_resp_done->rsp_data.rsp_tagged->rsp_cond_state->rsp_type;
	mailimap_response_free(response);
	*status_r = type == MAILIMAP_RESP_COND_STATE_OK ? CONNECTION_OK : CONNECTION_NO;
	return 0;
}

/* The oldest command is done with; after a failure all are. */
static void connection_note_answered(struct connection *connection, int result)
{
	connection->asked_count = result == 0 ? connection->asked_count - 1 : 0;
	memmove(&connection->asked[0], &connection->asked[1],
	    connection->asked_count * sizeof(connection->asked[0]));
}

int connection_run(struct connection *connection, const struct connection_command *command,
    enum connection_status *status_r, struct err *err)
{
	bool line_read;
	int result = -1;

	if (connection->asked_count > 0)
		return err_set(err, ERR_INTERNAL, "a command is under way");
	connection_note_asked(connection, command);
	if (connection_prepare(connection, err) == 0 &&
	    connection_send(connection, command, &line_read, err) == 0)
		result = connection_read(connection, line_read, status_r, err);
	connection_note_answered(connection, result);
	return result;
}

int connection_ask(
    struct connection *connection, const struct connection_command *command, struct err *err)
{
	if (connection->asked_count == CONNECTION_MAX_IN_FLIGHT || command->part_count != 1)
		return err_set(err, ERR_INTERNAL, "this command cannot be sent behind another");
	connection_note_asked(connection, command);
	connection->stream->guard.expect.last = connection->last_tag;
	if (connection_send_part(connection, command, 0, err) == 0)
		return 0;
	connection_note_answered(connection, -1);
	return -1;
}

int connection_begin_idle(struct connection *connection, bool *begun_r, struct err *err)
{
	const struct connection_command command = {.verb = CONNECTION_IDLE};
	enum connection_status status;
	const char *line;
	int result = -1;

	*begun_r = false;
	if (connection->asked_count > 0)
		return err_set(err, ERR_INTERNAL, "a command is under way");
	connection_note_asked(connection, &command);
	if (connection_prepare(connection, err) == 0 &&
	    connection_send_part(connection, &command, 0, err) == 0) {
		do
			line = mailimap_read_line(connection->imap);
		while (line != NULL && line[0] == '*');
		*begun_r = line != NULL && line[0] == '+';
		if (*begun_r)
			return 0;
		result = line == NULL ? connection_fail(connection, MAILIMAP_ERROR_STREAM, err)
				      : connection_read(connection, true, &status, err);
	}
	connection_note_answered(connection, result);
	return result;
}

int connection_end_idle(struct connection *connection, struct err *err)
{
	enum connection_status status;
	int result = -1;

	stream_trace(connection->stream->settings, "C", SPAN("DONE"));
	if (stream_write(connection->stream, SPAN("DONE\r\n"), err) == 0)
		result = connection_read(connection, false, &status, err);
	connection_note_answered(connection, result);
	return result;
}

/* Its answer came while that of another command was read. */
static int connection_take_early(
    const struct connection *connection, enum connection_status *status_r)
{
	const struct guard_seen *seen = connection_seen(connection);

	*status_r = seen->ok ? CONNECTION_OK : seen->bad ? CONNECTION_BAD : CONNECTION_NO;
	return 0;
}

int connection_answer(
    struct connection *connection, enum connection_status *status_r, struct err *err)
{
	int result = -1;

	if (connection->asked_count == 0)
		return err_set(err, ERR_INTERNAL, "no command is under way");
	if (connection_prepare(connection, err) != 0)
		;
	else if (connection_seen(connection)->answered)
		result = connection_take_early(connection, status_r);
	else
		result = connection_read(connection, false, status_r, err);
	connection_note_answered(connection, result);
	return result;
}

int connection_forget(struct connection *connection, struct err *err)
{
	enum connection_status status;

	connection->fetch = NULL;
	while (connection->asked_count > 0)
		if (connection_answer(connection, &status, err) != 0)
			return -1;
	return 0;
}

struct span connection_found(const struct connection *connection)
{
	return buf_span(&connection->stream->guard.found);
}

void connection_add_part(struct connection_command *command, const struct buf *argument)
{
	if (command->part_count == CONNECTION_MAX_PARTS) {
		command->failed = EMSGSIZE;
		return;
	}
	command->part[command->part_count++] = buf_span(argument);
	if (argument->failed != 0)
		command->failed = argument->failed;
}

const struct guard_seen *connection_seen(const struct connection *connection)
{
	return &connection->stream->guard.seen;
}

static struct span connection_words(const struct connection *connection)
{
	return buf_span(&connection->stream->guard.words);
}

void connection_add_words(const struct connection *connection, struct buf *out)
{
	struct span words = connection_words(connection);

	log_escape(out, words.n > 0 ? words : SPAN("(no reason given)"));
}

bool connection_is_temporary(const struct connection *connection)
{
	return refusal_is_temporary(connection_words(connection));
}

bool connection_is_of_mechanism(const struct connection *connection)
{
	return refusal_is_of_mechanism(connection_words(connection));
}

/* libetpan's list of capabilities; NULL when it is empty. */
static clist *connection_capabilities(const struct connection *connection)
{
	const struct mailimap_connection_info *info = connection->imap->imap_connection_info;

	return info != NULL && info->imap_capability != NULL ? info->imap_capability->cap_list
							     : NULL;
}

/* libetpan keeps only the NAME of "AUTH=NAME". */
static struct span connection_capability_name(
    const struct mailimap_capability *capability, bool *auth_r)
{
	*auth_r = capability->cap_type == MAILIMAP_CAPABILITY_AUTH_TYPE;
	return span_of(
	    *auth_r ? capability->cap_data.cap_auth_type : capability->cap_data.cap_name);
}

bool connection_can(const struct connection *connection, const char *capability)
{
	const clist *list = connection_capabilities(connection);
	struct span wanted = span_of(capability);
	bool wanted_auth = span_starts_nocase(wanted, SPAN("AUTH="));

	if (wanted_auth)
		wanted = span_from(wanted, sizeof("AUTH=") - 1);
	for (clistiter *at = list != NULL ? clist_begin(list) : NULL; at != NULL;
	     at = clist_next(at)) {
		bool auth;
		struct span name = connection_capability_name(clist_content(at), &auth);

		if (auth == wanted_auth && span_eq_nocase(name, wanted))
			return true;
	}
	return false;
}

int connection_check_capabilities(const struct connection *connection, struct err *err)
{
	const clist *list = connection_capabilities(connection);
	uint64_t count = list != NULL ? (uint64_t)clist_count(list) : 0;

	return connection->stream->guard.capability_count <= count ? 0 : err_nomem(err);
}

void connection_add_capabilities(const struct connection *connection, struct buf *out)
{
	const clist *list = connection_capabilities(connection);

	for (clistiter *at = list != NULL ? clist_begin(list) : NULL; at != NULL;
	     at = clist_next(at)) {
		bool auth;
		struct span name = connection_capability_name(clist_content(at), &auth);

		buf_add_text(out, auth ? " AUTH=" : " ");
		log_escape(out, name);
	}
}

void connection_add_quoted(struct buf *out, struct span string)
{
	buf_add_char(out, '"');
	for (size_t i = 0; i < string.n; i++) {
		if (string.p[i] == '"' || string.p[i] == '\\')
			buf_add_char(out, '\\');
		buf_add_char(out, string.p[i]);
	}
	buf_add_char(out, '"');
}
