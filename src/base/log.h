/*
 * The only writer to stderr. Control characters and bytes that are no UTF-8
 * cannot get through, whoever wrote the text. A newline in a message begins
 * another line with the same prefix, so foreign text that may hold one must
 * pass log_escape() first. Takes no memory, so that it can also report that
 * there is none.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/buf.h"

enum log_level {
	LOG_QUIET,   /* errors only (-q) */
	LOG_NORMAL,  /* and warnings */
	LOG_VERBOSE, /* and what is going on (-v) */
};

/* The level holds for the process; LOG_NORMAL until set. */
void log_set_level(enum log_level level);

/* Each prints "quarantine-report: TEXT". */
void log_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* A line of the protocol trace or of a report about the run, whatever the level. */
void log_line(const char *prefix, struct span text);

/*
 * From now on lines go there instead of to standard error, without their line feed, from whichever
 * thread, one at a time: for whoever has the terminal as a screen. `take` must not log. NULL: to
 * standard error again.
 */
void log_divert(void (*take)(void *context, struct span line), void *context);

/*
 * The last line of the terminal on standard error, which each call replaces, and which is wiped
 * before any other line; an empty one is wiped only. It must fit in a line there. It passes
 * log_escape(), and is dropped while lines are diverted.
 */
void log_status(struct span line);

/* Adds s as visible text (visible.h), without secrets (mask.h). */
void log_escape(struct buf *out, struct span s);

#endif
