/*
 * The parts of the page, in the order in which a reader meets them. Each
 * writes itself; sink_html.c puts them together.
 *
 * No part writes style attributes or event handlers: the page's own
 * Content-Security-Policy would not let them work. Links lead only to rows of
 * the page, by ids that are numbers and never text of a message.
 */
#ifndef REPORT_HTML_PAGE_H
#define REPORT_HTML_PAGE_H

#include "record/account.h"
#include "group/group.h"
#include "sink/html/html.h"
#include "sink/html/html_identity.h"
#include "sink/html/html_places.h"
#include "sink/sink_lock.h"

/* Identities in the bar chart. */
#define HTML_MAX_BARS 10

/* Identities that have a colour of their own in the chart of the times; the rest shares one. */
#define HTML_MAX_SERIES 5

struct html_page {
	struct html html;
	const struct account *account;
	struct group_limits limits; /* of the tables */
	struct sink_lock lock;
	struct grouping *identity;
	struct group_view everyone; /* of identity */
	struct group_view leaders;  /* the first HTML_MAX_BARS of them */
	struct html_identities identities;
	struct grouping *script;
	struct html_places scripts; /* of script, those that have a row */
	unsigned locks;             /* identities that have got a command that locks them */
	uint32_t listed;     /* the first of everyone that have a row in the table of identities */
	enum html_time time; /* the form of times in tables */
	/* Set only if some message has a time: */
	struct html_axis axis;
	time_t end;  /* the first second after the period, as far as that has passed */
	time_t hour; /* when the last hour before `end` began; 0: the period is no longer than an
			hour */
	bool is_now; /* account_is_now() at `end` */
};

/* Sets axis, end, hour and is_now; after the last record, when the account is known. */
void html_page_set_times(struct html_page *page);

/* Messages of an identity in the last hour; 0 if page->hour is 0. */
uint64_t html_page_recent(const struct html_page *page, const struct group_row *row);

/* Tenths of a message an hour from the identity's first message to the last hour. */
uint64_t html_page_before(const struct html_page *page, const struct group_row *row);

/* "still sending", or "still sending at 00:00", the end of a period that is over. */
void html_page_write_going_on(struct html_page *page);

/* From the doctype to the opening of the main part. */
void html_page_write_head(struct html_page *page);

/* What comes first for a reader: who sent most, what the report is about, the account. */
void html_page_write_summary(struct html_page *page);

/* The most frequent identities, as bars. */
void html_page_write_bars(struct html_page *page);

/* With a history: who is new, and who grew. */
void html_page_write_past(struct html_page *page);

/* The same: messages of an identity on each of the last days, as a line of bars; else nothing. */
void html_page_write_spark(struct html_page *page, const struct group_row *row);

/* Messages over time. */
void html_page_write_chart(struct html_page *page);

/* What the identity is: "account", or, when it is weak, "server, no account". */
void html_page_write_kind(struct html_page *page, const struct group_row *row);

/* From how many addresses it logged in, and from how many its scripts were called. */
void html_page_write_origin(struct html_page *page, const struct group_row *row);

/* Whether there are login addresses to name; and those, with their counts. */
bool html_page_has_logins(const struct html_page *page, const struct group_row *row);
void html_page_write_logins(struct html_page *page, const struct group_row *row);

/* The command that locks an identity, for the first SINK_LOCK_MAX that can have one. */
void html_page_write_lock(struct html_page *page, const struct group_row *row);

/* The groups of a grouping; those of page->identity with samples. ERR_SYSTEM without memory. */
int html_page_write_table(struct html_page *page, struct grouping *grouping, struct err *err);

/* The samples of an identity, folded, under the subject of its row. */
void html_page_write_samples(struct html_page *page, const struct group_row *row);

void html_page_write_end(struct html_page *page);

/* The id of a row of page->identity or page->script; ranks begin with 0. */
void html_page_write_place(struct html_page *page, const struct grouping *grouping, uint32_t rank);

/* The identity of this rank, as a link if it has a row. */
void html_page_write_link(struct html_page *page, const struct group_row *row, uint32_t rank);

/* The most frequent script of a row, as a link if it has a row. */
void html_page_write_script(struct html_page *page, const struct group_row *row);

/* Key k of a row; a text that stands for a missing value looks different. */
void html_page_write_key(struct html_page *page, const struct grouping *grouping,
    const struct group_row *row, unsigned k);

#endif
