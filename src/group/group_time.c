#include "group/group_time.h"

#include <stdlib.h>

#include "calendar/period_zone.h"

#define GROUP_MINUTE 60

/* The longest form is that of an hour, with a year of any length. */
#define GROUP_TIME_MAX 64

static void group_time_add_offset(struct buf *out, long seconds)
{
	const long minutes = labs(seconds) / GROUP_MINUTE;

	buf_printf(out, "%c%02ld:%02ld", seconds < 0 ? '-' : '+', minutes / GROUP_MINUTE,
	    minutes % GROUP_MINUTE);
}

static void group_time_add(struct buf *out, const struct tm *tm, enum column column)
{
	char week[GROUP_TIME_MAX];

	switch (column) {
	case COLUMN_DAY:
		buf_printf(out, "%04d-%02d-%02d", tm->tm_year + 1900, tm->tm_mon + 1, tm->tm_mday);
		break;
	case COLUMN_HOUR:
		group_time_add(out, tm, COLUMN_DAY);
		buf_printf(out, "T%02d:00", tm->tm_hour);
		group_time_add_offset(out, tm->tm_gmtoff);
		break;
	case COLUMN_WEEK:
		strftime(week, sizeof(week), "%G-W%V", tm);
		buf_add_text(out, week);
		break;
	default:
		break;
	}
}

void group_time_fill(struct record *record, struct buf *text)
{
	size_t end[COLUMN_KEY_COUNT - COLUMN_COUNT];
	size_t start = 0;
	struct tm tm;

	buf_clear(text);
	if (record_value(record, COLUMN_DATE).n == 0)
		return;
	tm = period_zone_local(record->internal_date);
	for (unsigned i = COLUMN_COUNT; i < COLUMN_KEY_COUNT; i++) {
		group_time_add(text, &tm, (enum column)i);
		end[i - COLUMN_COUNT] = text->n;
	}
	for (unsigned i = COLUMN_COUNT; i < COLUMN_KEY_COUNT && text->failed == 0; i++) {
		record->value[i] = (struct span){text->p + start, end[i - COLUMN_COUNT] - start};
		start = end[i - COLUMN_COUNT];
	}
}
