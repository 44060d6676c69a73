#include "sink/html/html_axis.h"

#include "calendar/period.h"
#include "calendar/period_zone.h"

/* Offsets from UTC are multiples of 15 minutes, so every hour begins at such a multiple. */
#define HTML_QUARTER ((time_t)15 * 60)
#define HTML_HOUR    ((time_t)3600)

/*
 * Days are counted from Monday, 1969-12-22. It is early enough for day numbers to be positive in
 * every zone, and with a Monday as day 0 a week is day / 7.
 */
#define HTML_DAYS_BEFORE_1970 10

/* A phone has room for so many texts below the axis. */
#define HTML_AXIS_LABELS      8
#define HTML_AXIS_LABELS_LONG 5 /* texts with a year */
#define HTML_AXIS_LABEL_HOURS 3 /* many hours: every third has a text */

unsigned html_unit_days(enum html_unit unit)
{
	static const unsigned days[HTML_UNIT_COUNT] = {
	    [HTML_UNIT_HOUR] = 0,
	    [HTML_UNIT_DAY] = 1,
	    [HTML_UNIT_WEEK] = 7,
	    [HTML_UNIT_4_WEEKS] = 28,
	    [HTML_UNIT_52_WEEKS] = 364,
	    [HTML_UNIT_520_WEEKS] = 3640,
	    [HTML_UNIT_10400_WEEKS] = 72800,
	};

	return days[unit];
}

/*
 * When clocks change within an hour, as on Lord Howe Island, the part after the change counts as
 * an hour of its own. Otherwise the hours of that day would overlap.
 */
static time_t html_hour_start(time_t when)
{
	struct tm tm = period_zone_local(when);
	time_t start = when - tm.tm_min * 60 - tm.tm_sec;

	while (start + HTML_QUARTER <= when && period_zone_local(start).tm_gmtoff != tm.tm_gmtoff)
		start += HTML_QUARTER;
	return start > 0 ? start : 0;
}

static uint32_t html_day_slot(time_t when)
{
	return (
	    uint32_t)((period_zone_clock(when) + HTML_DAYS_BEFORE_1970 * PERIOD_DAY) / PERIOD_DAY);
}

uint32_t html_unit_slot(enum html_unit unit, time_t when)
{
	if (when < 0)
		when = 0;
	if (unit == HTML_UNIT_HOUR)
		return (uint32_t)(html_hour_start(when) / HTML_QUARTER);
	return html_day_slot(when) / html_unit_days(unit);
}

uint32_t html_unit_slot_of(enum html_unit longer, enum html_unit unit, uint32_t slot)
{
	if (longer == unit)
		return slot;
	if (unit == HTML_UNIT_HOUR)
		return html_unit_slot(longer, (time_t)slot * HTML_QUARTER);
	return slot / (html_unit_days(longer) / html_unit_days(unit));
}

static time_t html_unit_start(enum html_unit unit, uint32_t slot)
{
	if (unit == HTML_UNIT_HOUR)
		return (time_t)slot * HTML_QUARTER;
	return period_zone_instant(
	    ((time_t)slot * html_unit_days(unit) - HTML_DAYS_BEFORE_1970) * PERIOD_DAY);
}

/* The unit that follows. */
static uint32_t html_unit_next(enum html_unit unit, uint32_t slot)
{
	uint32_t next = slot + 1;

	if (unit == HTML_UNIT_HOUR)
		while (html_unit_slot(unit, (time_t)next * HTML_QUARTER) == slot)
			next++;
	return next;
}

/* Whether the time from `first` to `last` fits on an axis of this unit. Asked for each message. */
static bool html_unit_fits(enum html_unit unit, time_t first, time_t last)
{
	time_t units;

	if (unit == HTML_UNIT_HOUR)
		return last - first < HTML_AXIS_HOURS;
	/* Only near the limit it matters what the clocks show. */
	units = (last - first) / PERIOD_DAY / html_unit_days(unit);
	return units + 3 < HTML_AXIS_MAX ||
	       html_unit_slot(unit, last) - html_unit_slot(unit, first) < HTML_AXIS_MAX;
}

enum html_unit html_unit_for(enum html_unit least, time_t first, time_t last)
{
	enum html_unit unit = least;

	while (unit + 1 < HTML_UNIT_COUNT && !html_unit_fits(unit, first, last))
		unit++;
	return unit;
}

void html_axis_init(struct html_axis *axis_r, enum html_unit least, time_t first, time_t last)
{
	enum html_unit unit = html_unit_for(least, first, last);
	uint32_t end = html_unit_slot(unit, last);
	uint32_t slot = html_unit_slot(unit, first);

	*axis_r = (struct html_axis){
	    .unit = unit,
	    .first = first,
	    .last = last,
	    .one_day = period_is_one_day(first, last),
	    .one_offset = true,
	};
	for (; slot <= end && axis_r->count < HTML_AXIS_MAX; slot = html_unit_next(unit, slot)) {
		time_t start = html_unit_start(unit, slot);

		/* A day that the zone skipped has no length. */
		if (unit != HTML_UNIT_HOUR && html_unit_start(unit, slot + 1) == start)
			continue;
		if (period_zone_local(start > first ? start : first).tm_gmtoff !=
		    period_zone_local(last).tm_gmtoff)
			axis_r->one_offset = false;
		axis_r->slot[axis_r->count] = slot;
		axis_r->start[axis_r->count++] = start;
	}
	axis_r->start[axis_r->count] = html_unit_start(unit, slot);
}

static void html_axis_add_clock(struct buf *out, time_t when)
{
	struct tm tm = period_zone_local(when);

	buf_printf(out, "%02d:%02d", tm.tm_hour, tm.tm_min);
}

static void html_axis_add_date(struct buf *out, time_t when)
{
	struct tm tm = period_zone_local(when);

	buf_printf(out, "%02d-%02d", tm.tm_mon + 1, tm.tm_mday);
}

static void html_axis_add_weekday(struct buf *out, time_t when)
{
	static const char days[][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};

	buf_printf(out, "%s ", days[period_zone_local(when).tm_wday]);
	period_add_day(out, when);
}

static void html_axis_add_whole_name(struct buf *out, const struct html_axis *axis, unsigned i)
{
	time_t start = axis->start[i];

	switch (axis->unit) {
	case HTML_UNIT_HOUR:
		if (!axis->one_day) {
			html_axis_add_date(out, start);
			buf_add_char(out, ' ');
		}
		html_axis_add_clock(out, start);
		if (!axis->one_offset)
			buf_printf(out, " %s", period_zone_local(start).tm_zone);
		break;
	case HTML_UNIT_DAY:
		html_axis_add_weekday(out, start);
		break;
	default:
		period_add_day(out, start);
		buf_add_text(out, " to ");
		period_add_day(out, axis->start[i + 1] - 1);
	}
}

void html_axis_add_name(struct buf *out, const struct html_axis *axis, unsigned i)
{
	html_axis_add_whole_name(out, axis, i);
	if (axis->unit > HTML_UNIT_DAY)
		return;
	if (i == 0 && axis->first > axis->start[0]) {
		buf_add_text(out, " from ");
		html_axis_add_clock(out, axis->first);
	}
	if (i + 1 == axis->count && axis->last + 1 < axis->start[axis->count]) {
		buf_add_text(out, " to ");
		html_axis_add_clock(out, axis->last + 1);
	}
}

static void html_axis_add_hour_label(struct buf *out, const struct html_axis *axis, unsigned i)
{
	struct tm tm = period_zone_local(axis->start[i]);
	/* An hour that comes twice gets one label, at its first bar. */
	bool again = i > 0 && period_zone_local(axis->start[i - 1]).tm_hour == tm.tm_hour;

	if (axis->count > HTML_AXIS_LABELS && (tm.tm_hour % HTML_AXIS_LABEL_HOURS != 0 || again))
		return;
	if (!axis->one_day && tm.tm_hour == 0)
		html_axis_add_date(out, axis->start[i]);
	else
		html_axis_add_clock(out, axis->start[i]);
}

void html_axis_add_label(struct buf *out, const struct html_axis *axis, unsigned i)
{
	unsigned room = axis->unit <= HTML_UNIT_DAY ? HTML_AXIS_LABELS : HTML_AXIS_LABELS_LONG;

	if (axis->unit == HTML_UNIT_HOUR)
		html_axis_add_hour_label(out, axis, i);
	else if (i % ((axis->count + room - 1) / room) != 0)
		return;
	else if (axis->unit == HTML_UNIT_DAY)
		html_axis_add_date(out, axis->start[i]);
	else
		period_add_day(out, axis->start[i]);
}
