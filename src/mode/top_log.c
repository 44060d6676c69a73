#include "mode/top_log.h"

#include "base/log.h"

void top_log_init(struct top_log *log)
{
	log->count = log->written = 0;
	pthread_mutex_init(&log->lock, NULL);
}

static void top_log_take(void *context, struct span line)
{
	struct top_log *log = context;
	size_t at;

	pthread_mutex_lock(&log->lock);
	at = log->count++ % TOP_LOG_LINES;
	/* What ends within a character is made harmless where it is shown. */
	line = span_head(line, TOP_LOG_BYTES);
	memcpy(log->line[at], line.p, line.n);
	log->n[at] = line.n;
	pthread_mutex_unlock(&log->lock);
}

void top_log_start(struct top_log *log)
{
	log_divert(top_log_take, log);
}

void top_log_stop(struct top_log *log)
{
	/* Nobody adds a line after that; nor may the lock be held while the log's is asked for. */
	log_divert(NULL, NULL);
	if (log->count - log->written > TOP_LOG_LINES) {
		log_warn("%llu lines that came before these are not kept",
		    (unsigned long long)(log->count - log->written - TOP_LOG_LINES));
		log->written = log->count - TOP_LOG_LINES;
	}
	for (; log->written < log->count; log->written++) {
		size_t at = log->written % TOP_LOG_LINES;

		log_line("", (struct span){log->line[at], log->n[at]});
	}
}

bool top_log_newest(struct top_log *log, uint64_t *seen, struct buf *out)
{
	bool is_new;
	size_t at;

	pthread_mutex_lock(&log->lock);
	is_new = log->count > *seen;
	if (is_new) {
		at = (log->count - 1) % TOP_LOG_LINES;
		buf_add(out, (struct span){log->line[at], log->n[at]});
		*seen = log->count;
	}
	pthread_mutex_unlock(&log->lock);
	return is_new;
}
