/*
 * The time axis of the page: hours for a day or less, else days, else runs of days. Bars follow
 * each other without a gap or an overlap in the zone of the process: a day is as long as the zone
 * makes it, and an hour that comes twice has two bars.
 */
#ifndef REPORT_HTML_AXIS_H
#define REPORT_HTML_AXIS_H

#include <stdint.h>
#include <time.h>

#include "base/buf.h"

/* Bars of an axis. Two months have as many days. */
#define HTML_AXIS_MAX 62

/* A time of at most so many seconds is shown in hours: the longest day has 25. */
#define HTML_AXIS_HOURS ((time_t)25 * 3600)

/* What a bar stands for. Each unit consists of whole units of the kind before it. */
enum html_unit {
	HTML_UNIT_HOUR,
	HTML_UNIT_DAY,
	HTML_UNIT_WEEK, /* from Monday to Sunday */
	HTML_UNIT_4_WEEKS,
	HTML_UNIT_52_WEEKS,
	HTML_UNIT_520_WEEKS,
	HTML_UNIT_10400_WEEKS, /* long enough for 1970 to 9998, the years of the calendar room */
	HTML_UNIT_COUNT
};

/* Calendar days of a unit; 0 for the hour. */
unsigned html_unit_days(enum html_unit unit);

/*
 * The number of the unit that an instant belongs to. Numbers grow with time; those of days and
 * longer units have no gap. Instants before 1970 are taken for 1970.
 */
uint32_t html_unit_slot(enum html_unit unit, time_t when);

/* The number of the longer unit that contains a unit; of the same unit its own number. */
uint32_t html_unit_slot_of(enum html_unit longer, enum html_unit unit, uint32_t slot);

/* The shortest unit, not shorter than `least`, in which `first` to `last` fits on an axis. */
enum html_unit html_unit_for(enum html_unit least, time_t first, time_t last);

struct html_axis {
	enum html_unit unit;
	unsigned count; /* bars; 1 to HTML_AXIS_MAX */
	time_t first;   /* the time that the axis shows, including this second */
	time_t last;
	bool one_day;    /* both are of one calendar day */
	bool one_offset; /* the clocks are not changed in between */
	uint32_t slot[HTML_AXIS_MAX];
	time_t
	    start[HTML_AXIS_MAX + 1]; /* the first second of each bar; then the end of the last */
};

/* Makes the axis from `first` to `last`, in the unit of html_unit_for(). */
void html_axis_init(struct html_axis *axis_r, enum html_unit least, time_t first, time_t last);

/*
 * Appends the full name of bar i. Hours: "02:00", "02:00 CEST" if clocks change within the axis,
 * "11-26 02:00" if it covers two days. Days: "Thu 2026-11-26". Longer: "2026-11-23 to 2026-11-29".
 * A bar of which only a part is in the report says which: "Thu 2026-11-26 to 18:12".
 */
void html_axis_add_name(struct buf *out, const struct html_axis *axis, unsigned i);

/* Appends the text below bar i: "03:00", "11-26", "2026-11-23"; if bars are many, mostly nothing.
 */
void html_axis_add_label(struct buf *out, const struct html_axis *axis, unsigned i);

#endif
