/*
 * Whose program of the host speaks SMTP to it. cPanel finds the user behind a connection by its
 * port, and logs that in front of the message, without the message's id.
 */
#include <string.h>

#include "source/maillog/maillog_part.h"

static uint64_t connection_key(struct span host, struct span ip, struct span port)
{
	return maillog_hash(maillog_hash(maillog_hash(0, host), ip), port);
}

void maillog_connection_keep(struct maillog *log, const struct maillog_line *line, struct span ip,
    struct span port, struct span user)
{
	uint64_t key = connection_key(line->host, ip, port);
	struct maillog_connection *connection = NULL;

	if (log->doubt > 0 || user.n > sizeof(connection->user) || ip.n == 0 || port.n == 0)
		return;
	for (unsigned i = 0; i < MAILLOG_CONNECTIONS && connection == NULL; i++)
		if (log->connection[i].user_n > 0 && log->connection[i].key == key)
			connection = &log->connection[i];
	if (connection == NULL) {
		connection = &log->connection[log->connection_next];
		log->connection_next = (log->connection_next + 1) % MAILLOG_CONNECTIONS;
	}
	connection->key = key;
	connection->when = line->when;
	connection->user_n = user.n;
	memcpy(connection->user, user.p, user.n);
}

struct span maillog_connection_user(
    const struct maillog *log, const struct maillog_line *line, struct span ip, struct span port)
{
	uint64_t key;

	if (log->connection[0].user_n == 0) /* it is no server of cPanel's */
		return SPAN_EMPTY;
	key = connection_key(line->host, ip, port);
	for (unsigned i = 0; i < MAILLOG_CONNECTIONS; i++) {
		const struct maillog_connection *connection = &log->connection[i];

		if (connection->user_n > 0 && connection->key == key &&
		    line->when >= connection->when &&
		    line->when - connection->when <= MAILLOG_CONNECTION_WAIT)
			return (struct span){connection->user, connection->user_n};
	}
	return SPAN_EMPTY;
}
