/*
 * Who sends too much now: a sink that counts the messages of each identity in a span of time, by
 * their own times, and hands on a fact once an identity and hour.
 */
#ifndef WATCH_ALERT_H
#define WATCH_ALERT_H

#include "control/exempt.h"
#include "sink/sink.h"
#include "watch/alert_fact.h"
#include "record/alert_limit.h"

/* Seconds for which nothing more is said of an identity. */
#define ALERT_REPEAT ((time_t)3600)

/* Alerts in an hour; more are one summary, at its end. */
#define ALERT_MAX_PER_HOUR 100
#define ALERT_MAX_NAMED    10 /* identities that the summary names */

/* Identities that are counted at a time, and bytes for all of them. The one that was quiet for the
 * longest time makes room for another. */
#define ALERT_MAX_IDENTITIES ((size_t)65536)
#define ALERT_MAX_BYTES      ((size_t)64 * 1024 * 1024)

struct alert_settings {
	unsigned count;   /* more than so many */
	unsigned minutes; /* in so many */
	time_t began;     /* of the run: what is older than its span plays no part */
	const struct exempt *exempt;
	/* Called under the desk's lock: it must not wait. */
	void (*raise)(void *context, const struct alert_fact *fact);
	void *context;
};

struct alert;

/* All that the settings point to outlives it. NULL: ERR_SYSTEM. */
struct alert *alert_new(const struct alert_settings *settings, struct err *err);

/* As a sink, which is freed by sink_free(). */
struct sink *alert_sink(struct alert *alert);

/* The summary of what was not said, if there is any, though its hour is not over: at the end. */
void alert_summarize(struct alert *alert);

/* How many identities were left out for want of room, but for those that were quiet anyway: which
 * had sent nothing in the span, nor been told of in the last ALERT_REPEAT. */
uint64_t alert_forgotten(const struct alert *alert);

#endif
