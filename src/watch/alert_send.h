/*
 * Hands alerts to a command and to an address of the web, in a thread of its own, so that nothing
 * waits for them.
 */
#ifndef WATCH_ALERT_SEND_H
#define WATCH_ALERT_SEND_H

#include "base/env.h"
#include "watch/alert_fact.h"

/* Alerts that wait; of more the newest are dropped, and counted. */
#define ALERT_MAX_WAITING 256

/* Seconds that the command, and one request, may take. */
#define ALERT_COMMAND_TIMEOUT 60
#define ALERT_URL_TIMEOUT     20

/* Requests for one alert; between them 1, 4, 16 seconds pass. */
#define ALERT_URL_TRIES 4

/* Seconds that the run waits at its end for what is under way. */
#define ALERT_END_PATIENCE 10

/* Bytes of an answer that are looked at. */
#define ALERT_MAX_ANSWER ((size_t)64 * 1024)

/* Strings are the caller's, and outlive the sender. */
struct alert_send_settings {
	const char *command; /* of a shell; NULL: none */
	const char *url;     /* https, or http; NULL: none */
	const char *ca_file; /* PEM; NULL: the system's */
	const struct env *env;
};

struct alert_send;

/* NULL: ERR_SYSTEM. The address does not appear in what is said: it may be a secret. */
struct alert_send *alert_send_new(const struct alert_send_settings *settings, struct err *err);

/* Waits for what is under way, ALERT_END_PATIENCE at most, and says what was not sent. NULL is
 * allowed. */
void alert_send_free(struct alert_send *send);

/* Puts a copy into the queue; never waits. */
void alert_send_put(struct alert_send *send, const struct alert_fact *fact);

#endif
