/* The page's head: what a browser must know before it shows anything. */
#include <sodium.h>

#include "calendar/period.h"
#include "sink/html/html_page.h"

/* Made from html/report.css and html/report.js by the Makefile. */
static const unsigned char html_style[] = {
#include "sink/html/report_css.inc"
};
static const unsigned char html_script[] = {
#include "sink/html/report_js.inc"
};

#define HTML_HASH_SIZE                                                                             \
	sodium_base64_ENCODED_LEN(crypto_hash_sha256_BYTES, sodium_base64_VARIANT_ORIGINAL)

static struct span html_asset(const unsigned char *bytes, size_t n)
{
	return (struct span){(const char *)bytes, n};
}

/* 'sha256-...' (Content Security Policy Level 3, 2.3.1) of the text of an element. */
static void html_page_write_hash(struct html_page *page, struct span text)
{
	unsigned char hash[crypto_hash_sha256_BYTES];
	char encoded[HTML_HASH_SIZE];

	crypto_hash_sha256(hash, (const unsigned char *)text.p, text.n);
	sodium_bin2base64(
	    encoded, sizeof(encoded), hash, sizeof(hash), sodium_base64_VARIANT_ORIGINAL);
	html_markup(&page->html, "'sha256-");
	html_text(&page->html, span_of(encoded));
	html_markup(&page->html, "'; ");
}

static void html_page_write_policy(struct html_page *page)
{
	struct html *html = &page->html;

	html_markup(html, "<meta http-equiv=\"Content-Security-Policy\" content=\""
			  "default-src 'none'; style-src ");
	html_page_write_hash(page, html_asset(html_style, sizeof(html_style)));
	html_markup(html, "script-src ");
	html_page_write_hash(page, html_asset(html_script, sizeof(html_script)));
	html_markup(html, "base-uri 'none'; form-action 'none'\">\n");
}

/* "Quarantine report 2026-11-20", for the name of a tab or of a printed file. */
static void html_page_write_title(struct html_page *page)
{
	const struct account *account = page->account;
	const struct html_identities *identities = &page->identities;
	struct html *html = &page->html;
	time_t first = account->has_period ? account->since : identities->first;
	time_t last = account->has_period ? account->until - 1 : identities->last;

	html_markup(html, "<title>Quarantine report");
	if (account->has_period || identities->dated) {
		html_markup(html, " ");
		html_day(html, first);
		if (!period_is_one_day(first, last)) {
			html_markup(html, " to ");
			html_day(html, last);
		}
	}
	html_markup(html, "</title>\n");
}

void html_page_write_head(struct html_page *page)
{
	struct html *html = &page->html;

	html_markup(
	    html, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
	html_page_write_policy(page);
	html_markup(html,
	    "<meta name=\"referrer\" content=\"no-referrer\">\n"
	    "<meta name=\"robots\" content=\"noindex\">\n"
	    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	    "<meta name=\"color-scheme\" content=\"light dark\">\n");
	html_page_write_title(page);
	html_markup(html, "<style>");
	html_add_markup(html, html_asset(html_style, sizeof(html_style)));
	html_markup(html, "</style>\n</head>\n<body>\n");
}

void html_page_write_end(struct html_page *page)
{
	struct html *html = &page->html;

	html_markup(html, "<footer><p>Made ");
	html_time(html, page->account->made, HTML_TIME_FULL);
	html_markup(html, " by quarantine-report " PACKAGE_VERSION
			  ". Texts are as the messages had them, and their senders chose them."
			  "</p></footer>\n<script>");
	html_add_markup(html, html_asset(html_script, sizeof(html_script)));
	html_markup(html, "</script>\n</body>\n</html>\n");
}
