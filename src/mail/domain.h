/*
 * Names of hosts: what can be one, and which belong together.
 */
#ifndef MAIL_DOMAIN_H
#define MAIL_DOMAIN_H

#include "base/span.h"

/* True for a name with a dot inside that tells one host from others: no address, not "localhost",
 * "localhost.localdomain" and their like. */
bool domain_is_host(struct span name);

/*
 * The part of a name that somebody has registered, as far as the labels tell: the last two, or
 * three when the last two are of the kind "co.uk". A name of one label is all of it.
 */
struct span domain_registered(struct span name);

/* True when both are names of hosts and the registered part is the same, without case. */
bool domain_same(struct span a, struct span b);

#endif
