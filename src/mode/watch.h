/*
 * What a run that stays does with each record besides its outputs: alerts and metrics.
 */
#ifndef MODE_WATCH_H
#define MODE_WATCH_H

#include "report/report.h"
#include "settings/options.h"
#include "watch/alert.h"
#include "watch/alert_send.h"
#include "watch/metrics.h"

struct watch {
	struct exempt exempt;
	struct alert *alert;     /* NULL: none are asked for */
	struct alert_send *send; /* NULL: nobody is told */
	struct metrics *metrics; /* NULL: none are asked for */
	struct sink *first;      /* of them, in front of the outputs; NULL: there are none */
	struct sink *last;
};

/* Makes what the options ask for; the account's places are known. Errors as of exempt_init(),
 * alert_new(), alert_send_new() and metrics_new(). watch_close() accepts what a failure left. */
int watch_open(struct watch *watch, const struct options *options, const struct env *env,
    const struct account *account, struct err *err);

/* Says what was left to be said, and frees; the desk has forgotten the sinks. */
void watch_close(struct watch *watch);

/* The list of sinks that begins with ours and goes on with these. */
struct sink *watch_join(struct watch *watch, struct sink *outputs);

/* While the source is at rest; `ends`: the account's counts begin anew after that. */
int watch_rest(struct watch *watch, struct report *report, bool ends, struct err *err);

/* Writes the metrics; when the desk is busy the next call does. */
void watch_tick(struct watch *watch, struct report *report, time_t now);

#endif
