/*
 * Logging in: AUTHENTICATE PLAIN (RFC 4616, RFC 4959) where the server offers
 * it, else LOGIN (RFC 3501, 6.2.3), also when the server then refuses the
 * mechanism that it offered.
 */
#ifndef IMAP_LOGIN_H
#define IMAP_LOGIN_H

#include "imap/connection.h"

/*
 * Logs in. User and password may be any bytes but CR, LF and NUL (ERR_USAGE). LOGINDISABLED is
 * honoured (ERR_UNAVAILABLE). A refusal is ERR_LOGIN; or ERR_TEMPORARY when the server says so
 * (refusal.h), or ERR_PROTOCOL when it does not understand us; with the server's text.
 */
int login_run(
    struct connection *connection, struct span user, struct span password, struct err *err);

/* Before there is a password: ERR_UNAVAILABLE when the server takes none on this connection. */
int login_check(const struct connection *connection, struct err *err);

#endif
