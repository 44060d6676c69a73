/*
 * Accounts of a server that are nobody's customer: those of its web server, its
 * mail system and of programs that put mail back into it. columns.md, "System
 * accounts".
 */
#ifndef RECORD_SYSTEM_ACCOUNT_H
#define RECORD_SYSTEM_ACCOUNT_H

#include "base/span.h"

bool system_account_is_uid(struct span uid);

/*
 * A login without a host, or with one that it was given. With a host only names count that nobody
 * gives to a mailbox: www-data@example.com is the web server's, mail@example.com may be a customer.
 */
bool system_account_is_login(struct span login);

/* True when an identity of the kind "user" is such an account: "uid 33@web1.example.com",
 * "www-data@web1.example.com", "mail@web1.example.com". */
bool system_account_is_user(struct span identity);

#endif
