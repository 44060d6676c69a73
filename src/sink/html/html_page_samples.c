/* A few messages of an identity, folded: a reader decides by them whether it is abuse. */
#include "sink/html/html_page.h"

static void html_page_write_sample(struct html_page *page, const struct html_sample *sample)
{
	struct html *html = &page->html;

	html_markup(html, "<li><dl>\n");
	for (unsigned i = 0; i < HTML_SAMPLE_COLUMNS; i++) {
		struct span value = html_sample_value(sample, i);

		if (value.n == 0)
			continue;
		html_markup(html, "<div><dt>");
		html_text(html, span_of(record_columns[html_sample_columns[i]].title));
		/* A click selects all of it, to be searched for in the mail server's log. */
		if (html_sample_columns[i] == COLUMN_MESSAGE_ID)
			html_markup(html, "</dt><dd class=\"whole\">");
		else
			html_markup(html, "</dt><dd>");
		html_data(html, value);
		html_markup(html, "</dd></div>\n");
	}
	html_markup(html, "</dl></li>\n");
}

static void html_page_write_subject(struct html_page *page, const struct group_row *row)
{
	struct html *html = &page->html;

	if (row->sample_subject.n > 0) {
		html_markup(html, "<q>");
		html_data(html, row->sample_subject);
		html_markup(html, "</q>");
	} else if (!grouping_knows_of(page->identity, row->id, COLUMN_SUBJECT)) {
		html_markup(html, "<span class=\"none\">Messages</span>");
	} else {
		html_markup(html, "<span class=\"none\">(no subject)</span>");
	}
}

void html_page_write_samples(struct html_page *page, const struct group_row *row)
{
	const struct html_sample *sample = html_identities_sample(&page->identities, row->id);
	struct html *html = &page->html;

	if (sample == NULL) {
		html_markup(html, "<p>");
		html_page_write_subject(page, row);
		html_markup(html, "</p>");
		return;
	}
	html_markup(html, "<details><summary>");
	html_page_write_subject(page, row);
	html_markup(html, "</summary>\n<ol class=\"samples\">\n");
	for (; sample != NULL; sample = html_sample_next(sample))
		html_page_write_sample(page, sample);
	html_markup(html, "</ol></details>");
}
