/*
 * The parts of the page, in the order in which a reader meets them. Each
 * writes itself; sink_html.c puts them together.
 *
 * No part writes style attributes or event handlers: the page's own
 * Content-Security-Policy would not let them work. Links lead to places of the
 * page only, whose names have numbers of ours and nothing of a message.
 */
#ifndef REPORT_HTML_PAGE_H
#define REPORT_HTML_PAGE_H

#include "record/account.h"
#include "group/group.h"
#include "sink/html/html.h"
#include "sink/html/html_identity.h"

/* Identities in the bar chart. */
#define HTML_MAX_BARS 10

/* Identities that have a colour of their own in the chart of the times; the rest shares one. */
#define HTML_MAX_SERIES 5

/* "still sending": the report was made at most so many seconds behind what it is about. */
#define HTML_NOW ((time_t)3600)

struct html_page {
	struct html html;
	const struct account *account;
	struct group_limits limits; /* of the tables */
	struct grouping *identity;
	struct group_view everyone; /* of identity */
	struct group_view leaders;  /* the first HTML_MAX_BARS of them */
	struct html_identities identities;
	uint32_t listed;     /* of everyone, how many have a row in the table of identities */
	enum html_time time; /* how times are written in tables: without a date, a year... */
	/* From here on only when a message has a time: */
	struct html_axis axis;
	time_t end;  /* the first second behind what the report is about; it has been */
	time_t hour; /* when the last hour of that began; 0: it has no other hours */
	bool is_now; /* the end is about when the report was made */
};

/* When all messages are counted and the account is known: the last members of the page. */
void html_page_set_times(struct html_page *page);

/* Messages of a group of page->identity in the last hour; 0 when page->hour is. */
uint64_t html_page_recent(const struct html_page *page, const struct group_row *row);

/* The mean of the hours before it, since the first message of the group, in tenths. */
uint64_t html_page_before(const struct html_page *page, const struct group_row *row);

/* "still sending", or that it did to the end of what the report is about. */
void html_page_write_going_on(struct html_page *page);

/* From the doctype to the opening of the main part. */
void html_page_write_head(struct html_page *page);

/* What comes first for a reader: who sent most, what the report is about, the account. */
void html_page_write_summary(struct html_page *page);

/* The most frequent identities, as bars. */
void html_page_write_bars(struct html_page *page);

/* Messages over time. */
void html_page_write_chart(struct html_page *page);

/* Whether the identity names nobody that could be locked: a whole server, a system account. */
bool html_page_is_weak(const struct html_page *page, const struct group_row *row);

/* What the identity is: "account", or, when it is weak, "server, no account". */
void html_page_write_kind(struct html_page *page, const struct group_row *row);

/* From how many addresses it logged in, and its scripts were called: " From 40 login addresses." */
void html_page_write_origin(struct html_page *page, const struct group_row *row);

/* Whether some addresses stand out of those that it logged in from; and they, with how often. */
bool html_page_has_logins(const struct html_page *page, const struct group_row *row);
void html_page_write_logins(struct html_page *page, const struct group_row *row);

/* The groups of a grouping; those of page->identity with samples. ERR_SYSTEM without memory. */
int html_page_write_table(struct html_page *page, struct grouping *grouping, struct err *err);

/* The samples of an identity, folded, under the subject of its row. */
void html_page_write_samples(struct html_page *page, const struct group_row *row);

void html_page_write_end(struct html_page *page);

/* The name of the place of an identity's row, as an id has it; ranks begin with 0. */
void html_page_write_place(struct html_page *page, uint32_t rank);

/* The identity of a rank, as a link to its row if there is one. */
void html_page_write_link(struct html_page *page, const struct group_row *row, uint32_t rank);

/* Key k of a row as a reader sees it; what stands for no value looks different. */
void html_page_write_key(struct html_page *page, const struct grouping *grouping,
    const struct group_row *row, unsigned k);

#endif
