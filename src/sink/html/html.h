/*
 * The writer of the page. Two ways lead into it: literals of this program,
 * which are markup, and values, which are escaped. There is no third.
 *
 * Nothing here fails: the writer remembers the first error and ignores what
 * follows, until html_finish() tells.
 */
#ifndef REPORT_HTML_H
#define REPORT_HTML_H

#include <stdio.h>
#include <time.h>

#include "base/buf.h"
#include "base/err.h"

struct html {
	FILE *out;          /* the caller's */
	struct buf pending; /* not yet written */
	struct buf value;   /* for callers that put a value together, see html_value() */
	bool failed;
	int sys; /* why: an errno; 0: unknown */
};

void html_init(struct html *html, FILE *out);
void html_fini(struct html *html);

/* A string literal, as it is; anything else does not compile. */
#define html_markup(html, literal) html_add_markup((html), SPAN("" literal))

/* For html_markup(), and for the style and the script that are part of the program. */
void html_add_markup(struct html *html, struct span constant);

/* Text of an element or of a quoted attribute. */
void html_text(struct html *html, struct span text);

/* The same in an element of its own, which keeps its direction from the text around it. */
void html_data(struct html *html, struct span text);

/*
 * The same of a name that is read and copied whole, as an address: lines break behind its marks
 * rather than within its words.
 */
void html_name(struct html *html, struct span text);

/* What has been put together in html->value, as one of these; empties it. */
void html_value_text(struct html *html);
void html_value_data(struct html *html);
void html_value_name(struct html *html);

/* Empties html->value; that it failed is not forgotten. */
void html_value_drop(struct html *html);

void html_number(struct html *html, uint64_t number);

/* A number and one of two literals: html_counted(html, n, " message", " messages"). */
#define html_counted(html, number, one, many)                                                      \
	html_add_counted((html), (number), SPAN("" one), SPAN("" many))

/* For html_counted() only. */
void html_add_counted(struct html *html, uint64_t number, struct span one, struct span many);

/* 1234 as "12.34", in every locale: SVG's numbers. */
void html_hundredths(struct html *html, uint64_t number);

/* 125 as "12.5". */
void html_tenths(struct html *html, uint64_t number);

/* 125 as "12.5 %". */
void html_permille(struct html *html, unsigned permille);

/* The calendar day of an instant in the zone of the process, YYYY-MM-DD; uses html->value. */
void html_day(struct html *html, time_t when);

enum html_time {
	HTML_TIME_FULL,  /* 2026-11-20 00:00:00 +01:00 */
	HTML_TIME_YEAR,  /* 2026-11-20 00:00 */
	HTML_TIME_SHORT, /* 11-20 00:00 */
	HTML_TIME_CLOCK  /* 00:00 */
};

/* An instant in the zone of the process; uses html->value. */
void html_time(struct html *html, time_t when, enum html_time how);

/* Writes what is pending. ERR_IO when anything could not be written, ERR_SYSTEM without memory. */
int html_finish(struct html *html, struct err *err);

#endif
