#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/mask.h"
#include "base/utf8.h"

#define LOG_PREFIX   "quarantine-report: "
#define LOG_LINE_MAX ((size_t)16 * 1024) /* a longer line is cut, and ends in "..." */

static enum log_level log_threshold = LOG_NORMAL;

void log_set_level(enum log_level level)
{
	log_threshold = level;
}

enum log_level log_level(void)
{
	return log_threshold;
}

static void log_add_visible(struct buf *out, struct span s)
{
	while (s.n > 0) {
		uint32_t c = 0;
		size_t n = utf8_next(s, &c);

		if (n == 0) {
			buf_printf(out, "<%02X>", (unsigned char)s.p[0]);
			n = 1;
		} else if (utf8_is_control(c) || utf8_is_invisible(c)) {
			buf_printf(out, "<U+%04X>", (unsigned)c);
		} else {
			buf_add(out, span_head(s, n));
		}
		s = span_from(s, n);
	}
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

void log_line(const char *prefix, struct span text)
{
	struct buf line;

	buf_init(&line, 0);
	buf_add_text(&line, prefix);
	log_escape(&line, span_head(text, LOG_LINE_MAX));
	if (text.n > LOG_LINE_MAX)
		buf_add_text(&line, "...");
	buf_add_char(&line, '\n');
	fwrite(line.p, 1, line.n, stderr);
	fflush(stderr);
	buf_fini(&line);
}

/* Texts of several lines (certificate reports) keep their line breaks: ours, not a peer's. */
static void log_vprint(enum log_level level, const char *fmt, va_list ap)
{
	struct buf text;
	struct span rest;
	va_list again;
	int n;

	if (level > log_threshold)
		return;
	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	buf_init(&text, 0);
	if (n >= 0 && buf_reserve(&text, (size_t)n + 1) != NULL) {
		vsnprintf(text.p, (size_t)n + 1, fmt, ap);
		text.n = (size_t)n;
	}
	rest = buf_span(&text);
	do {
		size_t end = span_find(rest, '\n');

		log_line(LOG_PREFIX, span_head(rest, end));
		rest = end == SPAN_NPOS ? SPAN_EMPTY : span_from(rest, end + 1);
	} while (rest.n > 0);
	buf_fini(&text);
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
