/*
 * Days, hours and weeks as columns to group by, made from the time of a message in the zone of the
 * process. Where clocks are set back the hour that comes twice is two, since its text has the
 * offset; a day has 23 or 25 hours then.
 */
#ifndef REPORT_GROUP_TIME_H
#define REPORT_GROUP_TIME_H

#include "record/record.h"

/* Fills in the values of COLUMN_DAY ("2026-11-26"), COLUMN_HOUR ("2026-11-26T14:00+01:00", when it
 * began) and COLUMN_WEEK ("2026-W48", of ISO 8601); they are in `text`. A message without a time
 * has none. */
void group_time_fill(struct record *record, struct buf *text);

#endif
