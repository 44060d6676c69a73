/* Who is new and who grew, with the days before: what a report of one day cannot say. */
#include "calendar/period.h"
#include "group/group_column.h"
#include "group/group_past.h"
#include "group/group_sender.h"
#include "sink/html/html_page.h"

/* Rows of each kind: new ones, and those that have grown most. */
#define HTML_PAST_ROWS 10

/* Pixels of a spark line. */
#define HTML_SPARK_HEIGHT 20
#define HTML_SPARK_LEAST  2 /* of a day with a message */

struct html_past_row {
	struct group_row row;
	uint32_t rank;
};

struct html_past {
	struct html_page *page;
	struct html_past_row fresh[HTML_PAST_ROWS];
	struct html_past_row grown[HTML_PAST_ROWS]; /* the most first */
	unsigned fresh_count, grown_count;
	uint64_t fresh_all;
	bool knows_all; /* of each identity whether it is new */
};

static int64_t past_change(const struct group_row *row)
{
	return (int64_t)row->count - (int64_t)row->past.before;
}

/* Puts it behind those that have grown as much. */
static void past_take_grown(struct html_past *past, const struct group_row *row, uint32_t rank)
{
	unsigned at = past->grown_count;

	while (at > 0 && past_change(&past->grown[at - 1].row) < past_change(row))
		at--;
	if (at == HTML_PAST_ROWS)
		return;
	if (past->grown_count < HTML_PAST_ROWS)
		past->grown_count++;
	for (unsigned i = past->grown_count - 1; i > at; i--)
		past->grown[i] = past->grown[i - 1];
	past->grown[at] = (struct html_past_row){*row, rank};
}

static void past_take(struct html_past *past, const struct group_row *row, uint32_t rank)
{
	if (row->key[0].n == 0)
		return;
	if (row->past.is_new == GROUP_NEW_UNKNOWN)
		past->knows_all = false;
	if (row->past.is_new == GROUP_NEW_YES) {
		if (past->fresh_all++ < HTML_PAST_ROWS)
			past->fresh[past->fresh_count++] = (struct html_past_row){*row, rank};
	} else if (row->past.knows_before && past_change(row) > 0) {
		past_take_grown(past, row, rank);
	}
}

/* A bar a day; hundredths of a percent from left to right, so that it fits its place. */
static void past_write_bars(
    struct html *html, const uint32_t counts[GROUP_SPARK_DAYS], uint32_t most)
{
	for (unsigned i = 0; i < GROUP_SPARK_DAYS; i++) {
		uint64_t height = most > 0 ? (uint64_t)counts[i] * HTML_SPARK_HEIGHT / most : 0;

		if (counts[i] == 0)
			continue;
		if (height < HTML_SPARK_LEAST)
			height = HTML_SPARK_LEAST;
		html_markup(html, "<rect class=\"s1\" width=\"2.8%\" x=\"");
		html_hundredths(html, (uint64_t)i * 10000 / GROUP_SPARK_DAYS);
		html_markup(html, "%\" y=\"");
		html_number(html, HTML_SPARK_HEIGHT - height);
		html_markup(html, "\" height=\"");
		html_number(html, height);
		html_markup(html, "\"/>");
	}
}

void html_page_write_spark(struct html_page *page, const struct group_row *row)
{
	uint32_t counts[GROUP_SPARK_DAYS];
	struct html *html = &page->html;
	unsigned days = 0;
	uint32_t most = 0;

	if (!group_past_spark(page->identity, row->id, group_past_day_of(page->end - 1), counts))
		return;
	for (unsigned i = 0; i < GROUP_SPARK_DAYS; i++) {
		days += counts[i] > 0;
		most = counts[i] > most ? counts[i] : most;
	}
	html_markup(html, "<svg class=\"spark\" role=\"img\" width=\"100%\" height=\"20\"><title>");
	html_number(html, days);
	html_markup(html, " of the last 30 days, at most ");
	html_counted(html, most, " message", " messages");
	html_markup(html, "</title><rect class=\"track\" width=\"100%\" height=\"20\"/>");
	past_write_bars(html, counts, most);
	html_markup(html, "</svg>");
}

/* "first 2026-11-26, 1 day" */
static void past_write_first(struct html *html, const struct group_row *row)
{
	if (!row->past.known)
		return;
	html_markup(html, "first ");
	html_day(html, row->past.first);
	html_markup(html, ", ");
	html_counted(html, row->past.days, " day", " days");
}

static void past_write_row(struct html_page *page, const struct html_past_row *past, bool is_new)
{
	const struct group_row *row = &past->row;
	const struct group_value change = group_value(page->identity, row, GROUP_CHANGE);
	struct html *html = &page->html;

	html_markup(html, "<li><span class=\"who\">");
	html_page_write_link(page, row, past->rank);
	html_markup(html, "</span><span class=\"tags\">");
	if (group_sender_is_weak(row))
		html_page_write_kind(page, row);
	if (is_new)
		html_markup(html, "<strong>new</strong>");
	html_markup(html, "<span class=\"aside\">");
	past_write_first(html, row);
	html_markup(html, "</span></span><span class=\"n\">");
	html_number(html, row->count);
	html_markup(html, "</span><span class=\"n aside\">");
	if (!is_new) {
		group_value_add_short(&html->value, &change);
		html_value_text(html);
	}
	html_markup(html, "</span>");
	html_page_write_spark(page, row);
	html_markup(html, "</li>\n");
}

static void past_write_note(const struct html_past *past)
{
	const struct account *account = past->page->account;
	struct html *html = &past->page->html;

	html_markup(html, "<p class=\"note\">");
	if (past->fresh_all == 0 && past->knows_all)
		html_markup(html, "Nobody is new: all were seen in the ");
	else
		html_markup(html, "New: not seen in the ");
	html_counted(html, account->new_after, " day", " days");
	html_markup(html, " before");
	if (past->fresh_all > past->fresh_count) {
		html_markup(html, ", ");
		html_number(html, past->fresh_all);
		html_markup(html, " in all");
	}
	html_markup(html, ".");
	if (past->grown_count > 0)
		html_markup(html, " With +: who grew most, against as long a time right before.");
	if (past->fresh_count + past->grown_count > 0)
		html_markup(html, " Bars: messages on each of 30 days (UTC).");
	html_markup(html, "</p>\n");
	if (account->past_missing == NULL)
		return;
	html_markup(html, "<p class=\"note\">Not all is known: ");
	html_data(html, span_of(account->past_missing));
	html_markup(html, ".</p>\n");
}

static void past_write(const struct html_past *past)
{
	struct html *html = &past->page->html;

	html_markup(html, "<section class=\"past\">\n<h2>New and growing</h2>\n");
	if (past->fresh_count + past->grown_count > 0)
		html_markup(html, "<ol class=\"bars\">\n");
	for (unsigned i = 0; i < past->fresh_count; i++)
		past_write_row(past->page, &past->fresh[i], true);
	for (unsigned i = 0; i < past->grown_count; i++)
		past_write_row(past->page, &past->grown[i], false);
	if (past->fresh_count + past->grown_count > 0)
		html_markup(html, "</ol>\n");
	past_write_note(past);
	html_markup(html, "</section>\n");
}

void html_page_write_past(struct html_page *page)
{
	struct html_past past = {.page = page, .knows_all = true};
	struct group_row row;

	if (!grouping_keeps_past(page->identity) || page->account->new_after == 0)
		return;
	for (uint32_t i = 0; i < page->everyone.shown; i++) {
		group_view_row(&page->everyone, i, &row);
		past_take(&past, &row, i);
	}
	past_write(&past);
}
