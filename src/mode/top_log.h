/*
 * What the run says while the terminal is a screen (log_divert()): the last lines are kept, shown
 * on the screen, and written to standard error when the terminal is free again.
 */
#ifndef MODE_TOP_LOG_H
#define MODE_TOP_LOG_H

#include <pthread.h>

#include "base/buf.h"

/* Lines that are kept, and bytes of each; of a run that stays for days the others are only
 * counted. */
#define TOP_LOG_LINES 64
#define TOP_LOG_BYTES 512

struct top_log {
	pthread_mutex_t lock; /* protects what follows */
	uint64_t count;       /* of all lines */
	uint64_t written;     /* to standard error, or not kept */
	size_t n[TOP_LOG_LINES];
	char line[TOP_LOG_LINES][TOP_LOG_BYTES];
};

void top_log_init(struct top_log *log);

/* Takes the lines from now on, until top_log_stop(), which writes them. */
void top_log_start(struct top_log *log);
void top_log_stop(struct top_log *log);

/* The newest line that came after so many; *seen is the count then. False: there is none. */
bool top_log_newest(struct top_log *log, uint64_t *seen, struct buf *out);

#endif
