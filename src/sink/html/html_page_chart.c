/*
 * Messages over time, stacked by the top identities: a script that runs at night, a mailbox that
 * was stolen at noon and one that sends every day look different here.
 */
#include "calendar/period_zone.h"
#include "group/group_column.h"
#include "sink/html/html_page.h"

#define HTML_SERIES_COUNT (HTML_MAX_SERIES + 1) /* the last one is all others */

/*
 * The chart's sizes: pixels from top to bottom, hundredths of a percent from left to right, so that
 * texts keep their size on a phone.
 */
#define HTML_CHART_TOP    16
#define HTML_CHART_DEPTH  168 /* of the largest sum of a bar */
#define HTML_CHART_LEFT   700
#define HTML_CHART_WIDTH  (10000 - HTML_CHART_LEFT)
#define HTML_CHART_WIDEST 900   /* bar */
#define HTML_CHART_LABEL  "202" /* base line of the texts below the bars */

#define HTML_CHART_LINES 4

struct html_series {
	bool shown;
	struct group_row row; /* not set for the others */
	uint32_t count[HTML_AXIS_MAX];
};

struct html_chart {
	struct html_page *page;
	struct html_series series[HTML_SERIES_COUNT];
	uint32_t all[HTML_AXIS_MAX];
	uint64_t step; /* value from line to line */
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

static void html_chart_init_series(
    struct html_chart *chart, struct html_series *series, uint32_t rank)
{
	const struct html_page *page = chart->page;
	const struct html_slots *times;

	series->shown = true;
	group_view_row(&page->leaders, rank, &series->row);
	times = html_identities_times(&page->identities, series->row.id);
	for (unsigned i = 0; i < page->axis.count; i++)
		series->count[i] = html_slots_get(times, page->axis.slot[i]);
}

static void html_chart_init(struct html_chart *chart, struct html_page *page)
{
	struct html_series *others = &chart->series[HTML_MAX_SERIES];
	uint64_t largest = 0;

	*chart = (struct html_chart){.page = page};
	for (uint32_t rank = 0; rank < HTML_MAX_SERIES && rank < page->leaders.shown; rank++)
		html_chart_init_series(chart, &chart->series[rank], rank);
	for (unsigned i = 0; i < page->axis.count; i++) {
		chart->all[i] = html_slots_get(&page->identities.all, page->axis.slot[i]);
		others->count[i] = chart->all[i];
		for (unsigned s = 0; s < HTML_MAX_SERIES; s++)
			others->count[i] -= chart->series[s].count[i];
		others->shown = others->shown || others->count[i] > 0;
		if (chart->all[i] > largest)
			largest = chart->all[i];
	}
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

static void html_chart_write_bar_name(const struct html_chart *chart, unsigned i)
{
	struct html *html = &chart->page->html;

	html_axis_add_name(&html->value, &chart->page->axis, i);
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

/* Hundredths of a percent from the left. */
static uint64_t html_chart_middle(const struct html_chart *chart, unsigned i)
{
	return HTML_CHART_LEFT +
	       ((uint64_t)i * 2 + 1) * HTML_CHART_WIDTH / (2 * chart->page->axis.count);
}

static uint64_t html_chart_bar_width(const struct html_chart *chart)
{
	uint64_t width = HTML_CHART_WIDTH / chart->page->axis.count * 4 / 5;

	return width < HTML_CHART_WIDEST ? width : HTML_CHART_WIDEST;
}

static void html_chart_write_label(const struct html_chart *chart, unsigned i)
{
	struct html *html = &chart->page->html;

	html_axis_add_label(&html->value, &chart->page->axis, i);
	if (html->value.n == 0)
		return;
	html_markup(html, "<text text-anchor=\"middle\" y=\"" HTML_CHART_LABEL "\" x=\"");
	html_hundredths(html, html_chart_middle(chart, i));
	html_markup(html, "%\">");
	html_value_text(html);
	html_markup(html, "</text>\n");
}

static void html_chart_write_segment(
    const struct html_chart *chart, unsigned i, unsigned series, uint64_t below)
{
	struct html *html = &chart->page->html;
	uint32_t value = chart->series[series].count[i];
	uint64_t upper = html_chart_depth(chart, below + value);

	html_markup(html, "<rect");
	html_chart_write_class(chart, series);
	html_markup(html, " x=\"");
	html_hundredths(html, html_chart_middle(chart, i) - html_chart_bar_width(chart) / 2);
	html_markup(html, "%\" width=\"");
	html_hundredths(html, html_chart_bar_width(chart));
	html_markup(html, "%\" y=\"");
	html_hundredths(html, upper);
	html_markup(html, "\" height=\"");
	html_hundredths(html, html_chart_depth(chart, below) - upper);
	html_markup(html, "\"><title>");
	html_chart_write_bar_name(chart, i);
	html_markup(html, ": ");
	html_counted(html, value, " message", " messages");
	html_markup(html, ", ");
	html_chart_write_name(chart, series);
	html_markup(html, "</title></rect>\n");
}

/* "Messages by hour", "Messages by day", "Messages by 7 days". */
static void html_chart_write_title(const struct html_chart *chart)
{
	struct html *html = &chart->page->html;
	enum html_unit unit = chart->page->axis.unit;

	html_markup(html, "Messages by ");
	if (unit == HTML_UNIT_HOUR)
		html_markup(html, "hour");
	else if (unit == HTML_UNIT_DAY)
		html_markup(html, "day");
	else
		html_counted(html, html_unit_days(unit), " day", " days");
}

static void html_chart_write_picture(const struct html_chart *chart)
{
	struct html *html = &chart->page->html;

	html_markup(html, "<svg class=\"times\" role=\"img\" aria-labelledby=\"times-title "
			  "times-text\" width=\"100%\" height=\"208\">\n"
			  "<title id=\"times-title\">");
	html_chart_write_title(chart);
	html_markup(html, "</title>\n<desc id=\"times-text\">A bar for each, stacked by identity. "
			  "The numbers are in the table below.</desc>\n");
	html_chart_write_lines(chart);
	for (unsigned i = 0; i < chart->page->axis.count; i++) {
		uint64_t below = 0;

		html_chart_write_label(chart, i);
		for (unsigned series = 0; series < HTML_SERIES_COUNT; series++) {
			if (chart->series[series].count[i] > 0)
				html_chart_write_segment(chart, i, series, below);
			below += chart->series[series].count[i];
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

static void html_chart_write_table_row(const struct html_chart *chart, unsigned i)
{
	struct html *html = &chart->page->html;

	html_markup(html, "<tr><th scope=\"row\">");
	html_chart_write_bar_name(chart, i);
	html_markup(html, "</th>");
	for (unsigned series = 0; series < HTML_SERIES_COUNT; series++)
		if (chart->series[series].shown)
			html_chart_write_number_cell(chart, chart->series[series].count[i]);
	html_chart_write_number_cell(chart, chart->all[i]);
	html_markup(html, "</tr>\n");
}

/* One column for each series that is shown, then the sum. */
static void html_chart_write_table(const struct html_chart *chart)
{
	struct html *html = &chart->page->html;

	html_markup(html, "<details><summary>The numbers</summary>\n<div class=\"scroll\">"
			  "<table class=\"times\">\n<thead><tr><th scope=\"col\">");
	if (chart->page->axis.unit == HTML_UNIT_HOUR)
		html_markup(html, "Hour");
	else
		html_markup(html, "Day");
	html_markup(html, "</th>");
	for (unsigned i = 0; i < HTML_SERIES_COUNT; i++) {
		if (!chart->series[i].shown)
			continue;
		html_markup(html, "<th scope=\"col\" class=\"n\"><bdi>");
		html_chart_write_name(chart, i);
		html_markup(html, "</bdi></th>");
	}
	html_markup(html, "<th scope=\"col\" class=\"n\">All</th></tr></thead>\n<tbody>\n");
	for (unsigned i = 0; i < chart->page->axis.count; i++)
		html_chart_write_table_row(chart, i);
	html_markup(html, "</tbody></table></div></details>\n");
}

/* The sums of the days as text, which is seen without opening anything, and printed. */
static void html_chart_write_totals(const struct html_chart *chart)
{
	struct html *html = &chart->page->html;

	if (chart->page->axis.unit == HTML_UNIT_HOUR)
		return;
	html_markup(html, "<ul class=\"totals\">\n");
	for (unsigned i = 0; i < chart->page->axis.count; i++) {
		html_markup(html, "<li>");
		html_chart_write_bar_name(chart, i);
		html_markup(html, ": <b>");
		html_number(html, chart->all[i]);
		html_markup(html, "</b></li>\n");
	}
	html_markup(html, "</ul>\n");
}

/* The zone of the times, and how many messages are not in the picture. */
static void html_chart_write_note(const struct html_chart *chart)
{
	struct html *html = &chart->page->html;
	const struct html_axis *axis = &chart->page->axis;
	uint64_t undated = chart->page->identities.undated;
	struct tm last = period_zone_local(axis->last);

	html_markup(html, "<p class=\"note\">Times in ");
	html_text(html, span_of(last.tm_zone));
	for (unsigned i = 0; i < axis->count && !axis->one_offset; i++) {
		struct tm tm = period_zone_local(axis->start[i]);

		if (tm.tm_gmtoff == last.tm_gmtoff)
			continue;
		html_markup(html, " and ");
		html_text(html, span_of(tm.tm_zone));
		break;
	}
	if (undated > 0) {
		html_markup(html, "; without ");
		html_counted(html, undated, " message", " messages");
		html_markup(html, " of unknown time");
	}
	html_markup(html, ".</p>\n");
}

void html_page_write_chart(struct html_page *page)
{
	struct html_chart chart;

	if (!page->identities.dated)
		return;
	html_chart_init(&chart, page);
	html_markup(&page->html, "<section class=\"chart\">\n<h2>");
	html_chart_write_title(&chart);
	html_markup(&page->html, "</h2>\n");
	html_chart_write_picture(&chart);
	html_chart_write_legend(&chart);
	html_chart_write_totals(&chart);
	html_chart_write_note(&chart);
	html_chart_write_table(&chart);
	html_markup(&page->html, "</section>\n");
}
