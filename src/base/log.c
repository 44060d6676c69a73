#include "base/log.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/mask.h"
#include "base/visible.h"

#define LOG_PREFIX   "quarantine-report: "
#define LOG_LINE_MAX ((size_t)16 * 1024) /* a longer line is cut, and ends in "..." */
#define LOG_TEXT_MAX ((size_t)32 * 1024) /* all lines of a message, which is cut likewise */
#define LOG_CUT      "..."

static enum log_level log_threshold = LOG_NORMAL;

static struct {
	pthread_mutex_t lock;
	void (*take)(void *context, struct span line); /* NULL: standard error */
	void *context;
} log_diverted = {.lock = PTHREAD_MUTEX_INITIALIZER};

static bool log_has_status; /* under the same lock */

void log_divert(void (*take)(void *context, struct span line), void *context)
{
	pthread_mutex_lock(&log_diverted.lock);
	log_diverted.take = take;
	log_diverted.context = context;
	pthread_mutex_unlock(&log_diverted.lock);
}

/* Under the lock. ECMA-48, 8.3.41 (EL): to the end of the line. */
static void log_wipe_status(void)
{
	if (log_has_status)
		fputs("\r\033[K", stderr);
	log_has_status = false;
}

/* With its line feed. */
static void log_write(struct span line)
{
	pthread_mutex_lock(&log_diverted.lock);
	if (log_diverted.take != NULL) {
		log_diverted.take(log_diverted.context, span_head(line, line.n - 1));
	} else {
		log_wipe_status();
		fwrite(line.p, 1, line.n, stderr);
		fflush(stderr);
	}
	pthread_mutex_unlock(&log_diverted.lock);
}

void log_set_level(enum log_level level)
{
	log_threshold = level;
}

static void log_add_visible(struct buf *out, struct span s)
{
	while (s.n > 0)
		s = span_from(s, visible_add_next(out, s, &visible_plain));
}

void log_escape(struct buf *out, struct span s)
{
	size_t at;
	size_t n;

	while (mask_find(s, &at, &n)) {
		log_add_visible(out, span_head(s, at));
		buf_add_text(out, MASK_TEXT);
		s = span_from(s, at + n);
	}
	log_add_visible(out, s);
}

/* Takes no memory, so that it can say that there is none. */
void log_line(const char *prefix, struct span text)
{
	char room[LOG_LINE_MAX + sizeof(LOG_CUT)];
	struct buf line = {.p = room, .size = sizeof(room), .max = LOG_LINE_MAX};

	buf_add_text(&line, prefix);
	log_escape(&line, text);
	line.max = sizeof(room); /* nothing was added behind the first text that did not fit */
	if (line.failed != 0) {
		line.failed = 0;
		buf_add_text(&line, LOG_CUT);
	}
	buf_add_char(&line, '\n');
	log_write((struct span){line.p, line.n});
}

/* In one write, so that a terminal does not show the empty line in between. */
static void log_draw_status(struct span line)
{
	char room[LOG_LINE_MAX];
	struct buf shown = {.p = room, .size = sizeof(room), .max = sizeof(room)};

	buf_add_text(&shown, "\r");
	log_escape(&shown, line);
	buf_add_text(&shown, "\033[K");
	if (shown.failed != 0)
		return;
	log_has_status = true;
	fwrite(shown.p, 1, shown.n, stderr);
}

void log_status(struct span line)
{
	pthread_mutex_lock(&log_diverted.lock);
	if (log_diverted.take == NULL) {
		if (line.n > 0)
			log_draw_status(line);
		else
			log_wipe_status();
		fflush(stderr);
	}
	pthread_mutex_unlock(&log_diverted.lock);
}

/* Texts of several lines (certificate reports) keep their line breaks: ours, not a peer's. */
static void log_vprint(enum log_level level, const char *fmt, va_list ap)
{
	char text[LOG_TEXT_MAX];
	struct span rest;
	int n;

	if (level > log_threshold)
		return;
	n = vsnprintf(text, sizeof(text), fmt, ap);
	rest = n >= 0 ? span_of(text) : span_of(fmt);
	if (n >= (int)sizeof(text))
		memcpy(text + sizeof(text) - sizeof(LOG_CUT), LOG_CUT, sizeof(LOG_CUT));
	do {
		size_t end = span_find(rest, '\n');

		log_line(LOG_PREFIX, span_head(rest, end));
		rest = end == SPAN_NPOS ? SPAN_EMPTY : span_from(rest, end + 1);
	} while (rest.n > 0);
}

void log_error(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_vprint(LOG_QUIET, fmt, ap);
	va_end(ap);
}

void log_warn(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_vprint(LOG_NORMAL, fmt, ap);
	va_end(ap);
}

void log_info(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_vprint(LOG_VERBOSE, fmt, ap);
	va_end(ap);
}
