/* What a reader sees first. */
#include "group/group_column.h"
#include "group/group_sender.h"
#include "sink/html/html_page.h"

void html_page_write_key(struct html_page *page, const struct grouping *grouping,
    const struct group_row *row, unsigned k)
{
	bool value = row->others == 0 && row->key[k].n > 0;

	if (!value)
		html_markup(&page->html, "<span class=\"none\">");
	group_add_key(&page->html.value, grouping, row, k);
	html_value_name(&page->html);
	if (!value)
		html_markup(&page->html, "</span>");
}

void html_page_write_place(struct html_page *page, const struct grouping *grouping, uint32_t rank)
{
	if (grouping == page->identity)
		html_markup(&page->html, "identity-");
	else
		html_markup(&page->html, "script-");
	html_number(&page->html, (uint64_t)rank + 1);
}

static void html_page_open_link(
    struct html_page *page, const struct grouping *grouping, uint32_t rank)
{
	html_markup(&page->html, "<a href=\"#");
	html_page_write_place(page, grouping, rank);
	html_markup(&page->html, "\">");
}

void html_page_write_script(struct html_page *page, const struct group_row *row)
{
	uint32_t rank;
	bool listed = html_places_find(&page->scripts, row->script.value, &rank);

	if (listed)
		html_page_open_link(page, page->script, rank);
	html_name(&page->html, row->script.value);
	if (listed)
		html_markup(&page->html, "</a>");
}

void html_page_write_link(struct html_page *page, const struct group_row *row, uint32_t rank)
{
	bool listed = rank < page->listed;

	if (listed)
		html_page_open_link(page, page->identity, rank);
	html_page_write_key(page, page->identity, row, 0);
	if (listed)
		html_markup(&page->html, "</a>");
}

/* "12 of 34 messages (35.3 %)" */
static void html_page_write_share(struct html_page *page, uint64_t part, uint64_t whole)
{
	struct html *html = &page->html;

	html_markup(html, "<b>");
	html_number(html, part);
	html_markup(html, "</b> of ");
	html_counted(html, whole, " message", " messages");
	html_markup(html, " (");
	html_permille(html, group_permille(part, whole));
	html_markup(html, ")");
}

/* How many of the groups from `i` on have as many messages as this one. */
static uint32_t html_page_count_equals(
    const struct html_page *page, const struct group_row *row, uint32_t i)
{
	struct group_row other;
	uint32_t count = 0;

	for (; i < page->everyone.shown; i++, count++) {
		group_view_row(&page->everyone, i, &other);
		if (other.count != row->count)
			break;
	}
	return count;
}

/* "alice@example.com sent 12 of 34 messages (35.3 %).", or several that sent as many each. */
static void html_page_write_first(
    struct html_page *page, const struct group_row *row, uint32_t equals)
{
	struct html *html = &page->html;

	html_markup(html, "<strong>");
	html_name(html, row->key[0]);
	html_markup(html, "</strong>");
	if (equals > 0) {
		html_markup(html, " and ");
		html_counted(html, equals, " other", " others");
	}
	html_markup(html, " sent ");
	html_page_write_share(page, row->count, row->total);
	if (equals > 0)
		html_markup(html, " each");
	html_markup(html, ".");
}

/* Whether the identity still sends. */
static void html_page_write_last(struct html_page *page, const struct group_row *row)
{
	struct html *html = &page->html;
	uint64_t recent = html_page_recent(page, row);

	if (!row->dated)
		return;
	if (recent > 0) {
		html_page_write_going_on(page);
		html_markup(html, ": ");
		html_counted(html, recent, " message", " messages");
		html_markup(html, " in the last hour, ");
		html_tenths(html, html_page_before(page, row));
		html_markup(html, " an hour before.");
		return;
	}
	if (page->hour != 0)
		html_markup(html, "Not in the last hour: last");
	else
		html_markup(html, "Last");
	html_markup(html, " seen ");
	html_time(html, row->last, page->time);
	html_markup(html, ".");
}

static void html_page_write_threats(struct html_page *page, const struct group_row *row)
{
	uint64_t phish = html_identities_threat(&page->identities, row->id, HTML_THREAT_PHISH);
	uint64_t virus = html_identities_threat(&page->identities, row->id, HTML_THREAT_VIRUS);
	struct html *html = &page->html;

	if (phish == 0 && virus == 0)
		return;
	html_markup(html, " <span class=\"bad\">");
	if (phish > 0) {
		html_number(html, phish);
		html_markup(html, " phish");
	}
	if (phish > 0 && virus > 0)
		html_markup(html, ", ");
	if (virus > 0) {
		html_number(html, virus);
		html_markup(html, " virus");
	}
	html_markup(html, "</span>.");
}

/* A saved report may have nothing but identities. */
static bool html_page_knows_more(const struct html_page *page, const struct group_row *row)
{
	return row->dated || group_sender_is_weak(row) || row->script.value.n > 0 ||
	       row->login_ips.count > 1 || row->callers.count > 1 ||
	       html_identities_threat(&page->identities, row->id, HTML_THREAT_PHISH) > 0 ||
	       html_identities_threat(&page->identities, row->id, HTML_THREAT_VIRUS) > 0;
}

/* What to know before locking the first identity: what it is, whether it still sends, and how. */
static void html_page_write_verdict(struct html_page *page, const struct group_row *row)
{
	struct html *html = &page->html;

	if (!html_page_knows_more(page, row))
		return;
	html_markup(html, "<p class=\"verdict\">");
	if (group_sender_is_weak(row)) {
		html_page_write_kind(page, row);
		html_markup(html, ". ");
	}
	html_page_write_last(page, row);
	html_page_write_threats(page, row);
	if (row->script.value.n > 0 && row->script.count * 2 >= row->count) {
		html_markup(html, " Script ");
		html_page_write_script(page, row);
		html_markup(html, " (");
		html_permille(html, group_permille(row->script.count, row->count));
		html_markup(html, ").");
	}
	html_page_write_origin(page, row);
	html_markup(html, "</p>\n");
}

/*
 * Who sent most of all may have stopped long ago. Then the one to shut down now is the identity
 * with most messages in the last hour.
 */
static void html_page_write_busiest(struct html_page *page, uint32_t first)
{
	struct html *html = &page->html;
	struct group_row busiest = {0};
	uint64_t most = 0;
	uint32_t rank = 0;

	for (uint32_t i = 0; page->hour != 0 && i < page->everyone.shown; i++) {
		struct group_row row;

		group_view_row(&page->everyone, i, &row);
		if (row.key[0].n > 0 && html_page_recent(page, &row) > most) {
			most = html_page_recent(page, &row);
			busiest = row;
			rank = i;
		}
	}
	if (most == 0 || rank == first)
		return;
	html_markup(html, "<p class=\"verdict\">Most in the last hour: ");
	html_page_write_link(page, &busiest, rank);
	html_markup(html, ", ");
	html_counted(html, most, " message", " messages");
	html_markup(html, " (");
	html_page_write_going_on(page);
	html_markup(html, ").</p>\n");
}

/* Names the first real identity, and says how many messages have none. */
static void html_page_write_headline(struct html_page *page)
{
	uint32_t equals = 0;
	struct html *html = &page->html;
	uint64_t total = grouping_messages(page->identity);
	uint64_t nobody = 0;
	struct group_row row = {0};
	uint32_t i;

	for (i = 0; i < page->everyone.shown && i < 2 && row.key[0].n == 0; i++) {
		group_view_row(&page->everyone, i, &row);
		if (row.key[0].n == 0)
			nobody = row.count;
	}
	html_markup(html, "<p class=\"headline\">");
	if (total == 0)
		html_markup(html, "No messages.");
	else if (row.key[0].n > 0) {
		equals = html_page_count_equals(page, &row, i);
		html_page_write_first(page, &row, equals);
	}
	if (nobody > 0) {
		html_markup(html, " No identity is known of ");
		html_page_write_share(page, nobody, total);
		html_markup(html, ".");
	}
	html_markup(html, "</p>\n");
	if (row.key[0].n == 0)
		return;
	if (equals == 0)
		html_page_write_verdict(page, &row);
	html_page_write_busiest(page, equals == 0 ? i - 1 : UINT32_MAX);
}

static void html_page_write_times(struct html_page *page, time_t from, time_t to)
{
	html_time(&page->html, from, HTML_TIME_FULL);
	html_markup(&page->html, " to ");
	html_time(&page->html, to, HTML_TIME_FULL);
}

static void html_page_write_scope(struct html_page *page)
{
	const struct account *account = page->account;
	const struct html_identities *identities = &page->identities;
	struct html *html = &page->html;

	html_markup(html, "<p class=\"scope\">");
	if (account->saved > 0) {
		if (account->of_messages)
			html_counted(html, account->saved, " file, ", " files, ");
		else
			html_counted(html, account->saved, " saved report, ", " saved reports, ");
		html_counted(html, grouping_messages(page->identity), " message", " messages");
		if (identities->dated)
			html_markup(html, ", from ");
	}
	if (account->new_only)
		html_markup(html, "New since the last run, else from ");
	if (account->has_period)
		html_page_write_times(page, account->since, account->until);
	else if (identities->dated)
		html_page_write_times(page, identities->first, identities->last);
	if (account->no_bounce)
		html_markup(html, ", without bounces");
	html_markup(html, "</p>\n");
}

static void html_page_write_counts(struct html_page *page, const struct account_counts *counts)
{
	struct html *html = &page->html;

	for (unsigned i = 0; i < ACCOUNT_COUNT_ROWS; i++) {
		uint64_t count = account_count(counts, &account_count_rows[i]);

		if (account_count_rows[i].is_loss && count > 0)
			html_markup(html, "<td class=\"n bad\">");
		else
			html_markup(html, "<td class=\"n\">");
		html_number(html, count);
		html_markup(html, "</td>");
	}
	html_markup(html, "</tr>\n");
}

static void html_page_write_account(struct html_page *page, const struct account_counts *sum)
{
	const struct account *account = page->account;
	struct html *html = &page->html;

	html_markup(html, "<div class=\"scroll\"><table class=\"account\">\n<thead><tr>"
			  "<th scope=\"col\">Folder</th>");
	for (unsigned i = 0; i < ACCOUNT_COUNT_ROWS; i++) {
		html_markup(html, "<th scope=\"col\" class=\"n\">");
		html_data(html, span_of(account_count_rows[i].title));
		html_markup(html, "</th>");
	}
	html_markup(html, "</tr></thead>\n<tbody>\n");
	for (unsigned i = 0; i < account->place_count; i++) {
		html_markup(html, "<tr><th scope=\"row\">");
		html_data(html, span_of(account->place[i].name));
		html_markup(html, " <span class=\"aside\">");
		html_data(html, span_of(account->place[i].host));
		html_markup(html, "</span>");
		if (account->place[i].recreated && account->new_only)
			html_markup(
			    html, " <span class=\"aside\">made anew: all of the period</span>");
		else if (account->place[i].recreated)
			html_markup(html, " <span class=\"aside\">made anew meanwhile</span>");
		if (account->place[i].missing != NULL)
			html_markup(html, " <span class=\"bad\">not complete</span>");
		html_markup(html, "</th>");
		html_page_write_counts(page, &account->place[i].counts);
	}
	if (account->place_count > 1) {
		html_markup(html, "<tr class=\"sum\"><th scope=\"row\">Together</th>");
		html_page_write_counts(page, sum);
	}
	html_markup(html, "</tbody></table></div>\n");
}

/* The servers, or saved reports, of which messages are missing. */
static void html_page_write_missing(struct html_page *page)
{
	struct html *html = &page->html;
	const struct account_place *place;
	unsigned next = 0;

	while ((place = account_next_missing(page->account, &next)) != NULL) {
		html_markup(html, "<p class=\"alert\"><strong>Not complete:</strong> ");
		html_data(html, span_of(place->host));
		html_markup(html, ": ");
		html_data(html, span_of(place->missing));
		html_markup(html, "</p>\n");
	}
}

void html_page_write_summary(struct html_page *page)
{
	const struct account *account = page->account;
	struct html *html = &page->html;
	const struct account_counts sum = account_total(account);

	html_markup(html, "<header>\n<h1>Quarantine report</h1>\n");
	html_page_write_headline(page);
	if (sum.unreadable > 0) {
		html_markup(html, "<p class=\"alert\"><strong>Not complete:</strong> ");
		html_counted(html, sum.unreadable, " message", " messages");
		html_markup(html, " could not be read: not counted below.</p>\n");
	}
	html_page_write_missing(page);
	html_page_write_scope(page);
	if (account->place_count > 0 && account->saved == 0)
		html_page_write_account(page, &sum);
	html_markup(html, "</header>\n");
}
