/* The time that the page is about, and whether an identity still sends. */
#include "calendar/period.h"
#include "calendar/period_zone.h"
#include "group/group_sender.h"
#include "sink/html/html_page.h"

#define HTML_MINUTE ((time_t)60)

/* The axis shows the whole period. If that has too many days, it shows the time of the messages. */
static void html_page_set_axis(struct html_page *page, time_t since)
{
	struct html_identities *identities = &page->identities;
	time_t last = page->end - 1;

	if (html_unit_for(HTML_UNIT_HOUR, since, last) > HTML_UNIT_DAY)
		since = identities->first;
	html_identities_lengthen(identities, html_unit_for(identities->unit, since, last));
	html_axis_init(&page->axis, identities->unit, since, last);
}

void html_page_set_times(struct html_page *page)
{
	const struct account *account = page->account;
	const struct html_identities *identities = &page->identities;
	time_t since = identities->first;

	if (!identities->dated)
		return;
	if (period_is_one_day(identities->first, identities->last))
		page->time = HTML_TIME_CLOCK;
	else if (period_zone_local(identities->first).tm_year ==
		 period_zone_local(identities->last).tm_year)
		page->time = HTML_TIME_SHORT;
	else
		page->time = HTML_TIME_YEAR;
	page->end = identities->last + 1;
	if (account->has_period) {
		time_t until = account->until < account->made ? account->until : account->made;

		if (until > page->end)
			page->end = until;
		/* With --new-only the period is that of the first run. */
		if (!account->new_only && account->since < since)
			since = account->since;
	}
	page->is_now = account_is_now(account, page->end);
	page->hour = account->has_period ? account->recent
					 : page->end - page->end % HTML_MINUTE - ACCOUNT_RECENT;
	if (page->hour <= since)
		page->hour = 0;
	html_page_set_axis(page, since);
}

uint64_t html_page_recent(const struct html_page *page, const struct group_row *row)
{
	if (page->hour == 0)
		return 0;
	return page->account->has_period
		   ? row->recent
		   : html_identities_recent(&page->identities, row->id, page->hour);
}

uint64_t html_page_before(const struct html_page *page, const struct group_row *row)
{
	const struct html_slots *times = html_identities_times(&page->identities, row->id);
	uint64_t before = html_slots_since(times, 0) - html_page_recent(page, row);

	return group_mean_hour(before, row->first, page->hour);
}

void html_page_write_going_on(struct html_page *page)
{
	html_markup(&page->html, "<span class=\"now\">still sending");
	if (!page->is_now) {
		html_markup(&page->html, " at ");
		html_time(&page->html, page->end, page->time);
	}
	html_markup(&page->html, "</span>");
}
