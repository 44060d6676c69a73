/*
 * The time that a line of a log begins with. Stamps of syslog have no year, and most have no zone:
 * then the zone is the process's, and a time that comes twice, as clocks are set back, is the
 * first.
 */
#ifndef MAILLOG_TIME_H
#define MAILLOG_TIME_H

#include <time.h>

#include "base/span.h"

/* How far a stamp may be behind the time at which its file was last written. */
#define MAILLOG_SLACK ((time_t)24 * 60 * 60)

/* What is known of the times of one file. */
struct maillog_clock {
	time_t anchor; /* when the file was last written */
	time_t limit;  /* no stamp of it is later, as the clocks show it */
	int year;      /* of the last stamp that had none; 0: there was none */
	time_t last;   /* that stamp, as the clocks show it */
	bool is_ahead; /* a stamp was later than the anchor, or a day that its year does not have:
			  the file is longer than a year, or older than it seems */
	time_t minute; /* the last minute, as the clocks show it, and its instant */
	time_t instant;
	char seen[16]; /* the last stamp up to its minute, when it has no zone: lines come in
			  bunches */
	time_t seen_instant;
	size_t seen_n; /* 0: there was none */
};

void maillog_clock_init(struct maillog_clock *clock, time_t anchor);

/*
 * Reads the stamp that the text begins with; *when_r is it. Returns its length, 0 when there is
 * none. Forms:
 *   2026-11-26 11:49:36[.123][ +0100]       Exim; *bare_r is true
 *   2026-11-26T11:49:36[.123456][+01:00|+0100|Z]
 *   Nov  6 11:49:36[.123]                   syslog
 *   2026:11:26-11:49:36                     appliances
 *   Thu 2026-11-26 11:49:36[.123] UTC       journalctl -o short-full
 *
 * The year of a stamp without one: of the first, the latest that does not put it behind the anchor;
 * then the one that is nearest to the stamp before.
 */
size_t maillog_stamp_read(
    struct maillog_clock *clock, struct span text, bool *bare_r, time_t *when_r);

/*
 * For a file that is longer than a year: stamps from all over it, in the order of the file, decide
 * about the year of its first, from its end backwards. At least every 180 days there should be one.
 */
struct maillog_day {
	unsigned month, day; /* from 1 */
};

/* True and the day when the text begins with a stamp without a year. */
bool maillog_day_read(struct span text, struct maillog_day *day_r);
void maillog_clock_set_year(struct maillog_clock *clock, const struct maillog_day *days, size_t n);

#endif
