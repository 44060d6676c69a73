/*
 * The time a report is about: exact instants, from calendar days of a zone.
 * A day is as long as the zone makes it: 23 or 25 hours where clocks change.
 *
 * The zone is the process's (tzset(3)); period_set_zone() sets it once, at start.
 */
#ifndef PERIOD_H
#define PERIOD_H

#include <time.h>

#include "base/buf.h"
#include "base/err.h"

/* As `until` of one that has no end: the first second of the year 9999. */
#define PERIOD_END ((time_t)253370764800)

struct period {
	time_t since; /* the first second that belongs to it */
	time_t until; /* the first that does not */
};

/*
 * What the user asked for; NULL where an option was not given. Not owned.
 *
 * WHEN is YYYY-MM-DD, "today" or "yesterday" (the first moment of that day),
 * YYYY-MM-DDTHH[:MM[:SS]] with a T or a blank, or a span back from now: 90m, 2h30m, 3d, 1w, where a
 * day is 24 hours and a week 7 of these. Of a time that comes twice, as clocks are set back, the
 * first is meant; a time that clocks skip is the moment they skip it. Years are 1970 to 9998.
 */
struct period_request {
	bool today;
	const char *date;  /* YYYY-MM-DD, "today" or "yesterday" */
	const char *since; /* WHEN */
	const char *until; /* WHEN */
};

/*
 * Sets the zone to a name of the IANA time zone database, which must be installed ($TZDIR or
 * /usr/share/zoneinfo); ERR_USAGE when it does not have it, ERR_SYSTEM when it cannot be read now.
 * NULL keeps the system's zone. Where $TZ names one that is not there, the C library takes UTC in
 * silence: that is warned of, once, and $TZ says UTC from then on.
 */
int period_set_zone(const char *zone, struct err *err);

/*
 * Turns the request into instants. An empty request means yesterday. `until` needs `since`; without
 * `until` the period ends now. ERR_USAGE names what cannot be read, contradicts itself,
 * is empty (since not before until), has not begun yet, or is a day the zone never had.
 */
int period_resolve(
    const struct period_request *request, time_t now, struct period *period_r, struct err *err);

/*
 * Checks a value of the request, or of period_set_zone(), as far as that is possible without the
 * clock and the zone. The same ERR_USAGE as there; `option` is "--since" or "--until".
 */
int period_check_date(const char *text, struct err *err);
int period_check_when(const char *option, const char *text, struct err *err);
int period_check_zone(const char *zone, struct err *err);

/* 2026-11-20T00:00:00+01:00, in the zone. */
void period_add_iso(struct buf *out, time_t when);

/* 2026-11-20: this day since 1970, of UTC. */
void period_add_utc_day(struct buf *out, int64_t day);

/* 11-20 00:00: for narrow tables, without the year and the seconds, which the other reports have.
 */
void period_add_short(struct buf *out, time_t when);

/*
 * Names the zone of times from first to last: "CET (UTC+01:00)", "UTC", and both where the clocks
 * change between: "CEST (UTC+02:00), CET (UTC+01:00)".
 */
void period_add_zone(struct buf *out, time_t first, time_t last);

/*
 * The period for people: "2026-11-20, UTC", "2026-11-20 to 2026-11-22, CET (UTC+01:00)" of whole
 * days, else "2026-11-20 10:00 to 2026-11-20 12:30, UTC". The period ends before the second time.
 */
void period_add_text(struct buf *out, const struct period *period);

/*
 * Reads what period_add_iso() wrote in any zone, or with Z for UTC (ISO 8601, RFC 3339 without
 * fractions), of the years 1970 to 9998 in UTC: these have four digits in every zone, so that what
 * is read can be written and read again. False for anything else; *when_r is untouched then.
 */
bool period_read_iso(struct span text, time_t *when_r);

/* The calendar day of an instant in the zone, YYYY-MM-DD: for file names. */
void period_add_day(struct buf *out, time_t when);

/* An instant in the zone, YYYY-MM-DDTHHMMSS: for file names. */
void period_add_moment(struct buf *out, time_t when);

/*
 * A period in the zone, for file names: a day as YYYY-MM-DD, several as the first and the last with
 * '_' between them. Where the period does not begin or end with a day, a moment stands for it.
 */
void period_add_name(struct buf *out, const struct period *period);

/* Whether two instants are of one calendar day in the zone. */
bool period_is_one_day(time_t a, time_t b);

#define PERIOD_IMAP_DATE_SIZE sizeof("20-Nov-2026")

/*
 * IMAP SEARCH compares days of a zone that only the server knows (RFC 3501, 6.4.4). These are UTC
 * days, one wider than the period on both sides: SINCE the first, BEFORE the second, written as
 * "20-Nov-2026" with English months in every locale.
 */
void period_imap_dates(const struct period *period, char since_r[PERIOD_IMAP_DATE_SIZE],
    char before_r[PERIOD_IMAP_DATE_SIZE]);

#endif
