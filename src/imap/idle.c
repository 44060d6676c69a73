#include "imap/idle.h"

#include "imap/session_part.h"
#include "imap/tls_io.h"

static bool idle_is_wanted(struct session *session)
{
	return session->connection != NULL && !session->cannot_idle && session->examined &&
	       connection_can(session->connection, "IDLE");
}

/* Bytes may have come with the last ones that were read. */
static bool idle_has_said(const struct connection *connection)
{
	const struct stream *stream = connection->stream;

	return !stream_is_drained(stream) || connection->mailstream->read_buffer_len > 0 ||
	       (stream->ssl != NULL && tls_has_bytes(stream));
}

int idle_begin(struct session *session, enum idle_state *state_r, int *fd_r, struct err *err)
{
	*state_r = IDLE_NOT;
	*fd_r = -1;
	session->idles = false;
	if (session->connection != NULL && session_ask_capabilities(session, err) != 0)
		return -1;
	if (!idle_is_wanted(session))
		return 0;
	if (connection_begin_idle(session->connection, &session->idles, err) != 0)
		return -1;
	session->cannot_idle = !session->idles;
	/* What was said before is not said again. */
	session->grown |= connection_seen(session->connection)->exists;
	if (session->idles)
		*state_r =
		    session->grown || idle_has_said(session->connection) ? IDLE_SAID : IDLE_WAITS;
	if (*state_r == IDLE_WAITS)
		*fd_r = session->connection->stream->fd;
	return 0;
}

int idle_end(struct session *session, struct err *err)
{
	bool idles = session->idles;

	session->idles = false;
	return idles ? connection_end_idle(session->connection, err) : 0;
}
