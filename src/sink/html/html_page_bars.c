/* The most frequent identities, as bars: the answer to "who first", at a glance. */
#include "group/group_column.h"
#include "group/group_sender.h"
#include "sink/html/html_page.h"

/* SVG's lengths are percents of the list's width, so that texts keep their size on a phone. */
static void html_page_write_bar(
    struct html_page *page, const struct group_row *row, uint32_t rank, uint64_t longest)
{
	struct html *html = &page->html;

	html_markup(html, "<li><span class=\"who\">");
	html_page_write_link(page, row, rank);
	html_markup(html, "</span><span class=\"tags\">");
	if (group_sender_is_weak(row))
		html_page_write_kind(page, row);
	if (html_page_recent(page, row) > 0)
		html_page_write_going_on(page);
	html_markup(html, "</span><span class=\"n\">");
	html_number(html, row->count);
	html_markup(html, "</span><span class=\"n aside\">");
	html_permille(html, group_permille(row->count, row->total));
	html_markup(html, "</span><svg class=\"bar\" role=\"img\" width=\"100%\" height=\"8\">"
			  "<title>");
	html_counted(html, row->count, " message", " messages");
	html_markup(html, ", ");
	html_permille(html, group_permille(row->count, row->total));
	html_markup(html, " of all</title><rect class=\"track\" width=\"100%\" height=\"8\"/>"
			  "<rect class=\"s1\" height=\"8\" width=\"");
	html_hundredths(html, row->count * 10000 / longest);
	html_markup(html, "%\"/></svg></li>\n");
}

void html_page_write_bars(struct html_page *page)
{
	const struct group_view *leaders = &page->leaders;
	struct html *html = &page->html;
	struct group_row row;
	uint64_t longest;

	if (leaders->shown == 0)
		return;
	group_view_row(leaders, 0, &row);
	longest = row.count;
	html_markup(
	    html, "<section class=\"chart\">\n<h2>Top identities</h2>\n<ol class=\"bars\">\n");
	for (uint32_t i = 0; i < leaders->shown; i++) {
		group_view_row(leaders, i, &row);
		html_page_write_bar(page, &row, i, longest);
	}
	html_markup(html, "</ol>\n");
	if (leaders->rows > leaders->shown) {
		group_view_row(leaders, leaders->shown, &row);
		html_markup(html, "<p class=\"note\">");
		html_counted(html, row.others, " other identity: ", " other identities: ");
		html_counted(html, row.count, " message", " messages");
		html_markup(html, " (");
		html_permille(html, group_permille(row.count, row.total));
		html_markup(html, ").</p>\n");
	}
	html_markup(html, "</section>\n");
}
