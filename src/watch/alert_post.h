/*
 * JSON to an address of the web (POST), by libcurl: no redirect is followed, no proxy, no .netrc
 * and no cookie is used; certificates are verified.
 */
#ifndef WATCH_ALERT_POST_H
#define WATCH_ALERT_POST_H

#include <stdatomic.h>
#include <stdbool.h>

#include "base/err.h"
#include "base/span.h"

struct alert_post;

/* NULL: ERR_SYSTEM, or ERR_USAGE when it is no address. `is_over`: what is under way has
 * ALERT_END_PATIENCE seconds from when that is set. Both outlive it. */
struct alert_post *alert_post_new(
    const char *url, const char *ca_file, const atomic_bool *is_over, struct err *err);
void alert_post_free(struct alert_post *post);

/* ERR_TEMPORARY: no connection, silence, or it asks to come back later; ERR_UNAVAILABLE: refused,
 * or the certificate is not trusted. The text does not have the address. */
int alert_post(struct alert_post *post, struct span json, struct err *err);

#endif
