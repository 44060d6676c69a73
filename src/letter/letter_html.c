/* The HTML of a letter. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "group/group_column.h"
#include "group/group_sender.h"
#include "letter/letter_part.h"
#include "sink/html/html.h"

/* Bytes that are kept free: for the identities and what is behind them, for the folders, and for
 * the end and what is around paragraphs and the table, which is not counted. */
#define LETTER_KEEP_TABLE   ((size_t)40 * 1000)
#define LETTER_KEEP_FOLDERS ((size_t)12 * 1000)
#define LETTER_KEEP_END     ((size_t)1000)

/* Cells inherit no font in Outlook. */
#define LETTER_FONT "font:14px/20px Arial,sans-serif"

/* Readable on white and on black. */
#define LETTER_ALARM "color:#d93025"

#define LETTER_LINE "border-bottom:1px solid #999"

/* The beginning of a cell with a number, and of the title of a column. */
#define LETTER_NUMBER "<td align=\"right\" nowrap style=\"" LETTER_FONT ";" LETTER_LINE "\">"

#define LETTER_TITLE(side)                                                                         \
	"<th align=\"" side "\" style=\"font:bold 14px/20px Arial,sans-serif;" LETTER_LINE "\">"

/* Everything is written to `measure` first, to learn whether it has room in `html`. */
struct letter_page {
	const struct letter_report *report;
	struct html html;
	struct html measure;
	FILE *out;
	FILE *measured;
	char *text;
	size_t size;
	char *measured_text;
	size_t measured_size;
	size_t left;
};

/* A part of the page that is there as a whole, or not at all. */
struct letter_item {
	const struct letter_report *report;
	struct span line;
	const struct group_row *row;
	bool alarm; /* the line is what nobody should overlook */
};
typedef void letter_writer(struct html *html, const struct letter_item *item);

static int letter_page_open(struct letter_page *page, const struct letter_report *report)
{
	*page = (struct letter_page){.report = report, .left = LETTER_HTML_MAX};
	page->out = open_memstream(&page->text, &page->size);
	page->measured = open_memstream(&page->measured_text, &page->measured_size);
	html_init(&page->html, page->out);
	html_init(&page->measure, page->measured);
	return page->out != NULL && page->measured != NULL ? 0 : -1;
}

static void letter_page_close(struct letter_page *page)
{
	html_fini(&page->html);
	html_fini(&page->measure);
	if (page->out != NULL)
		fclose(page->out);
	if (page->measured != NULL)
		fclose(page->measured);
	free(page->text);
	free(page->measured_text);
}

/* The bytes of an item; SIZE_MAX when they cannot be counted. */
static size_t letter_measure(
    struct letter_page *page, letter_writer *write, const struct letter_item *item)
{
	struct err unused = ERR_INIT;
	off_t size;

	rewind(page->measured);
	write(&page->measure, item);
	size = html_finish(&page->measure, &unused) == 0 ? ftello(page->measured) : -1;
	return size >= 0 ? (size_t)size : SIZE_MAX;
}

/* Writes the item unless less than `keep` would be left behind it: false then. */
static bool letter_write(
    struct letter_page *page, letter_writer *write, const struct letter_item *item, size_t keep)
{
	size_t size = letter_measure(page, write, item);

	if (size > page->left || page->left - size < keep)
		return false;
	write(&page->html, item);
	page->left -= size;
	return true;
}

/*
 * A text that many mail programs would make a link of, and should not: an element around each
 * character that makes it look like an address keeps some of them from it, and what is copied is
 * as it was.
 */
static void letter_write_name(struct html *html, struct span text)
{
	while (text.n > 0) {
		size_t n = 0;

		while (n < text.n && text.p[n] != '.' && text.p[n] != '@' && text.p[n] != ':')
			n++;
		html_text(html, span_head(text, n));
		if (n < text.n) {
			html_markup(html, "<span>");
			html_text(html, span_head(span_from(text, n), 1));
			html_markup(html, "</span>");
		}
		text = span_from(text, n + 1);
	}
}

/* The same of html->value, which it empties. */
static void letter_write_value(struct html *html)
{
	letter_write_name(html, buf_span(&html->value));
	html_value_drop(html);
}

static void letter_write_head(struct html *html, const struct letter_item *item)
{
	(void)item;
	html_markup(html,
	    "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
	    "<meta name=\"viewport\" content=\"width=device-width\">\n"
	    "<meta name=\"color-scheme\" content=\"light dark\">\n"
	    "<meta name=\"format-detection\" "
	    "content=\"telephone=no,date=no,address=no,email=no,url=no\">\n"
	    "<title>Quarantine report</title>\n</head>\n<body style=\"" LETTER_FONT "\">\n");
}

static void letter_write_end(struct html *html, const struct letter_item *item)
{
	(void)item;
	html_markup(html, "</body>\n</html>\n");
}

static void letter_write_line(struct html *html, const struct letter_item *item)
{
	if (item->alarm)
		html_markup(html, "<strong style=\"" LETTER_ALARM "\">");
	letter_write_name(html, span_trim(item->line));
	if (item->alarm)
		html_markup(html, "</strong>");
	html_markup(html, "<br>\n");
}

static void letter_write_no_room(struct html *html, const struct letter_item *item)
{
	(void)item;
	html_markup(html, "And more, which the text of this letter has.<br>\n");
}

/* Lines of text as a paragraph, which empties them; of an alarm the first one stands out. */
static int letter_page_lines(
    struct letter_page *page, struct buf *lines, bool alarm, size_t keep, struct err *err)
{
	struct span rest = buf_span(lines);
	struct letter_item item = {.alarm = alarm};
	bool room = true;

	if (lines->failed != 0)
		return err_nomem(err);
	if (rest.n == 0)
		return 0;
	html_markup(&page->html, "<p style=\"" LETTER_FONT "\">\n");
	for (; rest.n > 0 && room; item.alarm = false) {
		item.line = span_head(rest, span_find(rest, '\n'));
		rest = span_from(rest, item.line.n + 1);
		room = letter_write(page, letter_write_line, &item, keep);
	}
	if (!room)
		letter_write(page, letter_write_no_room, &item, 0);
	html_markup(&page->html, "</p>\n");
	buf_clear(lines);
	return 0;
}

/* A fact on a line of its own, when there is something to say. */
static void letter_write_fact(
    struct html *html, const struct letter_item *item, enum letter_fact fact)
{
	letter_add_fact(&html->value, item->report, item->row, fact);
	if (html->value.n == 0)
		return;
	html_markup(html, "<br>\n");
	html_value_text(html);
}

static void letter_write_sending(struct html *html, const struct letter_item *item)
{
	bool goes_on = letter_goes_on(item->report, item->row);

	if (item->row->recent == 0)
		return;
	html_markup(html, "<br>\n");
	if (goes_on)
		html_markup(html, "<strong style=\"" LETTER_ALARM "\">");
	letter_add_still(&html->value, item->report, false);
	buf_add_char(&html->value, ':');
	html_value_text(html);
	if (goes_on)
		html_markup(html, "</strong>");
	html_markup(html, " ");
	letter_add_fact(&html->value, item->report, item->row, LETTER_SENDING);
	html_value_text(html);
}

static void letter_write_script(struct html *html, const struct letter_item *item)
{
	if (item->row->others > 0 || item->row->script.value.n == 0)
		return;
	html_markup(html, "<br>\n");
	letter_add_fact(&html->value, item->report, item->row, LETTER_SHARE);
	html_value_text(html);
	html_markup(html, " ");
	letter_add_fact(&html->value, item->report, item->row, LETTER_SCRIPT);
	letter_write_value(html);
}

static void letter_write_row(struct html *html, const struct letter_item *item)
{
	const struct group_row *row = item->row;

	html_markup(html, "<tr valign=\"top\">\n" LETTER_NUMBER);
	html_number(html, row->count);
	html_markup(html, "</td>\n" LETTER_NUMBER);
	letter_add_percent(&html->value, row);
	html_value_text(html);
	html_markup(html, "</td>\n<td style=\"" LETTER_FONT ";" LETTER_LINE
			  ";word-wrap:break-word;word-break:break-word\"><strong>");
	group_add_key(&html->value, item->report->identities, row, 0);
	letter_write_value(html);
	html_markup(html, "</strong>");
	letter_write_fact(html, item, LETTER_WEAK);
	letter_write_fact(html, item, LETTER_SEEN);
	letter_write_sending(html, item);
	letter_write_fact(html, item, LETTER_LOGINS);
	letter_write_script(html, item);
	html_markup(html, "</td>\n</tr>\n");
}

static void letter_write_titles(struct html *html, const struct letter_item *item)
{
	(void)item;
	html_markup(html, "<table border=\"0\" cellpadding=\"6\" cellspacing=\"0\">\n<tr>\n");
	html_markup(html, LETTER_TITLE("right") "Count</th>\n");
	html_markup(html, LETTER_TITLE("right") "%</th>\n");
	html_markup(html, LETTER_TITLE("left") "Identity</th>\n</tr>\n");
}

/* Who sent most. The first line is also what a list of letters shows of this one. */
static void letter_write_headline(struct html *html, const struct letter_item *item)
{
	html_markup(html, "<p style=\"font:18px/24px Arial,sans-serif\"><strong><bdi>");
	group_add_key(&html->value, item->report->identities, item->row, 0);
	letter_write_value(html);
	html_markup(html, "</bdi></strong> sent <strong>");
	html_number(html, item->row->count);
	html_markup(html, "</strong> of ");
	html_counted(html, item->row->total, " message", " messages");
	html_markup(html, " (");
	letter_add_percent(&html->value, item->row);
	html_value_text(html);
	html_markup(html, "&nbsp;%).");
	if (group_sender_is_weak(item->row))
		letter_write_fact(html, item, LETTER_WEAK);
	letter_write_sending(html, item);
	html_markup(html, "</p>\n");
}

static void letter_write_busiest(struct html *html, const struct letter_item *item)
{
	html_markup(html, "<p style=\"" LETTER_FONT "\">Most in the last hour: <strong><bdi>");
	group_add_key(&html->value, item->report->identities, item->row, 0);
	letter_write_value(html);
	html_markup(html, "</bdi></strong>, ");
	html_counted(html, item->row->recent, " message", " messages");
	html_markup(html, " (<strong style=\"" LETTER_ALARM "\">");
	letter_add_still(&html->value, item->report, false);
	html_value_text(html);
	html_markup(html, "</strong>).</p>\n");
}

static int letter_page_busiest(struct letter_page *page, struct err *err)
{
	struct group_row row;
	const struct letter_item item = {.report = page->report, .row = &row};
	int found = letter_busiest(page->report, &row, err);

	if (found > 0)
		letter_write(page, letter_write_busiest, &item, 0);
	return found < 0 ? -1 : 0;
}

/* The first that is known; the messages of nobody may be more. */
static int letter_page_headline(struct letter_page *page, struct err *err)
{
	const struct group_limits first = {.top = 2};
	struct letter_item item = {.report = page->report};
	struct group_view view;
	struct group_row row;

	if (group_view_init(&view, page->report->identities, &first, err) != 0)
		return -1;
	for (uint32_t i = 0; i < view.shown && item.row == NULL; i++) {
		group_view_row(&view, i, &row);
		if (row.key[0].n > 0)
			item.row = &row;
	}
	if (item.row != NULL)
		letter_write(page, letter_write_headline, &item, 0);
	return 0;
}

/* As many identities as there is room for, and a row of the others; *all_r: none is left out for
 * want of room. */
static int letter_page_rows(struct letter_page *page, bool *all_r, struct err *err)
{
	struct group_row row;
	struct letter_item item = {.report = page->report, .row = &row};
	struct group_view view;
	uint32_t shown = 0;

	if (letter_view(&view, page->report, err) != 0)
		return -1;
	for (; shown < view.shown; shown++) {
		group_view_row(&view, shown, &row);
		if (!letter_write(page, letter_write_row, &item, LETTER_KEEP_FOLDERS))
			break;
	}
	*all_r = shown == view.shown;
	if (letter_view_head(&view, page->report, shown, err) != 0)
		return -1;
	if (view.others > 0) {
		group_view_row(&view, view.shown, &row);
		letter_write(page, letter_write_row, &item, LETTER_KEEP_END);
	}
	return 0;
}

static int letter_page_table(struct letter_page *page, struct err *err)
{
	struct letter_item item = {0};
	bool all;

	if (grouping_messages(page->report->identities) == 0)
		return 0;
	letter_write(page, letter_write_titles, &item, 0);
	if (letter_page_rows(page, &all, err) != 0)
		return -1;
	html_markup(&page->html, "</table>\n");
	if (!all)
		letter_write(page, letter_write_no_room, &item, 0);
	return 0;
}

/* `lines` is empty, and for each block in turn. */
static int letter_page_write(struct letter_page *page, struct buf *lines, struct err *err)
{
	const struct letter_report *report = page->report;
	struct letter_item item = {0};

	letter_write(page, letter_write_head, &item, 0);
	letter_add_missing(lines, report->account);
	letter_add_again(lines, report->account, report->failed_since);
	if (letter_page_lines(page, lines, true, LETTER_KEEP_TABLE, err) != 0 ||
	    letter_page_headline(page, err) != 0 || letter_page_busiest(page, err) != 0 ||
	    letter_add_scope(lines, report, err) != 0 ||
	    letter_page_lines(page, lines, false, LETTER_KEEP_FOLDERS, err) != 0 ||
	    letter_add_new(lines, report, err) != 0 ||
	    letter_page_lines(page, lines, false, LETTER_KEEP_FOLDERS, err) != 0 ||
	    letter_page_table(page, err) != 0 || letter_add_locks(lines, report, err) != 0 ||
	    letter_page_lines(page, lines, false, LETTER_KEEP_END, err) != 0)
		return -1;
	letter_add_folders(lines, report->account);
	if (letter_page_lines(page, lines, false, LETTER_KEEP_END, err) != 0)
		return -1;
	letter_write(page, letter_write_end, &item, 0);
	/* What could not be measured has been left out. */
	if (html_finish(&page->measure, err) != 0)
		return -1;
	return html_finish(&page->html, err);
}

int letter_add_html(struct buf *out, const struct letter_report *report, struct err *err)
{
	struct letter_page page;
	struct buf lines;
	int result = -1;

	buf_init(&lines, 0);
	if (letter_page_open(&page, report) != 0)
		err_nomem(err);
	else
		result = letter_page_write(&page, &lines, err);
	if (result == 0)
		buf_add(out, (struct span){page.text, page.size});
	letter_page_close(&page);
	buf_fini(&lines);
	if (result == 0 && out->failed != 0)
		result = err_nomem(err);
	return result;
}
