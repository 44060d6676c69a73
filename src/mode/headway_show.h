/*
 * --progress: shows how far a run has come (base/headway.h), from a thread of its own, on standard
 * error: a line of the terminal that is drawn again and again, or plain lines now and then. It is
 * gone before anything else is written there (log_status()).
 */
#ifndef HEADWAY_SHOW_H
#define HEADWAY_SHOW_H

#include "base/env.h"
#include "settings/options.h"

/* Milliseconds: what is over sooner shows nothing; between two drawings; between two lines. */
#define HEADWAY_FIRST 1000
#define HEADWAY_DRAW  200
#define HEADWAY_PLAIN 10000

struct headway_show;

/* Begins, where it is wanted; NULL: it is not, or it cannot, which is no failure of the run. */
struct headway_show *headway_show_start(const struct options *options, const struct env *env);

/* Ends, and wipes the line. Accepts NULL. */
void headway_show_stop(struct headway_show *show);

#endif
