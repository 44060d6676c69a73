/*
 * The parts of the page, in the order in which a reader meets them. Each
 * writes itself; sink_html.c puts them together.
 *
 * No part writes style attributes, links or event handlers: the page's own
 * Content-Security-Policy would not let them work.
 */
#ifndef REPORT_HTML_PAGE_H
#define REPORT_HTML_PAGE_H

#include "record/account.h"
#include "group/group.h"
#include "sink/html/html.h"
#include "sink/html/html_identity.h"

/* Identities in the bar chart. */
#define HTML_MAX_BARS 10

/* Identities that have a colour of their own in the chart of the hours; the rest shares one. */
#define HTML_MAX_SERIES 5

struct html_page {
	struct html html;
	const struct account *account;
	struct group_limits limits; /* of the tables */
	struct grouping *identity;
	struct group_view everyone; /* of identity */
	struct group_view leaders;  /* the first HTML_MAX_BARS of them */
	struct html_identities identities;
	bool one_day; /* all messages are of one day: a time needs no date */
};

/* From the doctype to the opening of the main part. */
void html_page_write_head(struct html_page *page);

/* What comes first for a reader: who sent most, what the report is about, the account. */
void html_page_write_summary(struct html_page *page);

/* The most frequent identities, as bars. */
void html_page_write_bars(struct html_page *page);

/* Messages over the hours of the day. */
void html_page_write_hours(struct html_page *page);

/* The groups of a grouping; those of page->identity with samples. ERR_SYSTEM without memory. */
int html_page_write_table(struct html_page *page, struct grouping *grouping, struct err *err);

/* The samples of an identity, folded, under the subject of its row. */
void html_page_write_samples(struct html_page *page, const struct group_row *row);

void html_page_write_end(struct html_page *page);

/* Key k of a row as a reader sees it; what stands for no value looks different. */
void html_page_write_key(struct html_page *page, const struct grouping *grouping,
    const struct group_row *row, unsigned k);

#endif
