/*
 * Numbers for monitoring, in the text format of Prometheus, in a file that is replaced as a whole:
 * for the textfile collector of node_exporter. A sink that counts, and writes at each tick.
 */
#ifndef WATCH_METRICS_H
#define WATCH_METRICS_H

#include "sink/sink.h"

/* Identities that are shown, those with most messages; and how many are counted to find them: of
 * more, one that sends little may take the place of another, and counts from then on. */
#define METRICS_TOP   20
#define METRICS_COUNT 1024

/* Bytes of an identity; of a longer one the rest is left out, and those that begin alike are one. */
#define METRICS_MAX_LABEL ((size_t)256)

struct metrics_settings {
	const char *path;
	time_t began;
	const struct account *account; /* its places are listed; it outlives the metrics */
};

struct metrics;

/* NULL: ERR_SYSTEM; ERR_CREATE when the file cannot be written. */
struct metrics *metrics_new(const struct metrics_settings *settings, struct err *err);

/* As a sink, which is freed by sink_free(). */
struct sink *metrics_sink(struct metrics *metrics);

/* Takes over what the account counts, while its source is at rest; before its counts begin anew
 * `ends` is set. With the desk paused. ERR_SYSTEM. */
int metrics_note(struct metrics *metrics, bool ends, struct err *err);

/* So many alerts there were. */
void metrics_count_alert(struct metrics *metrics);

/* The text, at this time of day. */
void metrics_add_text(const struct metrics *metrics, time_t now, struct buf *out);

/* Writes the text to the file; that it cannot be is said once. By one thread. */
void metrics_write(struct metrics *metrics, const struct buf *text);

#endif
