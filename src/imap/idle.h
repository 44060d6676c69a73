/*
 * Waiting for a mailbox to change: IDLE (RFC 2177) in the mailbox that a session has examined.
 */
#ifndef IMAP_IDLE_H
#define IMAP_IDLE_H

#include "imap/session.h"

/* Seconds for which a server is left in IDLE: below the 10 minutes after which some routers forget
 * a connection, and the 29 of the RFC. */
#define IDLE_SECONDS 540

enum idle_state {
	IDLE_NOT,   /* the server cannot do it: the mailbox must be looked at now and then */
	IDLE_SAID,  /* it has said something already, since the mailbox was examined */
	IDLE_WAITS, /* *fd_r is readable when it has, for poll(2) */
};

/* After IDLE_SAID and IDLE_WAITS no other function of the session may be called until idle_end(),
 * but session_close(). Errors as of connection_run(). */
int idle_begin(struct session *session, enum idle_state *state_r, int *fd_r, struct err *err);

/* Whatever idle_begin() has said. */
int idle_end(struct session *session, struct err *err);

#endif
