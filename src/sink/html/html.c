#include "sink/html/html.h"

#include <errno.h>
#include <inttypes.h>

#include "calendar/period.h"
#include "text/escape.h"

/* The page is written in pieces of about this size, so that it is never in memory as a whole. */
#define HTML_PIECE ((size_t)64 * 1024)

/* Parts of what period_add_iso() writes: 2026-11-20T00:00:00+01:00. */
#define HTML_ISO_YEAR    5
#define HTML_ISO_DAY     10
#define HTML_ISO_MINUTES 16
#define HTML_ISO_SECONDS 19

void html_init(struct html *html, FILE *out)
{
	*html = (struct html){.out = out};
	buf_init(&html->pending, 0);
	buf_init(&html->value, 0);
}

void html_fini(struct html *html)
{
	buf_fini(&html->pending);
	buf_fini(&html->value);
}

static void html_fail(struct html *html, int sys)
{
	if (!html->failed)
		html->sys = sys;
	html->failed = true;
}

static void html_write(struct html *html)
{
	if (html->pending.failed != 0)
		html_fail(html, html->pending.failed);
	errno = 0;
	if (!html->failed && html->pending.n > 0 &&
	    fwrite(html->pending.p, 1, html->pending.n, html->out) != html->pending.n)
		html_fail(html, errno);
	buf_clear(&html->pending);
}

static void html_grew(struct html *html)
{
	if (html->pending.n >= HTML_PIECE || html->pending.failed != 0)
		html_write(html);
}

void html_add_markup(struct html *html, struct span constant)
{
	buf_add(&html->pending, constant);
	html_grew(html);
}

void html_text(struct html *html, struct span text)
{
	escape_html(&html->pending, text);
	html_grew(html);
}

void html_data(struct html *html, struct span text)
{
	html_markup(html, "<bdi>");
	html_text(html, text);
	html_markup(html, "</bdi>");
}

/* The length of the first part of a name: a line may break behind the mark that ends it. */
static size_t html_name_part(struct span text)
{
	size_t n = 0;

	while (n < text.n && strchr("@.-_/:+=", text.p[n]) == NULL)
		n++;
	return n < text.n ? n + 1 : n;
}

void html_name(struct html *html, struct span text)
{
	html_markup(html, "<bdi>");
	while (text.n > 0) {
		size_t n = html_name_part(text);

		html_text(html, span_head(text, n));
		text = span_from(text, n);
		if (text.n > 0)
			html_markup(html, "<wbr>");
	}
	html_markup(html, "</bdi>");
}

void html_value_text(struct html *html)
{
	html_text(html, buf_span(&html->value));
	html_value_drop(html);
}

void html_value_drop(struct html *html)
{
	if (html->value.failed != 0)
		html_fail(html, html->value.failed);
	buf_clear(&html->value);
}

void html_value_data(struct html *html)
{
	html_markup(html, "<bdi>");
	html_value_text(html);
	html_markup(html, "</bdi>");
}

void html_value_name(struct html *html)
{
	html_name(html, buf_span(&html->value));
	html_value_drop(html);
}

void html_number(struct html *html, uint64_t number)
{
	buf_printf(&html->pending, "%" PRIu64, number);
}

void html_add_counted(struct html *html, uint64_t number, struct span one, struct span many)
{
	html_number(html, number);
	html_add_markup(html, number == 1 ? one : many);
}

void html_hundredths(struct html *html, uint64_t number)
{
	buf_printf(&html->pending, "%" PRIu64 ".%02u", number / 100, (unsigned)(number % 100));
}

void html_tenths(struct html *html, uint64_t number)
{
	buf_printf(&html->pending, "%" PRIu64 ".%u", number / 10, (unsigned)(number % 10));
}

void html_permille(struct html *html, unsigned permille)
{
	html_tenths(html, permille);
	html_markup(html, "&nbsp;%");
}

void html_day(struct html *html, time_t when)
{
	html_value_drop(html);
	period_add_day(&html->value, when);
	html_value_text(html);
}

void html_time(struct html *html, time_t when, enum html_time how)
{
	struct span iso;
	struct span clock;

	html_value_drop(html);
	period_add_iso(&html->value, when);
	iso = buf_span(&html->value);
	if (html->value.failed != 0 || iso.n < HTML_ISO_SECONDS) {
		html_fail(html, html->value.failed);
		return;
	}
	html_markup(html, "<time datetime=\"");
	html_text(html, iso);
	html_markup(html, "\">");
	if (how != HTML_TIME_CLOCK) {
		html_text(html, span_from(span_head(iso, HTML_ISO_DAY),
				    how == HTML_TIME_SHORT ? HTML_ISO_YEAR : 0));
		html_markup(html, " ");
	}
	clock = span_head(iso, how == HTML_TIME_FULL ? HTML_ISO_SECONDS : HTML_ISO_MINUTES);
	html_text(html, span_from(clock, HTML_ISO_DAY + 1));
	if (how == HTML_TIME_FULL) {
		html_markup(html, " ");
		html_text(html, span_from(iso, HTML_ISO_SECONDS));
	}
	html_markup(html, "</time>");
	buf_clear(&html->value);
}

int html_finish(struct html *html, struct err *err)
{
	html_write(html);
	errno = 0;
	if (!html->failed && (fflush(html->out) != 0 || ferror(html->out) != 0))
		html_fail(html, errno);
	if (!html->failed)
		return 0;
	if (html->sys == ENOMEM)
		return err_nomem(err);
	if (html->sys == 0)
		return err_set(err, ERR_IO, "cannot write the HTML report");
	return err_set_sys(err, ERR_IO, html->sys, "cannot write the HTML report");
}
