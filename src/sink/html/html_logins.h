/*
 * From which addresses an identity logged in most, of any number of addresses in a bounded place:
 * the space-saving algorithm (Metwally, Agrawal, El Abbadi: "Efficient computation of frequent and
 * top-k elements in data streams", 2005). Every address of more than a HTML_MAX_LOGINS'th of the
 * logins is among those kept.
 */
#ifndef REPORT_HTML_LOGINS_H
#define REPORT_HTML_LOGINS_H

#include "base/err.h"
#include "base/span.h"

#define HTML_MAX_LOGINS 8

/* Bytes of an address; what is longer is none (an IPv6 address has 39) and is not kept. */
#define HTML_LOGIN_MAX 47

struct html_login {
	uint32_t count; /* logins, and at most `over` more */
	uint32_t over;
	uint8_t n;
	char text[HTML_LOGIN_MAX];
};

/* The most frequent first; of one count the one that came first. */
struct html_logins {
	unsigned count;
	struct html_login at[HTML_MAX_LOGINS];
};

/* A login from an address; *logins is NULL before the first, and freed by free(3). ERR_SYSTEM. */
int html_logins_add(struct html_logins **logins, struct span address, struct err *err);

struct span html_login_address(const struct html_login *login);

#endif
