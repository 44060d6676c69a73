#include "report/report.h"

#include <time.h>

#include "base/clock.h"
#include "base/headway.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "base/wait.h"

/* Milliseconds between two looks whether the desk is free. */
#define REPORT_TICK_STEP 2

void report_init(struct report *report, const struct report_parts *parts)
{
	*report = (struct report){
	    .filters = parts->filters,
	    .groups = parts->groups,
	    .sinks = parts->sinks,
	    .account = parts->account,
	};
	buf_init(&report->number_text, 0);
	pthread_mutex_init(&report->lock, NULL);
}

void report_fini(struct report *report)
{
	buf_fini(&report->number_text);
	pthread_mutex_destroy(&report->lock);
}

/* True when a filter leaves the record out; counts it. */
static bool report_filters(struct report *report, const struct record *record)
{
	struct filter *filter = filter_find(report->filters, record);

	headway_add_record();
	if (filter == NULL)
		return false;
	pthread_mutex_lock(&report->lock);
	filter->dropped++;
	record->place->counts.filtered++;
	pthread_mutex_unlock(&report->lock);
	return true;
}

/* Under the lock. Only records that are reported get a number. */
static int report_number(struct report *report, struct record *record, struct err *err)
{
	int result = 0;

	record->number = report->number + 1;
	buf_clear(&report->number_text);
	buf_add_number(&report->number_text, record->number, 1);
	if (report->number_text.failed != 0)
		return err_nomem(err);
	record->value[COLUMN_NUMBER] = buf_span(&report->number_text);
	/* Outputs may look at the record's groups, so these come first. */
	if (report->groups != NULL)
		result = group_set_add(report->groups, record, err);
	if (result == 0)
		result = sink_record(report->sinks, record, err);
	record->value[COLUMN_NUMBER] = SPAN_EMPTY;
	if (result != 0)
		return -1;
	report->number = record->number;
	record->place->counts.reported++;
	return 0;
}

static int report_hand_on(struct report *report, struct record *record, struct err *err)
{
	int result;

	pthread_mutex_lock(&report->lock);
	result = report_number(report, record, err);
	pthread_mutex_unlock(&report->lock);
	return result;
}

static int report_keep(struct report *report, const struct record *record, struct err *err)
{
	int result;

	pthread_mutex_lock(&report->lock);
	result = sink_record(report->all, record, err);
	pthread_mutex_unlock(&report->lock);
	return result;
}

int report_take_message(
    struct report *report, struct reader *reader, const struct message *message, struct err *err)
{
	struct record record;

	if (interrupt_check(err) != 0 || reader_extract(reader, message, &record, err) != 0)
		return -1;
	if (report->all == NULL && report_filters(report, &record))
		return 0;
	if (reader_complete(reader, message, &record, err) != 0)
		return -1;
	if (report->all != NULL)
		return report_take_record(report, &record, err);
	return report_hand_on(report, &record, err);
}

int report_take_record(struct report *report, struct record *record, struct err *err)
{
	if (report->all != NULL && report_keep(report, record, err) != 0)
		return -1;
	return report_take_saved(report, record, err);
}

int report_take_saved(struct report *report, struct record *record, struct err *err)
{
	return report_filters(report, record) ? 0 : report_hand_on(report, record, err);
}

/* By the steady clock. (pthread_mutex_clocklock() would do, but the thread sanitizers of today do
 * not know it, and could find nothing any more.) */
bool report_pause_soon(struct report *report)
{
	const int64_t until = clock_now() + (int64_t)REPORT_TICK_PATIENCE * 1000;
	struct err over = ERR_INIT;

	while (pthread_mutex_trylock(&report->lock) != 0)
		if (clock_is_over(until) || wait_pause(REPORT_TICK_STEP, &over) != 0)
			return false;
	return true;
}

int report_tick(struct report *report, time_t now, struct err *err)
{
	int result;

	if (!report_pause_soon(report))
		return 0;
	result = sink_tick(report->sinks, now, err);
	pthread_mutex_unlock(&report->lock);
	return result;
}

void report_pause(struct report *report)
{
	pthread_mutex_lock(&report->lock);
}

void report_resume(struct report *report)
{
	pthread_mutex_unlock(&report->lock);
}

/* CSV has plain numbers, so that it can be sorted by them. So the user learns here that some are
 * estimates. */
static void report_warn_of_estimates(const struct report *report)
{
	unsigned error = report->groups != NULL ? group_set_error(report->groups) : 0;

	if (error > 0)
		log_warn("too many different recipients, subjects, addresses or scripts to count "
			 "each: some numbers of them are estimates, with a standard error of "
			 "%u.%u percent",
		    error / 10, error % 10);
}

int report_end(struct report *report, struct err *err)
{
	if (sink_end(report->all, report->account, err) != 0 ||
	    (report->past != NULL && past_load(report->past, report->groups, err) != 0) ||
	    sink_end(report->sinks, report->account, err) != 0)
		return -1;
	report_warn_of_estimates(report);
	return 0;
}
