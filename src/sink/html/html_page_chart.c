/*
 * Messages over the hours of the day, stacked by the top identities. A script
 * that runs at night and a mailbox that was stolen look different here.
 */
#include "calendar/period_zone.h"
#include "group/group_column.h"
#include "sink/html/html_page.h"

#define HTML_SERIES_COUNT (HTML_MAX_SERIES + 1) /* the last: all others */

/*
 * The chart's sizes: pixels from top to bottom, hundredths of a percent from left to right, so that
 * texts keep their size on a phone.
 */
#define HTML_CHART_TOP   16
#define HTML_CHART_DEPTH 168 /* of the largest sum of an hour */
#define HTML_CHART_LEFT  700
#define HTML_CHART_HOUR  ((10000 - HTML_CHART_LEFT) / HTML_HOURS)
#define HTML_CHART_BAR   310
#define HTML_CHART_LABEL "202" /* where the base line of the hours' numbers is */

/* Every so many hours one has its number below it; more would not fit on a phone. */
#define HTML_CHART_LABEL_HOURS 3

#define HTML_CHART_LINES 4

struct html_series {
	bool shown;
	struct group_row row; /* not of the others */
	uint64_t messages;    /* with a time */
	struct html_hours hours;
};

struct html_chart {
	struct html_page *page;
	struct html_series series[HTML_SERIES_COUNT];
	uint64_t step; /* between the lines */
	uint64_t top;  /* the value at the upper end */
};

/* A round number so that a few lines reach the largest value. */
static uint64_t html_chart_step(uint64_t largest)
{
	static const unsigned round[] = {1, 2, 5};
	uint64_t ten = 1;

	for (;; ten *= 10)
		for (size_t i = 0; i < sizeof(round) / sizeof(round[0]); i++)
			if (round[i] * ten * HTML_CHART_LINES >= largest)
				return round[i] * ten;
}

static void html_chart_init(struct html_chart *chart, struct html_page *page)
{
	struct html_series *others = &chart->series[HTML_MAX_SERIES];
	uint64_t largest = 0;

	*chart = (struct html_chart){.page = page};
	others->hours = page->identities.all;
	for (uint32_t i = 0; i < HTML_MAX_SERIES && i < page->leaders.shown; i++) {
		struct html_series *series = &chart->series[i];

		series->shown = true;
		group_view_row(&page->leaders, i, &series->row);
		html_identities_hours(&page->identities, series->row.id, &series->hours);
		for (unsigned hour = 0; hour < HTML_HOURS; hour++) {
			series->messages += series->hours.count[hour];
			others->hours.count[hour] -= series->hours.count[hour];
		}
	}
	for (unsigned hour = 0; hour < HTML_HOURS; hour++) {
		others->messages += others->hours.count[hour];
		if (page->identities.all.count[hour] > largest)
			largest = page->identities.all.count[hour];
	}
	others->shown = others->messages > 0;
	chart->step = html_chart_step(largest);
	chart->top = (largest + chart->step - 1) / chart->step * chart->step;
}

/* As plain text: a title has no elements. */
static void html_chart_write_name(const struct html_chart *chart, unsigned series)
{
	struct html *html = &chart->page->html;

	if (series == HTML_MAX_SERIES) {
		html_markup(html, "all others");
		return;
	}
	group_add_key(&html->value, chart->page->identity, &chart->series[series].row, 0);
	html_value_text(html);
}

static void html_chart_write_class(const struct html_chart *chart, unsigned series)
{
	html_markup(&chart->page->html, " class=\"s");
	html_number(&chart->page->html, series + 1);
	html_markup(&chart->page->html, "\"");
}

/* Hundredths of a pixel from the upper end of the picture. */
static uint64_t html_chart_depth(const struct html_chart *chart, uint64_t value)
{
	return HTML_CHART_TOP * 100 + (chart->top - value) * HTML_CHART_DEPTH * 100 / chart->top;
}

static void html_chart_write_lines(const struct html_chart *chart)
{
	struct html *html = &chart->page->html;

	for (uint64_t value = 0; value <= chart->top; value += chart->step) {
		html_markup(html, "<line x1=\"0\" x2=\"100%\" y1=\"");
		html_hundredths(html, html_chart_depth(chart, value));
		html_markup(html, "\" y2=\"");
		html_hundredths(html, html_chart_depth(chart, value));
		html_markup(html, "\"/><text x=\"0\" dy=\"-3\" y=\"");
		html_hundredths(html, html_chart_depth(chart, value));
		html_markup(html, "\">");
		html_number(html, value);
		html_markup(html, "</text>\n");
	}
}

static void html_chart_write_hour_number(struct html *html, unsigned hour)
{
	html_markup(html, "<text text-anchor=\"middle\" y=\"" HTML_CHART_LABEL "\" x=\"");
	html_hundredths(html, HTML_CHART_LEFT + hour * HTML_CHART_HOUR + HTML_CHART_HOUR / 2);
	html_markup(html, "%\">");
	html_number(html, hour);
	html_markup(html, "</text>\n");
}

static void html_chart_write_segment(
    const struct html_chart *chart, unsigned hour, unsigned series, uint64_t below)
{
	struct html *html = &chart->page->html;
	uint32_t value = chart->series[series].hours.count[hour];
	uint64_t upper = html_chart_depth(chart, below + value);

	html_markup(html, "<rect");
	html_chart_write_class(chart, series);
	html_markup(html, " x=\"");
	html_hundredths(html,
	    HTML_CHART_LEFT + hour * HTML_CHART_HOUR + (HTML_CHART_HOUR - HTML_CHART_BAR) / 2);
	html_markup(html, "%\" width=\"");
	html_hundredths(html, HTML_CHART_BAR);
	html_markup(html, "%\" y=\"");
	html_hundredths(html, upper);
	html_markup(html, "\" height=\"");
	html_hundredths(html, html_chart_depth(chart, below) - upper);
	html_markup(html, "\"><title>Hour ");
	html_number(html, hour);
	html_markup(html, ": ");
	html_counted(html, value, " message", " messages");
	html_markup(html, ", ");
	html_chart_write_name(chart, series);
	html_markup(html, "</title></rect>\n");
}

static void html_chart_write_picture(const struct html_chart *chart)
{
	struct html *html = &chart->page->html;

	html_markup(html, "<svg class=\"hours\" role=\"img\" aria-labelledby=\"hours-title "
			  "hours-text\" width=\"100%\" height=\"208\">\n"
			  "<title id=\"hours-title\">Messages by hour of the day</title>\n"
			  "<desc id=\"hours-text\">A bar for each hour, stacked by identity. "
			  "The numbers are in the table below.</desc>\n");
	html_chart_write_lines(chart);
	for (unsigned hour = 0; hour < HTML_HOURS; hour++) {
		uint64_t below = 0;

		if (hour % HTML_CHART_LABEL_HOURS == 0)
			html_chart_write_hour_number(html, hour);
		for (unsigned i = 0; i < HTML_SERIES_COUNT; i++) {
			if (chart->series[i].hours.count[hour] > 0)
				html_chart_write_segment(chart, hour, i, below);
			below += chart->series[i].hours.count[hour];
		}
	}
	html_markup(html, "</svg>\n");
}

static void html_chart_write_legend(const struct html_chart *chart)
{
	struct html *html = &chart->page->html;

	html_markup(html, "<ul class=\"legend\">\n");
	for (unsigned i = 0; i < HTML_SERIES_COUNT; i++) {
		if (!chart->series[i].shown)
			continue;
		html_markup(html, "<li><svg class=\"key\" aria-hidden=\"true\" width=\"10\" "
				  "height=\"10\"><rect width=\"10\" height=\"10\"");
		html_chart_write_class(chart, i);
		html_markup(html, "/></svg> <bdi>");
		html_chart_write_name(chart, i);
		html_markup(html, "</bdi></li>\n");
	}
	html_markup(html, "</ul>\n");
}

static void html_chart_write_number_cell(const struct html_chart *chart, uint64_t number)
{
	struct html *html = &chart->page->html;

	html_markup(html, "<td class=\"n\">");
	html_number(html, number);
	html_markup(html, "</td>");
}

/* One column for each series that is shown, then the sum. */
static void html_chart_write_table(const struct html_chart *chart)
{
	struct html *html = &chart->page->html;

	html_markup(html, "<details><summary>The numbers</summary>\n<div class=\"scroll\">"
			  "<table class=\"hours\">\n<thead><tr><th scope=\"col\" class=\"n\">"
			  "Hour</th>");
	for (unsigned i = 0; i < HTML_SERIES_COUNT; i++) {
		if (!chart->series[i].shown)
			continue;
		html_markup(html, "<th scope=\"col\" class=\"n\"><bdi>");
		html_chart_write_name(chart, i);
		html_markup(html, "</bdi></th>");
	}
	html_markup(html, "<th scope=\"col\" class=\"n\">All</th></tr></thead>\n<tbody>\n");
	for (unsigned hour = 0; hour < HTML_HOURS; hour++) {
		html_markup(html, "<tr><th scope=\"row\" class=\"n\">");
		html_number(html, hour);
		html_markup(html, "</th>");
		for (unsigned i = 0; i < HTML_SERIES_COUNT; i++)
			if (chart->series[i].shown)
				html_chart_write_number_cell(
				    chart, chart->series[i].hours.count[hour]);
		html_chart_write_number_cell(chart, chart->page->identities.all.count[hour]);
		html_markup(html, "</tr>\n");
	}
	html_markup(html, "</tbody></table></div></details>\n");
}

/* Which clock the hours are of, and what is not in the picture. */
static void html_chart_write_note(const struct html_chart *chart)
{
	struct html *html = &chart->page->html;
	uint32_t unknown = chart->page->identities.all.count[HTML_HOUR_UNKNOWN];
	struct tm last = period_zone_local(chart->page->identities.last);

	html_markup(html, "<p class=\"note\">Hours of the clock in ");
	html_text(html, span_of(last.tm_zone));
	if (unknown > 0) {
		html_markup(html, "; without ");
		html_counted(html, unknown, " message", " messages");
		html_markup(html, " of unknown time");
	}
	html_markup(html, ".</p>\n");
}

void html_page_write_hours(struct html_page *page)
{
	struct html_chart chart;

	if (!page->identities.dated)
		return;
	html_chart_init(&chart, page);
	html_markup(
	    &page->html, "<section class=\"chart\">\n<h2>Messages by hour of the day</h2>\n");
	html_chart_write_picture(&chart);
	html_chart_write_legend(&chart);
	html_chart_write_note(&chart);
	html_chart_write_table(&chart);
	html_markup(&page->html, "</section>\n");
}
