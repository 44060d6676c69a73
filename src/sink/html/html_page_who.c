/* What an identity is, and from which addresses it was used. */
#include "group/group_column.h"
#include "group/group_sender.h"
#include "sink/html/html_page.h"

void html_page_write_kind(struct html_page *page, const struct group_row *row)
{
	const struct span weakness = group_sender_weakness(row);
	struct html *html = &page->html;

	if (weakness.n > 0)
		html_markup(html, "<span class=\"kind weak\">");
	else
		html_markup(html, "<span class=\"kind\">");
	html_text(html, weakness.n > 0 ? weakness : row->identity_kind);
	html_markup(html, "</span>");
}

static void html_page_write_distinct(
    struct html_page *page, const struct group_row *row, enum group_column column)
{
	const struct group_value value = group_value(page->identity, row, column);

	group_value_add_short(&page->html.value, &value);
	html_value_text(&page->html);
}

void html_page_write_origin(struct html_page *page, const struct group_row *row)
{
	struct html *html = &page->html;

	if (row->login_ips.count > 1) {
		html_markup(html, " Logged in from ");
		html_page_write_distinct(page, row, GROUP_LOGIN_IPS);
		html_markup(html, " addresses.");
	}
	if (row->callers.count > 1) {
		html_markup(html, " Scripts called from ");
		html_page_write_distinct(page, row, GROUP_CALLERS);
		html_markup(html, " addresses.");
	}
}

/* If the count is mostly an estimate, the address may have come only once. */
static bool html_login_stands_out(const struct html_login *login)
{
	return login->over * 2 <= login->count;
}

bool html_page_has_logins(const struct html_page *page, const struct group_row *row)
{
	const struct html_logins *logins = html_identities_logins(&page->identities, row->id);

	for (unsigned i = 0; logins != NULL && i < logins->count; i++)
		if (html_login_stands_out(&logins->at[i]))
			return true;
	return false;
}

void html_page_write_logins(struct html_page *page, const struct group_row *row)
{
	const struct html_logins *logins = html_identities_logins(&page->identities, row->id);
	struct html *html = &page->html;
	unsigned shown = 0;

	html_markup(html, "Logins from ");
	for (unsigned i = 0; i < logins->count; i++) {
		const struct html_login *login = &logins->at[i];

		if (!html_login_stands_out(login))
			continue;
		if (shown++ > 0)
			html_markup(html, ", ");
		html_data(html, html_login_address(login));
		html_markup(html, "&nbsp;<span class=\"aside\">");
		if (login->over > 0)
			html_markup(html, GROUP_ABOUT);
		html_number(html, login->count - login->over);
		html_markup(html, "</span>");
	}
	if (row->login_ips.count > shown)
		html_markup(html, " and other addresses");
}

/* As text, to be copied: nothing on the page does it. */
void html_page_write_lock(struct html_page *page, const struct group_row *row)
{
	struct html *html = &page->html;

	if (page->locks >= SINK_LOCK_MAX ||
	    !sink_lock_add(&html->value, &page->lock, page->account, row))
		return;
	page->locks++;
	html_markup(html, "<p class=\"lock\">To lock it, after a question: <code dir=\"ltr\">");
	html_value_text(html);
	html_markup(html, "</code></p>");
}
