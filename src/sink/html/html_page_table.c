/* The groups of a grouping, one a row, with what else there is to say about each. */
#include "group/group_column.h"
#include "sink/html/html_page.h"

/* Not of one column of a message only. */
#define HTML_OF_ANY COLUMN_COUNT

/*
 * The columns of the tables. One is left out where it tells nothing: its subject is a key of the
 * table, or unknown of all messages. Long texts stand below the row: see html_table_write_more().
 */
static const struct html_column {
	enum group_column column;
	enum column of;
} html_columns[] = {
    {GROUP_COUNT, HTML_OF_ANY},
    {GROUP_PERCENT, HTML_OF_ANY},
    {GROUP_KEY, HTML_OF_ANY},
    {GROUP_RECIPIENTS, COLUMN_TO},
    {GROUP_SUBJECTS, COLUMN_SUBJECT},
    {GROUP_SOURCE_IPS, COLUMN_SOURCE_IP},
    {GROUP_FIRST_SEEN, COLUMN_DATE},
    {GROUP_LAST_SEEN, COLUMN_DATE},
    {GROUP_TOP_IP, COLUMN_SOURCE_IP},
};

#define HTML_COLUMNS_BEFORE_KEY 2

#define HTML_COLUMN_COUNT (sizeof(html_columns) / sizeof(html_columns[0]))

struct html_table {
	struct html_page *page;
	struct grouping *grouping;
	struct group_view view;
};

static bool html_table_has_key(const struct html_table *table, enum column column)
{
	const struct column_list *key = grouping_key(table->grouping);

	for (unsigned k = 0; k < key->count; k++)
		if (key->column[k] == column)
			return true;
	return false;
}

static bool html_table_tells(const struct html_table *table, enum column column)
{
	return !html_table_has_key(table, column) && grouping_knows(table->grouping, column);
}

static bool html_table_shows(const struct html_table *table, const struct html_column *column)
{
	return column->of == HTML_OF_ANY || html_table_tells(table, column->of);
}

static void html_table_write_head_cell(struct html *html, enum column_kind kind, const char *title)
{
	html_markup(html, "<th scope=\"col\"");
	if (kind == KIND_NUMBER || kind == KIND_SHARE)
		html_markup(html, " class=\"n\"");
	else if (kind == KIND_TIME)
		html_markup(html, " class=\"t\"");
	html_markup(html, ">");
	html_text(html, span_of(title));
	html_markup(html, "</th>");
}

/* Returns how many columns there are. */
static unsigned html_table_write_head(const struct html_table *table)
{
	const struct column_list *key = grouping_key(table->grouping);
	struct html *html = &table->page->html;
	unsigned count = 0;

	html_markup(html, "<thead><tr>");
	for (size_t i = 0; i < HTML_COLUMN_COUNT; i++) {
		const struct group_column_info *info = &group_columns[html_columns[i].column];

		if (!html_table_shows(table, &html_columns[i]))
			continue;
		if (info->kind != KIND_LIST) {
			html_table_write_head_cell(html, info->kind, info->title);
			count++;
			continue;
		}
		for (unsigned k = 0; k < key->count; k++)
			html_table_write_head_cell(
			    html, KIND_LIST, record_columns[key->column[k]].title);
		count += key->count;
	}
	html_markup(html, "</tr></thead>\n");
	return count;
}

static void html_table_write_keys(const struct html_table *table, const struct group_row *row)
{
	struct html *html = &table->page->html;

	html_markup(html, "<th scope=\"row\">");
	html_page_write_key(table->page, table->grouping, row, 0);
	html_markup(html, "</th>");
	for (unsigned k = 1; k < grouping_key(table->grouping)->count; k++) {
		html_markup(html, "<td class=\"key\">");
		html_page_write_key(table->page, table->grouping, row, k);
		html_markup(html, "</td>");
	}
}

/* Sorted by the instant, whatever is shown of it. */
static void html_table_write_time(const struct html_table *table, const struct group_value *value)
{
	struct html *html = &table->page->html;

	html_markup(html, "<td class=\"t\"");
	if (value->known) {
		html_markup(html, " data-value=\"");
		html_number(html, value->time > 0 ? (uint64_t)value->time : 0);
		html_markup(html, "\">");
		html_time(
		    html, value->time, table->page->one_day ? HTML_TIME_CLOCK : HTML_TIME_SHORT);
	} else {
		html_markup(html, ">");
	}
	html_markup(html, "</td>");
}

static void html_table_write_text(const struct html_table *table, const struct group_value *value)
{
	group_value_add(&table->page->html.value, value);
	html_value_data(&table->page->html);
}

/* A most frequent value and its share of the messages of the group, if there is one. */
static void html_table_write_top(
    const struct html_table *table, const struct group_row *row, enum group_column column)
{
	const struct group_value value = group_value(table->grouping, row, column);
	const struct group_value share =
	    group_value(table->grouping, row, group_columns[column].percent);
	struct html *html = &table->page->html;

	if (!value.known)
		return;
	html_table_write_text(table, &value);
	html_markup(html, " <span class=\"aside\">");
	group_value_add_short(&html->value, &share);
	html_value_text(html);
	html_markup(html, "&nbsp;%</span>");
}

/* Percents are sorted by what they were before they were rounded, and estimates as numbers. */
static void html_table_write_number(const struct html_table *table, const struct group_value *value)
{
	struct html *html = &table->page->html;

	html_markup(html, "<td class=\"n\"");
	if (value->kind == KIND_SHARE || value->estimated) {
		html_markup(html, " data-value=\"");
		html_number(html, value->kind == KIND_SHARE ? value->share.part : value->number);
		html_markup(html, "\"");
	}
	html_markup(html, ">");
	group_value_add_short(&html->value, value);
	html_value_text(html);
	html_markup(html, "</td>");
}

static void html_table_write_cell(
    const struct html_table *table, const struct group_row *row, enum group_column column)
{
	const struct group_value value = group_value(table->grouping, row, column);
	struct html *html = &table->page->html;

	switch (value.kind) {
	case KIND_LIST:
		html_table_write_keys(table, row);
		break;
	case KIND_TIME:
		html_table_write_time(table, &value);
		break;
	case KIND_TEXT: /* there is no other than addresses */
		html_markup(html, "<td class=\"ip\">");
		html_table_write_top(table, row, column);
		html_markup(html, "</td>");
		break;
	case KIND_NUMBER:
	case KIND_SHARE:
		html_table_write_number(table, &value);
		break;
	}
}

/* Below a row, where there is room for long texts: the script, the subject and the samples. */
static void html_table_write_more(
    const struct html_table *table, const struct group_row *row, unsigned columns)
{
	struct html *html = &table->page->html;
	const struct group_value sample = group_value(table->grouping, row, GROUP_SAMPLE_SUBJECT);
	bool script = row->script.value.n > 0 && html_table_tells(table, COLUMN_PHP_SCRIPT);
	bool subject = sample.text.n > 0 && html_table_tells(table, COLUMN_SUBJECT);
	bool samples = table->grouping == table->page->identity;

	if (!script && !subject && !samples)
		return;
	html_markup(html, "<tr class=\"more\"><td colspan=\"");
	html_number(html, HTML_COLUMNS_BEFORE_KEY);
	html_markup(html, "\"></td><td colspan=\"");
	html_number(html, columns - HTML_COLUMNS_BEFORE_KEY);
	html_markup(html, "\">");
	if (script) {
		html_markup(html, "<p>PHP script: ");
		html_table_write_top(table, row, GROUP_TOP_SCRIPT);
		html_markup(html, "</p>");
	}
	if (samples) {
		html_page_write_samples(table->page, row);
	} else if (subject) {
		html_markup(html, "<p><q>");
		html_table_write_text(table, &sample);
		html_markup(html, "</q></p>");
	}
	html_markup(html, "</td></tr>\n");
}

/* A body of its own, so that what stands below the row moves with it. */
static void html_table_write_row(
    const struct html_table *table, const struct group_row *row, unsigned columns)
{
	struct html *html = &table->page->html;

	if (row->others != 0)
		html_markup(html, "<tbody class=\"others\"><tr>");
	else
		html_markup(html, "<tbody><tr>");
	for (size_t i = 0; i < HTML_COLUMN_COUNT; i++)
		if (html_table_shows(table, &html_columns[i]))
			html_table_write_cell(table, row, html_columns[i].column);
	html_markup(html, "</tr>\n");
	if (row->others == 0)
		html_table_write_more(table, row, columns);
	html_markup(html, "</tbody>\n");
}

static bool html_table_knows_key(const struct html_table *table)
{
	const struct column_list *key = grouping_key(table->grouping);

	for (unsigned k = 0; k < key->count; k++)
		if (grouping_knows(table->grouping, key->column[k]))
			return true;
	return false;
}

static void html_table_write(const struct html_table *table)
{
	struct html *html = &table->page->html;
	struct group_row row;
	unsigned columns;

	html_markup(html, "<div class=\"scroll\"><table class=\"groups\">\n");
	columns = html_table_write_head(table);
	for (uint32_t i = 0; i < table->view.rows; i++) {
		group_view_row(&table->view, i, &row);
		html_table_write_row(table, &row, columns);
	}
	html_markup(html, "</table></div>\n");
}

static void html_table_write_title(const struct html_table *table)
{
	const struct column_list *key = grouping_key(table->grouping);
	struct html *html = &table->page->html;

	html_markup(html, "<h2>By ");
	for (unsigned k = 0; k < key->count; k++) {
		if (k > 0)
			html_markup(html, ", ");
		html_text(html, span_of(record_columns[key->column[k]].title));
	}
	html_markup(html, " <span class=\"aside\">");
	if (table->view.others > 0) {
		html_number(html, table->view.shown);
		html_markup(html, " of ");
	}
	html_number(html, grouping_count(table->grouping));
	html_markup(html, "</span></h2>\n");
}

int html_page_write_table(struct html_page *page, struct grouping *grouping, struct err *err)
{
	struct html_table table = {
	    .page = page,
	    .grouping = grouping,
	};

	if (group_view_init(&table.view, grouping, &page->limits, err) != 0)
		return -1;
	html_markup(&page->html, "<section>\n");
	html_table_write_title(&table);
	if (html_table_knows_key(&table))
		html_table_write(&table);
	else
		html_markup(
		    &page->html, "<p class=\"note\">The saved reports do not have it.</p>\n");
	html_markup(&page->html, "</section>\n");
	return 0;
}
