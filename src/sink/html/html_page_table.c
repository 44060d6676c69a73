/* A table of the groups of a grouping, with details below each row. */
#include "group/group_column.h"
#include "sink/html/html_page.h"

/* The column is not made from one column of a message. */
#define HTML_OF_ANY COLUMN_COUNT

/* The same, and without a history nobody knows it. */
#define HTML_OF_PAST ((enum column)(COLUMN_COUNT + 1))

/* Columns that the page counts itself, for identities only. */
enum html_extra {
	HTML_NO_EXTRA,
	HTML_EXTRA_RECENT, /* messages in the last hour */
	HTML_EXTRA_BEFORE, /* messages in a mean hour before it */
	HTML_EXTRA_PHISH,
	HTML_EXTRA_VIRUS
};

/*
 * The columns of the tables. A column is left out if it is a key of the table, or if no message
 * knows it. Long texts are below the row: see html_table_write_more().
 */
static const struct html_column {
	enum group_column column;
	enum column of;
	enum html_extra extra;
} html_columns[] = {
    {GROUP_COUNT, HTML_OF_ANY, HTML_NO_EXTRA},
    {GROUP_PERCENT, HTML_OF_ANY, HTML_NO_EXTRA},
    {GROUP_KEY, HTML_OF_ANY, HTML_NO_EXTRA},
    /* A phone shows the columns up to this one without scrolling. */
    {GROUP_LAST_SEEN, COLUMN_DATE, HTML_NO_EXTRA},
    {GROUP_NEW, HTML_OF_PAST, HTML_NO_EXTRA},
    {GROUP_CHANGE, HTML_OF_PAST, HTML_NO_EXTRA},
    {GROUP_BEFORE, HTML_OF_PAST, HTML_NO_EXTRA},
    {.extra = HTML_EXTRA_RECENT},
    {.extra = HTML_EXTRA_BEFORE},
    {.extra = HTML_EXTRA_PHISH},
    {.extra = HTML_EXTRA_VIRUS},
    {GROUP_RECIPIENTS, COLUMN_TO, HTML_NO_EXTRA},
    {GROUP_SUBJECTS, COLUMN_SUBJECT, HTML_NO_EXTRA},
    {GROUP_SOURCE_IPS, COLUMN_SOURCE_IP, HTML_NO_EXTRA},
    {GROUP_LOGIN_IPS, COLUMN_LOGIN_IP, HTML_NO_EXTRA},
    {GROUP_CALLERS, COLUMN_PHP_SCRIPT_IP, HTML_NO_EXTRA},
    {GROUP_FIRST_SEEN, COLUMN_DATE, HTML_NO_EXTRA},
    {GROUP_DAYS, HTML_OF_PAST, HTML_NO_EXTRA},
    {GROUP_FIRST_EVER, HTML_OF_PAST, HTML_NO_EXTRA},
    {GROUP_TOP_IP, COLUMN_SOURCE_IP, HTML_NO_EXTRA},
};

#define HTML_COLUMNS_BEFORE_KEY 2

/* A source address with a smaller share of an identity's messages, in permille, is not named. */
#define HTML_SOURCE_LEAST 200

#define HTML_COLUMN_COUNT (sizeof(html_columns) / sizeof(html_columns[0]))

struct html_table {
	struct html_page *page;
	struct grouping *grouping;
	struct group_view view;
	bool shows[HTML_COLUMN_COUNT];
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

static bool html_table_is_of_identities(const struct html_table *table)
{
	return table->grouping == table->page->identity;
}

static bool html_table_shows_extra(const struct html_table *table, enum html_extra extra)
{
	const struct html_page *page = table->page;

	if (!html_table_is_of_identities(table))
		return false;
	switch (extra) {
	case HTML_EXTRA_PHISH:
		return page->identities.threat[HTML_THREAT_PHISH] > 0;
	case HTML_EXTRA_VIRUS:
		return page->identities.threat[HTML_THREAT_VIRUS] > 0;
	default:
		return page->hour != 0;
	}
}

/* Whether any group has more than 0: some quarantines have no scripts, or no logins. */
static bool html_table_has_any(const struct html_table *table, enum group_column column)
{
	struct group_row row;

	for (uint32_t i = 0; i < table->view.shown; i++) {
		group_view_row(&table->view, i, &row);
		if (group_value(table->grouping, &row, column).number > 0)
			return true;
	}
	return false;
}

/* Whether it is known of any group. */
static bool html_table_knows_any(const struct html_table *table, enum group_column column)
{
	struct group_row row;

	for (uint32_t i = 0; i < table->view.shown; i++) {
		group_view_row(&table->view, i, &row);
		if (group_value(table->grouping, &row, column).known)
			return true;
	}
	return false;
}

static bool html_table_decide(const struct html_table *table, const struct html_column *column)
{
	if (column->extra != HTML_NO_EXTRA)
		return html_table_shows_extra(table, column->extra);
	if (column->of == HTML_OF_PAST)
		return html_table_knows_any(table, column->column);
	if (column->of == HTML_OF_ANY)
		return true;
	if (!html_table_tells(table, column->of))
		return false;
	if (group_columns[column->column].rare)
		return html_table_has_any(table, column->column);
	/* The table of identities is wide: there it is below the row. */
	return column->column != GROUP_TOP_IP || !html_table_is_of_identities(table);
}

static void html_table_write_head_cell(struct html *html, enum column_kind kind, const char *title)
{
	html_markup(html, "<th scope=\"col\"");
	if (kind == KIND_NUMBER || kind == KIND_SHARE || kind == KIND_CHANGE)
		html_markup(html, " class=\"n\"");
	else if (kind == KIND_TIME)
		html_markup(html, " class=\"t\"");
	html_markup(html, ">");
	html_text(html, span_of(title));
	html_markup(html, "</th>");
}

static const char *html_extra_title(enum html_extra extra)
{
	switch (extra) {
	case HTML_EXTRA_RECENT:
		return "Last hour";
	case HTML_EXTRA_BEFORE:
		return "Mean hour";
	case HTML_EXTRA_PHISH:
		return "Phish";
	case HTML_EXTRA_VIRUS:
		return "Virus";
	default:
		return "";
	}
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

		if (!table->shows[i])
			continue;
		if (html_columns[i].extra != HTML_NO_EXTRA) {
			html_table_write_head_cell(
			    html, KIND_NUMBER, html_extra_title(html_columns[i].extra));
			count++;
			continue;
		}
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
	if (html_table_is_of_identities(table) && row->identity_kind.n > 0)
		html_page_write_kind(table->page, row);
	html_markup(html, "</th>");
	for (unsigned k = 1; k < grouping_key(table->grouping)->count; k++) {
		html_markup(html, "<td class=\"key\">");
		html_page_write_key(table->page, table->grouping, row, k);
		html_markup(html, "</td>");
	}
}

/* data-value is the instant, to sort by. `goes_on`: it is in the last hour. What was first of all
 * may be of any year, and long ago. */
static void html_table_write_time(const struct html_table *table, const struct group_value *value,
    enum group_column column, bool goes_on)
{
	struct html *html = &table->page->html;

	html_markup(html, "<td class=\"t\"");
	if (value->known) {
		html_markup(html, " data-value=\"");
		html_number(html, value->time > 0 ? (uint64_t)value->time : 0);
		html_markup(html, "\">");
		if (column == GROUP_FIRST_EVER)
			html_day(html, value->time);
		else
			html_time(html, value->time, table->page->time);
		if (goes_on) {
			html_markup(html, " ");
			html_page_write_going_on(table->page);
		}
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
	if (column == GROUP_TOP_SCRIPT)
		html_page_write_script(table->page, row);
	else
		html_table_write_text(table, &value);
	html_markup(html, " <span class=\"aside\">");
	group_value_add_short(&html->value, &share);
	html_value_text(html);
	html_markup(html, "&nbsp;%</span>");
}

/* data-value is what to sort by: the count behind a percent, the number of an estimate. */
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

/* What there is more, or less; data-value has no "+". */
static void html_table_write_change(const struct html_table *table, const struct group_value *value)
{
	struct html *html = &table->page->html;

	html_markup(html, "<td class=\"n\" data-value=\"");
	group_value_add(&html->value, value);
	html_value_text(html);
	html_markup(html, "\">");
	group_value_add_short(&html->value, value);
	html_value_text(html);
	html_markup(html, "</td>");
}

static void html_table_write_flag(const struct html_table *table, const struct group_value *value)
{
	struct html *html = &table->page->html;

	html_markup(html, "<td>");
	if (value->known && value->flag)
		html_markup(html, "<strong>");
	group_value_add(&html->value, value);
	html_value_text(html);
	if (value->known && value->flag)
		html_markup(html, "</strong>");
	html_markup(html, "</td>");
}

static void html_table_write_count(struct html *html, uint64_t count)
{
	html_markup(html, "<td class=\"n\">");
	if (count > 0)
		html_number(html, count);
	html_markup(html, "</td>");
}

static void html_table_write_extra(
    const struct html_table *table, const struct group_row *row, enum html_extra extra)
{
	struct html_page *page = table->page;
	struct html *html = &page->html;

	if (row->others != 0) {
		html_markup(html, "<td class=\"n\"></td>");
		return;
	}
	switch (extra) {
	case HTML_EXTRA_RECENT:
		html_table_write_count(html, html_page_recent(page, row));
		break;
	case HTML_EXTRA_BEFORE:
		html_markup(html, "<td class=\"n\">");
		if (row->dated)
			html_tenths(html, html_page_before(page, row));
		html_markup(html, "</td>");
		break;
	case HTML_EXTRA_PHISH:
		html_table_write_count(
		    html, html_identities_threat(&page->identities, row->id, HTML_THREAT_PHISH));
		break;
	case HTML_EXTRA_VIRUS:
		html_table_write_count(
		    html, html_identities_threat(&page->identities, row->id, HTML_THREAT_VIRUS));
		break;
	case HTML_NO_EXTRA:
		break;
	}
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
	case KIND_CHANGE:
		html_table_write_change(table, &value);
		break;
	case KIND_FLAG:
		html_table_write_flag(table, &value);
		break;
	case KIND_TIME:
		html_table_write_time(table, &value, column,
		    column == GROUP_LAST_SEEN && html_table_is_of_identities(table) &&
			row->others == 0 && html_page_recent(table->page, row) > 0);
		break;
	case KIND_TEXT: /* only addresses come here */
		html_markup(html, "<td class=\"ip\">");
		html_table_write_top(table, row, column);
		html_markup(html, "</td>");
		break;
	case KIND_NUMBER:
	case KIND_SHARE:
		if (group_columns[column].rare && value.number == 0)
			html_table_write_count(html, 0);
		else
			html_table_write_number(table, &value);
		break;
	}
}

/* One line with the addresses that the messages of an identity came from. */
static void html_table_write_sources(const struct html_table *table, const struct group_row *row)
{
	struct html *html = &table->page->html;
	bool source = html_table_tells(table, COLUMN_SOURCE_IP) &&
		      group_permille(row->source_ip.count, row->count) >= HTML_SOURCE_LEAST;
	bool logins = html_page_has_logins(table->page, row);

	if (!source && !logins)
		return;
	html_markup(html, "<p>");
	if (source) {
		html_markup(html, "Source IP: ");
		html_table_write_top(table, row, GROUP_TOP_IP);
	}
	if (source && logins)
		html_markup(html, "; ");
	if (logins)
		html_page_write_logins(table->page, row);
	html_markup(html, "</p>");
}

static void html_table_write_spark(const struct html_table *table, const struct group_row *row)
{
	struct html *html = &table->page->html;

	if (!row->past.known)
		return;
	html_markup(html, "<div class=\"spark\">");
	html_page_write_spark(table->page, row);
	html_markup(html, "</div>");
}

static void html_table_write_details(
    const struct html_table *table, const struct group_row *row, bool script, bool subject)
{
	struct html *html = &table->page->html;

	if (script) {
		html_markup(html, "<p>PHP script: ");
		html_table_write_top(table, row, GROUP_TOP_SCRIPT);
		html_markup(html, "</p>");
	}
	if (html_table_is_of_identities(table)) {
		html_table_write_spark(table, row);
		html_table_write_sources(table, row);
		html_page_write_lock(table->page, row);
		html_page_write_samples(table->page, row);
	} else if (subject) {
		const struct group_value sample =
		    group_value(table->grouping, row, GROUP_SAMPLE_SUBJECT);

		html_markup(html, "<p><q>");
		html_table_write_text(table, &sample);
		html_markup(html, "</q></p>");
	}
}

/* Below a row there is room for long texts: script, addresses, subject and samples. */
static void html_table_write_more(
    const struct html_table *table, const struct group_row *row, unsigned columns)
{
	struct html *html = &table->page->html;
	bool script = row->script.value.n > 0 && html_table_tells(table, COLUMN_PHP_SCRIPT);
	bool subject = row->sample_subject.n > 0 && html_table_tells(table, COLUMN_SUBJECT);

	if (!script && !subject && !html_table_is_of_identities(table))
		return;
	html_markup(html, "<tr class=\"more\"><td colspan=\"");
	html_number(html, HTML_COLUMNS_BEFORE_KEY);
	html_markup(html, "\"></td><td colspan=\"");
	html_number(html, columns - HTML_COLUMNS_BEFORE_KEY);
	html_markup(html, "\">");
	html_table_write_details(table, row, script, subject);
	html_markup(html, "</td></tr>\n");
}

/* Each group is a tbody, so that sorting keeps the details with their row. */
static void html_table_write_row(
    const struct html_table *table, const struct group_row *row, uint32_t rank, unsigned columns)
{
	struct html *html = &table->page->html;

	if (row->others != 0) {
		html_markup(html, "<tbody class=\"others\">");
	} else if (html_table_is_of_identities(table) || table->grouping == table->page->script) {
		html_markup(html, "<tbody id=\"");
		html_page_write_place(table->page, table->grouping, rank);
		html_markup(html, "\">");
	} else {
		html_markup(html, "<tbody>");
	}
	html_markup(html, "<tr>");
	for (size_t i = 0; i < HTML_COLUMN_COUNT; i++) {
		if (!table->shows[i])
			continue;
		if (html_columns[i].extra != HTML_NO_EXTRA)
			html_table_write_extra(table, row, html_columns[i].extra);
		else
			html_table_write_cell(table, row, html_columns[i].column);
	}
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

	html_markup(html, "<div class=\"scroll\"><table class=\"groups\"");
	if (column_list_has_time(grouping_key(table->grouping)))
		html_markup(html, " data-order=\"time\"");
	html_markup(html, ">\n");
	columns = html_table_write_head(table);
	for (uint32_t i = 0; i < table->view.rows; i++) {
		group_view_row(&table->view, i, &row);
		html_table_write_row(table, &row, i, columns);
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

/* Explains the columns Last hour and Mean hour. */
static void html_table_write_hour_note(const struct html_table *table)
{
	struct html_page *page = table->page;
	struct html *html = &page->html;

	html_markup(html, "<p class=\"note\">Last hour: from ");
	html_time(html, page->hour, page->time);
	html_markup(html, " to ");
	html_time(html, page->end, page->time);
	html_markup(html, ". Mean hour: of the time from the first message to then.</p>\n");
}

/* What was read does not tell what the table is about. */
static void html_table_write_unknown(struct html_table *table)
{
	const struct account *account = table->page->account;
	struct html *html = &table->page->html;

	if (account != NULL && account->saved > 0 && !account->of_messages)
		html_markup(html, "<p class=\"note\">The saved reports do not have it.</p>\n");
	else
		html_markup(html, "<p class=\"note\">What was read does not tell it.</p>\n");
}

int html_page_write_table(struct html_page *page, struct grouping *grouping, struct err *err)
{
	struct html_table table = {
	    .page = page,
	    .grouping = grouping,
	};

	if (group_view_init(&table.view, grouping, &page->limits, err) != 0)
		return -1;
	for (size_t i = 0; i < HTML_COLUMN_COUNT; i++)
		table.shows[i] = html_table_decide(&table, &html_columns[i]);
	html_markup(&page->html, "<section>\n");
	html_table_write_title(&table);
	if (html_table_is_of_identities(&table) && page->hour != 0)
		html_table_write_hour_note(&table);
	if (html_table_knows_key(&table))
		html_table_write(&table);
	else
		html_table_write_unknown(&table);
	html_markup(&page->html, "</section>\n");
	return 0;
}
