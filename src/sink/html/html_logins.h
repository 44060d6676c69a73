/*
 * The addresses from which an identity logged in most, in bounded memory however many there are:
 * the space-saving algorithm (Metwally, Agrawal, El Abbadi: "Efficient computation of frequent and
 * top-k elements in data streams", 2005). An address with more than one in HTML_MAX_LOGINS of the
 * logins is always among those kept.
 */
#ifndef REPORT_HTML_LOGINS_H
#define REPORT_HTML_LOGINS_H

#include "base/err.h"
#include "base/span.h"

/* A power of two. */
#define HTML_MAX_LOGINS 8

/* Bytes of an address; an IPv6 address has 39. Anything longer is not counted. */
#define HTML_LOGIN_MAX 47

struct html_login {
	uint32_t count; /* may be too high, by `over` at most */
	uint32_t over;
	uint8_t n;
	char text[HTML_LOGIN_MAX];
};

/* The most frequent first; of equal ones the one that got there first. */
struct html_logins {
	uint16_t count;
	uint16_t size; /* allocated: most identities log in from one address */
	struct html_login at[];
};

/* Counts a login. *logins is NULL before the first; free(3) frees it. ERR_SYSTEM without memory. */
int html_logins_add(struct html_logins **logins, struct span address, struct err *err);

struct span html_login_address(const struct html_login *login);

#endif
