/*
 * What can be a login, by its text alone.
 */
#ifndef EVIDENCE_LOGIN_VALUE_H
#define EVIDENCE_LOGIN_VALUE_H

#include "base/arena.h"

/* True for words that say that somebody logged in, or how, and not who: "Authorized", "yes",
 * "none", "bits". */
bool login_value_is_fixed(struct span value);

/*
 * The login in a value of a field that nobody has described: an address, a plain login, either with
 * "@IP", " IP" or ", …" behind it, in angle brackets or quotes, in base64 or in hexadecimal. Empty
 * when it is none of these; base64 and hexadecimal must hold an address. With `plain` false only
 * addresses count.
 */
struct span login_value_read(struct span value, bool plain, struct arena *arena);

/* "user+domain" and "user%domain", as cPanel and vpopmail let a mailbox log in, as user@domain;
 * else the login as it is. */
struct span login_value_mailbox(struct span login, struct arena *arena);

/* base64 (RFC 4648, 4) of printable ASCII without blanks, all of the text; or empty. */
struct span login_value_base64(struct span text, struct arena *arena);

#endif
