/*
 * What an alert says: for people a line, for programs JSON and variables.
 */
#ifndef WATCH_ALERT_FACT_H
#define WATCH_ALERT_FACT_H

#include <stdint.h>
#include <time.h>

#include "base/buf.h"
#include "base/err.h"

/* Bytes of a value; of a longer one the rest is left out. */
#define ALERT_MAX_VALUE ((size_t)1024)

enum alert_value {
	ALERT_IDENTITY,
	ALERT_IDENTITY_KIND,
	ALERT_FROM,
	ALERT_SUBJECT,
	ALERT_PHP_SCRIPT,
	ALERT_SOURCE_IP,
	ALERT_LOGIN_IP,
	ALERT_HOST,
	ALERT_FOLDER,
	ALERT_VALUES
};

struct alert_fact {
	bool is_summary; /* of identities of which nothing was said: `count` of them, in `names` */
	uint64_t count;  /* messages in the span */
	unsigned limit;
	unsigned minutes;
	time_t first, last;              /* of these messages */
	struct span value[ALERT_VALUES]; /* of the last of them; UTF-8, one line; or empty */
	struct span names;               /* joined with ", " */
};

/* "alert: alice@example.com sent 6 messages in 10 minutes", harmless, for a line of the log. */
void alert_fact_add_line(const struct alert_fact *fact, struct buf *out);

/* One JSON object, with "schema", "kind" (alert, alerts), and "text": the same line in ASCII,
 * without what a chat takes for markup. -1: no memory. */
int alert_fact_add_json(const struct alert_fact *fact, struct buf *out, struct err *err);

/* Variables ALERT_NAME=VALUE, each ended by NUL. */
void alert_fact_add_variables(const struct alert_fact *fact, struct buf *out);

#endif
