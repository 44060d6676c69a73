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

/* Hours are shown of a time shorter than this, in seconds: the longest day has 25. */
#define HTML_AXIS_HOURS ((time_t)25 * 3600 + 1)

/* What a bar stands for. Each unit is made of whole ones of the unit before. */
enum html_unit {
	HTML_UNIT_HOUR,
	HTML_UNIT_DAY,
	HTML_UNIT_WEEK, /* from Monday on */
	HTML_UNIT_4_WEEKS,
	HTML_UNIT_52_WEEKS,
	HTML_UNIT_520_WEEKS,
	HTML_UNIT_10400_WEEKS, /* so few of them reach to the last year there is, 9998 */
	HTML_UNIT_COUNT
};

/* Calendar days of a unit; 0: it is less than one. */
unsigned html_unit_days(enum html_unit unit);

/*
 * The number of the unit that an instant belongs to. Numbers grow with time; those of days and
 * longer units have no gap. Instants before 1970 are taken for 1970.
 */
uint32_t html_unit_slot(enum html_unit unit, time_t when);

/* The number of the longer unit, or the same one, that a unit belongs to. */
uint32_t html_unit_slot_of(enum html_unit longer, enum html_unit unit, uint32_t slot);

/* The shortest unit, from `least` on, of which the time from `first` to `last` takes an axis. */
enum html_unit html_unit_for(enum html_unit least, time_t first, time_t last);

struct html_axis {
	enum html_unit unit;
	unsigned count; /* bars; 1 to HTML_AXIS_MAX */
	time_t first;   /* the instants it was made for */
	time_t last;
	bool one_day;    /* both are of one calendar day */
	bool one_offset; /* the clocks are not changed in between */
	uint32_t slot[HTML_AXIS_MAX];
	time_t start[HTML_AXIS_MAX + 1]; /* the first second of each bar, and behind the last */
};

/* An axis over the instants `first` to `last`, of the shortest unit from `least` on that fits. */
void html_axis_init(struct html_axis *axis_r, enum html_unit least, time_t first, time_t last);

/*
 * Appends what bar i is called where there is room: "02:00", "02:00 CEST" when clocks are changed,
 * "11-26 02:00" of several days; "Thu 2026-11-26"; "2026-11-23 to 2026-11-29". What the axis has
 * only a part of says so: "Thu 2026-11-26 to 18:12".
 */
void html_axis_add_name(struct buf *out, const struct html_axis *axis, unsigned i);

/* Appends what stands below bar i, "03:00", "11-26" or "2026-11-23"; nothing for most of many. */
void html_axis_add_label(struct buf *out, const struct html_axis *axis, unsigned i);

#endif
